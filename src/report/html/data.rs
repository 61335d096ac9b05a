//! The source of the rewards: the table, or the images with their classes and counts.

use super::findings::{Findings, Origin};
use super::{scroll, section as frame};
use crate::data::Fingerprint;
use crate::report::svg::escaped;
use crate::run::Meta;
use crate::shown::pluralized;
use std::fmt::Write;

/// Lists of more classes than this are collapsed.
const CLASSES: usize = 20;

const TITLE: &str = "Data";

pub(super) fn section(findings: &Findings<'_>) -> String {
    let text = match &findings.origin {
        Origin::Table(name) => table_text(findings.space.name(), &findings.meta, name.as_deref()),
        Origin::Images { path, data: Some(data) } => images_text(path, data),
        Origin::Images { path, data: None } => unknown_images_text(&findings.meta, path),
    };
    frame("data", TITLE, &text)
}

fn paragraph(text: &str) -> String {
    format!("<p>{}</p>\n", escaped(text))
}

fn table_text(space: &str, meta: &Meta, name: Option<&str>) -> String {
    let Meta { dataset, reward, reward_name, test_name, input: [deep, high, wide], classes, .. } = meta;
    let table = name.map_or_else(|| "the built-in table".to_owned(), |name| format!("the table {name}"));
    let superlative = reward.goal.superlative();
    let best = meta
        .optimum
        .map_or_else(String::new, |best| format!(" The {superlative} reward in it is {}.", reward.shown(best)));
    let goal = if reward.is_accuracy() { "" } else { &format!("; the {superlative} reward is best") };
    let unit = reward.in_unit();
    let values = match test_name.as_str() {
        "" => format!("The reward is the {reward_name}, {unit}{goal}; there are no test values."),
        _ => format!("The reward is the {reward_name}, the test value the {test_name}, both {unit}{goal}."),
    };
    paragraph(&format!(
        "Nothing was trained: rewards were looked up in {table} of {space}, data set {dataset}. {values}{best} The \
         networks of the table classify images of {deep} x {high} x {wide} (channels, height, width) into {classes} classes."
    ))
}

fn unknown_images_text(meta: &Meta, path: &str) -> String {
    let Meta { input: [deep, high, wide], classes, .. } = meta;
    paragraph(&format!(
        "Networks were trained on {path}: images of {deep} x {high} x {wide} (channels, height, width) in {classes} \
         classes. The class names are unknown because no network of this run is saved with a record of its data."
    ))
}

fn images_text(path: &str, data: &Fingerprint) -> String {
    let Fingerprint { layout, classes, shape: [deep, high, wide], train, validation, test, digest } = data;
    let sum = |counts: &[usize]| counts.iter().sum::<usize>();
    let text = paragraph(&format!(
        "Networks were trained on {path}: {} for {}, {} for testing, input {deep} x {high} x {wide} (channels, \
         height, width), {}.",
        pluralized(sum(train), "image", "images"),
        match validation.is_empty() {
            true => "training and validation".to_owned(),
            false => format!("training, {} for validation", pluralized(sum(validation), "image", "images")),
        },
        pluralized(sum(test), "image", "images"),
        pluralized(classes.len(), "class", "classes"),
    ));
    let table = scroll("images per class", &rows(data));
    let list = match classes.len() {
        ..=CLASSES => table,
        many => format!("<details>\n<summary>The {many} classes</summary>\n{table}</details>\n"),
    };
    let identity = format!("Layout: {layout}. SHA-256 of the data set: {digest}.");
    format!("{text}{list}<p class=\"remark\">{}</p>\n", escaped(&identity))
}

fn rows(data: &Fingerprint) -> String {
    let separate = !data.validation.is_empty();
    let train = if separate { "training" } else { "training and validation" };
    let mut parts = vec![(train, &data.train), ("test", &data.test)];
    if separate {
        parts.insert(1, ("validation", &data.validation));
    }
    let mut text = String::from("<table class=\"plain\">\n<thead><tr><th>class</th>");
    for (name, _) in &parts {
        let _ = write!(text, "<th class=\"number\">{name}</th>");
    }
    text.push_str("</tr></thead>\n<tbody>\n");
    for (class, name) in data.classes.iter().enumerate() {
        let _ = write!(text, "<tr><td class=\"name\">{}</td>", escaped(name));
        for (_, counts) in &parts {
            let _ = write!(text, "<td class=\"number\">{}</td>", counts.get(class).copied().unwrap_or(0));
        }
        text.push_str("</tr>\n");
    }
    text + "</tbody>\n</table>\n"
}
