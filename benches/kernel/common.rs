//! Common code of the kernel benchmarks: allocates operands, runs the call repeatedly, waits for the device.

use criterion::{Criterion, Throughput};
use graphpnas::device::{ALIGNMENT, Device, DeviceChoice, Memory};
use graphpnas::kernel::{Call, Launch, Operand, Program};

/// Returns the CPU and, if there is one, a GPU.
pub fn devices() -> Vec<Device> {
    let choice = std::env::var("GRAPHPNAS_TEST_DEVICE").map_or(Ok(DeviceChoice::Index(0)), |text| text.parse());
    let gpu = choice.and_then(|choice| Device::open(&choice)).ok();
    std::iter::once(Device::Cpu).chain(gpu).collect()
}

/// Benchmarks one call with operands of `lens` elements, all set to `fill`.
pub fn bench(criterion: &mut Criterion, device: &Device, label: &str, call: Call, lens: &[usize], fill: f32) {
    let operands: Vec<_> = lens.iter().map(|len| vec![fill; *len]).collect();
    bench_with(criterion, device, label, call, &operands);
}

/// Benchmarks one call with these operands.
pub fn bench_with(criterion: &mut Criterion, device: &Device, label: &str, call: Call, values: &[Vec<f32>]) {
    // The name is that of the variant for the device.
    let call = call.for_adapter(matches!(device, Device::Gpu(gpu) if gpu.is_software()));
    let mut end = 0;
    let mut operands = Vec::new();
    for values in values {
        operands.push(Operand { memory: 0, offset: end, len: values.len() });
        end += values.len().next_multiple_of(ALIGNMENT);
    }
    let mut memory = device.memory(end, "a benchmark").unwrap();
    for (operand, values) in operands.iter().zip(values) {
        memory.write(operand.offset, values).unwrap();
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
