//! Convolution.

use super::window::{Geometry, Window, python_sides};
use super::{NetworkOperation, NodeRecorder, OnnxValues, exactly, image};
use crate::convert::to_i64;
use crate::network::Shape;
use crate::network::weight::{Initial, WeightSpec};
use crate::onnx::{NodeWriter, int, ints};
use crate::tape::{ConvSettings, ShapeError, Tensor};
use std::fmt::Write;

/// A convolution. Its weight is `[filters, channels / groups, rows, columns]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Conv2d {
    /// Output channels, a multiple of `groups`.
    pub filters: usize,
    /// Rows and columns of the kernel.
    pub kernel: [usize; 2],
    /// Stride on both axes.
    pub stride: usize,
    /// Zeros added above and below, and on the left and right.
    pub padding: [usize; 2],
    /// Dilation on both axes.
    pub dilation: usize,
    /// Number of groups.
    pub groups: usize,
    /// Whether a bias per filter is added.
    pub bias: bool,
}

impl Conv2d {
    /// Returns a convolution without bias that preserves the image size at stride 1, for a square kernel of odd size.
    #[must_use]
    pub fn new(filters: usize, side: usize, stride: usize) -> Self {
        Self::with_kernel(filters, [side; 2], stride)
    }

    /// Like [`Conv2d::new`], for a kernel of any odd rows and columns.
    #[must_use]
    pub fn with_kernel(filters: usize, kernel: [usize; 2], stride: usize) -> Self {
        let padding = kernel.map(|side| side / 2);
        Self { filters, kernel, stride, padding, dilation: 1, groups: 1, bias: false }
    }

    fn geometry(self) -> Geometry {
        let Self { kernel, stride, padding, dilation, .. } = self;
        Geometry { size: kernel, stride, padding, dilation }
    }

    /// The elements of a filter for an input of these channels.
    fn filter_len(self, channels: usize) -> usize {
        channels / self.groups.max(1) * self.kernel[0] * self.kernel[1]
    }
}

impl NetworkOperation for Conv2d {
    fn name(&self) -> &'static str {
        "conv2d"
    }

    fn shape(&self, inputs: &[Shape]) -> Option<Shape> {
        let (axes, groups) = (image(inputs)?, self.groups);
        let even = groups > 0 && axes[0].is_multiple_of(groups) && self.filters.is_multiple_of(groups);
        even.then_some(())?;
        self.geometry().result(axes, self.filters)
    }

    /// Filters are normal with variance 2/fan_out, where fan_out is filters / groups * kernel elements (He et al. 2015).
    fn weights(&self, inputs: &[Shape]) -> Vec<WeightSpec> {
        let Self { filters, kernel: [rows, columns], groups, .. } = *self;
        let groups = groups.max(1);
        let shape = [filters, inputs.first().map_or(0, Shape::channels) / groups, rows, columns];
        let fan = filters / groups * rows * columns;
        let weight = WeightSpec::new("weight", &shape, Initial::KaimingNormal { fan });
        let bias = self.bias.then(|| WeightSpec::constant("bias", &[filters], 0.0));
        [weight].into_iter().chain(bias).collect()
    }

    fn multiply_adds(&self, inputs: &[Shape], output: Shape) -> u64 {
        let filter = self.filter_len(inputs.first().map_or(0, Shape::channels));
        (filter as u64).saturating_mul(output.len() as u64)
    }

    fn window(&self, _output: Shape) -> Window {
        self.geometry().window()
    }

    fn is_layer(&self) -> bool {
        true
    }

    fn units(&self) -> Option<usize> {
        Some(self.filters)
    }

    fn record(&self, node: &mut NodeRecorder<'_>, inputs: &[Tensor]) -> Result<Tensor, ShapeError> {
        let ([x], Self { stride, padding, dilation, groups, .. }) = (exactly(inputs)?, *self);
        let settings = ConvSettings { stride, padding, dilation, groups, relu: node.relu };
        let (weight, bias) = match self.bias {
            true => exactly(node.weights).map(|[weight, bias]| (weight, Some(bias)))?,
            false => exactly(node.weights).map(|[weight]| (weight, None))?,
        };
        node.tape.conv2d(x, weight, bias, settings)
    }

    fn onnx(&self, node: &mut NodeWriter<'_>, values: OnnxValues<'_>) -> String {
        let mut attributes = self.geometry().onnx();
        attributes.extend([ints("dilations", &[self.dilation; 2]), int("group", to_i64(self.groups))]);
        node.result("Conv", values.all(), attributes)
    }

    fn pytorch_module(&self, inputs: &[Shape]) -> Option<String> {
        let Self { filters, kernel, stride, padding, dilation, groups, bias } = *self;
        let channels = inputs.first()?.channels();
        let mut text = format!("nn.Conv2d({channels}, {filters}, {}", python_sides(kernel));
        let padding = (padding != [0; 2]).then(|| python_sides(padding));
        let changed = |value: usize| (value != 1).then(|| value.to_string());
        let (stride, dilation, groups) = (changed(stride), changed(dilation), changed(groups));
        for (argument, value) in [("stride", stride), ("padding", padding), ("dilation", dilation), ("groups", groups)]
        {
            if let Some(value) = value {
                let _ = write!(text, ", {argument}={value}");
            }
        }
        Some(text + if bias { ")" } else { ", bias=False)" })
    }
}
