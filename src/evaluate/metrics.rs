//! The protocol buffers in a NAS-Bench-101 record: `ModelMetrics` and the `EvaluationData` it repeats.
//!
//! `ModelMetrics` has evaluations (field 1), the number of trainable parameters (2, a varint) and the total time (3).
//! `EvaluationData` has doubles: epoch (1), training seconds so far (2), and the accuracies on training (3), validation
//! (4) and test (5) images as fractions; then a path (6), which the release leaves out.

/// One evaluation of a network under training.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Evaluated {
    pub(super) epoch: f64,
    pub(super) seconds: f64,
    pub(super) validation: f64,
    pub(super) test: f64,
}

/// What one training gave.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Metrics {
    /// Before the first step, half-way and at the end.
    pub(super) evaluations: Vec<Evaluated>,
    pub(super) parameters: u32,
}

/// A field's content, by its wire type.
enum Wire<'a> {
    Varint(u64),
    Double(f64),
    Bytes(&'a [u8]),
    Word,
}

/// Reads a message; what is wrong with it otherwise.
pub(super) fn read(bytes: &[u8]) -> Result<Metrics, &'static str> {
    let (mut evaluations, mut parameters) = (Vec::new(), None);
    each_field(bytes, |field, wire| {
        match (field, wire) {
            (1, Wire::Bytes(bytes)) => evaluations.push(evaluated(bytes)?),
            (2, Wire::Varint(count)) => parameters = Some(u32::try_from(count).map_err(|_| "too many parameters")?),
            (3, Wire::Double(_)) => {}
            (1..=3, _) => return Err("a field of the metrics has the wrong type"),
            _ => {}
        }
        Ok(())
    })?;
    Ok(Metrics { evaluations, parameters: parameters.ok_or("the number of parameters is missing")? })
}

fn evaluated(bytes: &[u8]) -> Result<Evaluated, &'static str> {
    let mut doubles = [None; 5];
    each_field(bytes, |field, wire| {
        let slot = usize::try_from(field).ok().and_then(|field| doubles.get_mut(field.wrapping_sub(1)));
        match (slot, wire) {
            (Some(slot), Wire::Double(value)) if value.is_finite() => *slot = Some(value),
            (Some(_), Wire::Double(_)) => return Err("a figure is not a number"),
            (Some(_), _) => return Err("a field of an evaluation has the wrong type"),
            (None, _) => {}
        }
        Ok(())
    })?;
    let [Some(epoch), Some(seconds), _, Some(validation), Some(test)] = doubles else {
        return Err("an evaluation lacks its epoch, training time, validation accuracy or test accuracy");
    };
    Ok(Evaluated { epoch, seconds, validation, test })
}

fn each_field<'a>(
    mut bytes: &'a [u8],
    mut take: impl FnMut(u64, Wire<'a>) -> Result<(), &'static str>,
) -> Result<(), &'static str> {
    while !bytes.is_empty() {
        let tag = varint(&mut bytes)?;
        let wire = match tag & 7 {
            0 => Wire::Varint(varint(&mut bytes)?),
            1 => Wire::Double(f64::from_le_bytes(chunk(&mut bytes)?)),
            2 => {
                let length = usize::try_from(varint(&mut bytes)?).ok();
                let (content, rest) = length.and_then(|length| bytes.split_at_checked(length)).ok_or(CUT_OFF)?;
                bytes = rest;
                Wire::Bytes(content)
            }
            5 => chunk::<4>(&mut bytes).map(|_| Wire::Word)?,
            _ => return Err("the metrics hold a field of unknown type"),
        };
        take(tag >> 3, wire)?;
    }
    Ok(())
}

const CUT_OFF: &str = "the metrics end within a field";

fn chunk<const N: usize>(bytes: &mut &[u8]) -> Result<[u8; N], &'static str> {
    let (chunk, rest) = bytes.split_first_chunk::<N>().ok_or(CUT_OFF)?;
    *bytes = rest;
    Ok(*chunk)
}

/// Seven bits a byte, the lowest first; the highest bit says that another byte follows. At most ten bytes.
fn varint(bytes: &mut &[u8]) -> Result<u64, &'static str> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let [byte] = chunk::<1>(bytes)?;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Ok(value);
        }
    }
    Err("the metrics hold a number of more than 64 bits")
}
