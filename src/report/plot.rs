//! Charts as SVG with light and dark colour schemes: lines, bands, markers, steps and notes.

mod marks;
mod ticks;

pub(super) use ticks::{extent, padded, short};

use super::svg::escaped;
use std::fmt::Write;
use ticks::{powers, ticks};

/// Margins around the plot area, in pixels.
const LEFT: f64 = 64.0;
const RIGHT: f64 = 20.0;
const TOP: f64 = 44.0;
const BOTTOM: f64 = 52.0;
/// Top margin without a heading, in pixels.
const BARE_TOP: f64 = 14.0;
/// Height of a row and width of a character of the legend, in pixels.
const ROW: f64 = 18.0;
const CHARACTER: f64 = 7.3;
/// Approximate distance of ticks on the horizontal and the vertical axis, in pixels.
const TICK_DISTANCE: [f64; 2] = [76.0, 46.0];
/// Number of colours in the style sheet; further lines reuse them.
const COLOURS: usize = 8;
/// Free space above and below the values, as a fraction of their range.
const PADDING: f64 = 0.04;
/// Distance from the ring of a note to its text, in pixels.
const NOTE_DISTANCE: f64 = 12.0;
/// Maximum and minimum font size of a heading in pixels, and the width of a character relative to the font size.
const HEADING: [f64; 2] = [15.0, 8.0];
const HEADING_CHARACTER: f64 = 0.62;

/// The style sheet of all charts, included once per page.
pub(super) const STYLE: &str = include_str!("plot/style.css");

/// A chart.
#[derive(Debug, Clone, PartialEq)]
pub struct Plot {
    /// The heading.
    pub title: String,
    /// Labels of the horizontal and the vertical axis, with units.
    pub axes: [String; 2],
    /// Lowest and highest value of the vertical axis; points outside are clipped. `None` for the range of the lines.
    pub range: Option<[f64; 2]>,
    /// Whether the horizontal axis is logarithmic; all values must then be positive.
    pub logarithmic: bool,
    /// Width and height in pixels.
    pub size: [f64; 2],
    /// The lines in the order of the legend; later ones are drawn on top.
    pub lines: Vec<Line>,
    /// Points marked with a ring and a text.
    pub notes: Vec<Note>,
}

impl Default for Plot {
    fn default() -> Self {
        Self {
            title: String::new(),
            axes: [String::new(), String::new()],
            range: None,
            logarithmic: false,
            size: [720.0, 420.0],
            lines: Vec::new(),
            notes: Vec::new(),
        }
    }
}

/// How the points of a line are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mark {
    /// Joined by straight lines.
    #[default]
    Solid,
    /// Joined by dashed lines.
    Dashed,
    /// Steps: each value holds until the next point.
    Steps,
    /// Separate dots.
    Dots,
    /// Separate hollow dots.
    Rings,
    /// Separate triangles that point down.
    Triangles,
    /// Separate diamonds.
    Diamonds,
}

/// A line of a chart.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Line {
    /// Its name in the legend.
    pub name: String,
    /// Its points (x, y), from left to right.
    pub points: Vec<[f64; 2]>,
    /// Lower and upper end of a band at every point; empty without a band.
    pub band: Vec<[f64; 2]>,
    /// How its points are drawn.
    pub shape: Mark,
    /// Its colour in the style sheet; `None` for the colour of its index.
    pub colour: Option<usize>,
    /// Tooltips, one for every point; empty without tooltips.
    pub labels: Vec<String>,
}

impl Line {
    fn colour(&self, index: usize) -> usize {
        self.colour.unwrap_or(index) % COLOURS
    }
}

/// An annotated point.
#[derive(Debug, Clone, PartialEq)]
pub struct Note {
    /// The point.
    pub at: [f64; 2],
    /// The text beside it.
    pub text: String,
}

/// Returns the text of an SVG file.
#[must_use]
pub fn plot(plot: &Plot) -> String {
    let frame = Frame::of(plot, TOP);
    let [width, height] = plot.size;
    let mut text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" width=\"{width}\" height=\"{height}\" \
         viewBox=\"0 0 {width} {height}\" class=\"plot\">\n<title>{0}</title>\n<style>\n{STYLE}</style>\n\
         <rect class=\"paper\" width=\"{width}\" height=\"{height}\"/>\n\
         <text class=\"heading\" style=\"font-size:{1:.1}px\" x=\"{LEFT}\" y=\"26\">{0}</text>\n",
        escaped(&plot.title),
        heading(&plot.title, width - LEFT - 8.0),
    );
    frame.draw(&mut text, plot, "inside");
    frame.legend(&mut text, &plot.lines);
    text + "</svg>\n"
}

/// Returns the font size in pixels with which a heading fits the width.
fn heading(title: &str, width: f64) -> f64 {
    let [max, min] = HEADING;
    (width / (title.chars().count().max(1) as f64 * HEADING_CHARACTER)).clamp(min, max)
}

