//! Gradients of pooling.

use super::difference::{check, numbers};
use graphpnas::device::Device;
use graphpnas::tape::{Plan, Pool, PoolKind, StoreBuilder, Tape};

const MAX: Pool = Pool { kind: PoolKind::Max, size: [3; 2], stride: 1, padding: [1; 2], count_padding: false };

/// Returns values in random order, far enough apart that finite differences do not change the maximum.
fn distinct(len: usize) -> Vec<f32> {
    let random = numbers(6, len);
    let mut order: Vec<_> = (0..len).collect();
    order.sort_by(|a, b| random[*a].total_cmp(&random[*b]));
    order.iter().map(|place| *place as f32 / 20.0).collect()
}

#[test]
fn pooling_gradients() {
    let inputs = [(&[2, 2, 5, 4][..], distinct(80))];
    for (size, stride, padding) in [(3, 1, 1), (3, 2, 1), (2, 2, 0), (2, 3, 0)] {
        for (kind, count_padding) in [(PoolKind::Max, false), (PoolKind::Average, false), (PoolKind::Average, true)] {
            let pool = Pool { kind, size: [size; 2], stride, padding: [padding; 2], count_padding };
            check(&inputs, |tape, x| Ok(vec![tape.pool2d(x[0], pool)?]));
        }
    }
    check(&inputs, |tape, x| {
        let y = tape.global_average_pool(x[0])?;
        assert_eq!(tape.shape(y), [2, 2]);
        Ok(vec![y])
    });
}

#[test]
fn gradients_of_signals() {
    let inputs = [(&[2, 2, 1, 9][..], distinct(36))];
    for (size, stride, padding) in [(3, 1, 1), (3, 2, 1), (2, 2, 0), (5, 3, 2)] {
        for (kind, count_padding) in [(PoolKind::Max, false), (PoolKind::Average, false), (PoolKind::Average, true)] {
            let pool = Pool { kind, size: [1, size], stride, padding: [0, padding], count_padding };
            check(&inputs, |tape, x| Ok(vec![tape.pool2d(x[0], pool)?]));
        }
    }
}

#[test]
fn gradients_with_other_paddings_on_each_axis_and_of_one_element() {
    let windows = [
        ([2, 2, 6, 5], [5, 2], 2, [2, 1]),
        ([1, 2, 3, 11], [2, 3], 1, [0, 1]),
        ([1, 3, 7, 2], [4, 1], 3, [1, 0]),
        ([1, 1, 1, 1], [1, 3], 1, [0, 1]),
        ([1, 2, 1, 1], [3, 1], 1, [1, 0]),
    ];
    for (images, size, stride, padding) in windows {
        let inputs = [(&images[..], distinct(images.iter().product()))];
        for (kind, count_padding) in [(PoolKind::Max, false), (PoolKind::Average, false), (PoolKind::Average, true)] {
            let pool = Pool { kind, size, stride, padding, count_padding };
            check(&inputs, |tape, x| Ok(vec![tape.pool2d(x[0], pool)?]));
        }
    }
}

/// x = 1, 5, 2, 4, by hand.
#[test]
fn pooling_of_a_signal_is_that_of_its_length() {
    let result = |kind, stride, count_padding| {
        let mut tape = Tape::new();
        let x = tape.input(&[1, 1, 1, 4]);
        let y = tape.pool2d(x, Pool { kind, size: [1, 3], stride, padding: [0, 1], count_padding }).unwrap();
        let mut store = StoreBuilder::default().build(&Device::Cpu).unwrap();
        let mut plan = Plan::new(&tape, &[y], &store, &Device::Cpu).unwrap();
        plan.write(x, &[1.0, 5.0, 2.0, 4.0]).unwrap();
        plan.run(&mut store).unwrap();
        plan.read(y).unwrap()
    };
    assert_eq!(result(PoolKind::Max, 1, false), [5.0, 5.0, 5.0, 4.0]);
    assert_eq!(result(PoolKind::Max, 2, false), [5.0, 5.0]);
    assert_eq!(result(PoolKind::Average, 1, false), [3.0, 8.0 / 3.0, 11.0 / 3.0, 3.0]);
    assert_eq!(result(PoolKind::Average, 1, true), [2.0, 8.0 / 3.0, 11.0 / 3.0, 2.0]);
}

#[test]
fn incompatible_shapes_are_errors() {
    let mut tape = Tape::new();
    let (x, flat) = (tape.input(&[1, 1, 4, 2]), tape.input(&[4, 2]));
    assert!(tape.pool2d(x, MAX).is_ok());
    assert!(tape.pool2d(flat, MAX).is_err());
    assert!(tape.global_average_pool(flat).is_err());
    for pool in [
        Pool { padding: [0; 2], ..MAX },
        Pool { stride: 0, ..MAX },
        Pool { padding: [2, 1], ..MAX },
        Pool { size: [3, 0], ..MAX },
    ] {
        assert!(tape.pool2d(x, pool).is_err(), "{pool:?}");
    }
}
