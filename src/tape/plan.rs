//! Plans: tapes with memory assigned to every tensor, ready to be run repeatedly.

use super::error::TapeError;
use super::layout::{Lifetime, place};
use super::record::{MAX_ELEMENTS, Source, Step, Tape, Tensor};
use super::scratch::{Arena, Scratch};
use super::store::Store;
use crate::device::{ALIGNMENT, Device, Memory, zeroed};
use crate::kernel::{Access, Launch, Operand, Program};
use std::collections::HashMap;

/// The cost of a plan, known before it runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PlanCost {
    /// Floating-point operations per run.
    pub flops: u64,
    /// Bytes that the kernels read and write per run.
    pub bytes: u64,
    /// Peak memory of the plan in bytes, without the store.
    pub peak: u64,
    /// Kernel launches per run.
    pub launches: usize,
}

/// The memory range of a storage.
#[derive(Debug, Clone, Copy)]
struct Location {
    memory: usize,
    offset: usize,
    len: usize,
}

const STORE: usize = 0;
const ARENA: usize = 1;

/// Launches on an arena and a store.
///
/// ```
/// use graphpnas::device::Device;
/// use graphpnas::tape::{Plan, StoreBuilder, Tape};
///
/// let mut tape = Tape::new();
/// let x = tape.input(&[3]);
/// let y = tape.affine(x, 2.0, 1.0);
/// let mut store = StoreBuilder::default().build(&Device::Cpu)?;
/// let mut plan = Plan::new(&tape, &[y], &store, &Device::Cpu)?;
/// plan.write(x, &[0.0, 1.0, 2.0])?;
/// plan.run(&mut store)?;
/// assert_eq!(plan.read(y)?, [1.0, 3.0, 5.0]);
/// # Ok::<(), graphpnas::tape::TapeError>(())
/// ```
#[derive(Debug)]
pub struct Plan {
    program: Program,
    arena: Arena,
    /// Constants that are written before every run, because another plan may have overwritten them: offsets and values.
    constants: Vec<(usize, Vec<f32>)>,
    /// Zeros that are written before every run.
    zeros: Vec<Location>,
    /// The tensors that can be written or read between runs.
    reachable: HashMap<Tensor, Location>,
    cost: PlanCost,
}

/// The steps that compute some tensors, and the locations of their operands.
struct Draft {
    steps: Vec<Step>,
    locations: HashMap<usize, Location>,
    arena: usize,
}

impl Tape {
    /// Returns the cost of a plan that keeps the tensors `keep`, without allocating memory.
    #[must_use]
    pub fn cost(&self, keep: &[Tensor]) -> PlanCost {
        self.draft(keep).cost()
    }

    fn draft(&self, keep: &[Tensor]) -> Draft {
        let kept: Vec<_> = keep.iter().map(|tensor| self.views[tensor.0].storage).collect();
        let steps = self.needed_steps(&kept);
        let lifetimes = self.lifetimes(&steps, &kept);
        let (offsets, arena) = place(&lifetimes.iter().map(|(_, lifetime)| *lifetime).collect::<Vec<_>>());
        let mut locations: HashMap<_, _> = lifetimes
            .iter()
            .zip(offsets)
            .map(|((storage, lifetime), offset)| (*storage, Location { memory: ARENA, offset, len: lifetime.len }))
            .collect();
        for (index, storage) in self.storages.iter().enumerate() {
            if let Source::Stored(offset) = storage.source {
                locations.insert(index, Location { memory: STORE, offset, len: storage.len });
            }
        }
        Draft { steps, locations, arena: arena.max(ALIGNMENT) }
    }

    /// Returns the steps on which the kept storages or the store depend.
    fn needed_steps(&self, kept: &[usize]) -> Vec<Step> {
        let mut needed = vec![false; self.storages.len()];
        kept.iter().for_each(|storage| needed[*storage] = true);
        let mut steps = Vec::new();
        for step in self.steps.iter().rev() {
            let changes = |(storage, access): (&usize, &Access)| {
                *access != Access::Read
                    && (needed[*storage] || matches!(self.storages[*storage].source, Source::Stored(_)))
            };
            if step.operands.iter().zip(step.call.kernel.access).any(changes) {
                for (storage, access) in step.operands.iter().zip(step.call.kernel.access) {
                    // Earlier writes to a completely overwritten storage are not needed.
                    needed[*storage] = *access != Access::Write || kept.contains(storage);
                }
                steps.push(step.clone());
            }
        }
        steps.reverse();
        steps
    }

