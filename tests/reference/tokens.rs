//! Operations of vision transformers.

use super::ops::Op;

fn number(op: &Op<'_>, name: &str) -> f64 {
    op.attributes[name].as_f64().unwrap()
}

/// `layer_norm` of the channels of every position.
pub fn layer_norm(op: &Op<'_>) {
    let epsilon = number(op, "eps") as f32;
    op.check(&["x", "weight", "bias"], |tape, x| tape.layer_norm(x[0], x[1], x[2], epsilon));
}

/// `scaled_dot_product_attention` of all positions.
pub fn attention(op: &Op<'_>) {
    let heads = number(op, "heads") as usize;
    op.check(&["query", "key", "value"], |tape, x| tape.attention([x[0], x[1], x[2]], heads));
}

/// The sum of images and a position embedding.
pub fn position(op: &Op<'_>) {
    op.check(&["x", "shared"], |tape, x| tape.add_to_each(x[0], x[1]));
}
