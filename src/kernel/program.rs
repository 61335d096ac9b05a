//! Programs: sequences of calls with assigned operands that can be run repeatedly.

use super::call::{Access, Call, Extent, Kernel};
use super::operands::{MAX, Operands};
use super::shader::source;
use crate::device::{self, ALIGNMENT, Buffer, Device, DeviceError, Gpu, Memory, PipelineSpec};
use std::time::Instant;

/// Environment variable with the names of kernels (comma-separated) that run as their twins even on a GPU, to find a
/// kernel with wrong results.
pub const TWIN_VARIABLE: &str = "GRAPHPNAS_TWIN";

/// A range of one of a program's memories, in elements.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Operand {
    /// Index of the memory.
    pub memory: usize,
    /// Offset of the first element, a multiple of [`ALIGNMENT`].
    pub offset: usize,
    /// Number of elements.
    pub len: usize,
}

/// A call and its operands, in binding order.
#[derive(Debug, Clone)]
pub struct Launch {
    /// The call.
    pub call: Call,
    /// Its operands.
    pub operands: Vec<Operand>,
}

/// Launches that run in order on a set of memories.
#[derive(Debug)]
pub struct Program {
    launches: Vec<Launch>,
    gpu: Option<Prepared>,
}

#[derive(Debug)]
struct Prepared {
    gpu: Gpu,
    /// Sequences of launches on the GPU, and single launches that run as their twins.
    parts: Vec<Part>,
    /// Prevents the parameters from returning to the pool.
    _params: Buffer,
}

#[derive(Debug)]
enum Part {
    Shaders(Vec<device::Launch>),
    Twin(usize),
}

impl Program {
    /// Prepares the launches for the device. [`Program::run`] must be called with the same memories.
    ///
    /// # Errors
    /// Errors of compiling and binding on the device, or [`DeviceError::Validation`] for an operand outside its memory.
    pub fn new(device: &Device, mut launches: Vec<Launch>, memories: &[&Memory]) -> Result<Self, DeviceError> {
        for launch in &mut launches {
            let software = launch.call.software.as_ref().is_some_and(|other| is_for_software(device, other));
            launch.call = launch.call.clone().for_adapter(software);
        }
        for launch in &launches {
            check(launch, memories)?;
        }
        let gpu = match device {
            Device::Cpu => None,
            Device::Gpu(gpu) => Some(prepare(gpu, &launches, memories)?),
        };
        Ok(Self { launches, gpu })
    }

    /// Runs every launch in order. On a GPU it does not wait for them to finish.
    ///
    /// # Errors
    /// An error of the device.
    pub fn run(&self, memories: &mut [&mut Memory]) -> Result<(), DeviceError> {
        let Some(prepared) = &self.gpu else {
            self.launches.iter().for_each(|launch| run_twin(launch, memories));
            return Ok(());
        };
        for part in &prepared.parts {
            match part {
                Part::Shaders(launches) => prepared.gpu.submit(launches)?,
                Part::Twin(index) => twin_on_gpu(&self.launches[*index], memories)?,
            }
        }
        Ok(())
    }

    /// Runs every launch separately and returns the seconds of each, or `None` if the device does not support timestamp
    /// queries.
    ///
    /// # Errors
    /// An error of the device.
    pub fn run_timed(&self, memories: &mut [&mut Memory]) -> Result<Option<Vec<f64>>, DeviceError> {
        let Some(prepared) = &self.gpu else {
            return Ok(Some(self.launches.iter().map(|launch| seconds(|| run_twin(launch, memories)).0).collect()));
        };
        let mut all = Some(Vec::with_capacity(self.launches.len()));
        for part in &prepared.parts {
            let taken = match part {
                Part::Shaders(launches) => prepared.gpu.submit_timed(launches)?,
                Part::Twin(index) => {
                    let (taken, done) = seconds(|| twin_on_gpu(&self.launches[*index], memories));
                    done.map(|()| Some(vec![taken]))?
                }
            };
            all = all.zip(taken).map(|(all, taken)| [all, taken].concat());
        }
        Ok(all)
    }

    /// Returns the launches in order.
    #[must_use]
    pub fn launches(&self) -> &[Launch] {
        &self.launches
    }
}

