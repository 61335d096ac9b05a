//! An operation from outside the crate: squared ReLU, y = max(x, 0)^2, as a WGSL kernel with its CPU twin, and its
//! gradient.
//!
//!     cargo run --release --example custom_op

use bytemuck::{Pod, Zeroable};
use graphpnas::device::{Device, DeviceChoice};
use graphpnas::kernel::{Access, Call, Extent, Kernel, Operands};
use graphpnas::tape::{Plan, ShapeError, StoreBuilder, Tape, Tensor};

const SHADER: &str = r#"
// #include "item.wgsl"

struct Params { len: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
// In the backward kernel binding 2 is the gradient of y, binding 3 that of x.
@group(0) @binding(2) var<storage, read_write> dy: array<f32>;
@group(0) @binding(3) var<storage, read_write> dx: array<f32>;

@compute @workgroup_size(WG)
fn forward(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = item_of(id, groups);
    if i >= params.len { return; }
    let positive = max(x[i], 0.0);
    y[i] = positive * positive;
}

@compute @workgroup_size(WG)
fn backward(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = item_of(id, groups);
    if i >= params.len { return; }
    dx[i] = 2.0 * max(x[i], 0.0) * dy[i];
}
"#;

#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable)]
struct Params {
    len: u32,
}

static FORWARD: Kernel = Kernel {
    name: "squared_relu.forward",
    shader: SHADER,
    access: &[Access::Read, Access::Write],
    twin: |mut operands: Operands<'_>| {
        let ([x], [y]) = (operands.reads(), operands.writes());
        y.iter_mut().zip(x).for_each(|(y, x)| *y = x.max(0.0) * x.max(0.0));
    },
};

static BACKWARD: Kernel = Kernel {
    name: "squared_relu.backward",
    shader: SHADER,
    access: &[Access::Read, Access::Read, Access::Write],
    twin: |mut operands: Operands<'_>| {
        let ([x, dy], [dx]) = (operands.reads(), operands.writes());
        dx.iter_mut().zip(x.iter().zip(dy)).for_each(|(dx, (x, dy))| *dx = 2.0 * x.max(0.0) * dy);
    },
};

/// Records y = max(x, 0)^2 and its gradient.
fn squared_relu(tape: &mut Tape, x: Tensor) -> Result<Tensor, ShapeError> {
    let (shape, len) = (tape.shape(x).to_vec(), tape.len(x));
    let params = Params { len: u32::try_from(len).map_err(|_| ShapeError::new("squared_relu", "is too large"))? };
    let y = tape.call(Call::new(&FORWARD, &params, Extent::Items(len), 2 * len), &[x], &shape)?;
    tape.differentiable(&[x], &[y], move |tape, gradients| {
        let Some(dy) = gradients[0] else { return Ok(vec![None]) };
        let call = Call::new(&BACKWARD, &params, Extent::Items(len), 3 * len);
        Ok(vec![Some(tape.call(call, &[x, dy], &shape)?)])
    });
    Ok(y)
}

/// Computes the operation and the gradient of its sum on the first GPU adapter, or on the CPU.
pub fn main() -> Result<(), Box<dyn std::error::Error>> {
    let device = Device::open(&DeviceChoice::Auto)?;
    let values = [-1.0, 0.0, 0.5, 3.0];

    let mut tape = Tape::new();
    let x = tape.input(&[values.len()]);
    let y = squared_relu(&mut tape, x)?;
    let ones = tape.constant(&[1.0; 4], &[4])?;
    let dx = tape.backward_from(&[(y, ones)])?.of(x).ok_or("x has no gradient")?;

    let mut store = StoreBuilder::default().build(&device)?;
    let mut plan = Plan::new(&tape, &[y, dx], &store, &device)?;
    plan.write(x, &values)?;
    plan.run(&mut store)?;
    let (y, dx) = (plan.read(y)?, plan.read(dx)?);
    println!("{}: {values:?} -> {y:?}, gradient {dx:?}", device.name());
    if y != [0.0, 0.0, 0.25, 9.0] || dx != [0.0, 0.0, 1.0, 6.0] {
        return Err("the operation returned wrong results".into());
    }
    Ok(())
}
