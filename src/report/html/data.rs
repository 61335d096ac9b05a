//! Where the rewards come from: which table, or which images with their classes and counts.

use super::findings::{Findings, Origin};
use super::words::percent;
use super::{scroll, section as frame};
use crate::data::Fingerprint;
use crate::report::svg::escaped;
use crate::run::Meta;
use crate::shown::counted;
use std::fmt::Write;

/// Lists of more classes than this are behind a line that opens them.
const CLASSES: usize = 20;

const TITLE: &str = "Data";

pub(super) fn section(findings: &Findings<'_>) -> String {
    let text = match &findings.origin {
        Origin::Table(name) => of_table(&findings.meta, name.as_deref()),
        Origin::Images { path, data: Some(data) } => of_images(path, data),
        Origin::Images { path, data: None } => unknown(&findings.meta, path),
    };
    frame("data", TITLE, &text)
}

fn paragraph(text: &str) -> String {
    format!("<p>{}</p>\n", escaped(text))
}

fn of_table(meta: &Meta, name: Option<&str>) -> String {
    let Meta { space, dataset, reward_name, test_name, input: [deep, high, wide], classes, .. } = meta;
    let table = name.map_or_else(|| "the built-in table".to_owned(), |name| format!("the table {name}"));
    let best = meta.optimum.map_or_else(String::new, |best| format!(" The highest reward in it is {}.", percent(best)));
    paragraph(&format!(
        "Nothing was trained: rewards were looked up in {table} of {space}, data set {dataset}. The reward is the {reward_name}, the \
         test figure the {test_name}, both in percent.{best} The networks of the table classify images of {deep} x {high} x {wide} \
         (channels, height, width) into {classes} classes."
    ))
}

fn unknown(meta: &Meta, path: &str) -> String {
    let Meta { input: [deep, high, wide], classes, .. } = meta;
    paragraph(&format!(
        "Networks were trained on {path}: images of {deep} x {high} x {wide} (channels, height, width) in {classes} classes. The \
         classes have no names here because no network of this run is kept with a record of its data."
    ))
}

fn of_images(path: &str, data: &Fingerprint) -> String {
    let Fingerprint { layout, classes, shape: [deep, high, wide], train, validation, test, digest } = data;
    let sum = |counts: &[usize]| counts.iter().sum::<usize>();
    let told = paragraph(&format!(
        "Networks were trained on {path}: {} for {}, {} for the test, {deep} x {high} x {wide} (channels, \
         height, width) as the networks see them, in {}.",
        counted(sum(train), "image", "images"),
        match validation.is_empty() {
            true => "training and validation".to_owned(),
            false => format!("training, {} for validation", counted(sum(validation), "image", "images")),
        },
        counted(sum(test), "image", "images"),
        counted(classes.len(), "class", "classes"),
    ));
    let table = scroll("images of every class", &rows(data));
    let list = match classes.len() {
        ..=CLASSES => table,
        many => format!("<details>\n<summary>The {many} classes</summary>\n{table}</details>\n"),
    };
    let identity = format!("Layout: {layout}. SHA-256 of the data set: {digest}.");
    format!("{told}{list}<p class=\"remark\">{}</p>\n", escaped(&identity))
}

fn rows(data: &Fingerprint) -> String {
    let own = !data.validation.is_empty();
    let train = if own { "training" } else { "training and validation" };
    let mut parts = vec![(train, &data.train), ("test", &data.test)];
    if own {
        parts.insert(1, ("validation", &data.validation));
    }
    let mut text = String::from("<table class=\"plain\">\n<thead><tr><th>class</th>");
    for (name, _) in &parts {
        let _ = write!(text, "<th class=\"number\">{name}</th>");
    }
    text.push_str("</tr></thead>\n<tbody>\n");
    for (place, name) in data.classes.iter().enumerate() {
        let _ = write!(text, "<tr><td class=\"name\">{}</td>", escaped(name));
        for (_, counts) in &parts {
            let _ = write!(text, "<td class=\"number\">{}</td>", counts.get(place).copied().unwrap_or(0));
        }
        text.push_str("</tr>\n");
    }
    text + "</tbody>\n</table>\n"
}
