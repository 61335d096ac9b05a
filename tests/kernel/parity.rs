//! One call with its operands, run on the processor and on a GPU.

use graphpnas::device::{ALIGNMENT, Device, Memory};
use graphpnas::kernel::{Access, Call, Extent, Launch, Operand, Program};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

/// A call, its operands as they are before, and how closely the results have to agree.
pub struct Case {
    call: Call,
    operands: Vec<Vec<f32>>,
    tolerance: f32,
    /// How many results are no number, on both sides at the same places.
    nan: usize,
    /// Whether software adapters are spared it.
    hardware: bool,
}

impl Case {
    /// A case with the operands in the order of the bindings; those that are only written may hold anything.
    pub fn new(call: Call, operands: Vec<Vec<f32>>) -> Self {
        Self { call, operands, tolerance: 2e-5, nan: 0, hardware: false }
    }

    /// Another bound on |gpu - twin| / (1 + |twin|).
    #[allow(dead_code)]
    pub fn within(self, tolerance: f32) -> Self {
        Self { tolerance, ..self }
    }

    /// So many results are not written, because the operands have room for more than there is. Any other result that is no
    /// number is an error, also where it is none on both sides.
    pub fn leaving(self, nan: usize) -> Self {
        Self { nan, ..self }
    }

    /// A shader that takes software adapters seconds to compile: there other cases of the kernel have to do.
    pub fn for_hardware(self, hardware: bool) -> Self {
        Self { hardware, ..self }
    }

    /// Whether it is run on a device.
    pub fn suits(&self, device: &Device) -> bool {
        !(self.hardware && matches!(device, Device::Gpu(gpu) if gpu.is_software()))
    }

    pub fn name(&self) -> &'static str {
        self.call.kernel.name
    }

    /// The calls of the case, that for software adapters too.
    pub fn calls(&self) -> impl Iterator<Item = &Call> {
        std::iter::once(&self.call).chain(self.call.software.as_deref())
    }

    /// Every number a call changes, on the device.
    pub fn run(&self, device: &Device) -> Vec<Vec<f32>> {
        let mut operands = Vec::new();
        let mut end = 0;
        for numbers in &self.operands {
            operands.push(Operand { memory: 0, offset: end, len: numbers.len() });
            end += numbers.len().next_multiple_of(ALIGNMENT);
        }
        let mut memory: Memory = device.memory(end, "a test").unwrap();
        for (operand, numbers) in operands.iter().zip(&self.operands) {
            memory.write(operand.offset, numbers).unwrap();
        }
        let launch = Launch { call: self.call.clone(), operands: operands.clone() };
        let program = Program::new(device, vec![launch], &[&memory]).unwrap();
        program.run(&mut [&mut memory]).unwrap();
        let changed = operands.iter().zip(self.call.kernel.access).filter(|(_, access)| **access != Access::Read);
        let read = |operand: &Operand| {
            let mut numbers = vec![0.0; operand.len];
            memory.read(operand.offset, &mut numbers).unwrap();
            numbers
        };
        changed.map(|(operand, _)| read(operand)).collect()
    }

    /// Compares the two devices, on a software adapter with what hardware runs too; the message names the first number that
    /// differs.
    pub fn compare(&self, gpu: &Device) -> Result<(), String> {
        let call = Call { software: None, ..self.call.clone() };
        // Lanes are counted for the workgroups of hardware.
        let runs = self.call.software.is_some() && call.constants.iter().all(|(name, _)| *name != "LANES");
        let of_hardware = || Self { call, operands: self.operands.clone(), ..*self }.agrees(gpu);
        self.agrees(gpu).and_then(|()| if runs { of_hardware() } else { Ok(()) })
    }

    /// In words, that the twin leaves another number of results that are no number than it should.
    pub fn nan_of_the_twin(&self) -> Option<String> {
        let results = self.run(&Device::Cpu);
        let found: Vec<_> =
            results.iter().map(|numbers| numbers.iter().filter(|number| number.is_nan()).count()).collect();
        let shapes: Vec<_> = self.operands.iter().map(Vec::len).collect();
        let (name, nan) = (self.name(), self.nan);
        let told = || format!("{name} with operands of {shapes:?} leaves {found:?} results, not {nan} in all");
        (found.iter().sum::<usize>() != nan).then(told)
    }

    fn agrees(&self, gpu: &Device) -> Result<(), String> {
        let (expected, given) = (self.run(&Device::Cpu), self.run(gpu));
        for (which, (expected, given)) in expected.iter().zip(&given).enumerate() {
            for (index, (a, b)) in expected.iter().zip(given).enumerate() {
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

/// Whether a result is the expected one. What is no number is only itself where the case says that it may be there.
pub fn same(expected: f32, given: f32, tolerance: f32, nan: bool) -> bool {
    let close = expected.is_finite() && (expected - given).abs() <= tolerance * (1.0 + expected.abs());
    if expected.is_nan() { nan && given.is_nan() } else { close || expected.to_bits() == given.to_bits() }
}

/// A source of test numbers with a fixed seed.
pub fn rng(seed: u64) -> StdRng {
    StdRng::seed_from_u64(seed)
}

/// Numbers from -1 to 1.
pub fn uniform(rng: &mut StdRng, len: usize) -> Vec<f32> {
    (0..len).map(|_| rng.random_range(-1.0..1.0)).collect()
}

/// Whole numbers below `bound`, by their bits.
pub fn indices(rng: &mut StdRng, len: usize, bound: u32) -> Vec<f32> {
    (0..len).map(|_| f32::from_bits(rng.random_range(0..bound))).collect()
}

/// Numbers that say nothing was written.
pub fn unwritten(len: usize) -> Vec<f32> {
    vec![f32::from_bits(0x7fc0_1234); len]
}

/// A call that works row by row: as the device takes it, and with several invocations a row on any device.
pub fn by_lanes(call: &Call, rows: usize) -> impl Iterator<Item = Call> {
    let mut shared = call.clone();
    (shared.software, shared.constants, shared.extent) = (None, vec![("LANES", 8.0)], Extent::Items(8 * rows));
    [call.clone(), shared].into_iter()
}
