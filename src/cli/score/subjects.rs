//! The architectures that are scored, and what a table says of them.

use crate::cli::error::CliError;
use crate::cli::output;
use crate::evaluate::Sheet;
use crate::experiment::sheet;
use crate::graph::Graph;
use crate::shown::Show;
use crate::space::{self, Explorer, Space};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use std::collections::HashSet;
use std::path::{Path, PathBuf};

/// An architecture to score.
pub(super) struct Subject {
    pub graph: Graph,
    pub arch: String,
    /// What the table says of it.
    pub truth: Option<f64>,
}

/// The column of a table that scores are compared with.
pub(super) struct Truth {
    sheet: Sheet,
    pub column: String,
    path: PathBuf,
}

impl Truth {
    pub fn open(path: &Path, space: &dyn Space, column: Option<&str>) -> Result<Self, CliError> {
        let sheet = sheet(path, space.name())?;
        let names: Vec<&str> = sheet.columns().iter().map(|column| column.name.as_str()).collect();
        let usual = ["cifar10_test_200", "test108", "val108"];
        let wanted = column.or_else(|| usual.into_iter().find(|name| names.contains(name))).unwrap_or_default();
        if !names.contains(&wanted) {
            let known = names.join(", ");
            return Err(CliError::Usage(format!("--against must be a column of {}: {known}", path.shown())));
        }
        Ok(Self { column: wanted.to_owned(), sheet, path: path.to_owned() })
    }

    fn of(&self, key: &str) -> Option<f64> {
        let row = self.sheet.row(key)?;
        row.into_iter().find(|(name, _)| *name == self.column).map(|(_, value)| value)
    }
}

/// Named architectures.
pub(super) fn with_truth(
    graphs: Vec<Graph>,
    space: &dyn Space,
    table: Option<&Truth>,
) -> Result<Vec<Subject>, CliError> {
    let wrong = |error: space::InvalidGraph| CliError::Usage(error.to_string());
    let subject = |graph: Graph| {
        let (arch, key) = (space.decode(&graph).map_err(wrong)?, space.canonical(&graph).map_err(wrong)?);
        Ok(Subject { truth: table.and_then(|table| table.of(&key)), arch, graph })
    };
    graphs.into_iter().map(subject).collect()
}

/// Uniform draws in a row without a new architecture after which there is taken to be no other.
const DRAWS: usize = 200_000;

/// Distinct random architectures; with a table, of those that it has.
pub(super) fn drawn(
    space: &dyn Space,
    count: usize,
    seed: u64,
    table: Option<&Truth>,
) -> Result<Vec<Subject>, CliError> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let (mut subjects, mut known, mut in_vain) = (Vec::new(), HashSet::new(), 0);
    while subjects.len() < count && in_vain < DRAWS {
        in_vain += 1;
        let graph = space.explore(&Explorer::Uniform, &mut rng);
        let (Ok(arch), Ok(key)) = (space.decode(&graph), space.canonical(&graph)) else { continue };
        let truth = table.and_then(|table| table.of(&key));
        if (truth.is_some() || table.is_none()) && known.insert(key) {
            subjects.push(Subject { graph, arch, truth });
            in_vain = 0;
        }
    }
    match (subjects.len(), table) {
        (0, Some(table)) => {
            Err(CliError::Failed(format!("no random architecture is in the table {}", table.path.shown())))
        }
        (found, _) if found < count => {
            output::note(&format!("note: {found} of {count} architectures were found"));
            Ok(subjects)
        }
        _ => Ok(subjects),
    }
}
