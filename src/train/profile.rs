//! Timing of a network on a device: an image, a batch, a training step, and every kernel in them.

use super::error::TrainError;
use super::plans::{BatchResults, EvalStep, PlanContext, TrainStep};
use super::recipe::Recipe;
use crate::child::{Mode, Weights};
use crate::convert::to_u32;
use crate::device::Device;
use crate::network::Network;
use crate::nn::Optimizer;
use crate::tape::{Plan, Store, StoreBuilder, TapeError};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::Serialize;
use std::time::{Duration, Instant};

/// The minimum number of runs before the timed ones, which fill the caches.
const WARM_UP: usize = 3;

/// The minimum duration of runs before the timed ones: an idle GPU needs time to raise its clock.
const WARM_UP_TIME: Duration = Duration::from_millis(500);

/// The seed of weights and images; the speed of kernels does not depend on the values, except for zeros.
const SEED: u64 = 1;

/// The time of a pass over a batch.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Profile {
    /// The batch size.
    pub images: usize,
    /// Seconds of a pass, including the transfer of images to the device and of losses and hits back: the median of the
    /// runs.
    pub seconds: f64,
    /// The times of the kernels in descending order; `None` if the device cannot measure them.
    pub kernels: Option<Vec<KernelTime>>,
}

/// The total time of a kernel's launches.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct KernelTime {
    /// The kernel's name.
    pub kernel: &'static str,
    /// The number of launches.
    pub launches: usize,
    /// The seconds of all launches, by the device's clock.
    pub seconds: f64,
    /// The floating-point operations of all launches.
    pub flops: u64,
    /// The bytes of all operands, each counted once per launch.
    pub bytes: u64,
}

/// Returns the seconds of a forward pass on one image, with randomly initialised weights: the median of `runs` passes.
///
/// # Errors
/// A network that does not fit into the device's memory, or a failing device.
pub fn latency(network: &Network, device: &Device, runs: usize) -> Result<f64, TrainError> {
    Ok(Forward::new(network, 1, device)?.seconds(runs, Duration::ZERO)?)
}

/// Profiles the inference of a network with randomly initialised weights on a batch.
///
/// # Errors
/// As [`latency`].
pub fn profile_inference(
    network: &Network,
    images: usize,
    device: &Device,
    runs: usize,
) -> Result<Profile, TrainError> {
    let mut pass = Forward::new(network, images, device)?;
    let seconds = pass.seconds(runs, WARM_UP_TIME)?;
    Ok(Profile { images, seconds, kernels: kernels(pass.evaluation.plan(), &mut pass.store)? })
}

/// Profiles a training step of a network with randomly initialised weights: forward and backward pass and optimizer.
///
/// # Errors
/// As [`latency`].
pub fn profile_step(network: &Network, recipe: &Recipe, device: &Device, runs: usize) -> Result<Profile, TrainError> {
    let mut builder = StoreBuilder::default();
    let weights = Weights::new(&mut builder, network, SEED)?;
    let means = recipe.average.map(|_| weights.means(&mut builder));
    let parameters: Vec<_> = weights.parameters().map(|slot| (slot.clone(), true)).collect();
    let optimizer = Optimizer::new(&mut builder, recipe.optimizer, parameters)?;
    let mut store = builder.build(device)?;
    let context = PlanContext { store: &store, device, scratch: None };
    let mut training = TrainStep::new(network, &weights, means.as_ref(), &optimizer, recipe, context)?;
    let (images, labels) = batch(network, recipe.batch);
    // With a learning rate of zero the weights do not change, so that all runs compute the same.
    let now = optimizer.now(1, 0.0);
    let seconds = median(runs, WARM_UP_TIME, || -> Result<BatchResults, TapeError> {
        training.load((&images, &labels), 1, now)?;
        training.plan().run(&mut store)?;
        training.results()
    })?;
    Ok(Profile { images: recipe.batch, seconds, kernels: kernels(training.plan(), &mut store)? })
}

/// A network with randomly initialised weights and a batch to evaluate.
struct Forward {
    store: Store,
    evaluation: EvalStep,
    images: Vec<f32>,
    labels: Vec<u32>,
}

impl Forward {
    fn new(network: &Network, images: usize, device: &Device) -> Result<Self, TrainError> {
        let mut builder = StoreBuilder::default();
        let weights = Weights::new(&mut builder, network, SEED)?;
        let store = builder.build(device)?;
        let context = PlanContext { store: &store, device, scratch: None };
        let evaluation = EvalStep::new(network, &weights, images, (Mode::Inference, 0.0), context)?;
        let (images, labels) = batch(network, images);
        Ok(Self { store, evaluation, images, labels })
    }

    fn seconds(&mut self, runs: usize, warm_up: Duration) -> Result<f64, TapeError> {
        let Self { store, evaluation, images, labels } = self;
        median(runs, warm_up, || -> Result<BatchResults, TapeError> {
            evaluation.load((images, labels))?;
            evaluation.plan().run(store)?;
            evaluation.results()
        })
    }
}

/// Returns images of uniform noise, and labels that cycle through all classes.
fn batch(network: &Network, images: usize) -> (Vec<f32>, Vec<u32>) {
    let mut rng = ChaCha8Rng::seed_from_u64(SEED);
    let values = network.input.iter().product::<usize>() * images;
    let labels = (0..images).map(|image| to_u32(image % network.classes));
    ((0..values).map(|_| rng.random_range(-1.0..1.0)).collect(), labels.collect())
}

/// Returns the median of the seconds of the timed runs.
fn median<T, E>(runs: usize, warm_up: Duration, mut run: impl FnMut() -> Result<T, E>) -> Result<f64, E> {
    let begun = Instant::now();
    let mut before = 0;
    while before < WARM_UP || begun.elapsed() < warm_up {
        run()?;
        before += 1;
    }
    let mut seconds = Vec::with_capacity(runs.max(1));
    for _ in 0..runs.max(1) {
        let start = Instant::now();
        run()?;
        seconds.push(start.elapsed().as_secs_f64());
    }
    seconds.sort_by(f64::total_cmp);
    Ok(seconds[seconds.len() / 2])
}

/// Returns the times of a plan's kernels in one run, in descending order; `None` if the device cannot measure them.
fn kernels(plan: &mut Plan, store: &mut Store) -> Result<Option<Vec<KernelTime>>, TapeError> {
    let Some(seconds) = plan.run_timed(store)? else { return Ok(None) };
    let mut kernels: Vec<KernelTime> = Vec::new();
    for (launch, seconds) in plan.launches().iter().zip(seconds) {
        let name = launch.call.kernel.name;
        let bytes = launch.operands.iter().map(|operand| 4 * operand.len as u64).sum::<u64>();
        let known = kernels.iter().position(|known| known.kernel == name);
        let index = known.unwrap_or_else(|| {
            kernels.push(KernelTime { kernel: name, launches: 0, seconds: 0.0, flops: 0, bytes: 0 });
            kernels.len() - 1
        });
        let kernel = &mut kernels[index];
        kernel.launches += 1;
        kernel.seconds += seconds;
        kernel.flops += launch.call.flops;
        kernel.bytes += bytes;
    }
    kernels.sort_by(|a, b| b.seconds.total_cmp(&a.seconds));
    Ok(Some(kernels))
}
