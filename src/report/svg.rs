//! Drawings as SVG with light and dark colour schemes.

mod escaped;
mod texture;

pub(super) use escaped::escaped;
pub(super) use texture::{class, is_textured, textures};

use super::diagram::Diagram;
use super::layout::{BOX, Layout, Placed, layout};
use crate::space::diagram::{Panel, Vertex};
use std::fmt::Write;

/// Pixels around and between the panels.
const MARGIN: f64 = 28.0;
/// Heights in pixels of the title, of a line of the architecture's text, and of the caption of a panel.
const TITLE: f64 = 46.0;
const LINE: f64 = 16.0;
const CAPTION: f64 = 26.0;
/// Width in pixels of a character of the architecture's text.
const CHARACTER: f64 = 6.7;
/// Width in pixels of a character of a caption.
const WIDE_CHARACTER: f64 = 7.3;
/// Margin in pixels around an inline drawing.
const INLINE: f64 = 4.0;
/// The minimum width in pixels, so that titles fit.
const MIN_WIDTH: f64 = 480.0;
/// Length in pixels of the straight end of an arrow before it enters a box.
const HEAD: f64 = 7.0;

/// The style sheet of all drawings, included once per page.
pub(super) const STYLE: &str = include_str!("svg/style.css");

/// Returns the text of an SVG file.
///
/// ```
/// use graphpnas::report::{Diagram, svg};
///
/// let space = graphpnas::space::open("nasbench101")?;
/// let graph = space.encode("0-1 1-2;maxpool3x3")?;
/// let drawing = svg(&Diagram::new(&*space, &graph)?);
/// assert!(drawing.starts_with("<svg") && drawing.contains("maxpool3x3"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn svg(diagram: &Diagram) -> String {
    let arranged = Arrangement::of(diagram);
    let width = arranged.width.max(MIN_WIDTH).ceil();
    let lines = wrapped(&diagram.arch, ((width - 2.0 * MARGIN) / CHARACTER) as usize);
    let top = TITLE + LINE * lines.len() as f64 + CAPTION;
    let height = arranged.height + top + MARGIN;
    let mut text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" width=\"{width}\" height=\"{height}\" \
         viewBox=\"0 0 {width} {height}\" class=\"drawing\">\n<title>{space}: {}</title>\n<style>\n{STYLE}</style>\n{}\
         <rect class=\"paper\" width=\"{width}\" height=\"{height}\"/>\n\
         <text class=\"title\" x=\"{MARGIN}\" y=\"30\">{space}</text>\n",
        escaped(&diagram.arch),
        textures(),
        space = escaped(&diagram.space),
    );
    for (index, line) in lines.iter().enumerate() {
        let y = TITLE + 4.0 + LINE * index as f64;
        let _ = writeln!(text, "<text class=\"arch\" x=\"{MARGIN}\" y=\"{y}\">{}</text>", escaped(line));
    }
    arranged.draw(&mut text, diagram, [(width - arranged.width) / 2.0, top], "head");
    text + "</svg>\n"
}

/// Draws a panel without titles for a page that includes [`STYLE`] and [`textures`]. `id` must be unique in the page.
///
/// On a narrow page the drawing shrinks, but to no less than the fraction `min_scale` of its size; below that it scrolls.
pub(super) fn inline(panel: &Panel, label: &str, id: &str, min_scale: f64) -> String {
    let layout = layout(panel);
    let (width, height) = ((layout.width + 2.0 * INLINE).ceil(), (layout.height + 2.0 * INLINE).ceil());
    let mut text = format!(
        "<svg role=\"img\" aria-label=\"{}\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" \
         style=\"min-width:{:.0}px\" class=\"drawing\">\n{}<g transform=\"translate({INLINE} {INLINE})\">\n",
        escaped(label),
        min_scale * width,
        head(id),
    );
    add_panel(&mut text, panel, &layout, id);
    text + "</g>\n</svg>\n"
}

/// Defines the marker of arrow heads.
fn head(id: &str) -> String {
    format!(
        "<defs><marker id=\"{id}\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"7\" markerHeight=\"7\" \
         orient=\"auto\"><path class=\"head\" d=\"M0 0.5L8 4L0 7.5Z\"/></marker></defs>\n"
    )
}

