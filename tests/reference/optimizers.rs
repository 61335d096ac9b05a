//! Six steps of every optimizer with given gradients.

use super::file::{Case, assert_close, devices};
use graphpnas::device::Device;
use graphpnas::kernel::optimizer::{AdamSettings, RmsPropSettings, SgdSettings};
use graphpnas::nn::{Optimizer, OptimizerSettings};
use graphpnas::tape::{Plan, StoreBuilder, Tape};
use serde_json::Value;

fn settings(name: &str, attributes: &Value) -> OptimizerSettings {
    let number = |key: &str| attributes[key].as_f64().unwrap() as f32;
    let (decay, defaults) = (number("weight_decay"), AdamSettings::default());
    match name.split('_').next() {
        Some("sgd") => {
            let nesterov = attributes["nesterov"].as_bool().unwrap();
            OptimizerSettings::Sgd(SgdSettings { momentum: number("momentum"), nesterov, decay })
        }
        // The file does not contain Adam's betas, which are the defaults.
        Some("adam") => OptimizerSettings::Adam(AdamSettings { epsilon: number("eps"), decay, ..defaults }),
        Some("rmsprop") => {
            let [smoothing, momentum, epsilon] = ["alpha", "momentum", "eps"].map(number);
            OptimizerSettings::RmsProp(RmsPropSettings { smoothing, momentum, epsilon, decay, tensorflow: false })
        }
        _ => panic!("{name}: no such optimizer"),
    }
}

fn check(case: &Case, name: &str, attributes: &Value, device: &Device) {
    let expected = case.tensor(&format!("{name}.params"));
    let gradients = case.tensor(&format!("{name}.grads"));
    let width = expected.shape[1];
    let mut builder = StoreBuilder::default();
    let slot = builder.add("w", &[width], &expected.numbers[..width]).unwrap();
    let optimizer = Optimizer::new(&mut builder, settings(name, attributes), [(slot.clone(), true)]).unwrap();
    let mut store = builder.build(device).unwrap();
    let mut tape = Tape::new();
    let (weights, gradient) = (tape.stored(&slot), tape.input(&[width]));
    let of = tape.backward_from(&[(weights, gradient)]).unwrap();
    let now = optimizer.record(&mut tape, &of, None).unwrap();
    let mut plan = Plan::new(&tape, &[], &store, device).unwrap();
    let steps = gradients.numbers.chunks(width).zip(expected.numbers.chunks(width).skip(1));
    for (step, (numbers, expected)) in steps.enumerate() {
        plan.write(gradient, numbers).unwrap();
        plan.write(now, &optimizer.now(step as u64 + 1, attributes["lr"].as_f64().unwrap())).unwrap();
        plan.run(&mut store).unwrap();
        let what = format!("{name} on {}, step {}", device.name(), step + 1);
        assert_close(&what, &store.read(&slot).unwrap(), expected, 1e-4);
    }
}

#[test]
fn optimizers_agree() {
    let case = Case::read("optimizers");
    for device in devices() {
        for (name, attributes) in case.attributes.as_object().unwrap() {
            check(&case, name, attributes, &device);
        }
    }
}
