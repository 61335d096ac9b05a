//! Linear layers and recurrent cells.

use super::ops::Op;

/// `linear`: x, w and b.
pub fn linear(op: &Op<'_>) {
    op.check(&["x", "w", "b"], |tape, x| tape.linear(x[0], x[1], Some(x[2]), false));
}

/// `gru_cell`: the next state.
pub fn gru_cell(op: &Op<'_>) {
    op.check(&["x", "h", "w_ih", "w_hh", "b_ih", "b_hh"], |tape, x| {
        let gi = tape.linear(x[0], x[2], Some(x[4]), false)?;
        let gh = tape.linear(x[1], x[3], Some(x[5]), false)?;
        tape.gru_gates(gi, gh, x[1])
    });
}

/// `lstm_cell`: the state that the attributes name, `h` or `c`.
pub fn lstm_cell(op: &Op<'_>) {
    op.check(&["x", "h", "c", "w_ih", "w_hh", "b_ih", "b_hh"], |tape, x| {
        let gi = tape.linear(x[0], x[3], Some(x[5]), false)?;
        let gh = tape.linear(x[1], x[4], Some(x[6]), false)?;
        let (h, c) = tape.lstm_gates(gi, gh, x[2])?;
        Ok(if op.attributes["returns"] == "h" { h } else { c })
    });
}
