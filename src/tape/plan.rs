//! A tape with every tensor in its place, ready to be run again and again.

use super::error::TapeError;
use super::layout::{Lifetime, place};
use super::record::{LARGEST, Source, Step, Tape, Tensor};
use super::scratch::{Arena, Scratch};
use super::store::Store;
use crate::device::{ALIGNMENT, Device, Memory, zeroed};
use crate::kernel::{Access, Launch, Operand, Program};
use std::collections::HashMap;

/// What a plan needs, known before it runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Cost {
    /// Floating-point operations of a run.
    pub flops: u64,
    /// Bytes that the kernels read and write in a run.
    pub bytes: u64,
    /// Bytes of the plan's memory at its peak, the store not counted.
    pub peak: u64,
    /// Kernel launches of a run.
    pub launches: usize,
}

/// Where a storage lies.
#[derive(Debug, Clone, Copy)]
struct Place {
    memory: usize,
    offset: usize,
    len: usize,
}

const STORE: usize = 0;
const ARENA: usize = 1;

/// Launches over an arena and a store.
#[derive(Debug)]
pub struct Plan {
    program: Program,
    arena: Arena,
    /// What has to be written before every run, because another plan may have been there: places and numbers.
    constants: Vec<(usize, Vec<f32>)>,
    /// The same of zeros: places.
    zeros: Vec<Place>,
    /// The tensors that can be written or read between runs.
    reachable: HashMap<Tensor, Place>,
    cost: Cost,
}

/// What a tape needs to compute some tensors: the steps, and a place for everything they touch.
struct Draft {
    steps: Vec<Step>,
    places: HashMap<usize, Place>,
    arena: usize,
}

impl Tape {
    /// What a plan that keeps `keep` would cost; nothing is allocated.
    #[must_use]
    pub fn cost(&self, keep: &[Tensor]) -> Cost {
        self.draft(keep).cost()
    }

    fn draft(&self, keep: &[Tensor]) -> Draft {
        let kept: Vec<_> = keep.iter().map(|tensor| self.views[tensor.0].storage).collect();
        let steps = self.needed(&kept);
        let lifetimes = self.lifetimes(&steps, &kept);
        let (offsets, arena) = place(&lifetimes.iter().map(|(_, lifetime)| *lifetime).collect::<Vec<_>>());
        let mut places: HashMap<_, _> = lifetimes
            .iter()
            .zip(offsets)
            .map(|((storage, lifetime), offset)| (*storage, Place { memory: ARENA, offset, len: lifetime.len }))
            .collect();
        for (index, storage) in self.storages.iter().enumerate() {
            if let Source::Stored(offset) = storage.source {
                places.insert(index, Place { memory: STORE, offset, len: storage.len });
            }
        }
        Draft { steps, places, arena: arena.max(ALIGNMENT) }
    }

    /// The steps that the kept storages or the store depend on.
    fn needed(&self, kept: &[usize]) -> Vec<Step> {
        let mut wanted = vec![false; self.storages.len()];
        kept.iter().for_each(|storage| wanted[*storage] = true);
        let mut steps = Vec::new();
        for step in self.steps.iter().rev() {
            let changes = |(storage, access): (&usize, &Access)| {
                *access != Access::Read
                    && (wanted[*storage] || matches!(self.storages[*storage].source, Source::Stored(_)))
            };
            if step.operands.iter().zip(step.call.kernel.access).any(changes) {
                for (storage, access) in step.operands.iter().zip(step.call.kernel.access) {
                    // What is written whole need not have been there before.
                    wanted[*storage] = *access != Access::Write || kept.contains(storage);
                }
                steps.push(step.clone());
            }
        }
        steps.reverse();
        steps
    }

    /// First and last step of every storage of the arena; what is written or kept from outside lives throughout.
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

/// The sum, or the largest number there is.
fn total(numbers: impl Iterator<Item = u64>) -> u64 {
    numbers.fold(0, u64::saturating_add)
}

impl Draft {
    /// # Errors
    /// A tensor with more numbers than kernels can count; [`Tape::cost`] tells what it would cost.
    fn check(&self) -> Result<(), TapeError> {
        match self.places.values().find(|place| place.len > LARGEST) {
            Some(place) => Err(TapeError::TooLarge { what: "a tensor of a plan".to_owned(), numbers: place.len }),
            None => Ok(()),
        }
    }

    fn cost(&self) -> Cost {
        // A tensor that stands for several operands is moved once.
        let moved = |step: &Step| {
            let operands = step.operands.iter().enumerate();
            let first = operands.filter(|(index, storage)| !step.operands[..*index].contains(storage));
            total(first.map(|(_, storage)| self.places[storage].len as u64))
        };
        Cost {
            flops: total(self.steps.iter().map(|step| step.call.flops)),
            bytes: total(self.steps.iter().map(moved)).saturating_mul(4),
            peak: (self.arena as u64).saturating_mul(4),
            launches: self.steps.len(),
        }
    }

