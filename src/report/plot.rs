//! Charts as SVG, legible on light and on dark pages: lines with bands, dots, steps, notes.

mod ticks;

pub(super) use ticks::{extent, roomy, short};

use super::svg::escaped;
use std::fmt::Write;
use ticks::{powers, ticks};

/// Pixels around the lines.
const LEFT: f64 = 64.0;
const RIGHT: f64 = 20.0;
const TOP: f64 = 44.0;
const BOTTOM: f64 = 52.0;
/// Pixels above the lines where there is no heading.
const BARE_TOP: f64 = 14.0;
/// Pixels a row of the legend is high, and a character of it wide.
const ROW: f64 = 18.0;
const CHARACTER: f64 = 7.3;
/// Pixels between two ticks of an axis, about.
const APART: [f64; 2] = [76.0, 46.0];
/// Colours there are in the style sheet; more lines take them again.
const COLOURS: usize = 8;
/// The share of the values' range that is left free above and below them.
const ROOM: f64 = 0.04;
/// Half the pixels of a note's character, and pixels from its ring to its text.
const HALF_CHARACTER: f64 = 3.4;
const LIFT: f64 = 12.0;

/// The style sheet of all charts, once for a page.
pub(super) const STYLE: &str = include_str!("plot/style.css");

/// A chart.
#[derive(Debug, Clone, PartialEq)]
pub struct Plot {
    /// Above it.
    pub title: String,
    /// Below the horizontal and beside the vertical axis, with unit.
    pub axes: [String; 2],
    /// Lowest and highest value of the vertical axis; what lies outside is cut off. None for that of the lines.
    pub range: Option<[f64; 2]>,
    /// Whether the horizontal axis has powers of ten at even distances; all values must then be above 0.
    pub logarithmic: bool,
    /// Width and height in pixels.
    pub size: [f64; 2],
    /// Its lines, in the order of the legend; later ones lie above.
    pub lines: Vec<Line>,
    /// Points with a ring and a text.
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

/// How the points of a line are joined.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Shape {
    /// By straight lines.
    #[default]
    Solid,
    /// By straight lines with gaps.
    Dashed,
    /// Each value holds until the next point.
    Steps,
    /// Not at all: each is a dot.
    Dots,
}

/// A line of a chart.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Line {
    /// Its name in the legend.
    pub name: String,
    /// Its points, (x, y), from left to right.
    pub points: Vec<[f64; 2]>,
    /// Low and high of a band around every point, or nothing.
    pub band: Vec<[f64; 2]>,
    /// How its points are joined.
    pub shape: Shape,
    /// Its colour in the style sheet; none for that of its place.
    pub colour: Option<usize>,
    /// What is told of a dot that is pointed at, one for every point, or nothing.
    pub labels: Vec<String>,
}

impl Line {
    fn colour(&self, place: usize) -> usize {
        self.colour.unwrap_or(place) % COLOURS
    }
}

/// A point that is pointed out.
#[derive(Debug, Clone, PartialEq)]
pub struct Note {
    /// The point.
    pub at: [f64; 2],
    /// What is written beside it.
    pub text: String,
}

/// The text of an SVG file.
#[must_use]
pub fn plot(plot: &Plot) -> String {
    let frame = Frame::of(plot, TOP);
    let [width, height] = plot.size;
    let mut text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" width=\"{width}\" height=\"{height}\" \
         viewBox=\"0 0 {width} {height}\" class=\"plot\">\n<title>{0}</title>\n<style>\n{STYLE}</style>\n\
         <rect class=\"paper\" width=\"{width}\" height=\"{height}\"/>\n\
         <text class=\"heading\" x=\"{LEFT}\" y=\"26\">{0}</text>\n",
        escaped(&plot.title),
    );
    frame.draw(&mut text, plot, "inside");
    frame.legend(&mut text, &plot.lines);
    text + "</svg>\n"
}

/// The chart for a page that has [`STYLE`]; it brings no heading and no legend. `id` must be the chart's own on the page.
pub(super) fn inline(plot: &Plot, id: &str) -> String {
    let [width, height] = plot.size;
    let mut text = format!(
        "<svg role=\"img\" aria-label=\"{}\" viewBox=\"0 0 {width} {height}\" class=\"plot\">\n",
        escaped(&plot.title)
    );
    Frame::of(plot, BARE_TOP).draw(&mut text, plot, id);
    text + "</svg>\n"
}

