//! The blocks that networks are made of (docs/method.md section 5; the operations of DARTS, Liu et al. 2019).
//!
//! A block adds the nodes `NAME.conv`, `NAME.bn` and so on and returns the number of its last one.

use super::builder::Builder;
use super::error::NetworkError;
use super::operation::Operation;

/// The number of the node a block ends in.
type Block = Result<usize, NetworkError>;

/// How a block's convolution or pooling is shaped; padding keeps the image's size at stride 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Filter {
    /// Channels of the result.
    pub channels: usize,
    /// Rows and columns of the window, an odd number.
    pub kernel: usize,
    /// Stride, in pixels.
    pub stride: usize,
}

impl Filter {
    /// A filter of stride 1.
    #[must_use]
    pub const fn new(channels: usize, kernel: usize) -> Self {
        Self { channels, kernel, stride: 1 }
    }

    /// The same with another stride.
    #[must_use]
    pub const fn by(self, stride: usize) -> Self {
        Self { stride, ..self }
    }

    fn operation(self) -> Operation {
        Operation::conv(self.channels, self.kernel, self.stride)
    }
}

impl Builder {
    /// Batch normalisation with weight and bias, epsilon 1e-5.
    ///
    /// # Errors
    /// As [`Builder::add`], like all blocks.
    pub fn batch_norm(&mut self, name: &str, x: usize) -> Block {
        let operation = Operation::BatchNorm { affine: true, epsilon: 1e-5, momentum: self.momentum };
        self.add(name, operation, &[x])
    }

    /// Convolution, batch normalisation.
    pub fn conv_bn(&mut self, name: &str, x: usize, filter: Filter) -> Block {
        let x = self.add(format!("{name}.conv"), filter.operation(), &[x])?;
        self.batch_norm(&format!("{name}.bn"), x)
    }

    /// Convolution, batch normalisation, ReLU: the operations of NAS-Bench-101.
    pub fn conv_bn_relu(&mut self, name: &str, x: usize, filter: Filter) -> Block {
        let x = self.conv_bn(name, x, filter)?;
        self.add(format!("{name}.relu"), Operation::Relu, &[x])
    }

    /// ReLU, convolution, batch normalisation: the operations of NAS-Bench-201.
    pub fn relu_conv_bn(&mut self, name: &str, x: usize, filter: Filter) -> Block {
        let x = self.add(format!("{name}.relu"), Operation::Relu, &[x])?;
        self.conv_bn(name, x, filter)
    }

    /// A convolution of each channel with itself, then one of 1x1 over all channels; nothing between the two.
    pub fn depthwise_pointwise(&mut self, name: &str, x: usize, filter: Filter, dilation: usize) -> Block {
        let (channels, Filter { kernel, stride, .. }) = (self.channels(x), filter);
        let (padding, bias) = (dilation * (kernel / 2), false);
        let depthwise =
            Operation::Conv2d { filters: channels, kernel, stride, padding, dilation, groups: channels, bias };
        let x = self.add(format!("{name}.depthwise"), depthwise, &[x])?;
        self.add(format!("{name}.pointwise"), Operation::conv(filter.channels, 1, 1), &[x])
    }

    /// ReLU, a depthwise-separable convolution, batch normalisation: a node of RandWire, and with a dilation of 2 the
    /// dilated convolution of DARTS.
    pub fn relu_separable_bn(&mut self, name: &str, x: usize, filter: Filter, dilation: usize) -> Block {
        let x = self.add(format!("{name}.relu"), Operation::Relu, &[x])?;
        let x = self.depthwise_pointwise(name, x, filter, dilation)?;
        self.batch_norm(&format!("{name}.bn"), x)
    }

    /// A depthwise-separable convolution, batch normalisation, ReLU: the separable convolution of ENAS.
    pub fn separable_bn_relu(&mut self, name: &str, x: usize, filter: Filter) -> Block {
        let x = self.depthwise_pointwise(name, x, filter, 1)?;
        let x = self.batch_norm(&format!("{name}.bn"), x)?;
        self.add(format!("{name}.relu"), Operation::Relu, &[x])
    }

    /// The separable convolution of DARTS: two of [`Builder::relu_separable_bn`], the first with the stride.
    pub fn separable_conv(&mut self, name: &str, x: usize, filter: Filter) -> Block {
        let same = Filter { channels: self.channels(x), ..filter };
        let x = self.relu_separable_bn(&format!("{name}.0"), x, same, 1)?;
        self.relu_separable_bn(&format!("{name}.1"), x, filter.by(1), 1)
    }

    /// Half the size without losing pixels: two 1x1 convolutions of stride 2, one of them on the image moved by one
    /// pixel, concatenated and normalised.
    pub fn factorised_reduction(&mut self, name: &str, x: usize, channels: usize) -> Block {
        let shifted = self.add(format!("{name}.shift"), Operation::Shift, &[x])?;
        let first = Operation::conv(channels / 2, 1, 2);
        let second = Operation::conv(channels - channels / 2, 1, 2);
        let first = self.add(format!("{name}.conv_1"), first, &[x])?;
        let second = self.add(format!("{name}.conv_2"), second, &[shifted])?;
        let x = self.add(format!("{name}.concat"), Operation::Concat, &[first, second])?;
        self.batch_norm(&format!("{name}.bn"), x)
    }

    /// ReLU before [`Builder::factorised_reduction`], as in DARTS.
    pub fn relu_factorised_reduction(&mut self, name: &str, x: usize, channels: usize) -> Block {
        let x = self.add(format!("{name}.relu"), Operation::Relu, &[x])?;
        self.factorised_reduction(name, x, channels)
    }

    /// The mean of 3x3 windows; the padding does not count.
    pub fn avg_pool_3x3(&mut self, name: &str, x: usize, stride: usize) -> Block {
        self.add(name, Operation::AvgPool { size: 3, stride, padding: 1, count_padding: false }, &[x])
    }

    /// The largest number of 3x3 windows.
    pub fn max_pool_3x3(&mut self, name: &str, x: usize, stride: usize) -> Block {
        self.add(name, Operation::MaxPool { size: 3, stride, padding: 1 }, &[x])
    }

    /// The sum of the inputs; a single one needs no node.
    pub fn sum(&mut self, name: &str, inputs: &[usize]) -> Block {
        match inputs {
            [only] => Ok(*only),
            _ => self.add(name, Operation::Sum, inputs),
        }
    }

    /// The channels of the inputs one after the other; a single one needs no node.
    pub fn concat(&mut self, name: &str, inputs: &[usize]) -> Block {
        match inputs {
            [only] => Ok(*only),
            _ => self.add(name, Operation::Concat, inputs),
        }
    }

    /// Global average pooling `pool`, then the linear layer `fc`; a rate above zero adds dropout between them.
    pub fn classifier(&mut self, x: usize, classes: usize, rate: f32) -> Block {
        let mut x = self.add("pool", Operation::GlobalAveragePool, &[x])?;
        if rate > 0.0 {
            x = self.add("dropout", Operation::Dropout { rate }, &[x])?;
        }
        self.add("fc", Operation::Linear { outputs: classes }, &[x])
    }
}
