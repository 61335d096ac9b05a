//! Charts as SVG, legible on light and on dark pages: lines with bands, dots, steps, notes.

mod marks;
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
/// Pixels from a note's ring to its text.
const LIFT: f64 = 12.0;
/// Pixels of a heading's letters, at most and at least, and how wide a character is for each of them.
const HEADING: [f64; 2] = [15.0, 8.0];
const SLENDER: f64 = 0.62;

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
    /// Not at all: each is a hollow dot.
    Rings,
    /// Not at all: each is a triangle that points down.
    Triangles,
    /// Not at all: each is a diamond.
    Diamonds,
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
         <text class=\"heading\" style=\"font-size:{1:.1}px\" x=\"{LEFT}\" y=\"26\">{0}</text>\n",
        escaped(&plot.title),
        heading(&plot.title, width - LEFT - 8.0),
    );
    frame.draw(&mut text, plot, "inside");
    frame.legend(&mut text, &plot.lines);
    text + "</svg>\n"
}

/// The size of letters with which a heading fits into its place.
fn heading(title: &str, width: f64) -> f64 {
    let [most, least] = HEADING;
    (width / (title.chars().count().max(1) as f64 * SLENDER)).clamp(least, most)
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
            let _ = writeln!(text, "{}", self.middle("x", [x, floor + 19.0], &short(value)));
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
        if marks::is_apart(line.shape) {
            return marks::marks(text, line, &places, colour);
        }
        let mut path = format!("M{first_x:.1} {first_y:.1}");
        for [x, y] in rest {
            let _ = match line.shape {
                Shape::Steps => write!(path, "H{x:.1}V{y:.1}"),
                _ => write!(path, "L{x:.1} {y:.1}"),
            };
        }
        let class = marks::class(line.shape);
        let _ = writeln!(text, "<path class=\"{class} c{colour}\" d=\"{path}\"/>");
    }

    /// A ring with its text above, or below where there is no room above.
    fn note(&self, text: &mut String, note: &Note) {
        let [x, y] = self.place(note.at);
        let _ = writeln!(text, "<circle class=\"ring\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"6\"/>");
        let height = if y - LIFT < CHARACTER * 1.5 { y + LIFT + CHARACTER } else { y - LIFT };
        let _ = writeln!(text, "{}", self.middle("note", [x, height], &note.text));
    }

    /// A text whose middle is above or below a place; it is moved aside where it would leave the chart.
    fn middle(&self, class: &str, [x, y]: [f64; 2], words: &str) -> String {
        let (half, edge) = (words.chars().count() as f64 * CHARACTER / 2.0, self.size[0] - 2.0);
        let (x, anchor) = match () {
            () if x + half > edge => (edge, " style=\"text-anchor:end\""),
            () if x - half < 2.0 => (2.0, " style=\"text-anchor:start\""),
            () => (x, ""),
        };
        format!("<text class=\"{class}\"{anchor} x=\"{x:.1}\" y=\"{y:.1}\">{}</text>", escaped(words))
    }

    /// The names, at the lower right, where curves that rise leave room.
    fn legend(&self, text: &mut String, lines: &[Line]) {
        if lines.len() < 2 {
            return;
        }
        let most = ((self.right() - LEFT - 60.0) / CHARACTER).max(1.0) as usize;
        let names: Vec<String> = lines.iter().map(|line| shortened(&line.name, most)).collect();
        let longest = names.iter().map(|name| name.chars().count()).max().unwrap_or(0) as f64;
        let (width, height) = (longest * CHARACTER + 44.0, lines.len() as f64 * ROW + 8.0);
        let (left, top) = (self.right() - width - 8.0, self.floor() - height - 8.0);
        let _ = writeln!(
            text,
            "<rect class=\"legend\" x=\"{left:.1}\" y=\"{top:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" rx=\"4\"/>"
        );
        for (place, (line, name)) in lines.iter().zip(&names).enumerate() {
            let y = top + 4.0 + ROW * (place as f64 + 0.5);
            let _ = writeln!(text, "{}", marks::sample(line, line.colour(place), [left + 8.0, y]));
            let _ = writeln!(text, "<text x=\"{:.1}\" y=\"{:.1}\">{}</text>", left + 36.0, y + 4.0, escaped(name));
        }
    }
}

/// A name in so many characters: the middle of a longer one is left out, since names of folders differ at their ends.
fn shortened(name: &str, most: usize) -> String {
    let characters: Vec<char> = name.chars().collect();
    if characters.len() <= most {
        return name.to_owned();
    }
    let head = most / 3;
    let tail = most.saturating_sub(head + 1);
    let (head, tail) = (&characters[..head], &characters[characters.len() - tail..]);
    format!("{}…{}", head.iter().collect::<String>(), tail.iter().collect::<String>())
}
