//! `graphpnas space list` and `show`.

use super::{open, size};
use crate::cli::error::CliError;
use crate::cli::output;
use crate::space::{self, PartDescription, Space};
use serde::Serialize;
use std::fmt::Write;

const LIST_EXAMPLES: &str = "\
Examples:
  graphpnas space list
  graphpnas space list --json";

const SHOW_EXAMPLES: &str = "\
Examples:
  graphpnas space show nasbench-macro
  graphpnas space show nasbench-macro --definition
  graphpnas space show my.toml --json";

/// List the built-in spaces.
#[derive(Debug, clap::Args)]
#[command(after_help = LIST_EXAMPLES)]
pub(super) struct ListArgs {
    /// Print the list as one JSON value
    #[arg(long)]
    json: bool,
}

/// Describe a space: its size, parts, operations and published network size.
#[derive(Debug, clap::Args)]
#[command(after_help = SHOW_EXAMPLES)]
pub(super) struct ShowArgs {
    /// Name of a space or path of a space file
    #[arg(value_name = "SPACE")]
    space: String,
    /// Print the definition of a space from a file
    #[arg(long, conflicts_with = "json")]
    definition: bool,
    /// Print the description as one JSON value
    #[arg(long)]
    json: bool,
}

/// A space in numbers.
#[derive(Serialize)]
pub(super) struct Described {
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    digest: Option<String>,
    /// Null beyond the largest `f64`.
    architectures: Option<f64>,
    log2_architectures: f64,
    /// Whether the number is exact; otherwise it is an upper bound.
    exact: bool,
    shares_weights: bool,
    channels: usize,
    cells: usize,
    parts: Vec<PartDescription>,
}

impl Described {
    pub(super) fn new(space: &dyn Space) -> Self {
        let published = space.published_size();
        Self {
            name: space.name().to_owned(),
            digest: space.digest(),
            architectures: Some(space.size()).filter(|size| size.is_finite()),
            log2_architectures: space.log2_size(),
            exact: !space.size_is_bound(),
            shares_weights: space.shares_weights(),
            channels: published.channels,
            cells: published.cells,
            parts: (0..space.parts()).map(|part| space.describe_part(part)).collect(),
        }
    }

    pub(super) fn text(&self, space: &dyn Space) -> String {
        let mut text = format!("space          {}\n", self.name);
        if let Some(digest) = &self.digest {
            let _ = writeln!(text, "digest         {digest}");
        }
        let _ = writeln!(text, "architectures  {}", size(space));
        for part in &self.parts {
            let nodes = match part.min_nodes == part.max_nodes {
                true => format!("{} nodes", part.max_nodes),
                false => format!("{} to {} nodes", part.min_nodes, part.max_nodes),
            };
            let _ = writeln!(text, "part           {}: {nodes}", part.name);
            let _ = writeln!(text, "               {}", part.operations.join(", "));
        }
        text
    }
}

/// Prints the built-in spaces.
pub(super) fn list(args: &ListArgs) -> Result<(), CliError> {
    let spaces = space::names().into_iter().map(open).collect::<Result<Vec<_>, _>>()?;
    if args.json {
        let described: Vec<_> = spaces.iter().map(|space| Described::new(&**space)).collect();
        return output::print(&output::json(&described)?);
    }
    let mut text = format!("{:<16} {:>5} {:>6}  architectures\n", "space", "parts", "nodes");
    for space in &spaces {
        let _ =
            writeln!(text, "{:<16} {:>5} {:>6}  {}", space.name(), space.parts(), space.max_nodes(), size(&**space));
    }
    text.push_str("\nA path of a space file stands for a space, too: graphpnas space init my.toml starts one.\n");
    output::print(&text)
}

/// Prints one space.
pub(super) fn show(args: &ShowArgs) -> Result<(), CliError> {
    let space = open(&args.space)?;
    if args.definition {
        return match space.definition() {
            Some(text) => output::print(text),
            None => Err(CliError::Usage(format!("{} has no definition; it is built into the program", space.name()))),
        };
    }
    let described = Described::new(&*space);
    output::print(&if args.json { output::json(&described)? } else { described.text(&*space) })
}
