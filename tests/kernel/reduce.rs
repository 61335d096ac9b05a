//! Sums and maxima against their twins, and the twins against explicit sums.

use super::parity::{Case, by_lanes, rng, uniform, unwritten};
use graphpnas::device::Device;
use graphpnas::kernel::elementwise::Broadcast;
use graphpnas::kernel::reduce::{column_sums, maxima_grad, row_maxima, row_sums, spread};

pub fn cases() -> Vec<Case> {
    let mut rng = rng(21);
    let mut cases = Vec::new();
    // (elements, elements per row): one, short and long rows, a shorter last row, more rows than a workgroup.
    for (len, columns) in [(1, 1), (35, 7), (36, 7), (300, 3), (1000, 999), (5000, 70), (9, 1)] {
        let call = row_sums(len, columns, -0.5);
        let operands = vec![uniform(&mut rng, len), unwritten(len.div_ceil(columns))];
        cases.extend(by_lanes(&call, len.div_ceil(columns)).map(|call| Case::new(call, operands.clone())));
        let (rows, len) = (len / columns, len / columns * columns);
        // Few different values, so that rows have several maxima.
        let x: Vec<_> = uniform(&mut rng, len).iter().map(|x| (x * 4.0).round() - 8.0).collect();
        let y: Vec<_> = x.chunks(columns).map(|row| row.iter().copied().fold(f32::MIN, f32::max)).collect();
        let operands = vec![x.clone(), unwritten(rows)];
        cases.extend(by_lanes(&row_maxima(rows, columns), rows).map(|call| Case::new(call, operands.clone())));
        cases.push(Case::new(maxima_grad(rows, columns), vec![x, y, uniform(&mut rng, rows), unwritten(len)]));
    }
    for (rows, columns, run) in [(1, 1, 1), (7, 5, 7), (7, 5, 3), (1000, 3, 32), (257, 130, 16)] {
        let operands = vec![uniform(&mut rng, rows * columns), unwritten(rows.div_ceil(run) * columns)];
        cases.push(Case::new(column_sums(rows, columns, run), operands));
    }
    for (len, inner, period) in [(1, 1, 1), (1000, 1, 1), (35, 7, 5), (35, 1, 7), (120, 20, 3)] {
        let operands = vec![uniform(&mut rng, period), unwritten(len)];
        cases.push(Case::new(spread(len, Broadcast { inner, period }, 1.5), operands));
    }
    cases
}

/// Many rows are divided among threads, which must not change the results.
#[test]
fn many_rows_agree_with_explicit_sums() {
    let (rows, columns) = (5000, 9);
    let x: Vec<_> = (0..rows * columns).map(|i| (i % 23) as f32).collect();
    let run = |call| Case::new(call, vec![x.clone(), unwritten(rows)]).run(&Device::Cpu).remove(0);
    let sums: Vec<f32> = x.chunks(columns).map(|row| row.iter().sum()).collect();
    assert_eq!(run(row_sums(rows * columns, columns, 1.0)), sums);
    let maxima: Vec<f32> = x.chunks(columns).map(|row| row.iter().copied().fold(0.0, f32::max)).collect();
    assert_eq!(run(row_maxima(rows, columns)), maxima);
    let few = uniform(&mut rng(22), rows);
    let over = Broadcast { inner: columns, period: rows };
    let case = Case::new(spread(rows * columns, over, 2.0), vec![few.clone(), unwritten(rows * columns)]);
    assert!(case.run(&Device::Cpu)[0].iter().enumerate().all(|(i, y)| *y == 2.0 * few[i / columns]));
}
