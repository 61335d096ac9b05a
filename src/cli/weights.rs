//! The weights of a network that is exported: trained ones that fit it, or random ones, which is said.

use super::error::CliError;
use super::network::{Child, Origin, Trained};
use super::output;
use crate::child::Weights;
use crate::device::Device;
use crate::network::{Network, Operation, Size, Task};
use crate::nn::{CheckpointError, load, load_part, metadata};
use crate::report::{ReportError, Tensors};
use crate::run::quoted;
use crate::shown::Show;
use crate::tape::{Store, StoreBuilder};
use crate::train::{Interface, Saved};
use std::path::{Path, PathBuf};

/// The seed of random weights where none is given.
const SEED: u64 = 1;

/// A way to fill a store from a file.
type Fill = fn(&mut Store, &Path) -> Result<(), CheckpointError>;

/// The checkpoint of a training whose weights a network may have.
pub(super) struct Kept {
    path: PathBuf,
    saved: Saved,
}

impl Kept {
    /// Whether its weights are those of the child's network; images may have another height and width where the network
    /// takes them with the same operations. `name` is what the command line calls it.
    pub(super) fn fits(&self, child: &Child, name: &str) -> Result<(), CliError> {
        let model = &self.saved.model;
        let own = model.network(0.0).map_err(|error| CliError::Failed(error.to_string()))?;
        if alike(&own, &child.network) {
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
        let [deep, high, wide] = model.input;
        Err(CliError::Usage(format!(
            "the trained weights of {name} are of {} channels, {} cells, {} classes and {deep}x{high}x{wide} images and do not \
             fit the network that is asked for; leave out {}, or give the architecture's text instead for random, untrained \
             weights: {}",
            model.channels,
            model.cells,
            model.classes,
            flags.join(" and "),
            quoted(&child.arch)
        )))
    }

    /// The interface of the child's network with its weights.
    pub(super) fn interface(&self, child: &Child) -> Interface {
        Interface::of(&self.saved.model).for_input(child.network.input)
    }
}

/// Whether two networks have the same operations with the same weights, whatever the height and width of images.
fn alike(one: &Network, other: &Network) -> bool {
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

impl Child {
    /// The checkpoint that holds its trained weights; none where nothing was trained.
    pub(super) fn kept(&self) -> Result<Option<Kept>, CliError> {
        match &self.origin {
            Origin::Text => Ok(None),
            Origin::Checkpoint(path, saved) => Ok(Some(Kept { path: path.clone(), saved: (**saved).clone() })),
            Origin::Run(run) => {
                let Some(path) = run.network()? else { return Ok(None) };
                let saved = Saved::read(&path).map_err(|error| CliError::Failed(error.to_string()))?;
                Ok(Some(Kept { path, saved }))
            }
        }
    }

    /// The weights that were asked for, and what goes in and comes out with them: of a file, of the checkpoint or run that
    /// the network comes from, or random ones. `name` is what the command line calls the network.
    pub(super) fn weights(&self, asked: &Trained, name: &str) -> Result<(Tensors, Interface), CliError> {
        let usage = |why: String| Err(CliError::Usage(why));
        match (&self.origin, asked) {
            (Origin::Checkpoint(..), Trained { weights: Some(_), .. }) => {
                return usage(format!("the checkpoint {name} has weights; leave out --weights"));
            }
            (_, Trained { weights: Some(path), .. }) => return self.given(path),
            (Origin::Run(_) | Origin::Checkpoint(..), Trained { seed: Some(seed), .. }) => {
                // Weights that are not there are no reason to refuse random ones that are asked for.
                return match self.kept() {
                    Ok(Some(_)) => usage(format!(
                        "{name} has trained weights; leave out --seed, or give the architecture's text instead for random, \
                         untrained weights: {}",
                        quoted(&self.arch)
                    )),
                    _ => self.random(*seed),
                };
            }
            _ => {}
        }
        let Some(kept) = self.kept()? else { return self.random(asked.seed.unwrap_or(SEED)) };
        kept.fits(self, name)?;
        let ([_, high, wide], [_, height, width]) = (kept.saved.model.input, self.network.input);
        if (high, wide) != (height, width) {
            output::note(&format!(
                "note: the weights were trained on images of {high}x{wide}, and the exported network takes {height}x{width}"
            ));
        }
        let tensors = self.read(&kept.path, load_part, kept.saved.recipe.average.is_some())?;
        Ok((tensors, kept.interface(self)))
    }

    /// The weights of a file, and what it says of them.
    fn given(&self, path: &Path) -> Result<(Tensors, Interface), CliError> {
        let texts = metadata(path).map_err(|error| CliError::Failed(error.to_string()))?;
        // A checkpoint of a training holds more than the weights.
        let saved = Saved::of(&texts, path).ok();
        let tensors = match &saved {
            Some(saved) => self.read(path, load_part, saved.recipe.average.is_some())?,
            None => self.read(path, load, false)?,
        };
        let known = saved.map(|saved| Interface::of(&saved.model));
        let interface = known.unwrap_or_else(|| Interface::of_texts(&texts, self.network.input));
        if !interface.trained {
            output::warning(&format!("warning: {} says that its weights are random, untrained weights", path.shown()));
        }
        Ok((tensors, interface.for_input(self.network.input)))
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

    fn random(&self, seed: u64) -> Result<(Tensors, Interface), CliError> {
        let why = match &self.origin {
            Origin::Text => "train it with `graphpnas train`, or give trained weights with --weights".to_owned(),
            Origin::Checkpoint(..) => "give trained weights with --weights".to_owned(),
            Origin::Run(run) => format!("train it: {}", run.train_command()),
        };
        output::warning(&format!("warning: the network has random, untrained weights, drawn with seed {seed}; {why}"));
        let mut builder = StoreBuilder::default();
        let weights = Weights::new(&mut builder, &self.network, seed).map_err(ReportError::from)?;
        let store = builder.build(&Device::Cpu).map_err(ReportError::from)?;
        Ok((Tensors::read(&self.network, &weights, &store)?, Interface::untrained(self.network.input)))
    }
}

#[cfg(test)]
mod tests {
    use super::alike;
    use crate::network::{Network, Size, Task};
    use crate::space;

    fn network(name: &str, arch: &str, side: usize, classes: usize) -> Network {
        let space = space::by_name(name).unwrap();
        let task = Task { input: [3, side, side], classes };
        space.network(&space.encode(arch).unwrap(), task, Size { channels: 4, cells: 1 }).unwrap()
    }

    #[test]
    fn weights_fit_other_images_where_the_operations_are_the_same() {
        // Node 2 is zero, of another size in each.
        let cell = "|nor_conv_3x3~0|+|none~0|none~1|+|skip_connect~0|nor_conv_1x1~1|skip_connect~2|";
        let own = network("nasbench201", cell, 16, 10);
        assert!(alike(&own, &own) && alike(&own, &network("nasbench201", cell, 32, 10)));
        assert!(!alike(&own, &network("nasbench201", cell, 16, 11)));
        let other = "|nor_conv_3x3~0|+|none~0|none~1|+|skip_connect~0|nor_conv_3x3~1|skip_connect~2|";
        assert!(!alike(&own, &network("nasbench201", other, 16, 10)));
        // From 33 pixels on, the stem of RandWire networks halves images once more.
        let stages = [vec!["0"; 31].join(",").as_str(); 3].join("|");
        let own = network("randwire", &stages, 32, 10);
        assert!(alike(&own, &network("randwire", &stages, 24, 10)));
        assert!(!alike(&own, &network("randwire", &stages, 64, 10)));
    }
}
