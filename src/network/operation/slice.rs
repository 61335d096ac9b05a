//! Ranges of channels and shifted images.

use super::{NetworkOperation, NodeRecorder, OnnxValues, exactly, image};
use crate::convert::to_i64;
use crate::network::Shape;
use crate::onnx::{CHANNELS, NodeWriter, PIXELS};
use crate::tape::{ShapeError, Tensor};

/// A range of channels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Narrow {
    /// The first channel.
    pub from: usize,
    /// The number of channels.
    pub len: usize,
}

/// The image shifted up and left by rows and columns, at most 1 each, and filled with zeros (factorised reduction).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shift(pub [usize; 2]);

impl NetworkOperation for Narrow {
    fn name(&self) -> &'static str {
        "narrow"
    }

    fn shape(&self, inputs: &[Shape]) -> Option<Shape> {
        let [channels, height, width] = image(inputs)?;
        let end = self.from.checked_add(self.len).filter(|end| *end <= channels);
        end.map(|_| Shape::Image([self.len, height, width]))
    }

    fn record(&self, node: &mut NodeRecorder<'_>, inputs: &[Tensor]) -> Result<Tensor, ShapeError> {
        let [x] = exactly(inputs)?;
        node.tape.narrow(x, self.from, self.len)
    }

    fn onnx(&self, node: &mut NodeWriter<'_>, values: OnnxValues<'_>) -> String {
        let bounds = [("from", to_i64(self.from)), ("to", to_i64(self.from + self.len)), ("axis", CHANNELS)];
        let bounds = bounds.map(|(what, bound)| node.integers(what, &[bound]));
        node.result("Slice", values.with(bounds), Vec::new())
    }

    fn pytorch(&self, _module: &str, inputs: &[&str]) -> String {
        format!("{}[:, {}:{}]", inputs.join(", "), self.from, self.from + self.len)
    }
}

impl NetworkOperation for Shift {
    fn name(&self) -> &'static str {
        "shift"
    }

    fn shape(&self, inputs: &[Shape]) -> Option<Shape> {
        image(inputs).filter(|_| self.0.iter().all(|by| *by <= 1)).map(Shape::Image)
    }

    fn record(&self, node: &mut NodeRecorder<'_>, inputs: &[Tensor]) -> Result<Tensor, ShapeError> {
        let ([x], [rows, columns]) = (exactly(inputs)?, self.0);
        node.tape.shift(x, rows, columns)
    }

    /// Appends rows and columns of zeros, and removes as many at the start.
    fn onnx(&self, node: &mut NodeWriter<'_>, values: OnnxValues<'_>) -> String {
        let by = self.0.map(to_i64);
        let pads = node.integers("pads", &[0, 0, 0, 0, 0, 0, by[0], by[1]]);
        let mut cut = vec![node.value("padded", "Pad", values.with([pads]), Vec::new())];
        cut.push(node.integers("from", &by));
        cut.push(node.integers("to", &[i64::MAX, i64::MAX]));
        cut.push(node.integers("axes", &PIXELS));
        node.result("Slice", cut, Vec::new())
    }

    fn pytorch(&self, _module: &str, inputs: &[&str]) -> String {
        let (x, [rows, columns]) = (inputs.join(", "), self.0);
        format!("F.pad({x}, [0, {columns}, 0, {rows}])[:, :, {rows}:, {columns}:]")
    }
}
