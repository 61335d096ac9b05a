//! Pooling.

use super::window::{Geometry, Window, python_sides};
use super::{NetworkOperation, NodeRecorder, OnnxValues, exactly, image, python_bool};
use crate::network::Shape;
use crate::onnx::{NodeWriter, int};
use crate::tape::{Pool, PoolKind, ShapeError, Tensor};

/// Max pooling; padding is never the maximum.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MaxPool {
    /// Rows and columns of the window.
    pub size: [usize; 2],
    /// Stride on both axes.
    pub stride: usize,
    /// Positions added on either side of each axis, at most half the window.
    pub padding: [usize; 2],
}

/// Average pooling.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AvgPool {
    /// Rows and columns of the window.
    pub size: [usize; 2],
    /// Stride on both axes.
    pub stride: usize,
    /// Zeros added on either side of each axis, at most half the window.
    pub padding: [usize; 2],
    /// Whether the added zeros are included in the mean.
    pub count_padding: bool,
}

/// The mean of every channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GlobalAveragePool;

impl MaxPool {
    fn geometry(self) -> Geometry {
        let Self { size, stride, padding } = self;
        Geometry { size, stride, padding, dilation: 1 }
    }
}

impl AvgPool {
    fn geometry(self) -> Geometry {
        let Self { size, stride, padding, .. } = self;
        Geometry { size, stride, padding, dilation: 1 }
    }
}

fn pooled(inputs: &[Shape], geometry: Geometry) -> Option<Shape> {
    let axes = image(inputs)?;
    let fits = geometry.padding.iter().zip(geometry.size).all(|(padding, size)| *padding <= size / 2);
    fits.then_some(())?;
    geometry.result(axes, axes[0])
}

impl NetworkOperation for MaxPool {
    fn name(&self) -> &'static str {
        "max_pool"
    }

    fn shape(&self, inputs: &[Shape]) -> Option<Shape> {
        pooled(inputs, self.geometry())
    }

    fn window(&self, _output: Shape) -> Window {
        self.geometry().window()
    }

    fn record(&self, node: &mut NodeRecorder<'_>, inputs: &[Tensor]) -> Result<Tensor, ShapeError> {
        let ([x], Self { size, stride, padding }) = (exactly(inputs)?, *self);
        node.tape.pool2d(x, Pool { kind: PoolKind::Max, size, stride, padding, count_padding: false })
    }

    fn onnx(&self, node: &mut NodeWriter<'_>, values: OnnxValues<'_>) -> String {
        node.result("MaxPool", values.inputs, self.geometry().onnx())
    }

    fn pytorch(&self, _module: &str, inputs: &[&str]) -> String {
        let (size, padding) = (python_sides(self.size), python_sides(self.padding));
        format!("F.max_pool2d({}, {size}, {}, {padding})", inputs.join(", "), self.stride)
    }
}

impl NetworkOperation for AvgPool {
    fn name(&self) -> &'static str {
        "avg_pool"
    }

    fn shape(&self, inputs: &[Shape]) -> Option<Shape> {
        pooled(inputs, self.geometry())
    }

    fn window(&self, _output: Shape) -> Window {
        self.geometry().window()
    }

    fn record(&self, node: &mut NodeRecorder<'_>, inputs: &[Tensor]) -> Result<Tensor, ShapeError> {
        let ([x], Self { size, stride, padding, count_padding }) = (exactly(inputs)?, *self);
        node.tape.pool2d(x, Pool { kind: PoolKind::Average, size, stride, padding, count_padding })
    }

    fn onnx(&self, node: &mut NodeWriter<'_>, values: OnnxValues<'_>) -> String {
        let mut attributes = self.geometry().onnx();
        attributes.push(int("count_include_pad", self.count_padding.into()));
        node.result("AveragePool", values.inputs, attributes)
    }

    fn pytorch(&self, _module: &str, inputs: &[&str]) -> String {
        let (size, padding) = (python_sides(self.size), python_sides(self.padding));
        let (x, counts) = (inputs.join(", "), python_bool(self.count_padding));
        format!("F.avg_pool2d({x}, {size}, {}, {padding}, count_include_pad={counts})", self.stride)
    }
}

impl NetworkOperation for GlobalAveragePool {
    fn name(&self) -> &'static str {
        "global_average_pool"
    }

    fn shape(&self, inputs: &[Shape]) -> Option<Shape> {
        image(inputs).map(|[channels, ..]| Shape::Vector(channels))
    }

    fn record(&self, node: &mut NodeRecorder<'_>, inputs: &[Tensor]) -> Result<Tensor, ShapeError> {
        let [x] = exactly(inputs)?;
        node.tape.global_average_pool(x)
    }

    fn onnx(&self, node: &mut NodeWriter<'_>, values: OnnxValues<'_>) -> String {
        let means = node.value("means", "GlobalAveragePool", values.inputs, Vec::new());
        node.result("Flatten", vec![means], vec![int("axis", 1)])
    }

    fn pytorch(&self, _module: &str, inputs: &[&str]) -> String {
        inputs.join(", ") + ".mean([2, 3])"
    }
}
