//! Accuracy per class of the best network on the test images, and its confusion matrix.

use super::findings::Findings;
use super::format::percent;
use super::{scroll, section as frame};
use crate::report::svg::escaped;
use crate::shown::pluralized;
use crate::train::{ClassResult, ClassResults};
use std::fmt::Write;

/// With more classes than this the confusion matrix is omitted and the table is collapsed.
const CLASSES: usize = 25;
/// Number of mistakes that are listed without a matrix.
const MISTAKES: usize = 20;

pub(super) fn section(findings: &Findings<'_>) -> String {
    let Some(results) = &findings.classes else { return String::new() };
    let summary = format!(
        "The best network classifies {} of {} correctly ({}). The accuracy of a class is the fraction of its images \
         that are classified correctly.",
        results.classes.iter().map(|class| class.correct).sum::<u64>(),
        pluralized(usize::try_from(results.images).unwrap_or(usize::MAX), "test image", "test images"),
        percent(results.score.accuracy)
    );
    let table = scroll("accuracy per class", &accuracies(results));
    let many = results.classes.len() > CLASSES;
    let table = match many {
        true => format!("<details>\n<summary>The {} classes</summary>\n{table}</details>\n", results.classes.len()),
        false => table,
    };
    let confused = match &results.confusion {
        Some(confusion) if !many => matrix(results, confusion),
        _ => mistakes(results),
    };
    let text = format!("<p>{}</p>\n{table}{confused}", escaped(&summary));
    frame("classes", "Accuracy of the best network by class", &text)
}

fn name(results: &ClassResults, class: usize) -> &str {
    results.classes.get(class).map_or("unknown", |class| class.name.as_str())
}

fn accuracies(results: &ClassResults) -> String {
    let mut text = String::from(
        "<table class=\"plain\">\n<thead><tr><th>class</th><th class=\"number\">test images</th><th class=\"number\">correct</th>\
         <th class=\"number\">accuracy</th><th>most frequent mistake</th></tr></thead>\n<tbody>\n",
    );
    for (index, ClassResult { name: class, images, correct, accuracy }) in results.classes.iter().enumerate() {
        // The list is sorted by descending frequency.
        let worst = results.mistakes.iter().find(|mistake| mistake.class == index);
        let mistaken =
            worst.map_or_else(String::new, |worst| format!("{} ({})", name(results, worst.predicted), worst.images));
        let _ = writeln!(
            text,
            "<tr><td class=\"name\">{}</td><td class=\"number\">{images}</td><td class=\"number\">{correct}</td>\
             <td class=\"number\">{}</td><td class=\"name\">{}</td></tr>",
            escaped(class),
            accuracy.map_or_else(|| "no images".to_owned(), percent),
            escaped(&mistaken)
        );
    }
    text + "</tbody>\n</table>\n"
}

/// Returns the confusion matrix: the number of images for every class and prediction, coloured by the fraction of the
/// class.
fn matrix(results: &ClassResults, confusion: &[Vec<u64>]) -> String {
    let mut text = String::from("<table class=\"plain confusion\">\n<thead><tr><th>class</th>");
    for number in 1..=results.classes.len() {
        let _ = write!(text, "<th class=\"number\">{number}</th>");
    }
    text.push_str("</tr></thead>\n<tbody>\n");
    for (class, row) in confusion.iter().enumerate() {
        let _ = write!(text, "<tr><th class=\"name\">{} {}</th>", class + 1, escaped(name(results, class)));
        let all = row.iter().sum::<u64>().max(1) as f64;
        for (predicted, count) in row.iter().enumerate() {
            let fraction = *count as f64 / all;
            let title = format!(
                "{}, predicted as {}: {count} ({:.1} %)",
                name(results, class),
                name(results, predicted),
                100.0 * fraction
            );
            let _ = write!(
                text,
                "<td class=\"number\"><span class=\"share s{:.0}\" title=\"{}\">{count}</span></td>",
                10.0 * fraction,
                escaped(&title)
            );
        }
        text.push_str("</tr>\n");
    }
    text += "</tbody>\n</table>\n";
    format!(
        "<h3>Confusion matrix</h3>\n<p class=\"remark\">Rows are classes and columns are predictions, in the same \
         order. Numbers count test images; a stronger colour means a larger fraction of the row.</p>\n{}",
        scroll("confusion matrix", &text)
    )
}

fn mistakes(results: &ClassResults) -> String {
    if results.mistakes.is_empty() {
        return String::new();
    }
    let mut text = String::from(
        "<table class=\"plain\">\n<thead><tr><th>class</th><th>predicted as</th><th class=\"number\">test images</th></tr></thead>\n<tbody>\n",
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