/// The legend for a page that has [`STYLE`], a row of HTML; empty for a single line.
pub(super) fn legend(lines: &[Line]) -> String {
    if lines.len() < 2 {
        return String::new();
    }
    let mut text = String::from("<p class=\"legend\">");
    for (place, line) in lines.iter().enumerate() {
        let colour = line.colour(place);
        let mark = match line.shape {
            Shape::Dots => format!("<path class=\"dot c{colour}\" d=\"M11 6h0\"/>"),
            Shape::Dashed => format!("<path class=\"line dashed c{colour}\" d=\"M0 6h22\"/>"),
            _ => format!("<path class=\"line c{colour}\" d=\"M0 6h22\"/>"),
        };
        let _ = write!(
            text,
            "<span><svg class=\"plot mark\" aria-hidden=\"true\" viewBox=\"0 0 22 12\">{mark}</svg>{}</span> ",
            escaped(&line.name)
        );
    }
    text + "</p>\n"
}

/// Where numbers lie on the page.
struct Frame {
    x: [f64; 2],
    y: [f64; 2],
    logarithmic: bool,
    /// Whether the horizontal axis counts something.
    whole: bool,
    size: [f64; 2],
    top: f64,
}

impl Frame {
    fn of(plot: &Plot, top: f64) -> Self {
        let points = || plot.lines.iter().flat_map(|line| &line.points);
        let bands = plot.lines.iter().flat_map(|line| line.band.iter().flatten().copied());
        let y = plot.range.unwrap_or_else(|| roomy(extent(points().map(|point| point[1]).chain(bands)), ROOM));
        let scale = |x: f64| if plot.logarithmic { x.log10() } else { x };
        let x = extent(points().map(|point| scale(point[0])));
        let whole = points().all(|point| point[0].fract() == 0.0);
        Self { x, y, logarithmic: plot.logarithmic, whole, size: plot.size, top }
    }

    fn right(&self) -> f64 {
        self.size[0] - RIGHT
    }

    fn floor(&self) -> f64 {
        self.size[1] - BOTTOM
    }

    fn place(&self, [x, y]: [f64; 2]) -> [f64; 2] {
        let share = |value: f64, [low, high]: [f64; 2]| (value - low) / (high - low);
        let x = if self.logarithmic { x.log10() } else { x };
        let along = share(x, self.x) * (self.right() - LEFT);
        [LEFT + along, self.floor() - share(y, self.y) * (self.floor() - self.top)]
    }

    fn draw(&self, text: &mut String, plot: &Plot, clip: &str) {
        self.axes(text, &plot.axes);
        // Dots on the edge are drawn whole.
        let _ = write!(
            text,
            "<clipPath id=\"{clip}\"><rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"/></clipPath>\n\
             <g clip-path=\"url(#{clip})\">\n",
            LEFT - 6.0,
            self.top - 6.0,
            self.right() - LEFT + 12.0,
            self.floor() - self.top + 12.0,
        );
        for (place, line) in plot.lines.iter().enumerate() {
            self.band(text, line, line.colour(place));
        }
        for (place, line) in plot.lines.iter().enumerate() {
            self.line(text, line, line.colour(place));
        }
        text.push_str("</g>\n");
        for note in &plot.notes {
            self.note(text, note);
        }
    }

