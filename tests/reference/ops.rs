//! Single operations, forward and backward.

use super::file::{Array, Case, assert_close, devices};
use graphpnas::device::Device;
use graphpnas::tape::{Plan, PoolKind, ShapeError, StoreBuilder, Tape, Tensor};

/// One operation of the file: its attributes, its inputs by name, and the expected results.
pub struct Op<'a> {
    pub attributes: &'a serde_json::Value,
    case: &'a Case,
    name: &'a str,
}

impl Op<'_> {
    /// The tensor `NAME.field`.
    pub fn tensor(&self, field: &str) -> &Array {
        self.case.tensor(&format!("{}.{field}", self.name))
    }

    /// Records the operation on these inputs, in order, and compares its result and every gradient.
    #[allow(dead_code)]
    pub fn check(&self, inputs: &[&str], record: impl Fn(&mut Tape, &[Tensor]) -> Result<Tensor, ShapeError>) {
        for device in devices() {
            self.check_on(&device, inputs, &record);
        }
    }

    fn check_on(
        &self,
        device: &Device,
        inputs: &[&str],
        record: &impl Fn(&mut Tape, &[Tensor]) -> Result<Tensor, ShapeError>,
    ) {
        let mut tape = Tape::new();
        let arrays: Vec<_> = inputs.iter().map(|name| self.tensor(&format!("in.{name}"))).collect();
        let tensors: Vec<_> = arrays.iter().map(|array| tape.input(&array.shape)).collect();
        let out = record(&mut tape, &tensors).unwrap();
        let shape = tape.shape(out).to_vec();
        let grad_out = tape.input(&shape);
        let gradients = tape.backward_from(&[(out, grad_out)]).unwrap();
        let keep: Vec<_> = tensors.iter().filter_map(|x| gradients.of(*x)).chain([out]).collect();
        let mut store = StoreBuilder::default().build(device).unwrap();
        let mut plan = Plan::new(&tape, &keep, &store, device).unwrap();
        for (tensor, array) in tensors.iter().zip(&arrays) {
            plan.write(*tensor, &array.numbers).unwrap();
        }
        plan.write(grad_out, &self.tensor("grad_out").numbers).unwrap();
        plan.run(&mut store).unwrap();
        let what = format!("{} on {}", self.name, device.name());
        assert_close(&what, &plan.read(out).unwrap(), &self.tensor("out").numbers, 1e-4);
        for (tensor, name) in tensors.iter().zip(inputs) {
            let Some(expected) = self.case.tensors.get(&format!("{}.grad.{name}", self.name)) else { continue };
            let gradient = gradients.of(*tensor).unwrap_or_else(|| panic!("{what}: no gradient for {name}"));
            assert_close(
                &format!("{what}, gradient of {name}"),
                &plan.read(gradient).unwrap(),
                &expected.numbers,
                1e-4,
            );
        }
    }
}

#[test]
fn single_operations_agree() {
    for name in ["ops", "tokens", "signals"] {
        all_of(&Case::read(name));
    }
}

fn all_of(case: &Case) {
    for attributes in case.attributes.as_array().unwrap() {
        let name = attributes["name"].as_str().unwrap();
        let op = Op { attributes, case, name };
        match attributes["op"].as_str().unwrap() {
            "linear" => super::dense::linear(&op),
            "gru_cell" => super::dense::gru_cell(&op),
            "lstm_cell" => super::dense::lstm_cell(&op),
            "softmax" => super::classes::softmax(&op),
            "cross_entropy" => super::classes::cross_entropy(&op),
            "conv2d" => super::image::conv2d(&op),
            "batch_norm" => super::image::batch_norm(&op),
            "max_pool2d" => super::image::pool2d(&op, PoolKind::Max),
            "avg_pool2d" => super::image::pool2d(&op, PoolKind::Average),
            "global_avg_pool" => op.check(&["x"], |tape, x| tape.global_average_pool(x[0])),
            "layer_norm" => super::tokens::layer_norm(&op),
            "attention" => super::tokens::attention(&op),
            "position" => super::tokens::position(&op),
            // New kernel families are added here.
            _ => println!("{name}: not implemented"),
        }
    }
}