    fn launches(&self) -> Vec<Launch> {
        let operand = |storage: &usize| {
            let Place { memory, offset, len } = self.places[storage];
            Operand { memory, offset, len }
        };
        let launch =
            |step: &Step| Launch { call: step.call.clone(), operands: step.operands.iter().map(operand).collect() };
        self.steps.iter().map(launch).collect()
    }
}

impl Plan {
    /// Plans what is needed for `keep` and for every change of the store; the rest of the tape is dropped.
    ///
    /// # Errors
    /// When the plan does not fit the device, in memory or in what it can bind.
    pub fn new(tape: &Tape, keep: &[Tensor], store: &Store, device: &Device) -> Result<Self, TapeError> {
        let mut plan = Self::sharing(tape, keep, store, device, &mut Scratch::default())?;
        let mut arena = plan.arena.lock();
        // Nobody else writes there, and new memory is zero.
        plan.zeros.clear();
        for (offset, numbers) in std::mem::take(&mut plan.constants) {
            arena.write(offset, &numbers)?;
        }
        drop(arena);
        Ok(plan)
    }

    /// A plan that computes where other plans do, of which only one is in use at a time: as soon as another of them is
    /// written to or runs, what was written and what could be read here is lost.
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
            let Some(place) = draft.places.get(&view.storage) else { continue };
            let source = &tape.storages[view.storage].source;
            match source {
                Source::Constant(data) => constants.push((place.offset, data.clone())),
                Source::Zeros => zeros.push(*place),
                _ => {}
            }
            let kept = keep.iter().any(|tensor| tape.views[tensor.0].storage == view.storage);
            if kept || *source == Source::Input {
                reachable.insert(Tensor(index), *place);
            }
        }
        let program = Program::new(device, draft.launches(), &[&store.memory, &arena.lock()])?;
        Ok(Self { program, arena, constants, zeros, reachable, cost: draft.cost() })
    }

    /// Runs the plan once on the inputs written before. On a GPU it returns as soon as the device has the work.
    ///
    /// # Errors
    /// The device's own error.
    pub fn run(&mut self, store: &mut Store) -> Result<(), TapeError> {
        let mut arena = self.arena.lock();
        self.write_constants(&mut arena)?;
        Ok(self.program.run(&mut [&mut store.memory, &mut *arena])?)
    }

    /// Runs the plan once, launch after launch, and returns the seconds that each took, in the order of
    /// [`Plan::launches`]; `None` where the device cannot tell. The whole is slower than [`Plan::run`].
    ///
    /// # Errors
    /// The device's own error.
    pub fn run_timed(&mut self, store: &mut Store) -> Result<Option<Vec<f64>>, TapeError> {
        let mut arena = self.arena.lock();
        self.write_constants(&mut arena)?;
        Ok(self.program.run_timed(&mut [&mut store.memory, &mut *arena])?)
    }

    fn write_constants(&self, arena: &mut Memory) -> Result<(), TapeError> {
        for (offset, numbers) in &self.constants {
            arena.write(*offset, numbers)?;
        }
        for place in &self.zeros {
            arena.clear(place.offset, place.len)?;
        }
        Ok(())
    }

    /// Writes an input.
    ///
    /// An input that no step reads has no place; writing it does nothing.
    ///
    /// # Errors
    /// Another count of numbers than the tensor holds, or a failing device.
    pub fn write(&mut self, tensor: Tensor, numbers: &[f32]) -> Result<(), TapeError> {
        let Some(place) = self.reachable.get(&tensor) else { return Ok(()) };
        if numbers.len() > place.len {
            let (expected, given) = (place.len, numbers.len());
            return Err(TapeError::Length { what: format!("tensor {}", tensor.0), expected, given });
        }
        Ok(self.arena.lock().write(place.offset, numbers)?)
    }

    /// Writes an input of whole numbers.
    ///
    /// # Errors
    /// As [`Plan::write`].
    pub fn write_whole(&mut self, tensor: Tensor, numbers: &[u32]) -> Result<(), TapeError> {
        self.write(tensor, bytemuck::cast_slice(numbers))
    }

    /// Reads an input or a kept tensor.
    ///
    /// # Errors
    /// A tensor that was not kept, or a failing device.
    pub fn read(&self, tensor: Tensor) -> Result<Vec<f32>, TapeError> {
        let place = self.reachable.get(&tensor).ok_or(TapeError::NotKept(tensor.0))?;
        let mut numbers = zeroed(place.len, "numbers read from a plan")?;
        self.arena.lock().read(place.offset, &mut numbers)?;
        Ok(numbers)
    }

    /// What the plan needs.
    #[must_use]
    pub fn cost(&self) -> Cost {
        self.cost
    }

    /// The launches in order, for listings and tests.
    #[must_use]
    pub fn launches(&self) -> &[Launch] {
        self.program.launches()
    }
}
