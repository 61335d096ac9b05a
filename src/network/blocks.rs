//! The building blocks of networks (docs/method.md section 5; the operations of DARTS, Liu et al. 2019).
//!
//! A block adds nodes such as `NAME.conv` and `NAME.bn` and returns the number of the last one.

use super::builder::Builder;
use super::error::NetworkError;
use super::operation::{
    Activation, AvgPool, BatchNorm, Concat, Conv2d, Dropout, GlobalAveragePool, LayerNorm, Linear, MaxPool, Shift, Sum,
};

/// The number of the last node of a block.
type Block = Result<usize, NetworkError>;

/// The settings of a block's convolution; the padding preserves the image size at stride 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Filter {
    /// Output channels.
    pub channels: usize,
    /// Columns of the kernel, and rows unless the network is for signals; odd.
    pub kernel: usize,
    /// Stride, in pixels.
    pub stride: usize,
}

impl Filter {
    /// Returns a filter of stride 1.
    #[must_use]
    pub const fn new(channels: usize, kernel: usize) -> Self {
        Self { channels, kernel, stride: 1 }
    }

    /// Returns the filter with another stride.
    #[must_use]
    pub const fn by(self, stride: usize) -> Self {
        Self { stride, ..self }
    }
}

impl Builder {
    /// Adds batch normalisation with weight and bias, epsilon 1e-5.
    ///
    /// # Errors
    /// As [`Builder::add`], like all blocks.
    pub fn batch_norm(&mut self, name: &str, x: usize) -> Block {
        let operation = BatchNorm { affine: true, epsilon: 1e-5, momentum: self.momentum };
        self.add(name, operation, &[x])
    }

    /// Adds layer normalisation over the channels of every position, epsilon 1e-5.
    pub fn layer_norm(&mut self, name: &str, x: usize) -> Block {
        self.add(name, LayerNorm { epsilon: 1e-5 }, &[x])
    }

    /// Adds convolution and batch normalisation.
    pub fn conv_bn(&mut self, name: &str, x: usize, filter: Filter) -> Block {
        let operation = Conv2d::with_kernel(filter.channels, self.window(filter.kernel), filter.stride);
        let x = self.add(format!("{name}.conv"), operation, &[x])?;
        self.batch_norm(&format!("{name}.bn"), x)
    }

    /// Adds convolution, batch normalisation and ReLU: the operations of NAS-Bench-101.
    pub fn conv_bn_relu(&mut self, name: &str, x: usize, filter: Filter) -> Block {
        let x = self.conv_bn(name, x, filter)?;
        self.add(format!("{name}.relu"), Activation::Relu, &[x])
    }

    /// Adds ReLU, convolution and batch normalisation: the operations of NAS-Bench-201.
    pub fn relu_conv_bn(&mut self, name: &str, x: usize, filter: Filter) -> Block {
        let x = self.add(format!("{name}.relu"), Activation::Relu, &[x])?;
        self.conv_bn(name, x, filter)
    }

    /// Adds a depthwise convolution followed directly by a 1x1 convolution.
    pub fn depthwise_pointwise(&mut self, name: &str, x: usize, filter: Filter, dilation: usize) -> Block {
        let (channels, Filter { kernel, stride, .. }) = (self.channels(x), filter);
        let (kernel, bias) = (self.window(kernel), false);
        let padding = kernel.map(|side| dilation * (side / 2));
        let depthwise = Conv2d { filters: channels, kernel, stride, padding, dilation, groups: channels, bias };
        let x = self.add(format!("{name}.depthwise"), depthwise, &[x])?;
        self.add(format!("{name}.pointwise"), Conv2d::new(filter.channels, 1, 1), &[x])
    }

    /// Adds a depthwise-separable convolution, batch normalisation and ReLU: the separable convolution of ENAS.
    pub fn separable_bn_relu(&mut self, name: &str, x: usize, filter: Filter) -> Block {
        let x = self.depthwise_pointwise(name, x, filter, 1)?;
        let x = self.batch_norm(&format!("{name}.bn"), x)?;
        self.add(format!("{name}.relu"), Activation::Relu, &[x])
    }

    /// Adds a factorised reduction, which halves the image size and still reads all pixels: two 1x1 convolutions of
    /// stride 2, one of them on the image shifted by a row and a column (in signals only by a column), concatenated and normalised.
    pub fn factorised_reduction(&mut self, name: &str, x: usize, channels: usize) -> Block {
        let shifted = self.add(format!("{name}.shift"), Shift([usize::from(!self.signals), 1]), &[x])?;
        let first = Conv2d::new(channels / 2, 1, 2);
        let second = Conv2d::new(channels - channels / 2, 1, 2);
        let first = self.add(format!("{name}.conv_1"), first, &[x])?;
        let second = self.add(format!("{name}.conv_2"), second, &[shifted])?;
        let x = self.add(format!("{name}.concat"), Concat, &[first, second])?;
        self.batch_norm(&format!("{name}.bn"), x)
    }

    /// Adds ReLU and [`Builder::factorised_reduction`], as in DARTS.
    pub fn relu_factorised_reduction(&mut self, name: &str, x: usize, channels: usize) -> Block {
        let x = self.add(format!("{name}.relu"), Activation::Relu, &[x])?;
        self.factorised_reduction(name, x, channels)
    }

    /// Adds 3x3 average pooling, which ignores the padding.
    pub fn avg_pool_3x3(&mut self, name: &str, x: usize, stride: usize) -> Block {
        self.add(name, AvgPool { size: [3; 2], stride, padding: [1; 2], count_padding: false }, &[x])
    }

    /// Adds 3x3 max pooling.
    pub fn max_pool_3x3(&mut self, name: &str, x: usize, stride: usize) -> Block {
        self.add(name, MaxPool { size: [3; 2], stride, padding: [1; 2] }, &[x])
    }

    /// Adds the sum of the inputs; a single input needs no node.
    pub fn sum(&mut self, name: &str, inputs: &[usize]) -> Block {
        match inputs {
            [only] => Ok(*only),
            _ => self.add(name, Sum, inputs),
        }
    }

    /// Adds the concatenation of the inputs' channels; a single input needs no node.
    pub fn concat(&mut self, name: &str, inputs: &[usize]) -> Block {
        match inputs {
            [only] => Ok(*only),
            _ => self.add(name, Concat, inputs),
        }
    }

    /// Adds global average pooling `pool` and the linear layer `fc`; a rate above zero adds dropout between them.
    pub fn classifier(&mut self, x: usize, classes: usize, rate: f32) -> Block {
        let mut x = self.add("pool", GlobalAveragePool, &[x])?;
        if rate > 0.0 {
            x = self.add("dropout", Dropout { rate }, &[x])?;
        }
        self.add("fc", Linear { outputs: classes, hidden: false }, &[x])
    }
}