/// Draws the chart without heading and legend, for a page that includes [`STYLE`]. `id` must be unique in the page.
pub(super) fn inline(plot: &Plot, id: &str) -> String {
    let [width, height] = plot.size;
    let mut text = format!(
        "<svg role=\"img\" aria-label=\"{}\" viewBox=\"0 0 {width} {height}\" class=\"plot\">\n",
        escaped(&plot.title)
    );
    Frame::of(plot, BARE_TOP).draw(&mut text, plot, id);
    text + "</svg>\n"
}

/// Returns the legend as HTML, for a page that includes [`STYLE`]; empty for a single line.
pub(super) fn legend(lines: &[Line]) -> String {
    if lines.len() < 2 {
        return String::new();
    }
    let mut text = String::from("<p class=\"legend\">");
    for (index, line) in lines.iter().enumerate() {
        let colour = line.colour(index);
        let [width, height] = marks::MARK;
        let mark = marks::sample(line, colour, [0.0, height / 2.0]);
        let _ = write!(
            text,
            "<span><svg class=\"plot mark\" aria-hidden=\"true\" viewBox=\"0 0 {width} {height}\">{mark}</svg>{}</span> ",
            escaped(&line.name)
        );
    }
    text + "</p>\n"
}

/// The mapping of values to pixels.
struct Frame {
    x: [f64; 2],
    y: [f64; 2],
    logarithmic: bool,
    /// Whether all horizontal values are integers.
    integral: bool,
    size: [f64; 2],
    top: f64,
}

impl Frame {
    fn of(plot: &Plot, top: f64) -> Self {
        let points = || plot.lines.iter().flat_map(|line| &line.points);
        let bands = plot.lines.iter().flat_map(|line| line.band.iter().flatten().copied());
        let y = plot.range.unwrap_or_else(|| padded(extent(points().map(|point| point[1]).chain(bands)), PADDING));
        let scale = |x: f64| if plot.logarithmic { x.log10() } else { x };
        let x = extent(points().map(|point| scale(point[0])));
        let integral = points().all(|point| point[0].fract() == 0.0);
        Self { x, y, logarithmic: plot.logarithmic, integral, size: plot.size, top }
    }

    fn right(&self) -> f64 {
        self.size[0] - RIGHT
    }

    fn bottom(&self) -> f64 {
        self.size[1] - BOTTOM
    }

    fn position(&self, [x, y]: [f64; 2]) -> [f64; 2] {
        let fraction = |value: f64, [low, high]: [f64; 2]| (value - low) / (high - low);
        let x = if self.logarithmic { x.log10() } else { x };
        let along = fraction(x, self.x) * (self.right() - LEFT);
        [LEFT + along, self.bottom() - fraction(y, self.y) * (self.bottom() - self.top)]
    }

    fn draw(&self, text: &mut String, plot: &Plot, clip: &str) {
        self.axes(text, &plot.axes);
        // The clip area is larger than the plot area, so that dots on its edge are not cut.
        let _ = write!(
            text,
            "<clipPath id=\"{clip}\"><rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"/></clipPath>\n\
             <g clip-path=\"url(#{clip})\">\n",
            LEFT - 6.0,
            self.top - 6.0,
            self.right() - LEFT + 12.0,
            self.bottom() - self.top + 12.0,
        );
        for (index, line) in plot.lines.iter().enumerate() {
            self.band(text, line, line.colour(index));
        }
        for (index, line) in plot.lines.iter().enumerate() {
            self.line(text, line, line.colour(index));
        }
        text.push_str("</g>\n");
        for note in &plot.notes {
            self.note(text, note);
        }
    }

    fn axes(&self, text: &mut String, [x_name, y_name]: &[String; 2]) {
        let (bottom, right) = (self.bottom(), self.right());
        let count = |pixels: f64, apart: f64| (pixels / apart).max(2.0);
        for value in ticks(self.y, count(bottom - self.top, TICK_DISTANCE[1])) {
            let [_, y] = self.position([1.0, value]);
            let _ = writeln!(text, "<path class=\"grid\" d=\"M{LEFT} {y:.1}H{right}\"/>");
            let _ =
                writeln!(text, "<text class=\"y\" x=\"{}\" y=\"{:.1}\">{}</text>", LEFT - 8.0, y + 4.0, short(value));
        }
        let wanted = count(right - LEFT, TICK_DISTANCE[0]);
        let values = if self.logarithmic { powers(self.x) } else { ticks(self.x, wanted) };
        for value in values.into_iter().filter(|value| !self.integral || value.fract() == 0.0) {
            let [x, _] = self.position([value, self.y[0]]);
            let _ = writeln!(text, "<path class=\"tick\" d=\"M{x:.1} {bottom}v5\"/>");
            let _ = writeln!(text, "{}", self.middle("x", [x, bottom + 19.0], &short(value)));
        }
        let (middle, centre) = (f64::midpoint(LEFT, right), f64::midpoint(self.top, bottom));
        let _ = writeln!(text, "<path class=\"tick\" d=\"M{LEFT} {bottom}H{right}\"/>");
        let _ =
            writeln!(text, "<text class=\"x\" x=\"{middle}\" y=\"{}\">{}</text>", self.size[1] - 12.0, escaped(x_name));
        let turned = format!("transform=\"translate(16 {centre}) rotate(-90)\"");
        let _ = writeln!(text, "<text class=\"x\" {turned}>{}</text>", escaped(y_name));
    }