/// Returns the duration of the work in seconds, and its result.
fn seconds<T>(work: impl FnOnce() -> T) -> (f64, T) {
    let start = Instant::now();
    let done = work();
    (start.elapsed().as_secs_f64(), done)
}

/// Whether the device is a software adapter that supports the software variant of a call.
fn is_for_software(device: &Device, other: &Call) -> bool {
    let Device::Gpu(gpu) = device else { return false };
    gpu.is_software() && (gpu.features().contains(wgpu::Features::SUBGROUP) || !other.kernel.needs_subgroups())
}

fn check(launch: &Launch, memories: &[&Memory]) -> Result<(), DeviceError> {
    let kernel = launch.call.kernel;
    let invalid = |why: String| Err(DeviceError::Validation(format!("{}: {why}", kernel.name)));
    if launch.operands.len() != kernel.access.len() || launch.operands.len() > MAX {
        return invalid(format!("{} operands given, {} required", launch.operands.len(), kernel.access.len()));
    }
    for operand in &launch.operands {
        let inside = memories.get(operand.memory).is_some_and(|memory| operand.offset + operand.len <= memory.len());
        if !inside || !operand.offset.is_multiple_of(ALIGNMENT) || operand.len == 0 {
            return invalid(format!(
                "an operand of {} elements at offset {} is empty, misaligned or outside its memory",
                operand.len, operand.offset
            ));
        }
    }
    let overlap =
        |a: &Operand, b: &Operand| a.memory == b.memory && a.offset < b.offset + b.len && b.offset < a.offset + a.len;
    for (index, operand) in launch.operands.iter().enumerate() {
        let others = launch.operands.iter().enumerate().filter(|(other, _)| *other != index);
        if kernel.access[index] != Access::Read && others.map(|(_, other)| other).any(|other| overlap(operand, other)) {
            return invalid("a written operand overlaps another operand".to_owned());
        }
    }
    Ok(())
}

fn prepare(gpu: &Gpu, launches: &[Launch], memories: &[&Memory]) -> Result<Prepared, DeviceError> {
    let stride = ALIGNMENT * 4;
    let mut bytes = Vec::new();
    let mut ranges = Vec::new();
    for launch in launches {
        let params = launch.call.params.bytes();
        ranges.push((bytes.len() as u64, params.len() as u64));
        bytes.extend_from_slice(params);
        bytes.resize(bytes.len().next_multiple_of(stride), 0);
    }
    let params = gpu.buffer(bytes.len().max(stride) as u64, "kernel parameters")?;
    gpu.write(&params, 0, &bytes)?;
    let twins = std::env::var(TWIN_VARIABLE).unwrap_or_default();
    let as_twin = |kernel: &Kernel| twins.split(',').any(|name| name.trim() == kernel.name);
    let mut parts = Vec::new();
    for (index, launch) in launches.iter().enumerate() {
        if as_twin(launch.call.kernel) {
            parts.push(Part::Twin(index));
            continue;
        }
        let (offset, len) = ranges[index];
        let bound = bind(gpu, launch, (&params, offset, len), memories)?;
        match parts.last_mut() {
            Some(Part::Shaders(run)) => run.push(bound),
            _ => parts.push(Part::Shaders(vec![bound])),
        }
    }
    Ok(Prepared { gpu: gpu.clone(), parts, _params: params })
}

fn bind(
    gpu: &Gpu,
    launch: &Launch,
    params: (&Buffer, u64, u64),
    memories: &[&Memory],
) -> Result<device::Launch, DeviceError> {
    let call = &launch.call;
    let explicit = call.constants.iter().find(|(name, _)| *name == "WG").map(|(_, size)| *size as u32);
    let workgroup = explicit.unwrap_or_else(|| workgroup_size(gpu));
    let mut constants = call.constants.clone();
    if explicit.is_none() {
        constants.push(("WG", f64::from(workgroup)));
    }
    let pipeline = gpu.pipeline(&PipelineSpec {
        label: call.kernel.stem(),
        source: &source(call.kernel.shader),
        entry: call.kernel.entry(),
        constants: &constants,
        operands: launch.operands.len() as u32,
        trusted: super::is_registered(call.kernel),
    })?;
    let mut ranges = Vec::with_capacity(launch.operands.len());
    for operand in &launch.operands {
        let Memory::Gpu { buffer, .. } = memories[operand.memory] else {
            let why = format!("{}: an operand is in main memory instead of GPU memory", call.kernel.name);
            return Err(DeviceError::Validation(why));
        };
        ranges.push((buffer, 4 * operand.offset as u64, 4 * operand.len as u64));
    }
    let bind_group = gpu.bind(&pipeline, params, &ranges)?;
    let groups = groups(call.extent, workgroup, gpu.limits().max_compute_workgroups_per_dimension);
    Ok(device::Launch { pipeline, bind_group, groups })
}

