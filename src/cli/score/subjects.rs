//! The architectures to score, with their values in a table.

use crate::cli::error::CliError;
use crate::cli::output;
use crate::evaluate::{Benchmark, RewardConfig, Sheet, Table};
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
    /// Its value in the table.
    pub truth: Option<f64>,
}

/// A benchmark's table, or one of another space.
enum Source {
    Benchmark(Sheet),
    Own(Table),
}

/// The table column that scores are compared with.
pub(super) struct Truth {
    source: Source,
    pub column: String,
    path: PathBuf,
}

impl Truth {
    pub fn open(path: &Path, space: &dyn Space, column: Option<&str>) -> Result<Self, CliError> {
        if Benchmark::datasets(space.reference()).is_empty() {
            let column = column.unwrap_or_default().to_owned();
            let source = Source::Own(Table::of_space(path, space, &column, &RewardConfig::any())?);
            return Ok(Self { column, source, path: path.to_owned() });
        }
        let sheet = sheet(path, space.reference())?;
        let names: Vec<&str> = sheet.columns().iter().map(|column| column.name.as_str()).collect();
        let defaults = ["cifar10_test_200", "test108", "val108"];
        let wanted = column.or_else(|| defaults.into_iter().find(|name| names.contains(name))).unwrap_or_default();
        if !names.contains(&wanted) {
            let known = names.join(", ");
            return Err(CliError::Usage(format!("--against must be a column of {}: {known}", path.shown())));
        }
        Ok(Self { column: wanted.to_owned(), source: Source::Benchmark(sheet), path: path.to_owned() })
    }

    /// The value of the architecture with this canonical key.
    fn value(&self, key: &str) -> Option<f64> {
        let sheet = match &self.source {
            Source::Own(table) => return table.get(key).map(|found| found.reward),
            Source::Benchmark(sheet) => sheet,
        };
        let row = sheet.row(key)?;
        row.into_iter().find(|(name, _)| *name == self.column).map(|(_, value)| value)
    }
}

/// Returns named architectures with their values in the table.
pub(super) fn with_truth(
    graphs: Vec<Graph>,
    space: &dyn Space,
    table: Option<&Truth>,
) -> Result<Vec<Subject>, CliError> {
    let invalid = |error: space::InvalidGraph| CliError::Usage(error.to_string());
    let subject = |graph: Graph| {
        let (arch, key) = (space.decode(&graph).map_err(invalid)?, space.canonical(&graph).map_err(invalid)?);
        Ok(Subject { truth: table.and_then(|table| table.value(&key)), arch, graph })
    };
    graphs.into_iter().map(subject).collect()
}

/// Maximum number of successive draws without a new architecture.
const MAX_FAILED_DRAWS: usize = 200_000;

/// Draws distinct random architectures; with a table, only those it contains.
pub(super) fn drawn(
    space: &dyn Space,
    count: usize,
    seed: u64,
    table: Option<&Truth>,
) -> Result<Vec<Subject>, CliError> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let (mut subjects, mut known, mut failed_draws) = (Vec::new(), HashSet::new(), 0);
    while subjects.len() < count && failed_draws < MAX_FAILED_DRAWS {
        failed_draws += 1;
        let graph = space.explore(&Explorer::Uniform, &mut rng);
        let (Ok(arch), Ok(key)) = (space.decode(&graph), space.canonical(&graph)) else { continue };
        let truth = table.and_then(|table| table.value(&key));
        if (truth.is_some() || table.is_none()) && known.insert(key) {
            subjects.push(Subject { graph, arch, truth });
            failed_draws = 0;
        }
    }
    match (subjects.len(), table) {
        (0, Some(table)) => {
            Err(CliError::Failed(format!("none of the random architectures is in the table {}", table.path.shown())))
        }
        (found, _) if found < count => {
            output::note(&format!("note: only {found} of {count} architectures were found"));
            Ok(subjects)
        }
        _ => Ok(subjects),
    }
}
