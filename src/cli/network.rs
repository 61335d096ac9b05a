//! Which network a command is about, and with which weights: the one place where that is decided.

use super::error::CliError;
use super::number::whole;
use super::output;
use super::subject::{Subject, network};
use crate::child::{Network, Size, Task, Weights, build, usual_size};
use crate::device::Device;
use crate::graph::Graph;
use crate::nn::{CheckpointError, load, load_part};
use crate::report::{Description, Expense, ReportError, Tensors};
use crate::space::{self, Space};
use crate::tape::{Store, StoreBuilder};
use crate::train::Saved;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The seed of weights where none is given.
const SEED: u64 = 1;

/// A way to fill a store from a file.
type Fill = fn(&mut Store, &Path) -> Result<(), CheckpointError>;

/// TinyImageNet, which RandWire networks are built for where nothing else is said.
const TINY_IMAGENET: Task = Task { input: [3, 64, 64], classes: 200 };

/// The arguments that name a network.
#[derive(Debug, clap::Args)]
pub(super) struct Source {
    /// Architecture, as its space writes it; checkpoint that `train --out` wrote; or folder of a search
    #[arg(value_name = "ARCH|CHECKPOINT|RUN")]
    arch: String,
    /// Search space: nasbench201, nasbench101, enas, darts or randwire [default: told from the text]
    #[arg(long, value_name = "NAME")]
    space: Option<String>,
    /// Channels of the first stage [default: the published width]
    #[arg(long, value_name = "COUNT", value_parser = whole::<usize>("--channels"))]
    channels: Option<usize>,
    /// Cells a stage, or of the whole network for darts [default: the published depth]
    #[arg(long, value_name = "COUNT", value_parser = whole::<usize>("--cells"))]
    cells: Option<usize>,
    /// Classes [default: 10, for randwire 200]
    #[arg(long, value_name = "COUNT", value_parser = whole::<usize>("--classes"))]
    classes: Option<usize>,
    /// Channels, height and width of an image [default: 3x32x32, for randwire 3x64x64]
    #[arg(long, value_name = "CxHxW", value_parser = image)]
    input: Option<[usize; 3]>,
}

/// The arguments that name weights.
#[derive(Debug, clap::Args)]
pub(super) struct Trained {
    /// Weights of the network, as safetensors [default: fresh ones]
    #[arg(long, value_name = "FILE")]
    pub(super) weights: Option<PathBuf>,
    /// Seed of fresh weights [default: 1]
    #[arg(long, conflicts_with = "weights", value_parser = whole::<u64>("seed"))]
    pub(super) seed: Option<u64>,
}

fn image(text: &str) -> Result<[usize; 3], String> {
    let axes: Vec<&str> = text.split('x').collect();
    let [channels, height, width] = axes.as_slice() else {
        return Err("must be channels, height and width, such as 3x32x32".to_owned());
    };
    let side = whole::<usize>("--input");
    Ok([whole("--image-channels")(channels)?, side(height)?, side(width)?])
}

/// A network and the architecture it was built from.
pub(super) struct Child {
    pub(super) space: Arc<dyn Space>,
    /// The architecture's text, as the space writes it.
    pub(super) arch: String,
    pub(super) graph: Graph,
    pub(super) size: Size,
    pub(super) network: Network,
    origin: Origin,
}

/// Where a network's weights may be found.
enum Origin {
    /// Nowhere.
    Text,
    /// In a checkpoint.
    Checkpoint(PathBuf),
    /// In a run, where that trained them.
    Run(PathBuf),
}

/// The space that is named or, without a name, the one that writes its architectures like `arch`.
pub(super) fn space_of(name: Option<&str>, arch: &str) -> Result<Arc<dyn Space>, CliError> {
    let unknown = || {
        let known = space::NAMES.join(", ");
        CliError::Usage(format!("'{arch}' is of no space that can be told; name it with --space: {known}"))
    };
    let name = name.or_else(|| space::of_text(arch)).ok_or_else(unknown)?;
    Ok(space::by_name(name)?)
}

impl Source {
    /// Builds the network that is named: of an architecture, of a checkpoint, or of a run's best architecture.
    pub(super) fn build(&self) -> Result<Child, CliError> {
        match Subject::of(&self.arch)? {
            Subject::Text => self.build_text(),
            Subject::Checkpoint(path, saved) => {
                let asked = [self.space.is_some(), self.channels.is_some(), self.cells.is_some()];
                if asked.contains(&true) || self.classes.is_some() || self.input.is_some() {
                    let what = "a checkpoint says what its network is; leave out --space, --channels, --cells, \
                                --classes and --input";
                    return Err(CliError::Usage(what.to_owned()));
                }
                let Saved { model, .. } = *saved;
                let (task, size) = (
                    Task { input: model.input, classes: model.classes },
                    Size { channels: model.channels, cells: model.cells },
                );
                let child = Child::new(&model.space, &model.arch, task, size)?;
                Ok(Child { origin: Origin::Checkpoint(path), ..child })
            }
            Subject::Run { folder, meta, arch } => {
                let task =
                    Task { input: self.input.unwrap_or(meta.input), classes: self.classes.unwrap_or(meta.classes) };
                let size =
                    Size { channels: self.channels.unwrap_or(meta.channels), cells: self.cells.unwrap_or(meta.cells) };
                let resized = [self.channels.is_some(), self.cells.is_some(), self.classes.is_some()];
                // Kept weights are those of the size that was searched.
                let kept = !resized.contains(&true) && self.input.is_none();
                let origin = if kept { Origin::Run(folder) } else { Origin::Text };
                Ok(Child { origin, ..Child::new(&meta.space, &arch, task, size)? })
            }
        }
    }

