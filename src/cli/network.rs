//! The network that a command is about, and its weights.

use super::error::CliError;
use super::number::integer;
use super::subject::{RunSubject, Subject};
use crate::graph::Graph;
use crate::network::{Network, Size, Task};
use crate::report::Description;
use crate::space::{self, Space};
use crate::train::{Interface, SavedTraining};
use std::path::PathBuf;
use std::sync::Arc;

/// The arguments that name a network.
#[derive(Debug, clap::Args)]
pub(super) struct Source {
    /// Architecture text; checkpoint of `train --out`; or folder of a search
    #[arg(value_name = "ARCH|CHECKPOINT|RUN")]
    arch: String,
    /// Search space: a name or a space file [default: inferred from the text]
    #[arg(long, value_name = "NAME")]
    space: Option<String>,
    /// Channels of the first stage [default: the published width]
    #[arg(long, value_name = "COUNT", value_parser = integer::<usize>("--channels"))]
    channels: Option<usize>,
    /// Cells per stage, or of the complete network for darts [default: the published depth]
    #[arg(long, value_name = "COUNT", value_parser = integer::<usize>("--cells"))]
    cells: Option<usize>,
    /// Classes [default: 10, for randwire 200]
    #[arg(long, value_name = "COUNT", value_parser = integer::<usize>("--classes"))]
    classes: Option<usize>,
    /// Channels, height and width of an image [default: 3x32x32, for randwire 3x64x64]
    #[arg(long, value_name = "CxHxW", value_parser = image)]
    input: Option<[usize; 3]>,
    /// Trial of the run, by its number in `graphpnas trials` [default: the best one]
    #[arg(long, value_name = "NUMBER", value_parser = integer::<usize>("--trial"))]
    trial: Option<usize>,
}

/// The arguments that name weights.
#[derive(Debug, clap::Args)]
pub(super) struct Trained {
    /// Weights of the network, as safetensors [default: those of the checkpoint or run, else random ones]
    #[arg(long, value_name = "FILE")]
    pub(super) weights: Option<PathBuf>,
    /// Seed of random weights, for a network that has no trained ones [default: 1]
    #[arg(long, conflicts_with = "weights", value_parser = integer::<u64>("seed"))]
    pub(super) seed: Option<u64>,
}

pub(super) fn image(text: &str) -> Result<[usize; 3], String> {
    let axes: Vec<&str> = text.split('x').collect();
    let [channels, height, width] = axes.as_slice() else {
        return Err("must be channels, height and width, such as 3x32x32".to_owned());
    };
    let side = integer::<usize>("--input");
    Ok([integer("--image-channels")(channels)?, side(height)?, side(width)?])
}

/// A network and the architecture it was built from.
pub(super) struct BuiltNetwork {
    pub(super) space: Arc<dyn Space>,
    /// The architecture's text in the space's own form.
    pub(super) arch: String,
    pub(super) graph: Graph,
    pub(super) task: Task,
    pub(super) size: Size,
    pub(super) network: Network,
    /// The origin of its weights.
    pub(super) origin: Origin,
}

/// The origin of a network's weights.
pub(super) enum Origin {
    /// None: an architecture text.
    Text,
    /// A checkpoint.
    Checkpoint(PathBuf, Box<SavedTraining>),
    /// A run, if it trained networks.
    Run(Box<RunSubject>),
}

/// Returns the named space or, without a name, the one inferred from the form of `arch`.
pub(super) fn resolve_space(name: Option<&str>, arch: &str) -> Result<Arc<dyn Space>, CliError> {
    let unknown = || {
        let known = space::names().join(", ");
        CliError::Usage(match arch.trim() {
            "" => {
                "the architecture is empty; give an architecture text, a checkpoint or the folder of a run".to_owned()
            }
            _ => format!(
                "'{arch}' is not a file or folder, and the search space cannot be inferred from its form; name the space with \
                 --space: {known}, or a space file"
            ),
        })
    };
    let name = name.or_else(|| space::infer_space(arch)).ok_or_else(unknown)?;
    Ok(space::open(name)?)
}

