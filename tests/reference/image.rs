//! Operations on images.

use super::file::{assert_close, devices};
use super::ops::Op;
use graphpnas::tape::{BatchNorm, ConvSettings, Plan, Pool, PoolKind, StoreBuilder, Tape};

fn number(op: &Op<'_>, name: &str) -> usize {
    op.attributes[name].as_u64().unwrap() as usize
}

/// Rows and columns: one number for both, or a list.
fn sides(op: &Op<'_>, name: &str) -> [usize; 2] {
    match op.attributes[name].as_array() {
        Some(sides) => [0, 1].map(|axis| sides[axis].as_u64().unwrap() as usize),
        None => [number(op, name); 2],
    }
}

/// `conv2d`: x, w and optionally b.
pub fn conv2d(op: &Op<'_>) {
    let window = ConvSettings {
        stride: number(op, "stride"),
        padding: sides(op, "padding"),
        dilation: number(op, "dilation"),
        groups: number(op, "groups"),
        relu: false,
    };
    let biased = op.attributes["bias"].as_bool().unwrap();
    let inputs: &[&str] = if biased { &["x", "w", "b"] } else { &["x", "w"] };
    op.check(inputs, |tape, x| tape.conv2d(x[0], x[1], x.get(2).copied(), window));
}

/// `max_pool2d` and `avg_pool2d`.
pub fn pool2d(op: &Op<'_>, kind: PoolKind) {
    let (size, stride, padding) = (sides(op, "kernel"), number(op, "stride"), sides(op, "padding"));
    let count_padding = op.attributes["count_include_pad"].as_bool().unwrap_or(false);
    let pool = Pool { kind, size, stride, padding, count_padding };
    op.check(&["x"], |tape, x| tape.pool2d(x[0], pool));
}

/// `batch_norm` in training: x, with weight and bias if affine, and the running statistics after a step from 0 and 1.
pub fn batch_norm(op: &Op<'_>) {
    let float = |name: &str| op.attributes[name].as_f64().unwrap() as f32;
    let settings = BatchNorm { epsilon: float("eps"), momentum: float("momentum"), training: true };
    let affine = op.attributes["affine"].as_bool().unwrap();
    let channels = op.tensor("running_mean").numbers.len();
    let first = [vec![0.0; channels], vec![1.0; channels]];
    let inputs: &[&str] = if affine { &["x", "weight", "bias"] } else { &["x"] };
    op.check(inputs, |tape, x| {
        let running = [tape.constant(&first[0], &[channels])?, tape.constant(&first[1], &[channels])?];
        tape.batch_norm(x[0], affine.then(|| [x[1], x[2]]), running, settings, false)
    });
    for device in devices() {
        let mut builder = StoreBuilder::default();
        let names = ["running_mean", "running_var"];
        let slots = [0, 1].map(|at| builder.add(names[at], &[channels], &first[at]).unwrap());
        let mut store = builder.build(&device).unwrap();
        let mut tape = Tape::new();
        let x = tape.constant(&op.tensor("in.x").numbers, &op.tensor("in.x").shape).unwrap();
        let running = [tape.stored(&slots[0]), tape.stored(&slots[1])];
        tape.batch_norm(x, None, running, settings, false).unwrap();
        Plan::new(&tape, &[], &store, &device).unwrap().run(&mut store).unwrap();
        for (slot, name) in slots.iter().zip(names) {
            assert_close(name, &store.read(slot).unwrap(), &op.tensor(name).numbers, 1e-4);
        }
    }
}
