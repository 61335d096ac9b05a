//! The report of a search: for every kind of run a complete, correct, escaped and self-contained page.

use crate::common;

mod appearance;
mod css;
mod figures;
mod kinds;
mod page;

use common::tags;

/// Checks what holds for every page.
pub fn check(page: &str) {
    let body = page.strip_prefix("<!DOCTYPE html>\n").expect("a document type");
    assert!(tags(body) > 20);
    // The page is self-contained: no addresses, scripts or files.
    for word in ["http", "//", "src=", "href=", "@import", "<script", "<link", "<iframe", "srcset", "<img"] {
        assert!(!markup(body).contains(word), "the page has {word}");
    }
    assert!(body.matches("url(").count() == body.matches("url(#").count(), "an address in a style");
    assert!(["NaN", "inf", "None"].iter().all(|word| !markup(body).contains(word)), "{body}");
    let mut ids: Vec<&str> = body.split(" id=\"").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
    let all = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), all, "ids are unique");
    // Tables that may be wider than a phone scroll in their own container.
    for (before, _) in body.match_indices("<table").map(|(start, _)| body.split_at(start)) {
        assert!(before.ends_with("tabindex=\"0\">\n"), "a table that does not scroll");
    }
    appearance::texts_stay_inside(page);
}

/// Returns the tags and styles of a page without other text, since commands, configuration and file names may contain
/// slashes.
fn markup(page: &str) -> String {
    page.split('<')
        .map(|piece| {
            piece.split_once('>').map_or(piece, |(tag, text)| if tag.starts_with("style") { text } else { tag })
        })
        .map(|tag| format!("<{tag}"))
        .collect()
}

/// Returns the text of a section; empty if it is missing.
pub fn section<'a>(page: &'a str, id: &str) -> &'a str {
    let start = format!("<section id=\"{id}\">");
    page.split(&start).nth(1).map_or("", |rest| rest.split("</section>").next().unwrap())
}