/// Returns the default workgroup size: two subgroups on a GPU; one vector register on software Vulkan, where a barrier
/// switches between vector registers.
fn workgroup_size(gpu: &Gpu) -> u32 {
    if gpu.is_software() { 8 } else { 64 }
}

/// Returns the workgroups of an extent. Folds the items into two dimensions if they exceed the limit of one.
fn groups(extent: Extent, workgroup: u32, limit: u32) -> [u32; 3] {
    match extent {
        Extent::Groups(groups) => groups,
        Extent::Items(items) => {
            let total = u32::try_from(items.div_ceil(workgroup as usize)).unwrap_or(u32::MAX);
            let rows = total.div_ceil(limit).max(1);
            [total.div_ceil(rows), rows, 1]
        }
    }
}

/// Runs a launch on memories in main memory.
fn run_twin(launch: &Launch, memories: &mut [&mut Memory]) {
    let mut order: [usize; MAX] = std::array::from_fn(|index| index);
    let operands = &launch.operands;
    let count = operands.len();
    let key = |index: &usize| (operands[*index].memory, operands[*index].offset);
    order[..count].sort_unstable_by_key(key);
    let access = launch.call.kernel.access;
    let rank = |index: usize| {
        access[..index].iter().filter(|other| (**other == Access::Read) == (access[index] == Access::Read)).count()
    };
    let mut view = Operands::new(launch.call.params.bytes());
    for (which, memory) in memories.iter_mut().enumerate() {
        let Memory::Cpu(values) = &mut **memory else { continue };
        // Every written operand is split off mutably; the gaps between them are borrowed as shared slices.
        let (mut rest, mut base) = (values.as_mut_slice(), 0);
        let mut pending = order[..count].iter().copied().filter(|index| operands[*index].memory == which).peekable();
        while pending.peek().is_some() {
            let end =
                next_written(pending.clone(), operands, access).map_or(base + rest.len(), |at| operands[at].offset);
            let (gap, tail) = std::mem::take(&mut rest).split_at_mut(end - base);
            let gap: &[f32] = gap;
            while let Some(index) = pending.next_if(|index| access[*index] == Access::Read) {
                let start = operands[index].offset - base;
                view.set_read(rank(index), &gap[start..start + operands[index].len]);
            }
            (rest, base) = (tail, end);
            if let Some(index) = pending.next() {
                let (own, tail) = std::mem::take(&mut rest).split_at_mut(operands[index].len);
                view.set_write(rank(index), own);
                (rest, base) = (tail, base + operands[index].len);
            }
        }
    }
    (launch.call.kernel.twin)(view);
}

fn next_written(mut order: impl Iterator<Item = usize>, operands: &[Operand], access: &[Access]) -> Option<usize> {
    order.find(|index| access[*index] != Access::Read && operands[*index].len > 0)
}

/// Runs a launch on the CPU with copies of the operands on a GPU.
fn twin_on_gpu(launch: &Launch, memories: &mut [&mut Memory]) -> Result<(), DeviceError> {
    let mut copies = Vec::with_capacity(launch.operands.len());
    let mut local = launch.clone();
    for (index, operand) in launch.operands.iter().enumerate() {
        let mut values = vec![0.0; operand.len];
        memories[operand.memory].read(operand.offset, &mut values)?;
        copies.push(Memory::Cpu(values));
        local.operands[index] = Operand { memory: index, offset: 0, len: operand.len };
    }
    run_twin(&local, &mut copies.iter_mut().collect::<Vec<_>>());
    for ((operand, copy), access) in launch.operands.iter().zip(&copies).zip(launch.call.kernel.access) {
        if let (Memory::Cpu(values), true) = (copy, *access != Access::Read) {
            memories[operand.memory].write(operand.offset, values)?;
        }
    }
    Ok(())
}
