//! Drawings as text: one line for every node and operation, and one lane to the right for every result.
//!
//! A lane starts at the line that computes a result (`┐`, or `┬` if the line is connected further right) and ends at
//! the last line that reads it (`┘`, `┴`). Lines in between that read it are connected to it (`┤`, `┼`); other lines
//! pass under it.

use super::diagram::Diagram;
use crate::space::diagram::Panel;

/// Returns the drawing as text.
#[must_use]
pub fn terminal(diagram: &Diagram) -> String {
    let panels: Vec<_> = diagram.panels.iter().map(draw).collect();
    panels.join("\n")
}

/// A line: its text, and the lines whose results it reads.
struct Line {
    text: String,
    reads: Vec<usize>,
}

/// Returns the lines of a panel. An operation on an arrow comes before the target node.
fn lines(panel: &Panel) -> Vec<Line> {
    let (mut lines, mut line_of_node) = (Vec::new(), Vec::new());
    for (number, node) in panel.nodes.iter().enumerate() {
        let mut reads = Vec::new();
        for arrow in panel.arrows.iter().filter(|arrow| arrow.to == number && arrow.from < number) {
            let from = line_of_node[arrow.from];
            reads.push(match &arrow.operation {
                None => from,
                Some(operation) => {
                    lines.push(Line { text: format!("  {}", operation.text), reads: vec![from] });
                    lines.len() - 1
                }
            });
        }
        line_of_node.push(lines.len());
        lines.push(Line { text: node.text.clone(), reads });
    }
    lines
}

fn draw(panel: &Panel) -> String {
    let lines = lines(panel);
    let last_read: Vec<Option<usize>> =
        (0..lines.len()).map(|line| lines.iter().rposition(|reader| reader.reads.contains(&line))).collect();
    let width = lines.iter().map(|line| line.text.chars().count()).max().unwrap_or(0);
    let mut lanes: Vec<Option<usize>> = Vec::new();
    let mut text = format!("{}\n", panel.caption);
    for (number, line) in lines.iter().enumerate() {
        if last_read[number].is_some() {
            let free = lanes.iter().position(Option::is_none).unwrap_or(lanes.len());
            lanes.resize(lanes.len().max(free + 1), None);
            lanes[free] = Some(number);
        }
        let drawn = connections(number, line, &lanes, &last_read);
        let head = if line.reads.is_empty() { ' ' } else { '<' };
        text.push_str(format!("  {:width$} {head}{drawn}", line.text).trim_end());
        text.push('\n');
        for lane in &mut lanes {
            *lane = lane.filter(|owner| last_read[*owner] > Some(number));
        }
    }
    text
}

/// Returns what a line draws across the lanes.
fn connections(number: usize, line: &Line, lanes: &[Option<usize>], last_read: &[Option<usize>]) -> String {
    let joins = |owner: usize| owner == number || line.reads.contains(&owner);
    let rightmost = lanes.iter().rposition(|lane| lane.is_some_and(joins));
    let mut text = String::new();
    for (index, lane) in lanes.iter().enumerate() {
        let (inside, last) = (rightmost.is_some_and(|end| index <= end), rightmost == Some(index));
        text.push(if inside { '─' } else { ' ' });
        text.push(match *lane {
            Some(owner) if owner == number => {
                if last {
                    '┐'
                } else {
                    '┬'
                }
            }
            Some(owner) if joins(owner) => match (last_read[owner] == Some(number), last) {
                (true, true) => '┘',
                (true, false) => '┴',
                (false, true) => '┤',
                (false, false) => '┼',
            },
            Some(_) => '│',
            None => {
                if inside {
                    '─'
                } else {
                    ' '
                }
            }
        });
    }
    text
}
