//! The operations of a network's nodes, and what each makes of the shapes it is given.

use std::fmt;

/// The largest length of an axis, a window, a stride or a padding.
const MAX_AXIS: usize = 1 << 20;

/// The shape of a node's result, for one image of the batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Shape {
    /// Channels, height and width.
    Image([usize; 3]),
    /// So many numbers.
    Vector(usize),
}

impl Shape {
    /// How many numbers it holds.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Image(axes) => axes.iter().product(),
            Self::Vector(len) => *len,
        }
    }

    /// Whether it holds none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The axes of a batch of them, as a tape wants them.
    #[must_use]
    pub fn batched(&self, batch: usize) -> Vec<usize> {
        match self {
            Self::Image([channels, height, width]) => vec![batch, *channels, *height, *width],
            Self::Vector(len) => vec![batch, *len],
        }
    }

    fn is_sound(&self) -> bool {
        match self {
            Self::Image(axes) => axes.iter().all(|axis| (1..=MAX_AXIS).contains(axis)),
            Self::Vector(len) => (1..=MAX_AXIS).contains(len),
        }
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Image([channels, height, width]) => write!(f, "{channels}x{height}x{width}"),
            Self::Vector(len) => write!(f, "{len}"),
        }
    }
}

/// What a node does with the results of the nodes it reads.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Operation {
    /// The images themselves; the first node of every network, and no other.
    Input,
    /// A convolution with square windows.
    Conv2d {
        /// Output channels, a multiple of `groups`.
        filters: usize,
        /// Rows and columns of the window.
        kernel: usize,
        /// Stride, in pixels.
        stride: usize,
        /// Zeros on every side.
        padding: usize,
        /// Pixels from one place of the window to the next.
        dilation: usize,
        /// Groups of a grouped convolution.
        groups: usize,
        /// Whether a number per filter is added.
        bias: bool,
    },
    /// Batch normalisation of every channel.
    BatchNorm {
        /// Whether a weight and a bias per channel follow.
        affine: bool,
        /// Added to the variance.
        epsilon: f32,
        /// The share of a new batch in the running mean and variance.
        momentum: f32,
    },
    /// max(x, 0)
    Relu,
    /// The largest number of every window; padding never is.
    MaxPool {
        /// Rows and columns of the window.
        size: usize,
        /// Stride, in pixels.
        stride: usize,
        /// Pixels added on every side, at most half the window.
        padding: usize,
    },
    /// The mean of every window.
    AvgPool {
        /// Rows and columns of the window.
        size: usize,
        /// Stride, in pixels.
        stride: usize,
        /// Zeros added on every side, at most half the window.
        padding: usize,
        /// Whether the added zeros count in the mean.
        count_padding: bool,
    },
    /// The mean of every channel.
    GlobalAveragePool,
    /// x W^T + bias
    Linear {
        /// Numbers of the result.
        outputs: usize,
    },
    /// The sum of all inputs.
    Sum,
    /// The mean of all inputs.
    Mean,
    /// The sum of all inputs, each times the sigmoid of a weight of its own (RandWire).
    WeightedSum,
    /// The channels of all inputs, one after the other.
    Concat,
    /// A run of channels.
    Narrow {
        /// The first channel.
        from: usize,
        /// How many.
        len: usize,
    },
    /// The image moved by one pixel up and one to the left; zeros move in (factorised reduction).
    Shift,
    /// In training, each number becomes zero with probability `rate`; the others are scaled up.
    Dropout {
        /// The probability.
        rate: f32,
    },
    /// In training, each image becomes zero with probability `rate`; the others are scaled up.
    DropPath {
        /// The probability.
        rate: f32,
    },
    /// Zeros of that shape; it reads nothing.
    Zero(Shape),
}

impl Operation {
    /// A convolution that keeps the image's size at stride 1 (an odd kernel is meant), without bias.
    #[must_use]
    pub fn conv(filters: usize, kernel: usize, stride: usize) -> Self {
        Self::Conv2d { filters, kernel, stride, padding: kernel / 2, dilation: 1, groups: 1, bias: false }
    }

