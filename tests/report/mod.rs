//! The report of a search: of every kind of run a whole page that is right, escaped and needs nothing from outside.

use crate::common;

mod css;
mod figures;
mod kinds;
mod looks;
mod page;

use common::tags;

/// What every page must be.
pub fn check(page: &str) {
    let body = page.strip_prefix("<!DOCTYPE html>\n").expect("a document type");
    assert!(tags(body) > 20);
    // A page that asks for nothing: no address, no script, no file.
    for word in ["http", "//", "src=", "href=", "@import", "<script", "<link", "<iframe", "srcset", "<img"] {
        assert!(!told(body).contains(word), "the page has {word}");
    }
    assert!(body.matches("url(").count() == body.matches("url(#").count(), "an address in a style");
    assert!(["NaN", "inf", "None"].iter().all(|word| !told(body).contains(word)), "{body}");
    let mut ids: Vec<&str> = body.split(" id=\"").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
    let all = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), all, "ids are unique");
    // What is wider than a telephone scrolls in a place of its own.
    for (before, _) in body.match_indices("<table").map(|(place, _)| body.split_at(place)) {
        assert!(before.ends_with("tabindex=\"0\">\n"), "a table that does not scroll");
    }
    looks::texts_stay_inside(page);
}

/// A page without what is only text: commands, configuration and file names may have slashes.
fn told(page: &str) -> String {
    page.split('<')
        .map(|piece| {
            piece.split_once('>').map_or(piece, |(tag, text)| if tag.starts_with("style") { text } else { tag })
        })
        .map(|tag| format!("<{tag}"))
        .collect()
}

/// The text of a section, or nothing.
pub fn section<'a>(page: &'a str, id: &str) -> &'a str {
    let start = format!("<section id=\"{id}\">");
    page.split(&start).nth(1).map_or("", |rest| rest.split("</section>").next().unwrap())
}