    /// Returns the lifetime of every storage of the arena. Inputs, constants and kept storages live throughout.
    fn lifetimes(&self, steps: &[Step], kept: &[usize]) -> Vec<(usize, Lifetime)> {
        let mut lifetimes: Vec<Option<Lifetime>> = vec![None; self.storages.len()];
        for (index, step) in steps.iter().enumerate() {
            for storage in &step.operands {
                let len = self.storages[*storage].len;
                let entry = lifetimes[*storage].get_or_insert(Lifetime { len, first: index, last: index });
                entry.last = index;
            }
        }
        for storage in kept {
            let (len, last) = (self.storages[*storage].len, steps.len());
            let entry = lifetimes[*storage].get_or_insert(Lifetime { len, first: 0, last });
            entry.last = last;
        }
        for (storage, lifetime) in self.storages.iter().zip(&mut lifetimes) {
            match (&storage.source, lifetime.as_mut()) {
                (Source::Input | Source::Constant(_) | Source::Zeros, Some(lifetime)) => {
                    (lifetime.first, lifetime.last) = (0, steps.len());
                }
                (Source::Stored(_), _) => *lifetime = None,
                _ => {}
            }
        }
        lifetimes.into_iter().enumerate().filter_map(|(index, lifetime)| Some((index, lifetime?))).collect()
    }
}

/// Returns the saturating sum.
fn total(values: impl Iterator<Item = u64>) -> u64 {
    values.fold(0, u64::saturating_add)
}

impl Draft {
    /// Checks that all tensors can be indexed by kernels. [`Tape::cost`] works without this check.
    ///
    /// # Errors
    /// [`TapeError::TooLarge`].
    fn check(&self) -> Result<(), TapeError> {
        match self.locations.values().find(|location| location.len > MAX_ELEMENTS) {
            Some(location) => Err(TapeError::TooLarge { what: "a tensor of a plan".to_owned(), numbers: location.len }),
            None => Ok(()),
        }
    }

    fn cost(&self) -> PlanCost {
        // A tensor that is used as several operands is counted once.
        let moved = |step: &Step| {
            let operands = step.operands.iter().enumerate();
            let first = operands.filter(|(index, storage)| !step.operands[..*index].contains(storage));
            total(first.map(|(_, storage)| self.locations[storage].len as u64))
        };
        PlanCost {
            flops: total(self.steps.iter().map(|step| step.call.flops)),
            bytes: total(self.steps.iter().map(moved)).saturating_mul(4),
            peak: (self.arena as u64).saturating_mul(4),
            launches: self.steps.len(),
        }
    }

    fn launches(&self) -> Vec<Launch> {
        let operand = |storage: &usize| {
            let Location { memory, offset, len } = self.locations[storage];
            Operand { memory, offset, len }
        };
        let launch =
            |step: &Step| Launch { call: step.call.clone(), operands: step.operands.iter().map(operand).collect() };
        self.steps.iter().map(launch).collect()
    }
}

impl Plan {
    /// Plans the steps needed for the tensors `keep` and for every change of the store, and drops the others.
    ///
    /// # Errors
    /// [`TapeError::TooLarge`], or an error of the device, for example for too little memory or too large bindings.
    pub fn new(tape: &Tape, keep: &[Tensor], store: &Store, device: &Device) -> Result<Self, TapeError> {
        let mut plan = Self::sharing(tape, keep, store, device, &mut Scratch::default())?;
        let mut arena = plan.arena.lock();
        // No other plan writes to this arena, and new memory is zero.
        plan.zeros.clear();
        for (offset, values) in std::mem::take(&mut plan.constants) {
            arena.write(offset, &values)?;
        }
        drop(arena);
        Ok(plan)
    }

