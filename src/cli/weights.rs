//! The weights of an exported network: fitting trained weights, or random ones with a warning.

use super::error::CliError;
use super::network::{BuiltNetwork, Origin, Trained};
use super::output;
use crate::child::Weights;
use crate::device::Device;
use crate::network::{Network, Operation, Size, Task};
use crate::nn::{Checkpoint, CheckpointError};
use crate::report::{ReportError, Tensors};
use crate::run::quoted;
use crate::shown::Show;
use crate::tape::StoreBuilder;
use crate::train::{Interface, SavedTraining};
use std::path::{Path, PathBuf};

/// Default seed of random weights.
const SEED: u64 = 1;

/// A checkpoint with trained weights.
pub(super) struct TrainedWeights {
    path: PathBuf,
    saved: SavedTraining,
}

impl TrainedWeights {
    /// Checks that the weights fit the child's network. Its input size may differ if the operations are the same. `name` is
    /// the command line argument.
    ///
    /// # Errors
    /// If the weights do not fit; the message names the flags to omit.
    pub(super) fn fits(&self, child: &BuiltNetwork, name: &str) -> Result<(), CliError> {
        let model = &self.saved.model;
        let own = model.network(0.0).map_err(|error| CliError::Failed(error.to_string()))?;
        if same_weights(&own, &child.network) {
            return Ok(());
        }
        let (Task { input, classes }, Size { channels, cells }) = (child.task, child.size);
        let flags: Vec<_> = [
            ("--channels", channels != model.channels),
            ("--cells", cells != model.cells),
            ("--classes", classes != model.classes),
            ("--input", input != model.input),
        ]
        .into_iter()
        .filter_map(|(flag, differs)| differs.then_some(flag))
        .collect();
        let [depth, height, width] = model.input;
        Err(CliError::Usage(format!(
            "the trained weights of {name} are for {} channels, {} cells, {} classes and {depth}x{height}x{width} images and \
             do not fit the requested network; omit {}, or give the architecture's text for random, untrained weights: {}",
            model.channels,
            model.cells,
            model.classes,
            flags.join(" and "),
            quoted(&child.arch)
        )))
    }

    /// Interface of the child's network with these weights.
    pub(super) fn interface(&self, child: &BuiltNetwork) -> Interface {
        Interface::of(&self.saved.model).for_input(child.network.input)
    }
}

/// Whether two networks have the same operations and weight shapes; their input height and width may differ.
fn same_weights(one: &Network, other: &Network) -> bool {
    let same = |a: Operation, b: Operation| a == b || matches!((a, b), (Operation::Zero(_), Operation::Zero(_)));
    one.classes == other.classes
        && one.input[0] == other.input[0]
        && one.nodes.len() == other.nodes.len()
        && one.nodes.iter().zip(&other.nodes).all(|(a, b)| {
            a.name == b.name
                && a.inputs == b.inputs
                && same(a.operation, b.operation)
                && one.weights(a) == other.weights(b)
        })
}

impl BuiltNetwork {
    /// The checkpoint with its trained weights; `None` if the network was not trained.
    pub(super) fn saved_weights(&self) -> Result<Option<TrainedWeights>, CliError> {
        match &self.origin {
            Origin::Text => Ok(None),
            Origin::Checkpoint(path, saved) => {
                Ok(Some(TrainedWeights { path: path.clone(), saved: (**saved).clone() }))
            }
            Origin::Run(run) => {
                let Some(path) = run.network()? else { return Ok(None) };
                let saved = SavedTraining::read(&path).map_err(|error| CliError::Failed(error.to_string()))?;
                Ok(Some(TrainedWeights { path, saved }))
            }
        }
    }

    /// Returns the weights and the network's interface: from a file, from the network's checkpoint or run, or random ones.
    /// `name` is the command line argument of the network.
    pub(super) fn weights(&self, requested: &Trained, name: &str) -> Result<(Tensors, Interface), CliError> {
        let usage = |why: String| Err(CliError::Usage(why));
        match (&self.origin, requested) {
            (Origin::Checkpoint(..), Trained { weights: Some(_), .. }) => {
                return usage(format!("the checkpoint {name} has weights; omit --weights"));
            }
            (_, Trained { weights: Some(path), .. }) => return self.read_file(path),
            (Origin::Run(_) | Origin::Checkpoint(..), Trained { seed: Some(seed), .. }) => {
                // If the trained weights cannot be read, the requested random ones are still used.
                return match self.saved_weights() {
                    Ok(Some(_)) => usage(format!(
                        "{name} has trained weights; omit --seed, or give the architecture's text for random, untrained \
                         weights: {}",
                        quoted(&self.arch)
                    )),
                    _ => self.random(*seed),
                };
            }
            _ => {}
        }
        let Some(checkpoint) = self.saved_weights()? else { return self.random(requested.seed.unwrap_or(SEED)) };
        checkpoint.fits(self, name)?;
        let ([_, trained_height, trained_width], [_, height, width]) =
            (checkpoint.saved.model.input, self.network.input);
        if (trained_height, trained_width) != (height, width) {
            output::note(&format!(
                "note: the weights were trained on images of {trained_height}x{trained_width}, but the exported network takes \
                 {height}x{width}"
            ));
        }
        let file = read(&checkpoint.path)?;
        let tensors = self.tensors(&file, &checkpoint.path, Some(&checkpoint.saved))?;
        Ok((tensors, checkpoint.interface(self)))
    }

