//! Plans: memory layout, dropped steps, errors.

use graphpnas::device::{ALIGNMENT, Device};
use graphpnas::tape::{Lifetime, Plan, Scratch, StoreBuilder, Tape, TapeError, place};
use proptest::prelude::*;

proptest! {
    /// Tensors that are alive at the same step never overlap in memory.
    #[test]
    fn live_tensors_never_overlap(raw in prop::collection::vec((1usize..5000, 0usize..40, 0usize..15), 0..60)) {
        let lifetimes: Vec<_> =
            raw.iter().map(|&(len, first, more)| Lifetime { len, first, last: first + more }).collect();
        let (offsets, total) = place(&lifetimes);
        for (a, (x, at)) in lifetimes.iter().zip(&offsets).enumerate() {
            prop_assert!(at % ALIGNMENT == 0 && at + x.len <= total);
            for (y, other) in lifetimes.iter().zip(&offsets).skip(a + 1) {
                let together = x.first <= y.last && y.first <= x.last;
                prop_assert!(!together || at + x.len <= *other || other + y.len <= *at);
            }
        }
    }
}

#[test]
fn a_long_chain_needs_memory_for_two_tensors() {
    let mut tape = Tape::new();
    let x = tape.input(&[1000]);
    let mut y = x;
    for _ in 0..20 {
        y = tape.affine(y, 1.0, 1.0);
    }
    let cost = tape.cost(&[y]);
    // The input is kept for the next run; of the chain only a step's operand and its result are alive.
    assert_eq!(cost.peak, 3 * 1024 * 4);
    assert_eq!((cost.launches, cost.flops, cost.bytes), (20, 20_000, 20 * 2 * 4000));
    let mut store = StoreBuilder::default().build(&Device::Cpu).unwrap();
    let mut plan = Plan::new(&tape, &[y], &store, &Device::Cpu).unwrap();
    assert_eq!(plan.cost(), cost);
    for start in [0.0, 5.0] {
        plan.write(x, &[start; 1000]).unwrap();
        plan.run(&mut store).unwrap();
        assert_eq!(plan.read(y).unwrap(), [start + 20.0; 1000]);
    }
}

#[test]
fn a_timed_run_computes_the_same_result() {
    let mut tape = Tape::new();
    let x = tape.input(&[1000]);
    let (doubled, offset) = (tape.affine(x, 2.0, 0.0), tape.constant(&[0.5; 1000], &[1000]).unwrap());
    let y = tape.add(doubled, offset).unwrap();
    for device in [Device::Cpu, crate::common::gpu()] {
        let mut store = StoreBuilder::default().build(&device).unwrap();
        let mut plan = Plan::new(&tape, &[y], &store, &device).unwrap();
        plan.write(x, &[3.0; 1000]).unwrap();
        let seconds = plan.run_timed(&mut store).unwrap().unwrap();
        assert_eq!(plan.read(y).unwrap(), [6.5; 1000]);
        assert!(seconds.len() == plan.launches().len() && seconds.iter().all(|seconds| *seconds > 0.0), "{seconds:?}");
    }
}

#[test]
fn unused_steps_are_dropped() {
    let mut tape = Tape::new();
    let x = tape.input(&[10]);
    let wanted = tape.relu(x);
    let unused = tape.exp(x);
    assert_eq!(tape.cost(&[wanted]).launches, 1);
    let store = StoreBuilder::default().build(&Device::Cpu).unwrap();
    let plan = Plan::new(&tape, &[wanted], &store, &Device::Cpu).unwrap();
    assert!(matches!(plan.read(unused), Err(TapeError::NotKept(_))));
}

#[test]
fn stored_tensors_are_shared_between_plans() {
    let mut builder = StoreBuilder::default();
    let slot = builder.add("weight", &[3], &[1.0, 2.0, 3.0]).unwrap();
    let mut store = builder.build(&Device::Cpu).unwrap();
    let mut double = Tape::new();
    let weight = double.stored(&slot);
    let twice = double.affine(weight, 2.0, 0.0);
    let mut plan = Plan::new(&double, &[twice], &store, &Device::Cpu).unwrap();
    plan.run(&mut store).unwrap();
    assert_eq!(plan.read(twice).unwrap(), [2.0, 4.0, 6.0]);
    store.write(&slot, &[0.5; 3]).unwrap();
    plan.run(&mut store).unwrap();
    assert_eq!(plan.read(twice).unwrap(), [1.0; 3]);
    assert!(matches!(store.slot("wieght"), Err(TapeError::UnknownSlot(_))));
    assert!(matches!(store.write(&slot, &[0.5; 2]), Err(TapeError::Length { .. })));
}

/// Computes y = constant + x, in plans that share memory.
#[test]
fn plans_can_share_memory() {
    for device in [Device::Cpu, super::common::gpu()] {
        let mut store = StoreBuilder::default().build(&device).unwrap();
        let mut scratch = Scratch::default();
        let mut make = |len: usize, number: f32| {
            let mut tape = Tape::new();
            let (x, constant) = (tape.input(&[len]), tape.constant(&vec![number; len], &[len]).unwrap());
            let y = tape.add(x, constant).unwrap();
            (Plan::sharing(&tape, &[y], &store, &device, &mut scratch).unwrap(), x, y, number)
        };
        // The third plan needs more memory than the first two.
        let mut plans = [make(100, 1.0), make(100, 2.0), make(5000, 3.0), make(50, 4.0)];
        for _ in 0..2 {
            for (plan, x, y, number) in &mut plans {
                let len = plan.read(*x).unwrap().len();
                plan.write(*x, &vec![10.0; len]).unwrap();
                plan.run(&mut store).unwrap();
                assert_eq!(plan.read(*y).unwrap(), vec![10.0 + *number; len]);
            }
        }
    }
}
