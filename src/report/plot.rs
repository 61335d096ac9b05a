//! Line charts with bands as SVG, legible on light and on dark pages.

use super::svg::escaped;
use std::fmt::Write;

/// Pixels of the whole, and around the lines.
const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 420.0;
const LEFT: f64 = 64.0;
const RIGHT: f64 = 20.0;
const TOP: f64 = 44.0;
const BOTTOM: f64 = 52.0;
/// Pixels a row of the legend is high, and a character of it wide.
const ROW: f64 = 18.0;
const CHARACTER: f64 = 7.3;
/// Ticks that an axis has about.
const TICKS: f64 = 6.0;
/// Colours there are in the style sheet; more lines take them again.
const COLOURS: usize = 8;

/// A chart.
#[derive(Debug, Clone, PartialEq)]
pub struct Plot {
    /// Above it.
    pub title: String,
    /// Below the horizontal and beside the vertical axis, with unit.
    pub axes: [String; 2],
    /// Lowest and highest value of the vertical axis; what lies outside is cut off. None for that of the lines.
    pub range: Option<[f64; 2]>,
    /// Its lines, in the order of the legend.
    pub lines: Vec<Line>,
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
    /// Whether there are only dots.
    pub dots: bool,
}

/// The text of an SVG file.
#[must_use]
pub fn plot(plot: &Plot) -> String {
    let frame = Frame::of(plot);
    let mut text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" width=\"{WIDTH}\" height=\"{HEIGHT}\" \
         viewBox=\"0 0 {WIDTH} {HEIGHT}\" class=\"plot\">\n<title>{0}</title>\n<style>\n{1}</style>\n\
         <rect class=\"paper\" width=\"{WIDTH}\" height=\"{HEIGHT}\"/>\n\
         <text class=\"heading\" x=\"{LEFT}\" y=\"26\">{0}</text>\n\
         <clipPath id=\"inside\"><rect x=\"{LEFT}\" y=\"{TOP}\" width=\"{2}\" height=\"{3}\"/></clipPath>\n",
        escaped(&plot.title),
        include_str!("plot/style.css"),
        WIDTH - LEFT - RIGHT,
        HEIGHT - TOP - BOTTOM,
    );
    frame.axes(&mut text, &plot.axes);
    text.push_str("<g clip-path=\"url(#inside)\">\n");
    for (place, line) in plot.lines.iter().enumerate() {
        frame.band(&mut text, line, place % COLOURS);
    }
    for (place, line) in plot.lines.iter().enumerate() {
        frame.line(&mut text, line, place % COLOURS);
    }
    text.push_str("</g>\n");
    legend(&mut text, &plot.lines);
    text + "</svg>\n"
}

/// Where numbers lie on the page.
struct Frame {
    x: [f64; 2],
    y: [f64; 2],
}

impl Frame {
    fn of(plot: &Plot) -> Self {
        let points = || plot.lines.iter().flat_map(|line| &line.points);
        let bands = plot.lines.iter().flat_map(|line| line.band.iter().flatten().copied());
        let y = plot.range.unwrap_or_else(|| extent(points().map(|point| point[1]).chain(bands)));
        Self { x: extent(points().map(|point| point[0])), y }
    }

    fn place(&self, [x, y]: [f64; 2]) -> [f64; 2] {
        let share = |value: f64, [low, high]: [f64; 2]| (value - low) / (high - low);
        [LEFT + share(x, self.x) * (WIDTH - LEFT - RIGHT), HEIGHT - BOTTOM - share(y, self.y) * (HEIGHT - TOP - BOTTOM)]
    }

