//! Writes the folder `best/` of a run: the best architecture as text, as JSON with its cost, and as a drawing.

use super::error::CliError;
use super::network::{BuiltNetwork, Origin};
use super::output;
use super::subject::RunSubject;
use crate::report::{Description, Diagram, svg};
use crate::run::{DESCRIBED, Run, TEXT};

/// Batch size for which costs are computed.
const BATCH: usize = 64;

/// Saves the best architecture found so far; does nothing before the first one.
pub(super) fn save_best(run: &Run) -> Result<(), CliError> {
    let (Some(arch), meta) = (run.ledger().best_arch()?, run.ledger().meta()?) else { return Ok(()) };
    let folder = run.folder().path().to_owned();
    let of_run = RunSubject { folder, arch, trial: None, best: true, meta };
    let (task, size) = of_run.sizes();
    let child = BuiltNetwork::new(&of_run.meta.space, &of_run.arch, task, size)?;
    let arch = child.arch.clone();
    let child = BuiltNetwork { origin: Origin::Run(Box::new(of_run)), ..child };
    let diagram = Diagram::new(&*child.space, &child.graph).map_err(|error| CliError::Failed(error.to_string()))?;
    run.folder().put(TEXT, format!("{arch}\n").as_bytes())?;
    let described = Description { run: Some(run.id().to_owned()), ..child.describe(BATCH)? };
    run.folder().put(DESCRIBED, output::json(&described)?.as_bytes())?;
    Ok(run.folder().put("best/drawing.svg", svg(&diagram).as_bytes())?)
}