    fn band(&self, text: &mut String, line: &Line, colour: usize) {
        if line.band.len() < 2 {
            return;
        }
        let edge = |side: usize| {
            line.points.iter().zip(&line.band).map(move |(point, band)| self.position([point[0], band[side]]))
        };
        let path: Vec<_> = edge(0).chain(edge(1).rev()).map(|[x, y]| format!("{x:.1} {y:.1}")).collect();
        let _ = writeln!(text, "<path class=\"band c{colour}\" d=\"M{}Z\"/>", path.join("L"));
    }

    fn line(&self, text: &mut String, line: &Line, colour: usize) {
        let positions: Vec<_> = line.points.iter().map(|point| self.position(*point)).collect();
        let Some(([first_x, first_y], rest)) = positions.split_first().map(|(first, rest)| (*first, rest)) else {
            return;
        };
        if marks::is_separate(line.shape) {
            return marks::marks(text, line, &positions, colour);
        }
        let mut path = format!("M{first_x:.1} {first_y:.1}");
        for [x, y] in rest {
            let _ = match line.shape {
                Mark::Steps => write!(path, "H{x:.1}V{y:.1}"),
                _ => write!(path, "L{x:.1} {y:.1}"),
            };
        }
        let class = marks::class(line.shape);
        let _ = writeln!(text, "<path class=\"{class} c{colour}\" d=\"{path}\"/>");
    }

    /// Draws a ring with its text above, or below if there is no space above.
    fn note(&self, text: &mut String, note: &Note) {
        let [x, y] = self.position(note.at);
        let _ = writeln!(text, "<circle class=\"ring\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"6\"/>");
        let height =
            if y - NOTE_DISTANCE < CHARACTER * 1.5 { y + NOTE_DISTANCE + CHARACTER } else { y - NOTE_DISTANCE };
        let _ = writeln!(text, "{}", self.middle("note", [x, height], &note.text));
    }

    /// Draws a text centred at a position, or moved sideways if it would leave the chart.
    fn middle(&self, class: &str, [x, y]: [f64; 2], words: &str) -> String {
        let (half, edge) = (words.chars().count() as f64 * CHARACTER / 2.0, self.size[0] - 2.0);
        let (x, anchor) = match () {
            () if x + half > edge => (edge, " style=\"text-anchor:end\""),
            () if x - half < 2.0 => (2.0, " style=\"text-anchor:start\""),
            () => (x, ""),
        };
        format!("<text class=\"{class}\"{anchor} x=\"{x:.1}\" y=\"{y:.1}\">{}</text>", escaped(words))
    }

    /// Draws the legend at the lower right, where rising curves leave space.
    fn legend(&self, text: &mut String, lines: &[Line]) {
        if lines.len() < 2 {
            return;
        }
        let max = ((self.right() - LEFT - 60.0) / CHARACTER).max(1.0) as usize;
        let names: Vec<String> = lines.iter().map(|line| shortened(&line.name, max)).collect();
        let longest = names.iter().map(|name| name.chars().count()).max().unwrap_or(0) as f64;
        let (width, height) = (longest * CHARACTER + 44.0, lines.len() as f64 * ROW + 8.0);
        let (left, top) = (self.right() - width - 8.0, self.bottom() - height - 8.0);
        let _ = writeln!(
            text,
            "<rect class=\"legend\" x=\"{left:.1}\" y=\"{top:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" rx=\"4\"/>"
        );
        for (index, (line, name)) in lines.iter().zip(&names).enumerate() {
            let y = top + 4.0 + ROW * (index as f64 + 0.5);
            let _ = writeln!(text, "{}", marks::sample(line, line.colour(index), [left + 8.0, y]));
            let _ = writeln!(text, "<text x=\"{:.1}\" y=\"{:.1}\">{}</text>", left + 36.0, y + 4.0, escaped(name));
        }
    }
}

/// Shortens a name to `max` characters by omitting its middle, since folder names usually differ at the end.
fn shortened(name: &str, max: usize) -> String {
    let characters: Vec<char> = name.chars().collect();
    if characters.len() <= max {
        return name.to_owned();
    }
    let head = max / 3;
    let tail = max.saturating_sub(head + 1);
    let (head, tail) = (&characters[..head], &characters[characters.len() - tail..]);
    format!("{}…{}", head.iter().collect::<String>(), tail.iter().collect::<String>())
}
