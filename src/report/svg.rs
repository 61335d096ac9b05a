//! Drawings as SVG, legible on light and on dark pages.

use super::diagram::{Diagram, Kind, Part, Vertex};
use super::layout::{BOX, Layout, Placed, layout};
use std::fmt::Write;

/// Pixels around and between the parts.
const MARGIN: f64 = 28.0;
/// Pixels above the parts for the title, and above every part for its caption.
const TITLE: f64 = 62.0;
const CAPTION: f64 = 26.0;
/// Pixels that a character of the second line is wide.
const CHARACTER: f64 = 6.7;
/// The least width, so that titles have room.
const MIN_WIDTH: f64 = 420.0;
/// How far below a row an arrow has to be straight before it enters a box.
const HEAD: f64 = 7.0;

/// The text of an SVG file.
#[must_use]
pub fn svg(diagram: &Diagram) -> String {
    let layouts: Vec<_> = diagram.parts.iter().map(layout).collect();
    let drawn = layouts.iter().map(|layout| layout.width + 2.0 * MARGIN).sum::<f64>();
    let width = drawn.max(MIN_WIDTH).ceil();
    let height = layouts.iter().fold(0.0, |height, layout| layout.height.max(height)) + TITLE + CAPTION + MARGIN;
    let mut text = String::new();
    let _ = writeln!(
        text,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" width=\"{width}\" height=\"{height}\" \
         viewBox=\"0 0 {width} {height}\">\n<title>{}: {}</title>\n<style>{}</style>",
        escaped(&diagram.space),
        escaped(&diagram.arch),
        include_str!("svg/style.css"),
    );
    text.push_str(
        "<defs><marker id=\"head\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"7\" markerHeight=\"7\" \
         orient=\"auto\"><path class=\"head\" d=\"M0 0.5L8 4L0 7.5Z\"/></marker></defs>\n",
    );
    let _ = writeln!(text, "<rect class=\"paper\" width=\"{width}\" height=\"{height}\"/>");
    let _ = writeln!(text, "<text class=\"title\" x=\"{MARGIN}\" y=\"30\">{}</text>", escaped(&diagram.space));
    let arch = shortened(&diagram.arch, ((width - 2.0 * MARGIN) / CHARACTER) as usize);
    let _ = writeln!(text, "<text class=\"arch\" x=\"{MARGIN}\" y=\"50\">{}</text>", escaped(&arch));
    let mut left = (width - drawn) / 2.0;
    for (part, layout) in diagram.parts.iter().zip(&layouts) {
        add(&mut text, part, layout, left + MARGIN);
        left += layout.width + 2.0 * MARGIN;
    }
    text + "</svg>\n"
}

fn add(text: &mut String, part: &Part, layout: &Layout, left: f64) {
    let _ = writeln!(text, "<g transform=\"translate({left:.1} {:.1})\">", TITLE + CAPTION);
    let middle = layout.width / 2.0;
    let _ = writeln!(text, "<text class=\"caption\" x=\"{middle:.1}\" y=\"-12\">{}</text>", escaped(&part.caption));
    for (arrow, path) in part.arrows.iter().zip(&layout.paths) {
        let class = if arrow.skips { "arrow skips" } else { "arrow" };
        let _ = writeln!(text, "<path class=\"{class}\" d=\"{}\"/>", curve(path));
    }
    for (vertex, placed) in part.nodes.iter().zip(&layout.nodes) {
        draw_box(text, vertex, placed, 5.0);
    }
    for (arrow, placed) in part.arrows.iter().zip(&layout.operations) {
        if let (Some(operation), Some(placed)) = (&arrow.operation, placed) {
            draw_box(text, operation, placed, BOX / 2.0);
        }
    }
    text.push_str("</g>\n");
}

fn draw_box(text: &mut String, vertex: &Vertex, placed: &Placed, corner: f64) {
    let Placed { x, y, width } = *placed;
    let (left, top) = (x - width / 2.0, y - BOX / 2.0);
    let _ = write!(
        text,
        "<g class=\"{}\"><rect x=\"{left:.1}\" y=\"{top:.1}\" width=\"{width:.1}\" height=\"{BOX}\" rx=\"{corner}\"/>",
        class(vertex.kind)
    );
    let _ = writeln!(text, "<text x=\"{x:.1}\" y=\"{:.1}\">{}</text></g>", y + 4.0, escaped(&vertex.text));
}

/// A curve through the points that is vertical in every row, from the lower side of one box to the upper side of another.
fn curve(points: &[[f64; 2]]) -> String {
    let mut points = points.to_vec();
    if let Some(first) = points.first_mut() {
        first[1] += BOX / 2.0;
    }
    if let Some(last) = points.last_mut() {
        last[1] -= BOX / 2.0;
    }
    let mut text = String::new();
    for (place, [x, y]) in points.iter().enumerate() {
        let Some([before_x, before_y]) = place.checked_sub(1).map(|place| points[place]) else {
            let _ = write!(text, "M{x:.1} {y:.1}");
            continue;
        };
        let end = if place + 1 == points.len() { y - HEAD } else { *y };
        let middle = f64::midpoint(before_y, end);
        let _ = write!(text, "C{before_x:.1} {middle:.1} {x:.1} {middle:.1} {x:.1} {end:.1}");
        if end < *y {
            let _ = write!(text, "V{y:.1}");
        }
    }
    text
}

fn class(kind: Kind) -> &'static str {
    match kind {
        Kind::Node => "node",
        Kind::End => "end",
        Kind::Convolution => "convolution",
        Kind::Pointwise => "pointwise",
        Kind::Separable => "separable",
        Kind::Dilated => "dilated",
        Kind::AveragePool => "average",
        Kind::MaxPool => "maximum",
        Kind::Skip => "skip",
    }
}

/// A text of at most so many characters.
fn shortened(text: &str, max: usize) -> String {
    match text.chars().count() > max {
        true => text.chars().take(max.saturating_sub(1)).chain(['…']).collect(),
        false => text.to_owned(),
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
