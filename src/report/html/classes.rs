//! How well the best network recognises each class of the test images, and what it takes the others for.

use super::findings::Findings;
use super::words::percent;
use super::{scroll, section as frame};
use crate::report::svg::escaped;
use crate::shown::counted;
use crate::train::{ClassResult, ClassResults};
use std::fmt::Write;

/// Confusion matrices of more classes than this are left out, and tables of more rows are behind a line that opens them.
const CLASSES: usize = 25;
/// Confusions that are listed where there is no matrix.
const MISTAKES: usize = 20;

pub(super) fn section(findings: &Findings<'_>) -> String {
    let Some(results) = &findings.classes else { return String::new() };
    let told = format!(
        "The best network recognises {} of {} ({}). Accuracy is the share of the images of a class that are recognised.",
        results.classes.iter().map(|class| class.correct).sum::<u64>(),
        counted(usize::try_from(results.images).unwrap_or(usize::MAX), "test image", "test images"),
        percent(results.score.accuracy)
    );
    let table = scroll("accuracy of every class", &accuracies(results));
    let many = results.classes.len() > CLASSES;
    let table = match many {
        true => format!("<details>\n<summary>The {} classes</summary>\n{table}</details>\n", results.classes.len()),
        false => table,
    };
    let confused = match &results.confusion {
        Some(confusion) if !many => matrix(results, confusion),
        _ => mistakes(results),
    };
    let text = format!("<p>{}</p>\n{table}{confused}", escaped(&told));
    frame("classes", "The best network, class by class", &text)
}

fn name(results: &ClassResults, class: usize) -> &str {
    results.classes.get(class).map_or("unknown", |class| class.name.as_str())
}

fn accuracies(results: &ClassResults) -> String {
    let mut text = String::from(
        "<table class=\"plain\">\n<thead><tr><th>class</th><th class=\"number\">test images</th><th class=\"number\">recognised</th>\
         <th class=\"number\">accuracy</th><th>most often taken for</th></tr></thead>\n<tbody>\n",
    );
    for (place, ClassResult { name: class, images, correct, accuracy }) in results.classes.iter().enumerate() {
        // The list begins with the most frequent.
        let worst = results.mistakes.iter().find(|mistake| mistake.class == place);
        let taken =
            worst.map_or_else(String::new, |worst| format!("{} ({})", name(results, worst.predicted), worst.images));
        let _ = writeln!(
            text,
            "<tr><td class=\"name\">{}</td><td class=\"number\">{images}</td><td class=\"number\">{correct}</td>\
             <td class=\"number\">{}</td><td class=\"name\">{}</td></tr>",
            escaped(class),
            accuracy.map_or_else(|| "no images".to_owned(), percent),
            escaped(&taken)
        );
    }
    text + "</tbody>\n</table>\n"
}

/// A cell for every class and prediction, in the colours of the probabilities; the number is that of images.
fn matrix(results: &ClassResults, confusion: &[Vec<u64>]) -> String {
    let mut text = String::from("<table class=\"plain confusion\">\n<thead><tr><th>class</th>");
    for place in 1..=results.classes.len() {
        let _ = write!(text, "<th class=\"number\">{place}</th>");
    }
    text.push_str("</tr></thead>\n<tbody>\n");
    for (class, row) in confusion.iter().enumerate() {
        let _ = write!(text, "<tr><th class=\"name\">{} {}</th>", class + 1, escaped(name(results, class)));
        let all = row.iter().sum::<u64>().max(1) as f64;
        for (predicted, count) in row.iter().enumerate() {
            let share = *count as f64 / all;
            let title = format!(
                "{}, taken for {}: {count} ({:.1} %)",
                name(results, class),
                name(results, predicted),
                100.0 * share
            );
            let _ = write!(
                text,
                "<td class=\"number\"><span class=\"share s{:.0}\" title=\"{}\">{count}</span></td>",
                10.0 * share,
                escaped(&title)
            );
        }
        text.push_str("</tr>\n");
    }
    text += "</tbody>\n</table>\n";
    format!(
        "<h3>Confusion matrix</h3>\n<p class=\"remark\">A row for each class, a column for each prediction, in the same order; the \
         numbers count test images, and the stronger the colour, the larger their share of the row.</p>\n{}",
        scroll("confusion matrix", &text)
    )
}

fn mistakes(results: &ClassResults) -> String {
    if results.mistakes.is_empty() {
        return String::new();
    }
    let mut text = String::from(
        "<table class=\"plain\">\n<thead><tr><th>class</th><th>taken for</th><th class=\"number\">test images</th></tr></thead>\n<tbody>\n",
    );
    for mistake in results.mistakes.iter().take(MISTAKES) {
        let _ = writeln!(
            text,
            "<tr><td class=\"name\">{}</td><td class=\"name\">{}</td><td class=\"number\">{}</td></tr>",
            escaped(name(results, mistake.class)),
            escaped(name(results, mistake.predicted)),
            mistake.images
        );
    }
    text += "</tbody>\n</table>\n";
    format!("<h3>Most frequent mistakes</h3>\n{}", scroll("most frequent mistakes", &text))
}
