//! Human-readable per-class results.

use crate::train::{ClassResult, ClassResults};
use std::fmt::Write;

/// Largest number of classes for which every class and a confusion matrix are printed; with more, only the worst.
const MAX_LISTED: usize = 20;

/// Number of classes and confusions printed when there are more than [`MAX_LISTED`] classes.
const WORST: usize = 10;

/// Formats per-class accuracies and confusions.
pub(super) fn describe(found: &ClassResults) -> String {
    if found.classes.len() <= MAX_LISTED { all_classes(found) } else { worst_classes(found) }
}

/// Percentage of images in the most frequent class: the accuracy of always predicting that class.
pub(super) fn majority(found: &ClassResults) -> f64 {
    let most = found.classes.iter().map(|class| class.images).max().unwrap_or(0);
    100.0 * most as f64 / found.images.max(1) as f64
}

/// Escapes the control characters of a name, so that it stays on one line.
pub(super) fn plain(name: &str) -> String {
    name.chars().flat_map(|c| if c.is_control() { c.escape_default().collect::<Vec<_>>() } else { vec![c] }).collect()
}

fn percent(accuracy: Option<f64>) -> String {
    accuracy.map_or_else(|| "-".to_owned(), |accuracy| format!("{accuracy:.2} %"))
}

fn all_classes(found: &ClassResults) -> String {
    let names: Vec<_> = found.classes.iter().map(|class| plain(&class.name)).collect();
    let wide = names.iter().map(|name| name.chars().count()).max().unwrap_or(0).max("class".len()) + 4;
    let mut text = format!("\n{:<wide$}  images  correct  accuracy\n", "class");
    for (number, (class, name)) in found.classes.iter().zip(&names).enumerate() {
        let label = format!("{number:>2}  {name}");
        let ClassResult { images, correct, accuracy, .. } = class;
        let _ = writeln!(text, "{label:<wide$}  {images:>6}  {correct:>7}  {:>8}", percent(*accuracy));
    }
    let Some(confusion) = &found.confusion else { return text };
    let most = confusion.iter().flatten().max().copied().unwrap_or(0);
    let (title, cell) = ("images of a class predicted as", most.to_string().len().max(2) + 1);
    let wide = wide.max(title.len());
    let _ = write!(text, "\n{title:<wide$} ");
    for number in 0..names.len() {
        let _ = write!(text, "{number:>cell$}");
    }
    text.push('\n');
    for (number, (row, name)) in confusion.iter().zip(&names).enumerate() {
        let label = format!("{number:>2}  {name}");
        let _ = write!(text, "{label:<wide$} ");
        for count in row {
            let shown = if *count == 0 { ".".to_owned() } else { count.to_string() };
            let _ = write!(text, "{shown:>cell$}");
        }
        text.push('\n');
    }
    text
}

fn worst_classes(found: &ClassResults) -> String {
    let mut classes: Vec<_> = found.classes.iter().filter(|class| class.images > 0).collect();
    classes.sort_by(|a, b| a.accuracy.unwrap_or(0.0).total_cmp(&b.accuracy.unwrap_or(0.0)));
    let mut text = format!("\nlowest accuracy of {} classes\n", found.classes.len());
    for ClassResult { name, images, correct, accuracy } in classes.into_iter().take(WORST) {
        let _ = writeln!(text, "{:>9}  {} ({correct} of {images} images)", percent(*accuracy), plain(name));
    }
    text.push_str("\nmost frequent confusions\n");
    let class = |number: usize| found.classes.get(number);
    for mistake in found.mistakes.iter().take(WORST) {
        let (Some(actual), Some(predicted)) = (class(mistake.class), class(mistake.predicted)) else { continue };
        let (name, other) = (plain(&actual.name), plain(&predicted.name));
        let _ = writeln!(text, "{:>9}  of {} images of {name} predicted as {other}", mistake.images, actual.images);
    }
    text.push_str("\n--json has all classes and confusions\n");
    text
}
