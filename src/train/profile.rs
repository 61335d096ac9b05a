//! How long a network takes on a device: an image, a batch, a training step, and every kernel in them.

use super::error::TrainError;
use super::plans::{EvalStep, PlanContext, Seen, TrainStep};
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

/// Runs before those that count, which find caches cold.
const WARM_UP: usize = 3;

/// How long a profile runs before it counts: a GPU that was idle takes its time to raise its clock.
const WAKING: Duration = Duration::from_millis(500);

/// The seed of weights and images; no kernel is faster for some numbers than for others, zeros apart.
const SEED: u64 = 1;

/// What a pass over a batch takes.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Profile {
    /// Images of the batch.
    pub images: usize,
    /// Seconds of a pass, from the images in the processor's memory to losses and hits there: the median of the runs.
    pub seconds: f64,
    /// What each kind of kernel takes of it, the longest first; none where the device cannot tell.
    pub kernels: Option<Vec<KernelTime>>,
}

/// What the launches of a kernel take, all together.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct KernelTime {
    /// Its name.
    pub kernel: &'static str,
    /// How often it is launched.
    pub launches: usize,
    /// Seconds of these launches, by the device's clock.
    pub seconds: f64,
    /// Floating-point operations of them.
    pub flops: u64,
    /// Bytes of their operands, each counted once a launch.
    pub bytes: u64,
}

/// Seconds that a network takes for a single image, with fresh weights: the median of `runs` passes.
///
/// # Errors
/// A network that does not fit the device, or a failing device.
pub fn latency(network: &Network, device: &Device, runs: usize) -> Result<f64, TrainError> {
    Ok(Forward::new(network, 1, device)?.seconds(runs, Duration::ZERO)?)
}

/// Profiles the inference of a network with fresh weights on a batch.
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
    let seconds = pass.seconds(runs, WAKING)?;
    Ok(Profile { images, seconds, kernels: kernels(pass.looking.plan(), &mut pass.store)? })
}

/// Profiles a training step of a network with fresh weights: forward, backward, and the optimizer.
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
    let ground = PlanContext { store: &store, device, scratch: None };
    let mut learning = TrainStep::new(network, &weights, means.as_ref(), &optimizer, recipe, ground)?;
    let (images, labels) = batch(network, recipe.batch);
    // A rate of nothing: the weights stay where they are, so that no run meets other numbers than the first.
    let now = optimizer.now(1, 0.0);
    let seconds = median(runs, WAKING, || -> Result<Seen, TapeError> {
        learning.load((&images, &labels), 1, now)?;
        learning.plan().run(&mut store)?;
        learning.seen()
    })?;
    Ok(Profile { images: recipe.batch, seconds, kernels: kernels(learning.plan(), &mut store)? })
}

/// A network with fresh weights and a batch to look at.
struct Forward {
    store: Store,
    looking: EvalStep,
    images: Vec<f32>,
    labels: Vec<u32>,
}

impl Forward {
    fn new(network: &Network, images: usize, device: &Device) -> Result<Self, TrainError> {
        let mut builder = StoreBuilder::default();
        let weights = Weights::new(&mut builder, network, SEED)?;
        let store = builder.build(device)?;
        let ground = PlanContext { store: &store, device, scratch: None };
        let looking = EvalStep::new(network, &weights, images, (Mode::Inference, 0.0), ground)?;
        let (images, labels) = batch(network, images);
        Ok(Self { store, looking, images, labels })
    }

    fn seconds(&mut self, runs: usize, waking: Duration) -> Result<f64, TapeError> {
        let Self { store, looking, images, labels } = self;
        median(runs, waking, || -> Result<Seen, TapeError> {
            looking.load((images, labels))?;
            looking.plan().run(store)?;
            looking.seen()
        })
    }
}

/// Images of noise, and labels of all classes.
fn batch(network: &Network, images: usize) -> (Vec<f32>, Vec<u32>) {
    let mut rng = ChaCha8Rng::seed_from_u64(SEED);
    let numbers = network.input.iter().product::<usize>() * images;
    let labels = (0..images).map(|image| to_u32(image % network.classes));
    ((0..numbers).map(|_| rng.random_range(-1.0..1.0)).collect(), labels.collect())
}

/// Seconds of the middle one of the runs.
fn median<T, E>(runs: usize, waking: Duration, mut run: impl FnMut() -> Result<T, E>) -> Result<f64, E> {
    let woken = Instant::now();
    let mut before = 0;
    while before < WARM_UP || woken.elapsed() < waking {
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

/// What each kernel of a plan takes in a run, the longest first.
fn kernels(plan: &mut Plan, store: &mut Store) -> Result<Option<Vec<KernelTime>>, TapeError> {
    let Some(seconds) = plan.run_timed(store)? else { return Ok(None) };
    let mut kernels: Vec<KernelTime> = Vec::new();
    for (launch, seconds) in plan.launches().iter().zip(seconds) {
        let name = launch.call.kernel.name;
        let bytes = launch.operands.iter().map(|operand| 4 * operand.len as u64).sum::<u64>();
        let known = kernels.iter().position(|known| known.kernel == name);
        let place = known.unwrap_or_else(|| {
            kernels.push(KernelTime { kernel: name, launches: 0, seconds: 0.0, flops: 0, bytes: 0 });
            kernels.len() - 1
        });
        let kernel = &mut kernels[place];
        kernel.launches += 1;
        kernel.seconds += seconds;
        kernel.flops += launch.call.flops;
        kernel.bytes += bytes;
    }
    kernels.sort_by(|a, b| b.seconds.total_cmp(&a.seconds));
    Ok(Some(kernels))
}