    fn build_text(&self) -> Result<Child, CliError> {
        let space = space_of(self.space.as_deref(), &self.arch)?;
        let name = space.name();
        let size = self.size(name)?;
        let task = if name == space::randwire::NAME { TINY_IMAGENET } else { Task::CIFAR10 };
        let task = Task { input: self.input.unwrap_or(task.input), classes: self.classes.unwrap_or(task.classes) };
        Child::new(name, &self.arch, task, size)
    }

    /// The published size with what was asked for. Some spaces' graphs say how deep their networks are.
    fn size(&self, space: &str) -> Result<Size, CliError> {
        let usual = usual_size(space).map_err(|error| CliError::Usage(error.to_string()))?;
        if matches!(space, space::enas::NAME | space::randwire::NAME) && self.cells.is_some() {
            return Err(CliError::Usage(format!(
                "the depth of {space} networks is that of their graph; leave out --cells"
            )));
        }
        let (channels, cells) = (self.channels.unwrap_or(usual.channels), self.cells.unwrap_or(usual.cells));
        Ok(Size { channels, cells })
    }
}

impl Child {
    /// The network of an architecture in some size.
    pub(super) fn new(space: &str, arch: &str, task: Task, size: Size) -> Result<Self, CliError> {
        let space = space::by_name(space)?;
        let name = space.name();
        let wrong = |why: String| CliError::Usage(format!("this is no {name} architecture: {why}"));
        let graph = space.encode(arch.trim()).map_err(|error| wrong(error.to_string()))?;
        let arch = space.decode(&graph).map_err(|error| wrong(error.to_string()))?;
        let network = build(name, &graph, task, size, 0.0).map_err(|error| CliError::Usage(error.to_string()))?;
        Ok(Self { space, arch, graph, size, network, origin: Origin::Text })
    }

    /// What is known of the architecture; costs are of training steps on `batch` images.
    pub(super) fn describe(&self, batch: usize) -> Result<Description, CliError> {
        let canonical = self.space.canonical(&self.graph).map_err(|error| CliError::Failed(error.to_string()))?;
        Ok(Description {
            space: self.space.name().to_owned(),
            arch: self.arch.clone(),
            canonical,
            graph: self.graph.clone(),
            input: self.network.input,
            classes: self.network.classes,
            channels: self.size.channels,
            cells: self.size.cells,
            cost: Expense::of(&self.network, batch)?,
        })
    }

    /// What the network is, in a line.
    pub(super) fn title(&self) -> String {
        format!("{} {}", self.space.name(), self.arch)
    }

    /// The weights that were asked for: of a file, of the checkpoint or run that the network comes from, or fresh ones.
    pub(super) fn weights(&self, asked: &Trained) -> Result<Tensors, CliError> {
        let usage = |what: &str| Err(CliError::Usage(format!("a checkpoint has weights; leave out {what}")));
        match (&self.origin, asked) {
            (Origin::Checkpoint(_), Trained { weights: Some(_), .. }) => usage("--weights"),
            (Origin::Checkpoint(_), Trained { seed: Some(_), .. }) => usage("--seed"),
            (Origin::Checkpoint(path), _) => self.checkpoint(path),
            (_, Trained { weights: Some(path), .. }) => self.read(path, load, false),
            (_, Trained { seed: Some(seed), .. }) => self.fresh(*seed),
            (Origin::Run(folder), _) => match network(folder, &self.arch)? {
                Some(path) => self.checkpoint(&path),
                None => self.fresh(SEED),
            },
            (Origin::Text, _) => self.fresh(SEED),
        }
    }

    /// The weights of a training or, where it keeps these, their running means.
    fn checkpoint(&self, path: &Path) -> Result<Tensors, CliError> {
        let saved = Saved::read(path).map_err(|error| CliError::Failed(error.to_string()))?;
        self.read(path, load_part, saved.recipe.average.is_some())
    }

    /// Reads the weights, or the running means of them, with one of the ways to fill a store.
    fn read(&self, path: &Path, fill: Fill, means: bool) -> Result<Tensors, CliError> {
        let mut builder = StoreBuilder::default();
        let weights = Weights::zeros(&mut builder, &self.network);
        let shown = means.then(|| weights.means(&mut builder));
        let mut store = builder.build(&Device::Cpu).map_err(ReportError::from)?;
        fill(&mut store, path).map_err(|error| CliError::Failed(error.to_string()))?;
        let mut tensors = Tensors::read(&self.network, &weights, &store)?;
        for (weight, mean) in weights.all().zip(shown.iter().flat_map(Weights::all)) {
            tensors.insert(weight.name(), weight.shape(), store.read(mean).map_err(ReportError::from)?);
        }
        Ok(tensors)
    }

    fn fresh(&self, seed: u64) -> Result<Tensors, CliError> {
        output::note(&format!("no --weights given: these are fresh ones, drawn with --seed {seed}"));
        let mut builder = StoreBuilder::default();
        let weights = Weights::new(&mut builder, &self.network, seed).map_err(ReportError::from)?;
        let store = builder.build(&Device::Cpu).map_err(ReportError::from)?;
        Ok(Tensors::read(&self.network, &weights, &store)?)
    }
}
