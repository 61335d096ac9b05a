//! What every kernel benchmark does: place operands, run the call often, wait for the device.

use criterion::{Criterion, Throughput};
use graphpnas::device::{ALIGNMENT, Device, DeviceChoice, Memory};
use graphpnas::kernel::{Call, Launch, Operand, Program};

/// The processor and, if there is one, a GPU.
pub fn devices() -> Vec<Device> {
    let choice = std::env::var("GRAPHPNAS_TEST_DEVICE").map_or(Ok(DeviceChoice::Index(0)), |text| text.parse());
    let gpu = choice.and_then(|choice| Device::open(&choice)).ok();
    std::iter::once(Device::Cpu).chain(gpu).collect()
}

/// Benches one call with operands of `lens` numbers, all set to `fill`.
pub fn bench(criterion: &mut Criterion, device: &Device, label: &str, call: Call, lens: &[usize], fill: f32) {
    let operands: Vec<_> = lens.iter().map(|len| vec![fill; *len]).collect();
    bench_with(criterion, device, label, call, &operands);
}

/// Benches one call with these operands.
pub fn bench_with(criterion: &mut Criterion, device: &Device, label: &str, call: Call, numbers: &[Vec<f32>]) {
    // The variant that the device runs gives the name.
    let call = call.for_adapter(matches!(device, Device::Gpu(gpu) if gpu.is_software()));
    let mut end = 0;
    let mut operands = Vec::new();
    for numbers in numbers {
        operands.push(Operand { memory: 0, offset: end, len: numbers.len() });
        end += numbers.len().next_multiple_of(ALIGNMENT);
    }
    let mut memory = device.memory(end, "a benchmark").unwrap();
    for (operand, numbers) in operands.iter().zip(numbers) {
        memory.write(operand.offset, numbers).unwrap();
    }
    let name = format!("{}/{label}/{}", call.kernel.name, short(device));
    let flops = call.flops;
    let program = Program::new(device, vec![Launch { call, operands }], &[&memory]).unwrap();
    let mut group = criterion.benchmark_group("kernel");
    group.sample_size(10).warm_up_time(std::time::Duration::from_millis(200));
    group.measurement_time(std::time::Duration::from_millis(800));
    group.throughput(Throughput::Elements(flops));
    group.bench_function(name, |bencher| bencher.iter(|| run(&program, &mut memory)));
    group.finish();
}

fn run(program: &Program, memory: &mut Memory) {
    program.run(&mut [memory]).unwrap();
    if let Memory::Gpu { gpu, .. } = memory {
        gpu.finish().unwrap();
    }
}

fn short(device: &Device) -> &str {
    device.name().split([' ', '(']).next().unwrap_or("gpu")
}
