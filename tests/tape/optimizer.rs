//! Optimizers on a tape: clipping, parameters without a gradient, moving averages, TensorFlow's RMSprop.

use graphpnas::device::Device;
use graphpnas::kernel::optimizer::{RmsPropSettings, SgdSettings};
use graphpnas::nn::{Optimizer, OptimizerSettings};
use graphpnas::tape::{Plan, StoreBuilder, Tape};

fn sgd(decay: f32) -> OptimizerSettings {
    OptimizerSettings::Sgd(SgdSettings { decay, ..SgdSettings::default() })
}

/// The global norm of the gradients 3 and 4 is 5.
#[test]
fn gradients_are_clipped_by_their_global_norm() {
    for (max_norm, steps) in [(None, [3.0, 4.0]), (Some(10.0), [3.0, 4.0]), (Some(1.0), [0.6, 0.8])] {
        let mut builder = StoreBuilder::default();
        let slots = [3.0_f32, 4.0].map(|x| builder.add(format!("w{x}"), &[1], &[x]).unwrap());
        let unused = builder.add("unused", &[1], &[7.0]).unwrap();
        let parameters = slots.iter().chain([&unused]).map(|slot| (slot.clone(), true));
        let optimizer = Optimizer::new(&mut builder, sgd(0.0), parameters).unwrap();
        let mut store = builder.build(&Device::Cpu).unwrap();
        let mut tape = Tape::new();
        let squares = slots.each_ref().map(|slot| {
            let weight = tape.stored(slot);
            let square = tape.mul(weight, weight).unwrap();
            tape.affine(square, 0.5, 0.0)
        });
        let loss = tape.add(squares[0], squares[1]).unwrap();
        let gradients = tape.backward(loss).unwrap();
        let now = optimizer.record(&mut tape, &gradients, max_norm).unwrap();
        let mut plan = Plan::new(&tape, &[], &store, &Device::Cpu).unwrap();
        plan.write(now, &optimizer.now(1, 1.0)).unwrap();
        plan.run(&mut store).unwrap();
        for (slot, (start, step)) in slots.iter().zip([3.0, 4.0].into_iter().zip(steps)) {
            let weight = store.read(slot).unwrap()[0];
            assert!((weight - (start - step)).abs() < 1e-5, "{max_norm:?}: {weight}");
        }
        assert_eq!(store.read(&unused).unwrap(), [7.0]);
        assert_eq!(store.slot("w3.momentum").unwrap().shape(), [1]);
    }
}

#[test]
fn weight_decay_can_be_switched_off() {
    let mut builder = StoreBuilder::default();
    let slots = ["weight", "bias"].map(|name| builder.add(name, &[2], &[1.0, -2.0]).unwrap());
    let parameters = slots.iter().cloned().zip([true, false]);
    let optimizer = Optimizer::new(&mut builder, sgd(0.5), parameters).unwrap();
    let mut store = builder.build(&Device::Cpu).unwrap();
    let mut tape = Tape::new();
    let weights = slots.each_ref().map(|slot| tape.stored(slot));
    let zeros = tape.constant(&[0.0; 2], &[2]).unwrap();
    let gradients = tape.backward_from(&weights.map(|weight| (weight, zeros))).unwrap();
    let now = optimizer.record(&mut tape, &gradients, None).unwrap();
    let mut plan = Plan::new(&tape, &[], &store, &Device::Cpu).unwrap();
    plan.write(now, &optimizer.now(1, 0.5)).unwrap();
    plan.run(&mut store).unwrap();
    assert_eq!(slots.map(|slot| store.read(&slot).unwrap()), [[0.75, -1.5], [1.0, -2.0]]);
}

/// Two steps of TensorFlow's formula, with a learning rate that changes.
#[test]
fn tensorflow_rmsprop_has_the_rate_inside_the_momentum() {
    let settings = RmsPropSettings { smoothing: 0.9, momentum: 0.9, epsilon: 1.0, decay: 0.0, tensorflow: true };
    let mut builder = StoreBuilder::default();
    let slot = builder.add("w", &[1], &[1.0]).unwrap();
    let optimizer = Optimizer::new(&mut builder, OptimizerSettings::RmsProp(settings), [(slot.clone(), true)]).unwrap();
    let mut store = builder.build(&Device::Cpu).unwrap();
    let mut tape = Tape::new();
    let (weight, gradient) = (tape.stored(&slot), tape.constant(&[2.0], &[1]).unwrap());
    let gradients = tape.backward_from(&[(weight, gradient)]).unwrap();
    let now = optimizer.record(&mut tape, &gradients, None).unwrap();
    let mut plan = Plan::new(&tape, &[], &store, &Device::Cpu).unwrap();
    let (mut square, mut step, mut expected) = (1.0_f32, 0.0, 1.0);
    for rate in [0.2_f32, 0.1] {
        plan.write(now, &optimizer.now(1, f64::from(rate))).unwrap();
        plan.run(&mut store).unwrap();
        square = 0.9 * square + 0.1 * 4.0;
        step = 0.9 * step + rate * 2.0 / (square + 1.0).sqrt();
        expected -= step;
        let actual = store.read(&slot).unwrap()[0];
        assert!((actual - expected).abs() < 1e-6, "{actual} for {expected}");
    }
}

#[test]
fn moving_averages_follow_the_weights() {
    let mut builder = StoreBuilder::default();
    let [means, weights] = [("means", 0.0), ("weights", 1.0)].map(|(name, x)| builder.add(name, &[1], &[x]).unwrap());
    let mut store = builder.build(&Device::Cpu).unwrap();
    let mut tape = Tape::new();
    let (to, from) = (tape.stored(&means), tape.stored(&weights));
    tape.ema(to, from, 0.75).unwrap();
    let mut plan = Plan::new(&tape, &[], &store, &Device::Cpu).unwrap();
    (0..2).for_each(|_| plan.run(&mut store).unwrap());
    assert_eq!(store.read(&means).unwrap(), [0.4375]);
}

#[test]
fn settings_are_parsed_from_toml() {
    let settings: OptimizerSettings = toml::from_str("name = \"sgd\"\nmomentum = 0.9\nnesterov = true").unwrap();
    assert_eq!(settings, OptimizerSettings::Sgd(SgdSettings { momentum: 0.9, nesterov: true, decay: 0.0 }));
    assert!(toml::from_str::<OptimizerSettings>("name = \"rmsprop\"\nalpha = 0.9").is_err());
}