    fn axes(&self, text: &mut String, [x_name, y_name]: &[String; 2]) {
        let (floor, right) = (self.floor(), self.right());
        let count = |pixels: f64, apart: f64| (pixels / apart).max(2.0);
        for value in ticks(self.y, count(floor - self.top, APART[1])) {
            let [_, y] = self.place([1.0, value]);
            let _ = writeln!(text, "<path class=\"grid\" d=\"M{LEFT} {y:.1}H{right}\"/>");
            let _ =
                writeln!(text, "<text class=\"y\" x=\"{}\" y=\"{:.1}\">{}</text>", LEFT - 8.0, y + 4.0, short(value));
        }
        let wish = count(right - LEFT, APART[0]);
        let values = if self.logarithmic { powers(self.x) } else { ticks(self.x, wish) };
        for value in values.into_iter().filter(|value| !self.whole || value.fract() == 0.0) {
            let [x, _] = self.place([value, self.y[0]]);
            let _ = writeln!(text, "<path class=\"tick\" d=\"M{x:.1} {floor}v5\"/>");
            let _ = writeln!(text, "<text class=\"x\" x=\"{x:.1}\" y=\"{}\">{}</text>", floor + 19.0, short(value));
        }
        let (middle, centre) = (f64::midpoint(LEFT, right), f64::midpoint(self.top, floor));
        let _ = writeln!(text, "<path class=\"tick\" d=\"M{LEFT} {floor}H{right}\"/>");
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
            line.points.iter().zip(&line.band).map(move |(point, band)| self.place([point[0], band[side]]))
        };
        let path: Vec<_> = edge(0).chain(edge(1).rev()).map(|[x, y]| format!("{x:.1} {y:.1}")).collect();
        let _ = writeln!(text, "<path class=\"band c{colour}\" d=\"M{}Z\"/>", path.join("L"));
    }

    fn line(&self, text: &mut String, line: &Line, colour: usize) {
        let places: Vec<_> = line.points.iter().map(|point| self.place(*point)).collect();
        let Some(([first_x, first_y], rest)) = places.split_first().map(|(first, rest)| (*first, rest)) else { return };
        if line.shape == Shape::Dots {
            return dots(text, &places, &line.labels, colour);
        }
        let mut path = format!("M{first_x:.1} {first_y:.1}");
        for [x, y] in rest {
            let _ = match line.shape {
                Shape::Steps => write!(path, "H{x:.1}V{y:.1}"),
                _ => write!(path, "L{x:.1} {y:.1}"),
            };
        }
        let class = if line.shape == Shape::Dashed { "line dashed" } else { "line" };
        let _ = writeln!(text, "<path class=\"{class} c{colour}\" d=\"{path}\"/>");
    }

    /// A ring with its text above, moved aside where it would leave the chart.
    fn note(&self, text: &mut String, note: &Note) {
        let [x, y] = self.place(note.at);
        let half = note.text.chars().count() as f64 * HALF_CHARACTER;
        let middle = x.min(self.right() + RIGHT - half).max(LEFT + half);
        let _ = writeln!(text, "<circle class=\"ring\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"6\"/>");
        let (height, words) = (y - LIFT, escaped(&note.text));
        let _ = writeln!(text, "<text class=\"note\" x=\"{middle:.1}\" y=\"{height:.1}\">{words}</text>");
    }

    /// The names, at the lower right, where curves that rise leave room.
    fn legend(&self, text: &mut String, lines: &[Line]) {
        if lines.len() < 2 {
            return;
        }
        let longest = lines.iter().map(|line| line.name.chars().count()).max().unwrap_or(0) as f64;
        let (width, height) = (longest * CHARACTER + 44.0, lines.len() as f64 * ROW + 8.0);
        let (left, top) = (self.right() - width - 8.0, self.floor() - height - 8.0);
        let _ = writeln!(
            text,
            "<rect class=\"legend\" x=\"{left:.1}\" y=\"{top:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" rx=\"4\"/>"
        );
        for (place, line) in lines.iter().enumerate() {
            let y = top + 4.0 + ROW * (place as f64 + 0.5);
            let colour = line.colour(place);
            let _ = writeln!(text, "<path class=\"line c{colour}\" d=\"M{:.1} {y:.1}h22\"/>", left + 8.0);
            let _ =
                writeln!(text, "<text x=\"{:.1}\" y=\"{:.1}\">{}</text>", left + 36.0, y + 4.0, escaped(&line.name));
        }
    }
}

/// Dots: each with its label or, without labels, all as one path of points with round ends, which is short.
fn dots(text: &mut String, places: &[[f64; 2]], labels: &[String], colour: usize) {
    let point = |[x, y]: &[f64; 2]| format!("M{x:.1} {y:.1}h0");
    if labels.len() < places.len() {
        let path: String = places.iter().map(point).collect();
        let _ = writeln!(text, "<path class=\"dot c{colour}\" d=\"{path}\"/>");
        return;
    }
    for (place, label) in places.iter().zip(labels) {
        let label = escaped(label);
        let _ = writeln!(text, "<path class=\"dot c{colour}\" d=\"{}\"><title>{label}</title></path>", point(place));
    }
}
