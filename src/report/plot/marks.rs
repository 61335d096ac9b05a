//! The appearance of lines and markers, the same in the chart and in its legend.

use super::{Line, Mark};
use std::fmt::Write;

/// Width and height of the sample in a legend, in pixels.
pub(super) const MARK: [f64; 2] = [22.0, 12.0];

/// Returns the style classes of a shape.
pub(super) fn class(shape: Mark) -> &'static str {
    match shape {
        Mark::Solid | Mark::Steps => "line",
        Mark::Dashed => "line dashed",
        Mark::Dots => "dot",
        Mark::Rings => "hollow",
        Mark::Triangles | Mark::Diamonds => "solid",
    }
}

/// Whether points are separate markers that are not joined by a line.
pub(super) fn is_separate(shape: Mark) -> bool {
    matches!(shape, Mark::Dots | Mark::Rings | Mark::Triangles | Mark::Diamonds)
}

/// Returns the path of one marker.
pub(super) fn mark(shape: Mark, [x, y]: [f64; 2]) -> String {
    match shape {
        Mark::Rings => format!("M{:.1} {y:.1}a3 3 0 1 0 6 0a3 3 0 1 0 -6 0", x - 3.0),
        Mark::Triangles => format!("M{:.1} {:.1}h8l-4 7z", x - 4.0, y - 3.0),
        Mark::Diamonds => format!("M{x:.1} {:.1}l6 6l-6 6l-6 -6z", y - 6.0),
        // A line of length 0 with round ends is a dot.
        _ => format!("M{x:.1} {y:.1}h0"),
    }
}

/// Draws the sample of a line in a legend; `[x, y]` is the middle of its left edge.
pub(super) fn sample(line: &Line, colour: usize, [x, y]: [f64; 2]) -> String {
    let path = match line.shape {
        shape if is_separate(shape) => mark(shape, [x + MARK[0] / 2.0, y]),
        _ => format!("M{x:.1} {y:.1}h{}", MARK[0]),
    };
    format!("<path class=\"{} c{colour}\" d=\"{path}\"/>", class(line.shape))
}

/// Draws markers: each with its tooltip or, without tooltips, all in one path, which is shorter.
pub(super) fn marks(text: &mut String, line: &Line, positions: &[[f64; 2]], colour: usize) {
    let (shape, class) = (line.shape, class(line.shape));
    if line.labels.len() < positions.len() {
        let path: String = positions.iter().map(|position| mark(shape, *position)).collect();
        let _ = writeln!(text, "<path class=\"{class} c{colour}\" d=\"{path}\"/>");
        return;
    }
    for (position, label) in positions.iter().zip(&line.labels) {
        let (path, label) = (mark(shape, *position), super::escaped(label));
        let _ = writeln!(text, "<path class=\"{class} c{colour}\" d=\"{path}\"><title>{label}</title></path>");
    }
}
