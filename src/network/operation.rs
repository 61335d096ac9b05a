//! The operations of a network's nodes, and their shape inference.

use std::fmt;

/// The largest length of an axis, a kernel, a stride or a padding.
const MAX_AXIS: usize = 1 << 20;

/// The shape of a node's output for one image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Shape {
    /// Channels, height and width.
    Image([usize; 3]),
    /// The number of elements.
    Vector(usize),
}

impl Shape {
    /// Returns the number of elements.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Image(axes) => axes.iter().product(),
            Self::Vector(len) => *len,
        }
    }

    /// Returns whether the shape has no elements.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the axes of a batch: `[batch, channels, height, width]` or `[batch, length]`.
    #[must_use]
    pub fn batched(&self, batch: usize) -> Vec<usize> {
        match self {
            Self::Image([channels, height, width]) => vec![batch, *channels, *height, *width],
            Self::Vector(len) => vec![batch, *len],
        }
    }

    fn is_valid(&self) -> bool {
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

/// The operation of a node on the outputs of the nodes it reads.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Operation {
    /// The input images; only the first node of a network.
    Input,
    /// A convolution with a square kernel.
    Conv2d {
        /// Output channels, a multiple of `groups`.
        filters: usize,
        /// Kernel size in pixels.
        kernel: usize,
        /// Stride, in pixels.
        stride: usize,
        /// Zeros added on every side, in pixels.
        padding: usize,
        /// Dilation, in pixels.
        dilation: usize,
        /// Number of groups.
        groups: usize,
        /// Whether a bias per filter is added.
        bias: bool,
    },
    /// Batch normalisation of every channel.
    BatchNorm {
        /// Whether a weight and a bias per channel are applied.
        affine: bool,
        /// Added to the variance.
        epsilon: f32,
        /// The weight of a new batch in the running mean and variance.
        momentum: f32,
    },
    /// Layer normalisation over the channels of every position, with a weight and a bias per channel.
    LayerNorm {
        /// Added to the variance.
        epsilon: f32,
    },
    /// Scaled dot-product attention over all positions; the inputs are query, key and value.
    Attention {
        /// Number of heads, each with an equal share of the channels.
        heads: usize,
    },
    /// A learned value per channel and position, added to every image.
    PositionEmbedding,
    /// max(x, 0)
    Relu,
    /// 1 / (1 + e^-x)
    Sigmoid,
    /// Images whose channels are multiplied by the elements of a vector (squeeze-and-excitation).
    ScaleChannels,
    /// max(0, min(x, 6))
    Relu6,
    /// x / (1 + e^-x)
    Silu,
    /// x max(0, min(x + 3, 6)) / 6
    HardSwish,
    /// x times the standard normal distribution function of x
    Gelu,
    /// Max pooling; padding is never the maximum.
    MaxPool {
        /// Window size in pixels.
        size: usize,
        /// Stride, in pixels.
        stride: usize,
        /// Pixels added on every side, at most half the window.
        padding: usize,
    },
    /// Average pooling.
    AvgPool {
        /// Window size in pixels.
        size: usize,
        /// Stride, in pixels.
        stride: usize,
        /// Zeros added on every side, at most half the window.
        padding: usize,
        /// Whether the added zeros are included in the mean.
        count_padding: bool,
    },
    /// The mean of every channel.
    GlobalAveragePool,
    /// x W^T + bias
    Linear {
        /// The length of the output.
        outputs: usize,
    },
    /// The sum of all inputs.
    Sum,
    /// The mean of all inputs.
    Mean,
    /// The sum of all inputs, each multiplied by the sigmoid of its own weight (RandWire).
    WeightedSum,
    /// The concatenation of all inputs along the channels.
    Concat,
    /// A range of channels.
    Narrow {
        /// The first channel.
        from: usize,
        /// The number of channels.
        len: usize,
    },
    /// The image shifted by one pixel up and left, filled with zeros (factorised reduction).
    Shift,
    /// In training, each value becomes zero with probability `rate`; the others are scaled up.
    Dropout {
        /// The probability.
        rate: f32,
    },
    /// In training, each image becomes zero with probability `rate`; the others are scaled up.
    DropPath {
        /// The probability.
        rate: f32,
    },
    /// Zeros of this shape, without inputs.
    Zero(Shape),
}

