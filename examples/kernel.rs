//! One kernel on a device: the softmax of four rows of ten values, with the time of its launch.
//!
//!     DEVICE=auto cargo run --release --example kernel

use graphpnas::device::{Device, DeviceChoice};
use graphpnas::kernel::softmax::softmax;
use graphpnas::kernel::{Launch, Operand, Program};

const ROWS: usize = 4;
const COLUMNS: usize = 10;

/// Runs the kernel on a device and returns the result, `[ROWS, COLUMNS]`.
fn run(device: &Device) -> Result<Vec<f32>, Box<dyn std::error::Error>> {
    let x: Vec<f32> = (0..ROWS * COLUMNS).map(|index| (index % 7) as f32).collect();
    // Both operands are in one memory, at aligned offsets.
    let output = x.len().next_multiple_of(graphpnas::device::ALIGNMENT);
    let mut memory = device.memory(output + x.len(), "the example")?;
    memory.write(0, &x)?;
    let operands =
        vec![Operand { memory: 0, offset: 0, len: x.len() }, Operand { memory: 0, offset: output, len: x.len() }];
    let program = Program::new(device, vec![Launch { call: softmax(ROWS, COLUMNS), operands }], &[&memory])?;
    program.run(&mut [&mut memory])?;
    let mut y = vec![0.0; x.len()];
    memory.read(output, &mut y)?;
    Ok(y)
}

/// Runs the kernel on the device that the variable DEVICE names: cpu, auto, the index of an adapter or a part of its name.
pub fn main() -> Result<(), Box<dyn std::error::Error>> {
    let name = std::env::var("DEVICE").unwrap_or_else(|_| "cpu".to_owned());
    let device = Device::open(&name.parse::<DeviceChoice>()?)?;
    let y = run(&device)?;
    for row in y.chunks(COLUMNS) {
        let sum: f32 = row.iter().sum();
        println!("sum {sum:.6}  first {:.6}", row[0]);
        assert!((sum - 1.0).abs() < 1e-5, "the values of a row add up to 1");
    }
    println!("on {}", device.name());
    Ok(())
}