    /// The operation's name in listings.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Input => "input",
            Self::Conv2d { .. } => "conv2d",
            Self::BatchNorm { .. } => "batch_norm",
            Self::Relu => "relu",
            Self::MaxPool { .. } => "max_pool",
            Self::AvgPool { .. } => "avg_pool",
            Self::GlobalAveragePool => "global_average_pool",
            Self::Linear { .. } => "linear",
            Self::Sum => "sum",
            Self::Mean => "mean",
            Self::WeightedSum => "weighted_sum",
            Self::Concat => "concat",
            Self::Narrow { .. } => "narrow",
            Self::Shift => "shift",
            Self::Dropout { .. } => "dropout",
            Self::DropPath { .. } => "drop_path",
            Self::Zero(_) => "zero",
        }
    }

    /// The shape of the result, or `None` where the inputs do not suit the operation.
    pub(super) fn infer(&self, inputs: &[Shape]) -> Option<Shape> {
        let shape = match (*self, inputs) {
            (Self::Zero(shape), []) => shape,
            (Self::Sum | Self::Mean | Self::WeightedSum, [first, rest @ ..]) => {
                rest.iter().all(|other| other == first).then_some(*first)?
            }
            (Self::Concat, _) => concatenated(inputs)?,
            (_, [input]) => self.infer_one(*input)?,
            _ => return None,
        };
        shape.is_sound().then_some(shape)
    }

    fn infer_one(&self, input: Shape) -> Option<Shape> {
        match (*self, input) {
            (Self::Relu, _) => Some(input),
            (Self::Dropout { rate }, _) | (Self::DropPath { rate }, Shape::Image(_)) => {
                (0.0..1.0).contains(&rate).then_some(input)
            }
            (Self::BatchNorm { .. } | Self::Shift, Shape::Image(_)) => Some(input),
            (Self::GlobalAveragePool, Shape::Image([channels, ..])) => Some(Shape::Vector(channels)),
            (Self::Linear { outputs }, Shape::Vector(_)) => Some(Shape::Vector(outputs)),
            (Self::Narrow { from, len }, Shape::Image([channels, height, width])) => {
                from.checked_add(len).filter(|end| *end <= channels).map(|_| Shape::Image([len, height, width]))
            }
            (
                Self::MaxPool { size, stride, padding } | Self::AvgPool { size, stride, padding, .. },
                Shape::Image(x),
            ) => {
                (padding <= size / 2).then_some(())?;
                moved(x, x[0], ConvSettings { size, stride, padding, dilation: 1 })
            }
            (Self::Conv2d { filters, kernel, stride, padding, dilation, groups, .. }, Shape::Image(x)) => {
                let even = groups > 0 && x[0].is_multiple_of(groups) && filters.is_multiple_of(groups);
                even.then_some(())?;
                moved(x, filters, ConvSettings { size: kernel, stride, padding, dilation })
            }
            _ => None,
        }
    }
}

struct ConvSettings {
    size: usize,
    stride: usize,
    padding: usize,
    dilation: usize,
}

/// The image that a window moved over another one leaves.
fn moved([_, height, width]: [usize; 3], channels: usize, window: ConvSettings) -> Option<Shape> {
    let ConvSettings { size, stride, padding, dilation } = window;
    let sound = [size, stride, dilation].iter().all(|x| (1..=MAX_AXIS).contains(x)) && padding <= MAX_AXIS;
    let reach = if sound { dilation * (size - 1) + 1 } else { return None };
    let side = |len: usize| (len + 2 * padding).checked_sub(reach).map(|rest| rest / stride + 1);
    Some(Shape::Image([channels, side(height)?, side(width)?]))
}

fn concatenated(inputs: &[Shape]) -> Option<Shape> {
    let mut sum = None;
    for input in inputs {
        let Shape::Image([channels, height, width]) = *input else { return None };
        let before = sum.get_or_insert([0, height, width]);
        if [before[1], before[2]] != [height, width] {
            return None;
        }
        before[0] += channels;
    }
    sum.map(Shape::Image)
}