impl Operation {
    /// Returns a convolution without bias that preserves the image size at stride 1, for an odd kernel.
    #[must_use]
    pub fn conv(filters: usize, kernel: usize, stride: usize) -> Self {
        Self::Conv2d { filters, kernel, stride, padding: kernel / 2, dilation: 1, groups: 1, bias: false }
    }

    /// Returns the operation's name in listings.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Input => "input",
            Self::Conv2d { .. } => "conv2d",
            Self::BatchNorm { .. } => "batch_norm",
            Self::LayerNorm { .. } => "layer_norm",
            Self::Attention { .. } => "attention",
            Self::PositionEmbedding => "position_embedding",
            Self::Relu => "relu",
            Self::Sigmoid => "sigmoid",
            Self::ScaleChannels => "scale_channels",
            Self::Relu6 => "relu6",
            Self::Silu => "silu",
            Self::HardSwish => "hard_swish",
            Self::Gelu => "gelu",
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

    /// Returns the shape of the output, or `None` if the inputs do not suit the operation.
    pub(super) fn infer(&self, inputs: &[Shape]) -> Option<Shape> {
        let shape = match (*self, inputs) {
            (Self::Zero(shape), []) => shape,
            (Self::Sum | Self::Mean | Self::WeightedSum, [first, rest @ ..]) => {
                rest.iter().all(|other| other == first).then_some(*first)?
            }
            (Self::Concat, _) => concatenated(inputs)?,
            (Self::ScaleChannels, [image @ Shape::Image([channels, ..]), Shape::Vector(len)]) => {
                (channels == len).then_some(*image)?
            }
            (Self::Attention { heads }, [query @ Shape::Image([channels, ..]), key, value]) => {
                let fits = heads > 0 && channels.is_multiple_of(heads) && [key, value] == [query; 2];
                fits.then_some(*query)?
            }
            (_, [input]) => self.infer_one(*input)?,
            _ => return None,
        };
        shape.is_valid().then_some(shape)
    }

    fn infer_one(&self, input: Shape) -> Option<Shape> {
        match (*self, input) {
            (Self::Relu | Self::Sigmoid | Self::Relu6 | Self::Silu | Self::HardSwish | Self::Gelu, _) => Some(input),
            (Self::Dropout { rate }, _) | (Self::DropPath { rate }, Shape::Image(_)) => {
                (0.0..1.0).contains(&rate).then_some(input)
            }
            (
                Self::BatchNorm { .. } | Self::LayerNorm { .. } | Self::PositionEmbedding | Self::Shift,
                Shape::Image(_),
            ) => Some(input),
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
                convolved(x, x[0], ConvSettings { size, stride, padding, dilation: 1 })
            }
            (Self::Conv2d { filters, kernel, stride, padding, dilation, groups, .. }, Shape::Image(x)) => {
                let even = groups > 0 && x[0].is_multiple_of(groups) && filters.is_multiple_of(groups);
                even.then_some(())?;
                convolved(x, filters, ConvSettings { size: kernel, stride, padding, dilation })
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

/// Returns the output shape of a convolution or pooling.
fn convolved([_, height, width]: [usize; 3], channels: usize, settings: ConvSettings) -> Option<Shape> {
    let ConvSettings { size, stride, padding, dilation } = settings;
    let valid = [size, stride, dilation].iter().all(|x| (1..=MAX_AXIS).contains(x)) && padding <= MAX_AXIS;
    let reach = if valid { dilation * (size - 1) + 1 } else { return None };
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