/// The panels of a diagram side by side.
struct Arrangement {
    layouts: Vec<Layout>,
    width: f64,
    height: f64,
}

impl Arrangement {
    fn of(diagram: &Diagram) -> Self {
        let layouts: Vec<_> = diagram.panels.iter().map(layout).collect();
        let width =
            diagram.panels.iter().zip(&layouts).map(|(panel, layout)| width_of(panel, layout) + 2.0 * MARGIN).sum();
        let height = layouts.iter().fold(0.0, |height, layout| layout.height.max(height));
        Self { layouts, width, height }
    }

    /// Draws the panels with captions; `[x, y]` is the upper left corner and `id` the id of the arrow head marker.
    fn draw(&self, text: &mut String, diagram: &Diagram, [x, y]: [f64; 2], id: &str) {
        text.push_str(&head(id));
        let mut left = x + MARGIN;
        for (panel, layout) in diagram.panels.iter().zip(&self.layouts) {
            let (middle, caption, width) = (layout.width / 2.0, escaped(&panel.caption), width_of(panel, layout));
            let _ = writeln!(text, "<g transform=\"translate({:.1} {y:.1})\">", left + (width - layout.width) / 2.0);
            let _ = writeln!(text, "<text class=\"caption\" x=\"{middle:.1}\" y=\"-12\">{caption}</text>");
            add_panel(text, panel, layout, id);
            text.push_str("</g>\n");
            left += width + 2.0 * MARGIN;
        }
    }
}

/// Returns the width in pixels of a panel with its caption.
fn width_of(panel: &Panel, layout: &Layout) -> f64 {
    layout.width.max(panel.caption.chars().count() as f64 * WIDE_CHARACTER)
}

fn add_panel(text: &mut String, panel: &Panel, layout: &Layout, head: &str) {
    let _ = writeln!(text, "<g marker-end=\"url(#{head})\">");
    for (arrow, path) in panel.arrows.iter().zip(&layout.paths) {
        let class = if arrow.skips { "arrow skips" } else { "arrow" };
        let _ = writeln!(text, "<path class=\"{class}\" d=\"{}\"/>", curve(path));
    }
    text.push_str("</g>\n");
    for (vertex, placed) in panel.nodes.iter().zip(&layout.nodes) {
        draw_box(text, vertex, placed, 5.0);
    }
    for (arrow, placed) in panel.arrows.iter().zip(&layout.operations) {
        if let (Some(operation), Some(placed)) = (&arrow.operation, placed) {
            draw_box(text, operation, placed, BOX / 2.0);
        }
    }
}

fn draw_box(text: &mut String, vertex: &Vertex, placed: &Placed, corner: f64) {
    let Placed { x, y, width } = *placed;
    let (left, top) = (x - width / 2.0, y - BOX / 2.0);
    let rect = |class: &str| {
        format!("<rect{class} x=\"{left:.1}\" y=\"{top:.1}\" width=\"{width:.1}\" height=\"{BOX}\" rx=\"{corner}\"/>")
    };
    let texture = if is_textured(vertex.kind) { rect(" class=\"texture\"") } else { String::new() };
    let (plain, words) = (rect(""), escaped(&vertex.text));
    let _ = write!(text, "<g class=\"{}\">{plain}{texture}", class(vertex));
    let _ = writeln!(text, "<text x=\"{x:.1}\" y=\"{:.1}\">{words}</text></g>", y + 4.0);
}

/// Returns the path of an arrow. It is vertical where it passes a row, so that it touches no boxes of that row.
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

/// Breaks a text into lines of at most `max` characters, preferably after a space, a bar or a comma.
fn wrapped(text: &str, max: usize) -> Vec<String> {
    let max = max.max(1);
    let mut rest: Vec<char> = text.chars().collect();
    let mut lines = Vec::new();
    while rest.len() > max {
        let end = rest[..max].iter().rposition(|c| matches!(c, ' ' | '|' | ',')).filter(|end| *end > max / 2);
        lines.push(rest.drain(..end.map_or(max, |end| end + 1)).collect());
    }
    lines.push(rest.into_iter().collect());
    lines
}
