//! Drawings as SVG, legible on light and on dark pages.

use super::diagram::{Diagram, Kind, Part, Vertex};
use super::layout::{BOX, Layout, Placed, layout};
use std::fmt::Write;

/// Pixels around and between the parts.
const MARGIN: f64 = 28.0;
/// Pixels above the parts for the title, for each line of the architecture's text, and above every part for its caption.
const TITLE: f64 = 46.0;
const LINE: f64 = 16.0;
const CAPTION: f64 = 26.0;
/// Pixels that a character of the architecture's text is wide, and how many lines of it there are at most.
const CHARACTER: f64 = 6.7;
const LINES: usize = 4;
/// Pixels above and below a drawing in a page.
const INLINE: f64 = 4.0;
/// The least width, so that titles have room.
const MIN_WIDTH: f64 = 480.0;
/// Pixels that an arrow runs straight before it enters a box.
const HEAD: f64 = 7.0;

/// The style sheet of all drawings, once for a page.
pub(super) const STYLE: &str = include_str!("svg/style.css");

/// The text of an SVG file.
#[must_use]
pub fn svg(diagram: &Diagram) -> String {
    let laid = Laid::of(diagram);
    let width = laid.width.max(MIN_WIDTH).ceil();
    let lines = wrapped(&diagram.arch, ((width - 2.0 * MARGIN) / CHARACTER) as usize);
    let top = TITLE + LINE * lines.len() as f64 + CAPTION;
    let height = laid.height + top + MARGIN;
    let mut text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" width=\"{width}\" height=\"{height}\" \
         viewBox=\"0 0 {width} {height}\" class=\"drawing\">\n<title>{space}: {}</title>\n<style>\n{STYLE}</style>\n\
         <rect class=\"paper\" width=\"{width}\" height=\"{height}\"/>\n\
         <text class=\"title\" x=\"{MARGIN}\" y=\"30\">{space}</text>\n",
        escaped(&diagram.arch),
        space = escaped(&diagram.space),
    );
    for (place, line) in lines.iter().enumerate() {
        let y = TITLE + 4.0 + LINE * place as f64;
        let _ = writeln!(text, "<text class=\"arch\" x=\"{MARGIN}\" y=\"{y}\">{}</text>", escaped(line));
    }
    laid.draw(&mut text, diagram, [(width - laid.width) / 2.0, top], "head");
    text + "</svg>\n"
}

/// The drawing without titles for a page that has [`STYLE`]. `id` must be the drawing's own on the page.
pub(super) fn inline(diagram: &Diagram, id: &str) -> String {
    let laid = Laid::of(diagram);
    // A single part needs no name.
    let top = if diagram.parts.len() > 1 { CAPTION } else { INLINE };
    let (width, height) = (laid.width.ceil(), (laid.height + top + INLINE).ceil());
    let mut text = format!(
        "<svg role=\"img\" aria-label=\"{}\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" \
         class=\"drawing\">\n",
        escaped(&diagram.arch)
    );
    laid.draw(&mut text, diagram, [0.0, top], id);
    text + "</svg>\n"
}

/// A diagram's parts side by side.
struct Laid {
    layouts: Vec<Layout>,
    width: f64,
    height: f64,
}

impl Laid {
    fn of(diagram: &Diagram) -> Self {
        let layouts: Vec<_> = diagram.parts.iter().map(layout).collect();
        let width = layouts.iter().map(|layout| layout.width + 2.0 * MARGIN).sum::<f64>();
        let height = layouts.iter().fold(0.0, |height, layout| layout.height.max(height));
        Self { layouts, width, height }
    }

    /// Draws the parts from the upper left corner `[x, y]` on, their captions above where there is room; `id` names the
    /// arrows' heads.
    fn draw(&self, text: &mut String, diagram: &Diagram, [x, y]: [f64; 2], id: &str) {
        let _ = writeln!(
            text,
            "<defs><marker id=\"{id}\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"7\" markerHeight=\"7\" \
             orient=\"auto\"><path class=\"head\" d=\"M0 0.5L8 4L0 7.5Z\"/></marker></defs>"
        );
        let mut left = x + MARGIN;
        for (part, layout) in diagram.parts.iter().zip(&self.layouts) {
            let _ = writeln!(text, "<g transform=\"translate({left:.1} {y:.1})\">");
            if y >= CAPTION {
                let middle = layout.width / 2.0;
                let caption = escaped(&part.caption);
                let _ = writeln!(text, "<text class=\"caption\" x=\"{middle:.1}\" y=\"-12\">{caption}</text>");
            }
            add(text, part, layout, id);
            text.push_str("</g>\n");
            left += layout.width + 2.0 * MARGIN;
        }
    }
}

fn add(text: &mut String, part: &Part, layout: &Layout, head: &str) {
    let _ = writeln!(text, "<g marker-end=\"url(#{head})\">");
    for (arrow, path) in part.arrows.iter().zip(&layout.paths) {
        let class = if arrow.skips { "arrow skips" } else { "arrow" };
        let _ = writeln!(text, "<path class=\"{class}\" d=\"{}\"/>", curve(path));
    }
    text.push_str("</g>\n");
    for (vertex, placed) in part.nodes.iter().zip(&layout.nodes) {
        draw_box(text, vertex, placed, 5.0);
    }
    for (arrow, placed) in part.arrows.iter().zip(&layout.operations) {
        if let (Some(operation), Some(placed)) = (&arrow.operation, placed) {
            draw_box(text, operation, placed, BOX / 2.0);
        }
    }
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

/// A curve from box to box that is straight where it passes a row, so that it touches none of the row's boxes.
fn curve(points: &[[f64; 2]]) -> String {
    let mut text = String::new();
    for pair in points.windows(2) {
        let [[from_x, from_y], [to_x, to_y]] = [pair[0], pair[1]];
        let (start, end) = (from_y + BOX / 2.0, to_y - BOX / 2.0);
        let bottom = if Some(&pair[1]) == points.last() { end - HEAD } else { end };
        let middle = f64::midpoint(start, bottom);
        let first = if text.is_empty() { 'M' } else { 'L' };
        let _ = write!(
            text,
            "{first}{from_x:.1} {start:.1}C{from_x:.1} {middle:.1} {to_x:.1} {middle:.1} {to_x:.1} {bottom:.1}"
        );
        let _ = write!(text, "V{end:.1}");
    }
    text
}

/// The name of a kind in the style sheet.
pub(super) fn class(kind: Kind) -> &'static str {
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

/// A text in a few lines of at most so many characters, broken after a space or bar where there is one.
fn wrapped(text: &str, max: usize) -> Vec<String> {
    let mut rest: Vec<char> = text.chars().collect();
    let mut lines = Vec::new();
    while rest.len() > max && lines.len() + 1 < LINES {
        let end = rest[..max].iter().rposition(|c| matches!(c, ' ' | '|')).filter(|end| *end > max / 2);
        lines.push(rest.drain(..end.map_or(max, |end| end + 1)).collect());
    }
    if rest.len() > max {
        rest.truncate(max.saturating_sub(1));
        rest.push('…');
    }
    lines.push(rest.into_iter().collect());
    lines
}

/// Text as it may stand in an element or an attribute.
pub(super) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
