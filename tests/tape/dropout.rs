//! Dropout: gradients and masks.

use super::difference::{check, numbers};
use graphpnas::device::Device;
use graphpnas::tape::{Plan, StoreBuilder, Tape};

#[test]
fn dropout_gradients() {
    let inputs = [(&[5, 4][..], numbers(1, 20))];
    check(&inputs, |tape, x| {
        let seed = tape.constant(&[f32::from_bits(3)], &[1])?;
        Ok(vec![tape.dropout(x[0], 0.5, seed)?, tape.drop_path(x[0], 0.4, seed)?, tape.dropout(x[0], 0.0, seed)?])
    });
}

#[test]
fn complete_samples_are_dropped_depending_on_the_seed() {
    let mut tape = Tape::new();
    let (x, seed) = (tape.constant(&[1.0; 3200], &[64, 50]).unwrap(), tape.input(&[1]));
    let (first, second) = (tape.drop_path(x, 0.25, seed).unwrap(), tape.drop_path(x, 0.25, seed).unwrap());
    let mut store = StoreBuilder::default().build(&Device::Cpu).unwrap();
    let mut plan = Plan::new(&tape, &[first, second], &store, &Device::Cpu).unwrap();
    let mut run = |number: u32| {
        plan.write_integers(seed, &[number]).unwrap();
        plan.run(&mut store).unwrap();
        [plan.read(first).unwrap(), plan.read(second).unwrap()]
    };
    let [a, b] = run(1);
    assert!(a.chunks(50).all(|sample| sample.iter().all(|x| *x == sample[0] && (*x == 0.0 || *x == 1.0 / 0.75))));
    assert!(a.contains(&0.0) && a.contains(&(1.0 / 0.75)));
    assert_ne!(a, b, "two operations have different masks");
    assert_ne!(a, run(2)[0]);
    assert_eq!(a, run(1)[0]);
}

#[test]
fn invalid_rates_and_seeds_are_errors() {
    let mut tape = Tape::new();
    let (x, seed) = (tape.input(&[2]), tape.input(&[1]));
    for rate in [-0.1, 1.0, f32::NAN] {
        assert!(tape.dropout(x, rate, seed).is_err() && tape.drop_path(x, rate, seed).is_err());
    }
    assert!(tape.dropout(x, 0.5, x).is_err());
}
