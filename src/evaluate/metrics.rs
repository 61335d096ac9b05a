//! Decodes the protocol buffers of a NAS-Bench-101 record: `ModelMetrics` and its repeated `EvaluationData`.
//!
//! `ModelMetrics` has the fields evaluations (1), number of trainable parameters (2, a varint) and total time (3).
//! `EvaluationData` has the doubles epoch (1), training time in seconds (2), and training (3), validation (4) and test
//! (5) accuracy as fractions, and a path (6), which the release omits.

/// An evaluation during a training run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Evaluated {
    pub(super) epoch: f64,
    pub(super) seconds: f64,
    pub(super) validation: f64,
    pub(super) test: f64,
}

/// The result of a training run.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Metrics {
    /// Evaluations before the first step, half-way and at the end.
    pub(super) evaluations: Vec<Evaluated>,
    pub(super) parameters: u32,
}

/// The value of a field, by wire type.
enum Wire<'a> {
    Varint(u64),
    Double(f64),
    Bytes(&'a [u8]),
    Word,
}

/// Decodes a `ModelMetrics` message; the error describes the problem.
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
            (Some(_), Wire::Double(_)) => return Err("a value is not a finite number"),
            (Some(_), _) => return Err("a field of an evaluation has the wrong type"),
            (None, _) => {}
        }
        Ok(())
    })?;
    let [Some(epoch), Some(seconds), _, Some(validation), Some(test)] = doubles else {
        return Err("an evaluation has no epoch, training time, validation accuracy or test accuracy");
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
            _ => return Err("the metrics have a field of unknown wire type"),
        };
        take(tag >> 3, wire)?;
    }
    Ok(())
}

const CUT_OFF: &str = "the metrics are cut off within a field";

fn chunk<const N: usize>(bytes: &mut &[u8]) -> Result<[u8; N], &'static str> {
    let (chunk, rest) = bytes.split_first_chunk::<N>().ok_or(CUT_OFF)?;
    *bytes = rest;
    Ok(*chunk)
}

/// Seven bits per byte, lowest first; the highest bit marks that another byte follows. At most ten bytes.
fn varint(bytes: &mut &[u8]) -> Result<u64, &'static str> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let [byte] = chunk::<1>(bytes)?;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Ok(value);
        }
    }
    Err("the metrics have an integer of more than 64 bits")
}