impl Source {
    /// Builds the named network: of an architecture text, a checkpoint, or a trial of a run (by default the best one).
    pub(super) fn build(&self) -> Result<BuiltNetwork, CliError> {
        let (space, arch, task, size, origin) = match Subject::of(&self.arch, self.trial)? {
            Subject::Text => return self.build_text(),
            Subject::Checkpoint(path, saved) => {
                let model = saved.model.clone();
                let task = Task { input: model.input, classes: model.classes };
                let size = Size { channels: model.channels, cells: model.cells };
                (model.space, model.arch, task, size, Origin::Checkpoint(path, saved))
            }
            Subject::Run(run) => {
                let (space, arch) = (run.meta.space.clone(), run.arch.clone());
                let (task, size) = run.sizes();
                (space, arch, task, size, Origin::Run(run))
            }
        };
        let asked = self.space.as_deref().map(space::open).transpose()?;
        if asked.is_some_and(|asked| asked.reference() != space) {
            return Err(CliError::Usage(format!(
                "the network of {} belongs to the space {}; leave out --space",
                self.arch,
                space::name_of(&space)
            )));
        }
        let task = Task { input: self.input.unwrap_or(task.input), classes: self.classes.unwrap_or(task.classes) };
        let size = Size { channels: self.channels.unwrap_or(size.channels), cells: self.cells.unwrap_or(size.cells) };
        Ok(BuiltNetwork { origin, ..BuiltNetwork::new(&space, &arch, task, size)? })
    }

    /// Returns the argument that names the network.
    pub(super) fn name(&self) -> &str {
        &self.arch
    }

    fn build_text(&self) -> Result<BuiltNetwork, CliError> {
        let space = resolve_space(self.space.as_deref(), &self.arch)?;
        let (size, task) = (self.size(&*space)?, space.published_task());
        let task = Task { input: self.input.unwrap_or(task.input), classes: self.classes.unwrap_or(task.classes) };
        BuiltNetwork::new(space.reference(), &self.arch, task, size)
    }

    /// Returns the published size, changed by the arguments. In some spaces the graph determines the depth.
    fn size(&self, space: &dyn Space) -> Result<Size, CliError> {
        let usual = space.published_size();
        if space.graph_determines_depth() && self.cells.is_some() {
            return Err(CliError::Usage(format!(
                "the depth of {} networks is determined by their graph; leave out --cells",
                space.name()
            )));
        }
        let (channels, cells) = (self.channels.unwrap_or(usual.channels), self.cells.unwrap_or(usual.cells));
        Ok(Size { channels, cells })
    }
}

impl BuiltNetwork {
    /// Builds the network of an architecture in a size.
    pub(super) fn new(space: &str, arch: &str, task: Task, size: Size) -> Result<Self, CliError> {
        let space = space::open(space)?;
        let name = space.name();
        let wrong = |why: String| CliError::Usage(format!("this is not a {name} architecture: {why}"));
        let graph = space.encode(arch).map_err(|error| wrong(error.to_string()))?;
        let arch = space.decode(&graph).map_err(|error| wrong(error.to_string()))?;
        let network = space.network(&graph, task, size).map_err(|error| CliError::Usage(error.to_string()))?;
        Ok(Self { space, arch, graph, task, size, network, origin: Origin::Text })
    }

    /// Describes the architecture; the cost is that of training steps on `batch` images.
    pub(super) fn describe(&self, batch: usize) -> Result<Description, CliError> {
        Ok(Description::new(&*self.space, &self.graph, &self.network, self.size, self.interface(), batch)?)
    }

    /// Returns the input and output format: that of the trained weights, if there are any that fit the network.
    pub(super) fn interface(&self) -> Interface {
        let weights =
            self.saved_weights().and_then(|found| found.map(|found| found.fits(self, "").map(|()| found)).transpose());
        match weights {
            Ok(Some(found)) => found.interface(self),
            // Without weights, or with those of another network, the network is described as untrained.
            _ => Interface::untrained(self.network.input),
        }
    }
}