    /// Reads weights and their description from a file.
    fn read_file(&self, path: &Path) -> Result<(Tensors, Interface), CliError> {
        let checkpoint = read(path)?;
        let saved = SavedTraining::of(&checkpoint, path).ok();
        let tensors = self.tensors(&checkpoint, path, saved.as_ref())?;
        let known = saved.map(|saved| Interface::of(&saved.model));
        let interface = known.unwrap_or_else(|| Interface::from_metadata(&checkpoint.texts, self.network.input));
        if !interface.trained {
            output::warning(&format!("warning: the weights of {} are random, untrained weights", path.shown()));
        }
        Ok((tensors, interface.for_input(self.network.input)))
    }

    /// The weights of a checkpoint: of a training, their running averages if its recipe has them.
    fn tensors(
        &self,
        checkpoint: &Checkpoint,
        path: &Path,
        saved: Option<&SavedTraining>,
    ) -> Result<Tensors, CliError> {
        let mut builder = StoreBuilder::default();
        let weights = Weights::zeros(&mut builder, &self.network);
        let average = saved.and_then(|saved| saved.recipe.average);
        let averages = average.map(|_| weights.means(&mut builder));
        let mut store = builder.build(&Device::Cpu).map_err(ReportError::from)?;
        // A training checkpoint contains more tensors than the weights.
        let filled = checkpoint.fill(&mut store, saved.is_none()).map_err(CheckpointError::content(path));
        filled.map_err(|error| CliError::Failed(error.to_string()))?;
        let mut tensors = Tensors::read(&self.network, &weights, &store)?;
        for (weight, mean) in weights.all().zip(averages.iter().flat_map(Weights::all)) {
            tensors.insert(weight.name(), weight.shape(), store.read(mean).map_err(ReportError::from)?);
        }
        Ok(tensors)
    }

    /// Initialises random weights and prints a warning.
    fn random(&self, seed: u64) -> Result<(Tensors, Interface), CliError> {
        let remedy = match &self.origin {
            Origin::Text => "train it with `graphpnas train`, or give trained weights with --weights".to_owned(),
            Origin::Checkpoint(..) => "give trained weights with --weights".to_owned(),
            Origin::Run(run) => format!("train it: {}", run.train_command()),
        };
        output::warning(&format!(
            "warning: the network has random, untrained weights, drawn with seed {seed}; {remedy}"
        ));
        let mut builder = StoreBuilder::default();
        let weights = Weights::new(&mut builder, &self.network, seed).map_err(ReportError::from)?;
        let store = builder.build(&Device::Cpu).map_err(ReportError::from)?;
        Ok((Tensors::read(&self.network, &weights, &store)?, Interface::untrained(self.network.input)))
    }
}

fn read(path: &Path) -> Result<Checkpoint, CliError> {
    Checkpoint::read(path).map_err(|error| CliError::Failed(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::same_weights;
    use crate::network::{Network, Size, Task};
    use crate::space;

    fn network(name: &str, arch: &str, side: usize, classes: usize) -> Network {
        let space = space::open(name).unwrap();
        let task = Task { input: [3, side, side], classes };
        space.network(&space.encode(arch).unwrap(), task, Size { channels: 4, cells: 1 }).unwrap()
    }

    #[test]
    fn weights_fit_another_input_size_if_the_operations_are_the_same() {
        // Node 2 is a zero operation, whose size depends on the input.
        let cell = "|nor_conv_3x3~0|+|none~0|none~1|+|skip_connect~0|nor_conv_1x1~1|skip_connect~2|";
        let own = network("nasbench201", cell, 16, 10);
        assert!(same_weights(&own, &own) && same_weights(&own, &network("nasbench201", cell, 32, 10)));
        assert!(!same_weights(&own, &network("nasbench201", cell, 16, 11)));
        let other = "|nor_conv_3x3~0|+|none~0|none~1|+|skip_connect~0|nor_conv_3x3~1|skip_connect~2|";
        assert!(!same_weights(&own, &network("nasbench201", other, 16, 10)));
        // From 33 pixels on, the RandWire stem halves images once more.
        let stages = [vec!["0"; 31].join(",").as_str(); 3].join("|");
        let own = network("randwire", &stages, 32, 10);
        assert!(same_weights(&own, &network("randwire", &stages, 24, 10)));
        assert!(!same_weights(&own, &network("randwire", &stages, 64, 10)));
    }
}
