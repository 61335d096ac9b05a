//! Tables of probabilities, drawn as heat maps: darker cells are more likely.

use crate::report::svg::escaped;
use crate::search::Distribution;
use crate::space::Space;
use std::fmt::Write;

/// The maximum number of columns with a number in every cell.
const NUMBERED: usize = 15;
/// The maximum number of rows or columns that all have names.
const NAMED: usize = 16;
/// Above this probability the number has the background colour.
const DARK: f64 = 0.7;
/// The width of a character in pixels.
const CHARACTER: f64 = 6.9;
/// The height of the row of column names in pixels.
const NAMES: f64 = 18.0;
/// The smallest scale of a drawing; on narrower pages it scrolls.
const MIN_SCALE: f64 = 0.72;
/// The number of shades of cells without numbers.
const SHADES: usize = 16;

/// A table of probabilities.
#[derive(Debug, Clone, PartialEq)]
pub struct ProbabilityTable {
    /// The title.
    pub title: String,
    /// Names of the rows.
    pub rows: Vec<String>,
    /// Names of the columns.
    pub columns: Vec<String>,
    /// The probabilities by row and column; `None` for impossible cells.
    pub cells: Vec<Vec<Option<f64>>>,
}

/// Returns a distribution as tables: the edges of every part, and the operations on edges or nodes.
#[must_use]
pub fn probability_tables(distribution: &Distribution, space: &dyn Space) -> Vec<ProbabilityTable> {
    let mut tables = Vec::new();
    let mut first = 0;
    for part in 0..space.parts() {
        let suffix = match space.parts() {
            1 => String::new(),
            _ => format!(", {}", space.part_name(part)),
        };
        let end = first + space.part_limits(part).max_nodes;
        let nodes: Vec<usize> = (first..end).collect();
        first = end;
        tables.extend(edges(distribution, &nodes, &suffix).filter(|_| space.has_edges(part)));
        tables.extend(operations_of_edges(distribution, (space, part), &nodes, &suffix));
        tables.extend(operations_of_nodes(distribution, (space, part), &nodes, &suffix));
    }
    tables
}

/// Returns the table of edges from every node to every later one.
fn edges(distribution: &Distribution, nodes: &[usize], suffix: &str) -> Option<ProbabilityTable> {
    let (first, names) =
        (nodes.first()?, |nodes: &[usize]| (0..nodes.len()).map(|node| node.to_string()).collect::<Vec<_>>());
    let cell = |from: usize, to: usize| {
        if from < to { distribution.edges.get(to).and_then(|row| row.get(from)).copied() } else { None }
    };
    let sources = &nodes[..nodes.len() - 1];
    let targets = &nodes[1..];
    Some(ProbabilityTable {
        title: format!("edge from row to column{suffix}"),
        rows: names(sources),
        columns: targets.iter().map(|node| (node - first).to_string()).collect(),
        cells: sources.iter().map(|from| targets.iter().map(|to| cell(*from, *to)).collect()).collect(),
    })
}

/// Returns the table of operations on every edge.
fn operations_of_edges(
    distribution: &Distribution,
    (space, part): (&dyn Space, usize),
    nodes: &[usize],
    suffix: &str,
) -> Option<ProbabilityTable> {
    let first = nodes.first()?;
    let pairs: Vec<(usize, usize)> = nodes.iter().flat_map(|to| (*first..*to).map(move |from| (from, *to))).collect();
    let cell = |(from, to): &(usize, usize), label: usize| {
        distribution.edge_labels.get(*to).and_then(|row| row.get(*from)).and_then(|labels| labels.get(label)).copied()
    };
    let labels = space.part_limits(part).edge_labels;
    (labels > 0 && !distribution.edge_labels.is_empty()).then(|| ProbabilityTable {
        title: format!("operation of every edge{suffix}"),
        rows: (0..labels).map(|label| edge_label(space, part, label)).collect(),
        columns: pairs.iter().map(|(from, to)| format!("{}→{}", from - first, to - first)).collect(),
        cells: (0..labels).map(|label| pairs.iter().map(|pair| cell(pair, label)).collect()).collect(),
    })
}

/// Returns the table of operations on every node.
fn operations_of_nodes(
    distribution: &Distribution,
    (space, part): (&dyn Space, usize),
    nodes: &[usize],
    suffix: &str,
) -> Option<ProbabilityTable> {
    let first = nodes.first()?;
    let labels = space.part_limits(part).node_labels;
    let cell = |node: &usize, label: usize| distribution.node_labels.get(*node).and_then(|row| row.get(label)).copied();
    (labels > 0 && !distribution.node_labels.is_empty()).then(|| ProbabilityTable {
        title: format!("operation of every node{suffix}"),
        rows: (0..labels).map(|label| node_label(space, part, label)).collect(),
        columns: nodes.iter().map(|node| space.node_name(part, node - first)).collect(),
        cells: (0..labels).map(|label| nodes.iter().map(|node| cell(node, label)).collect()).collect(),
    })
}

fn edge_label(space: &dyn Space, part: usize, label: usize) -> String {
    named(label, |label| space.edge_label(part, label))
}

fn node_label(space: &dyn Space, part: usize, label: usize) -> String {
    named(label, |label| space.node_label(part, label))
}

/// Returns the operation of a label, or the label itself if it has no name.
fn named<'a>(label: usize, name: impl Fn(u8) -> Option<&'a str>) -> String {
    let name = u8::try_from(label).ok().and_then(name);
    name.map_or_else(|| label.to_string(), str::to_owned)
}

/// The layout of a drawing in pixels: width and height of a cell, and width of the row names.
struct Grid {
    width: f64,
    height: f64,
    left: f64,
}

