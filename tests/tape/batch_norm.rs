//! Gradients and running statistics of batch normalisation.

use super::difference::{check, numbers};
use graphpnas::device::Device;
use graphpnas::tape::{BatchNorm, Plan, StoreBuilder, Tape, Tensor};

const SHAPE: [usize; 4] = [3, 2, 2, 3];

/// Returns constants in place of the store's running statistics. They are not differentiated.
fn running(tape: &mut Tape) -> [Tensor; 2] {
    [tape.constant(&[0.1, -0.2], &[2]).unwrap(), tape.constant(&[0.8, 1.5], &[2]).unwrap()]
}

#[test]
fn batch_norm_gradients() {
    let x = numbers(4, 36);
    let affine = [(&SHAPE[..], x.clone()), (&[2][..], vec![1.5, -0.5]), (&[2][..], vec![0.25, 0.5])];
    for training in [true, false] {
        let settings = BatchNorm { training, ..BatchNorm::default() };
        check(&affine[..1], |tape, x| {
            let running = running(tape);
            Ok(vec![tape.batch_norm(x[0], None, running, settings, false)?])
        });
        check(&affine, |tape, x| {
            let running = running(tape);
            Ok(vec![tape.batch_norm(x[0], Some([x[1], x[2]]), running, settings, false)?])
        });
    }
}

/// Finite differences must not cross the kink: the bias keeps one channel above it and one below, except for outliers.
#[test]
fn the_fused_relu_passes_positive_values() {
    let x: Vec<_> = numbers(5, 36).iter().map(|x| 1.0_f32.copysign(*x) + 0.1 * x).collect();
    let inputs = [(&SHAPE[..], x), (&[2][..], vec![1.0, -2.0]), (&[2][..], vec![0.2, 0.3])];
    for training in [true, false] {
        let settings = BatchNorm { training, ..BatchNorm::default() };
        check(&inputs, |tape, x| {
            let running = running(tape);
            Ok(vec![tape.batch_norm(x[0], Some([x[1], x[2]]), running, settings, true)?])
        });
    }
}

#[test]
fn training_updates_the_running_statistics_used_by_inference() {
    let mut builder = StoreBuilder::default();
    let mean = builder.add("mean", &[1], &[0.0]).unwrap();
    let var = builder.add("var", &[1], &[1.0]).unwrap();
    let mut store = builder.build(&Device::Cpu).unwrap();
    let mut run = |training: bool| {
        let mut tape = Tape::new();
        let x = tape.constant(&[1.0, 3.0, 5.0, 7.0], &[2, 1, 2]).unwrap();
        let running = [tape.stored(&mean), tape.stored(&var)];
        let settings = BatchNorm { epsilon: 0.0, momentum: 0.5, training };
        let y = tape.batch_norm(x, None, running, settings, false).unwrap();
        let mut plan = Plan::new(&tape, &[y], &store, &Device::Cpu).unwrap();
        plan.run(&mut store).unwrap();
        (plan.read(y).unwrap(), store.read(&mean).unwrap()[0], store.read(&var).unwrap()[0])
    };
    let close = |a: f32, b: f32| assert!((a - b).abs() < 1e-5, "{a} for {b}");
    let (y, mean, var) = run(true);
    close(y[0], -3.0 / 5.0_f32.sqrt());
    close(mean, 2.0);
    close(var, 0.5 + 0.5 * 20.0 / 3.0);
    let (y, same, _) = run(false);
    close(same, mean);
    close(y[3], (7.0 - mean) / var.sqrt());
}

#[test]
fn incompatible_shapes_are_errors() {
    let mut tape = Tape::new();
    let running = running(&mut tape);
    let settings = BatchNorm::default();
    for shape in [&[2][..], &[4, 3, 2, 2], &[0, 2, 2, 2]] {
        let x = tape.input(shape);
        assert!(tape.batch_norm(x, None, running, settings, false).is_err(), "{shape:?}");
    }
}
