//! Operations on images.

use super::ops::Op;
use graphpnas::tape::Window;

fn number(op: &Op<'_>, name: &str) -> usize {
    op.attributes[name].as_u64().unwrap() as usize
}

/// `conv2d`: x, w and, if there is one, b.
pub fn conv2d(op: &Op<'_>) {
    let window = Window {
        stride: number(op, "stride"),
        padding: number(op, "padding"),
        dilation: number(op, "dilation"),
        groups: number(op, "groups"),
        relu: false,
    };
    let biased = op.attributes["bias"].as_bool().unwrap();
    let inputs: &[&str] = if biased { &["x", "w", "b"] } else { &["x", "w"] };
    op.check(inputs, |tape, x| tape.conv2d(x[0], x[1], x.get(2).copied(), window));
}