    fn axes(&self, text: &mut String, [x_name, y_name]: &[String; 2]) {
        for value in ticks(self.y) {
            let [_, y] = self.place([self.x[0], value]);
            let _ = writeln!(text, "<path class=\"grid\" d=\"M{LEFT} {y:.1}H{}\"/>", WIDTH - RIGHT);
            let _ = writeln!(text, "<text class=\"y\" x=\"{}\" y=\"{:.1}\">{value}</text>", LEFT - 8.0, y + 4.0);
        }
        let floor = HEIGHT - BOTTOM;
        for value in ticks(self.x) {
            let [x, _] = self.place([value, self.y[0]]);
            let _ = writeln!(text, "<path class=\"tick\" d=\"M{x:.1} {floor}v5\"/>");
            let _ = writeln!(text, "<text class=\"x\" x=\"{x:.1}\" y=\"{}\">{value}</text>", floor + 19.0);
        }
        let (middle, centre) = (f64::midpoint(LEFT, WIDTH - RIGHT), f64::midpoint(TOP, HEIGHT - BOTTOM));
        let _ = writeln!(text, "<path class=\"tick\" d=\"M{LEFT} {floor}H{}\"/>", WIDTH - RIGHT);
        let _ = writeln!(text, "<text class=\"x\" x=\"{middle}\" y=\"{}\">{}</text>", HEIGHT - 12.0, escaped(x_name));
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
        let places = line.points.iter().map(|point| self.place(*point));
        if line.dots {
            for [x, y] in places {
                let _ = writeln!(text, "<circle class=\"dot c{colour}\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3\"/>");
            }
            return;
        }
        let path: Vec<_> = places.map(|[x, y]| format!("{x:.1} {y:.1}")).collect();
        if !path.is_empty() {
            let _ = writeln!(text, "<path class=\"line c{colour}\" d=\"M{}\"/>", path.join("L"));
        }
    }
}

/// The names, at the lower right, where curves that rise leave room.
fn legend(text: &mut String, lines: &[Line]) {
    if lines.len() < 2 {
        return;
    }
    let longest = lines.iter().map(|line| line.name.chars().count()).max().unwrap_or(0) as f64;
    let (width, height) = (longest * CHARACTER + 44.0, lines.len() as f64 * ROW + 8.0);
    let (left, top) = (WIDTH - RIGHT - width - 8.0, HEIGHT - BOTTOM - height - 8.0);
    let _ = writeln!(
        text,
        "<rect class=\"legend\" x=\"{left:.1}\" y=\"{top:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" rx=\"4\"/>"
    );
    for (place, line) in lines.iter().enumerate() {
        let y = top + 4.0 + ROW * (place as f64 + 0.5);
        let colour = place % COLOURS;
        let _ = writeln!(text, "<path class=\"line c{colour}\" d=\"M{:.1} {y:.1}h22\"/>", left + 8.0);
        let _ = writeln!(text, "<text x=\"{:.1}\" y=\"{:.1}\">{}</text>", left + 36.0, y + 4.0, escaped(&line.name));
    }
}

/// Lowest and highest, never equal, so that there is room between.
fn extent(values: impl Iterator<Item = f64>) -> [f64; 2] {
    let finite = values.filter(|value| value.is_finite());
    let [low, high] = finite.fold([f64::INFINITY, f64::NEG_INFINITY], |[low, high], x| [low.min(x), high.max(x)]);
    match () {
        () if low > high => [0.0, 1.0],
        () if low == high => [low - 0.5, high + 0.5],
        () => [low, high],
    }
}

/// Round numbers between two values: 1, 2 or 5 times a power of ten apart.
fn ticks([low, high]: [f64; 2]) -> Vec<f64> {
    let wish = (high - low) / TICKS;
    let power = 10.0_f64.powf(wish.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0].map(|factor| factor * power).into_iter().find(|step| *step >= wish);
    let step = step.unwrap_or(wish);
    let first = (low / step).ceil() as i64;
    // Rounded to the step's decimals, so that 0.3 is not printed as 0.30000000000000004.
    let decimals = (-step.log10().floor()).max(0.0) as i32;
    let round = |value: f64| (value * 10.0_f64.powi(decimals)).round() / 10.0_f64.powi(decimals);
    (first..).map(|place| place as f64 * step).take_while(|value| *value <= high + 1e-9 * step).map(round).collect()
}

#[cfg(test)]
mod tests {
    use super::{extent, ticks};

    #[test]
    fn ticks_are_round() {
        assert_eq!(ticks([0.0, 100.0]), [0.0, 20.0, 40.0, 60.0, 80.0, 100.0]);
        assert_eq!(ticks([0.1, 0.42]), [0.1, 0.2, 0.3, 0.4]);
        assert_eq!(ticks([83.13, 84.9]), [83.5, 84.0, 84.5]);
    }

    #[test]
    fn extents_have_room() {
        assert_eq!(extent([3.0].into_iter()), [2.5, 3.5]);
        assert_eq!(extent([f64::NAN].into_iter()), [0.0, 1.0]);
    }
}
