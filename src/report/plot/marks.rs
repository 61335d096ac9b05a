//! How lines and points look, in the chart and in its legend alike.

use super::{Line, Shape};
use std::fmt::Write;

/// Pixels of the mark in a legend.
pub(super) const MARK: [f64; 2] = [22.0, 12.0];

/// The classes of a shape in the style sheet.
pub(super) fn class(shape: Shape) -> &'static str {
    match shape {
        Shape::Solid | Shape::Steps => "line",
        Shape::Dashed => "line dashed",
        Shape::Dots => "dot",
        Shape::Rings => "hollow",
        Shape::Triangles | Shape::Diamonds => "solid",
    }
}

/// Whether points are marks of their own, which no line joins.
pub(super) fn is_apart(shape: Shape) -> bool {
    matches!(shape, Shape::Dots | Shape::Rings | Shape::Triangles | Shape::Diamonds)
}

/// The path of one mark.
pub(super) fn mark(shape: Shape, [x, y]: [f64; 2]) -> String {
    match shape {
        Shape::Rings => format!("M{:.1} {y:.1}a3 3 0 1 0 6 0a3 3 0 1 0 -6 0", x - 3.0),
        Shape::Triangles => format!("M{:.1} {:.1}h8l-4 7z", x - 4.0, y - 3.0),
        Shape::Diamonds => format!("M{x:.1} {:.1}l6 6l-6 6l-6 -6z", y - 6.0),
        // A point with round ends.
        _ => format!("M{x:.1} {y:.1}h0"),
    }
}

/// A line as its legend shows it, its left edge and middle at `[x, y]`.
pub(super) fn sample(line: &Line, colour: usize, [x, y]: [f64; 2]) -> String {
    let path = match line.shape {
        shape if is_apart(shape) => mark(shape, [x + MARK[0] / 2.0, y]),
        _ => format!("M{x:.1} {y:.1}h{}", MARK[0]),
    };
    format!("<path class=\"{} c{colour}\" d=\"{path}\"/>", class(line.shape))
}

/// Marks: each with its label or, without labels, all as one path, which is short.
pub(super) fn marks(text: &mut String, line: &Line, places: &[[f64; 2]], colour: usize) {
    let (shape, class) = (line.shape, class(line.shape));
    if line.labels.len() < places.len() {
        let path: String = places.iter().map(|place| mark(shape, *place)).collect();
        let _ = writeln!(text, "<path class=\"{class} c{colour}\" d=\"{path}\"/>");
        return;
    }
    for (place, label) in places.iter().zip(&line.labels) {
        let (path, label) = (mark(shape, *place), super::escaped(label));
        let _ = writeln!(text, "<path class=\"{class} c{colour}\" d=\"{path}\"><title>{label}</title></path>");
    }
}
