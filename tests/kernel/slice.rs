//! Reading and writing slices against the twins.

use super::parity::{Case, rng, uniform, unwritten};
use graphpnas::device::Device;
use graphpnas::kernel::slice::Slice;

fn slice(outer: u32, [x_rows, x_columns]: [u32; 2], [y_rows, y_columns]: [u32; 2], [row, column]: [i32; 2]) -> Slice {
    Slice { outer, x_rows, x_columns, y_rows, y_columns, row, column }
}

fn len(outer: u32, rows: u32, columns: u32) -> usize {
    (outer * rows * columns) as usize
}

pub fn cases() -> Vec<Case> {
    let mut rng = rng(41);
    let mut cases = Vec::new();
    // Slices, complete tensors, slices that exceed x on every side, and one outside x.
    let cuts = [
        slice(1, [1, 1], [1, 1], [0, 0]),
        slice(3, [7, 20], [2, 20], [4, 0]),
        slice(3, [2, 20], [7, 20], [-4, 0]),
        slice(6, [5, 9], [5, 9], [1, 1]),
        slice(6, [5, 9], [5, 9], [-1, -2]),
        slice(2, [3, 3], [9, 8], [-3, -2]),
        slice(2, [4, 4], [4, 4], [4, 4]),
        slice(40, [40, 40], [30, 30], [5, 5]),
    ];
    for s in cuts {
        let (x, y) = (uniform(&mut rng, len(s.outer, s.x_rows, s.x_columns)), len(s.outer, s.y_rows, s.y_columns));
        cases.push(Case::new(s.cut(), vec![x, unwritten(y)]));
    }
    for s in
        [slice(1, [1, 1], [1, 1], [0, 0]), slice(3, [2, 20], [7, 20], [4, 0]), slice(70, [20, 30], [30, 33], [10, 3])]
    {
        let (x, y) = (len(s.outer, s.x_rows, s.x_columns), len(s.outer, s.y_rows, s.y_columns));
        cases.push(Case::new(s.paste(), vec![uniform(&mut rng, x), uniform(&mut rng, y)]));
    }
    cases
}

#[test]
fn the_twins_copy_the_right_elements() {
    let count = |len: usize| (0..len).map(|x| x as f32).collect::<Vec<_>>();
    let cut = slice(1, [3, 4], [3, 3], [1, 2]).cut();
    let y = Case::new(cut, vec![count(12), unwritten(9)]).run(&Device::Cpu).remove(0);
    assert_eq!(y, [6.0, 7.0, 0.0, 10.0, 11.0, 0.0, 0.0, 0.0, 0.0]);
    let paste = slice(2, [1, 2], [2, 3], [1, 1]).paste();
    let y = Case::new(paste, vec![count(4), vec![9.0; 12]]).run(&Device::Cpu).remove(0);
    assert_eq!(y, [9.0, 9.0, 9.0, 9.0, 0.0, 1.0, 9.0, 9.0, 9.0, 9.0, 2.0, 3.0]);
}
