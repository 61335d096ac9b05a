//! Parity cases: one call with its operands, run on the CPU and on a GPU.

use graphpnas::device::{ALIGNMENT, Device, Memory};
use graphpnas::kernel::{Access, Call, Extent, Launch, Operand, Program};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

/// A call, its operands before the call, and the tolerance of the results.
pub struct Case {
    call: Call,
    operands: Vec<Vec<f32>>,
    tolerance: f32,
    /// The number of results that are NaN, at the same positions on both sides.
    nan: usize,
    /// Whether software adapters skip it.
    hardware: bool,
}

impl Case {
    /// Creates a case with the operands in binding order. The initial content of operands that are only written is
    /// arbitrary.
    pub fn new(call: Call, operands: Vec<Vec<f32>>) -> Self {
        Self { call, operands, tolerance: 2e-5, nan: 0, hardware: false }
    }

    /// Sets the bound of |gpu - twin| / (1 + |twin|).
    #[allow(dead_code)]
    pub fn within(self, tolerance: f32) -> Self {
        Self { tolerance, ..self }
    }

    /// Sets the number of results that are not written, because the capacity of the operands exceeds the used size. Any
    /// other NaN is an error, even if it is on both sides.
    pub fn with_unwritten(self, nan: usize) -> Self {
        Self { nan, ..self }
    }

    /// Skips the case on software adapters if `hardware`, for shaders that take seconds to compile there. Other cases
    /// must cover the kernel.
    pub fn for_hardware(self, hardware: bool) -> Self {
        Self { hardware, ..self }
    }

    /// Whether the case runs on a device.
    pub fn runs_on(&self, device: &Device) -> bool {
        !(self.hardware && matches!(device, Device::Gpu(gpu) if gpu.is_software()))
    }

    pub fn name(&self) -> &'static str {
        self.call.kernel.name
    }

    /// Iterates over the calls of the case, including that for software adapters.
    pub fn calls(&self) -> impl Iterator<Item = &Call> {
        std::iter::once(&self.call).chain(self.call.software.as_deref())
    }

    /// Runs the call on the device and returns the operands that it writes.
    pub fn run(&self, device: &Device) -> Vec<Vec<f32>> {
        let mut operands = Vec::new();
        let mut end = 0;
        for values in &self.operands {
            operands.push(Operand { memory: 0, offset: end, len: values.len() });
            end += values.len().next_multiple_of(ALIGNMENT);
        }
        let mut memory: Memory = device.memory(end, "a test").unwrap();
        for (operand, values) in operands.iter().zip(&self.operands) {
            memory.write(operand.offset, values).unwrap();
        }
        let launch = Launch { call: self.call.clone(), operands: operands.clone() };
        let program = Program::new(device, vec![launch], &[&memory]).unwrap();
        program.run(&mut [&mut memory]).unwrap();
        let changed = operands.iter().zip(self.call.kernel.access).filter(|(_, access)| **access != Access::Read);
        let read = |operand: &Operand| {
            let mut values = vec![0.0; operand.len];
            memory.read(operand.offset, &mut values).unwrap();
            values
        };
        changed.map(|(operand, _)| read(operand)).collect()
    }

    /// Compares the two devices; on a software adapter also with the call for hardware. The message names the first
    /// difference.
    pub fn compare(&self, gpu: &Device) -> Result<(), String> {
        let call = Call { software: None, ..self.call.clone() };
        // The number of lanes is chosen for the workgroup size of hardware.
        let can_run = self.call.software.is_some() && call.constants.iter().all(|(name, _)| *name != "LANES");
        let hardware_agrees = || Self { call, operands: self.operands.clone(), ..*self }.agrees(gpu);
        self.agrees(gpu).and_then(|()| if can_run { hardware_agrees() } else { Ok(()) })
    }

    /// Returns a message if the number of NaN results of the twin differs from the expected number.
    pub fn nan_of_the_twin(&self) -> Option<String> {
        let results = self.run(&Device::Cpu);
        let found: Vec<_> = results.iter().map(|values| values.iter().filter(|value| value.is_nan()).count()).collect();
        let shapes: Vec<_> = self.operands.iter().map(Vec::len).collect();
        let (name, nan) = (self.name(), self.nan);
        let message = || format!("{name} with operands of {shapes:?} leaves {found:?} results, not {nan} in total");
        (found.iter().sum::<usize>() != nan).then(message)
    }

    fn agrees(&self, gpu: &Device) -> Result<(), String> {
        let (expected, actual) = (self.run(&Device::Cpu), self.run(gpu));
        for (which, (expected, actual)) in expected.iter().zip(&actual).enumerate() {
            for (index, (a, b)) in expected.iter().zip(actual).enumerate() {
                if !same(*a, *b, self.tolerance, self.nan > 0) {
                    let shapes: Vec<_> = self.operands.iter().map(Vec::len).collect();
                    return Err(format!(
                        "{} with operands of {shapes:?}: result {which}[{index}] is {b} on the GPU and {a} by the twin",
                        self.name()
                    ));
                }
            }
        }
        Ok(())
    }
}

/// Whether a result is the expected one. NaN equals NaN only if `nan` is set.
pub fn same(expected: f32, actual: f32, tolerance: f32, nan: bool) -> bool {
    let close = expected.is_finite() && (expected - actual).abs() <= tolerance * (1.0 + expected.abs());
    if expected.is_nan() { nan && actual.is_nan() } else { close || expected.to_bits() == actual.to_bits() }
}

/// Returns a random generator for test values.
pub fn rng(seed: u64) -> StdRng {
    StdRng::seed_from_u64(seed)
}

/// Returns random values from -1 to 1.
pub fn uniform(rng: &mut StdRng, len: usize) -> Vec<f32> {
    (0..len).map(|_| rng.random_range(-1.0..1.0)).collect()
}

/// Returns random integers below `bound`, as bits.
pub fn indices(rng: &mut StdRng, len: usize, bound: u32) -> Vec<f32> {
    (0..len).map(|_| f32::from_bits(rng.random_range(0..bound))).collect()
}

/// Returns a marker value for elements that were not written.
pub fn unwritten(len: usize) -> Vec<f32> {
    vec![f32::from_bits(0x7fc0_1234); len]
}

/// Returns a row-wise call as the device uses it, and with several invocations per row for any device.
pub fn by_lanes(call: &Call, rows: usize) -> impl Iterator<Item = Call> {
    let mut shared = call.clone();
    (shared.software, shared.constants, shared.extent) = (None, vec![("LANES", 8.0)], Extent::Items(8 * rows));
    [call.clone(), shared].into_iter()
}