    /// Creates a plan that shares its memory with other plans. Only one of them can be in use at a time: writing to or
    /// running one invalidates the inputs and results of the others.
    ///
    /// # Errors
    /// As [`Plan::new`].
    pub fn sharing(
        tape: &Tape,
        keep: &[Tensor],
        store: &Store,
        device: &Device,
        scratch: &mut Scratch,
    ) -> Result<Self, TapeError> {
        let draft = tape.draft(keep);
        draft.check()?;
        let arena = scratch.arena(draft.arena, device)?;
        let (mut reachable, mut constants, mut zeros) = (HashMap::new(), Vec::new(), Vec::new());
        for (index, view) in tape.views.iter().enumerate() {
            let Some(location) = draft.locations.get(&view.storage) else { continue };
            let source = &tape.storages[view.storage].source;
            match source {
                Source::Constant(data) => constants.push((location.offset, data.clone())),
                Source::Zeros => zeros.push(*location),
                _ => {}
            }
            let kept = keep.iter().any(|tensor| tape.views[tensor.0].storage == view.storage);
            if kept || *source == Source::Input {
                reachable.insert(Tensor(index), *location);
            }
        }
        let program = Program::new(device, draft.launches(), &[&store.memory, &arena.lock()])?;
        Ok(Self { program, arena, constants, zeros, reachable, cost: draft.cost() })
    }

    /// Runs the plan once on the inputs written before. On a GPU it does not wait for the result.
    ///
    /// # Errors
    /// An error of the device.
    pub fn run(&mut self, store: &mut Store) -> Result<(), TapeError> {
        let mut arena = self.arena.lock();
        self.write_constants(&mut arena)?;
        Ok(self.program.run(&mut [&mut store.memory, &mut *arena])?)
    }

    /// Runs the plan once, launch by launch, and returns the seconds of each in the order of [`Plan::launches`], or
    /// `None` if the device does not support timestamp queries. The total time is longer than that of [`Plan::run`].
    ///
    /// # Errors
    /// An error of the device.
    pub fn run_timed(&mut self, store: &mut Store) -> Result<Option<Vec<f64>>, TapeError> {
        let mut arena = self.arena.lock();
        self.write_constants(&mut arena)?;
        Ok(self.program.run_timed(&mut [&mut store.memory, &mut *arena])?)
    }

    fn write_constants(&self, arena: &mut Memory) -> Result<(), TapeError> {
        for (offset, values) in &self.constants {
            arena.write(*offset, values)?;
        }
        for location in &self.zeros {
            arena.clear(location.offset, location.len)?;
        }
        Ok(())
    }

    /// Writes an input. Writing an input that no step reads has no effect.
    ///
    /// # Errors
    /// More values than the tensor has elements, or an error of the device.
    pub fn write(&mut self, tensor: Tensor, values: &[f32]) -> Result<(), TapeError> {
        let Some(location) = self.reachable.get(&tensor) else { return Ok(()) };
        if values.len() > location.len {
            let (expected, given) = (location.len, values.len());
            return Err(TapeError::Length { what: format!("tensor {}", tensor.0), expected, given });
        }
        Ok(self.arena.lock().write(location.offset, values)?)
    }

    /// Writes an input of integers.
    ///
    /// # Errors
    /// As [`Plan::write`].
    pub fn write_integers(&mut self, tensor: Tensor, values: &[u32]) -> Result<(), TapeError> {
        self.write(tensor, bytemuck::cast_slice(values))
    }

    /// Reads an input or a kept tensor.
    ///
    /// # Errors
    /// A tensor that the plan does not keep, or an error of the device.
    pub fn read(&self, tensor: Tensor) -> Result<Vec<f32>, TapeError> {
        let location = self.reachable.get(&tensor).ok_or(TapeError::NotKept(tensor.0))?;
        let mut values = zeroed(location.len, "values read from a plan")?;
        self.arena.lock().read(location.offset, &mut values)?;
        Ok(values)
    }

    /// Returns the cost of the plan.
    #[must_use]
    pub fn cost(&self) -> PlanCost {
        self.cost
    }

    /// Returns the launches in order, for reports and tests.
    #[must_use]
    pub fn launches(&self) -> &[Launch] {
        self.program.launches()
    }
}