impl Grid {
    fn new(heat: &ProbabilityTable) -> Self {
        let (width, height) = match heat.columns.len() {
            ..7 => (34.0, 24.0),
            7..=NUMBERED => (26.0, 20.0),
            // The edges of up to 32 nodes.
            _ => (9.0, 9.0),
        };
        let named = heat.rows.iter().map(|name| name.chars().count()).max().unwrap_or(0);
        Self { width, height, left: named as f64 * CHARACTER + 8.0 }
    }

    fn position(&self, row: usize, column: usize) -> [f64; 2] {
        [self.left + column as f64 * self.width, NAMES + row as f64 * self.height]
    }
}

/// Returns the width of a table's drawing in pixels.
pub(super) fn width(heat: &ProbabilityTable) -> f64 {
    Grid::new(heat).position(0, heat.columns.len())[0]
}

/// Returns the legend of the colours: a row of cells from 0 to 100 %, drawn like those of the tables.
pub(super) fn scale() -> String {
    let cells: String = (0..=10_u8)
        .map(|tenth| {
            let (x, opacity) = (14 * u32::from(tenth) + 1, f64::from(tenth) / 10.0);
            format!("<rect class=\"cell\" x=\"{x}\" y=\"1\" width=\"13\" height=\"12\" fill-opacity=\"{opacity:.1}\"/>")
        })
        .collect();
    format!(
        "<p class=\"legend\"><span>0 % <svg class=\"heat\" role=\"img\" aria-label=\"scale of the colours\" width=\"156\" \
         height=\"14\" viewBox=\"0 0 156 14\">{cells}</svg> 100 %</span></p>\n"
    )
}

/// Returns the drawing of a table as SVG.
pub(super) fn drawing(heat: &ProbabilityTable) -> String {
    let grid = Grid::new(heat);
    let [width, height] = grid.position(heat.rows.len(), heat.columns.len());
    // Drawings are not enlarged; on narrow pages they shrink down to a legible scale.
    let mut text = format!(
        "<svg role=\"img\" aria-label=\"{}\" width=\"{width:.0}\" height=\"{:.0}\" viewBox=\"0 0 {width:.0} {:.0}\" \
         style=\"min-width:{:.0}px\" class=\"heat\">\n",
        escaped(&heat.title),
        height + 2.0,
        height + 2.0,
        MIN_SCALE * width,
    );
    names(&mut text, heat, &grid);
    if heat.columns.len() <= NUMBERED {
        numbered(&mut text, heat, &grid);
    } else {
        shaded(&mut text, heat, &grid);
    }
    text + "</svg>\n"
}

/// Writes the names of rows and columns; only every fourth one if there are many.
fn names(text: &mut String, heat: &ProbabilityTable, grid: &Grid) {
    let step = |count: usize| if count <= NAMED { 1 } else { 4 };
    for (row, name) in heat.rows.iter().enumerate().step_by(step(heat.rows.len())) {
        let [x, y] = grid.position(row, 0);
        let y = y + grid.height / 2.0 + 3.5;
        let _ = writeln!(text, "<text class=\"row\" x=\"{:.0}\" y=\"{y:.1}\">{}</text>", x - 6.0, escaped(name));
    }
    for (column, name) in heat.columns.iter().enumerate().step_by(step(heat.columns.len())) {
        let [x, y] = grid.position(0, column);
        let _ = writeln!(
            text,
            "<text class=\"column\" x=\"{:.1}\" y=\"{:.0}\">{}</text>",
            x + grid.width / 2.0,
            y - 6.0,
            escaped(name)
        );
    }
}

/// Returns row, column and probability of all possible cells.
fn cells(heat: &ProbabilityTable) -> impl Iterator<Item = (usize, usize, f64)> {
    heat.cells.iter().enumerate().flat_map(|(row, cells)| {
        cells.iter().enumerate().filter_map(move |(column, cell)| Some((row, column, (*cell)?)))
    })
}

/// Writes every cell with its probability in percent.
fn numbered(text: &mut String, heat: &ProbabilityTable, grid: &Grid) {
    for (row, column, probability) in cells(heat) {
        let [x, y] = grid.position(row, column);
        let ink = if probability > DARK { "on" } else { "off" };
        let _ = writeln!(
            text,
            "<g><title>{}, {}: {:.1} %</title><rect class=\"cell\" x=\"{x:.0}\" y=\"{y:.0}\" width=\"{:.0}\" height=\"{:.0}\" \
             fill-opacity=\"{probability:.3}\"/><text class=\"{ink}\" x=\"{:.1}\" y=\"{:.1}\">{:.0}</text></g>",
            escaped(&heat.rows[row]),
            escaped(&heat.columns[column]),
            100.0 * probability,
            grid.width - 1.0,
            grid.height - 1.0,
            x + grid.width / 2.0 - 0.5,
            y + grid.height / 2.0 + 3.0,
            100.0 * probability,
        );
    }
}

/// Writes all cells of a shade as one path, because there are thousands of cells.
fn shaded(text: &mut String, heat: &ProbabilityTable, grid: &Grid) {
    let mut paths = vec![String::new(); SHADES + 1];
    for (row, column, probability) in cells(heat) {
        let [x, y] = grid.position(row, column);
        let shade = (probability.clamp(0.0, 1.0) * SHADES as f64).round() as usize;
        let (width, height) = (grid.width - 1.0, grid.height - 1.0);
        let _ = write!(paths[shade], "M{x:.0} {y:.0}h{width:.0}v{height:.0}h-{width:.0}z");
    }
    for (shade, path) in paths.iter().enumerate().filter(|(_, path)| !path.is_empty()) {
        let opacity = shade as f64 / SHADES as f64;
        let _ = writeln!(text, "<path class=\"cell\" fill-opacity=\"{opacity:.3}\" d=\"{path}\"/>");
    }
}
