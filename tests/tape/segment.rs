//! Gathering and summing rows: each is the gradient of the other.

use super::difference::{check, numbers};
use graphpnas::kernel::segment::table;
use graphpnas::tape::Tape;

fn index_table(tape: &mut Tape, indices: &[u32], segments: usize) -> graphpnas::tape::Tensor {
    let numbers: Vec<_> = table(indices, segments).into_iter().map(f32::from_bits).collect();
    tape.constant(&numbers, &[numbers.len()]).unwrap()
}

/// Segments without rows, one index outside.
#[test]
fn gather_and_segment_sum_gradients() {
    let indices = [3, 0, 3, 3, 8, 1];
    for row in [&[][..], &[4], &[2, 3]] {
        let width: usize = row.iter().product();
        let (few, many) = ([&[5], row].concat(), [&[6], row].concat());
        check(&[(&few, numbers(1, 5 * width))], |tape, x| {
            let table = index_table(tape, &indices, 5);
            let y = tape.gather(x[0], table)?;
            assert_eq!(tape.shape(y), many);
            Ok(vec![y])
        });
        check(&[(&many, numbers(2, 6 * width))], |tape, x| {
            let table = index_table(tape, &indices, 5);
            let y = tape.segment_sum(x[0], table)?;
            assert_eq!(tape.shape(y), few);
            Ok(vec![y])
        });
    }
}

#[test]
fn tables_of_the_wrong_size_are_errors() {
    let mut tape = Tape::new();
    let (x, table) = (tape.input(&[5, 2]), tape.input(&[7]));
    let error = tape.gather(x, table).unwrap_err().to_string();
    assert_eq!(error, "gather: a table of shape [7] instead of 6 elements");
    assert!(tape.segment_sum(x, table).is_err());
    let none = tape.input(&[6]);
    assert_eq!(tape.gather(x, none).unwrap_err().to_string(), "gather: a table of shape [6] selects no rows");
}
