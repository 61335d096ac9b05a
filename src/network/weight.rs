//! Names, shapes and initial values of the weights of operations.

/// The distribution of a weight's initial values.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Initial {
    /// A constant.
    Constant(f32),
    /// Normal with variance 2/`fan` (He et al. 2015).
    KaimingNormal {
        /// The number of inputs of an output, or of outputs that an input contributes to.
        fan: usize,
    },
    /// Normal with mean zero.
    Normal {
        /// The standard deviation.
        deviation: f32,
    },
}

/// A weight of a node: `NODE.suffix` in a store or file.
#[derive(Debug, Clone, PartialEq)]
pub struct WeightSpec {
    /// PyTorch's name, such as `weight`, `bias` or `running_mean`.
    pub suffix: &'static str,
    /// Its shape, outermost axis first.
    pub shape: Vec<usize>,
    /// Its initial values.
    pub initial: Initial,
    /// Whether it is trained by gradient; running statistics are not.
    pub trained: bool,
}

impl WeightSpec {
    /// Returns a trained weight.
    #[must_use]
    pub fn new(suffix: &'static str, shape: &[usize], initial: Initial) -> Self {
        Self { suffix, shape: shape.to_vec(), initial, trained: true }
    }

    /// Returns a trained weight whose initial values are a constant.
    #[must_use]
    pub fn constant(suffix: &'static str, shape: &[usize], value: f32) -> Self {
        Self::new(suffix, shape, Initial::Constant(value))
    }

    /// Returns running statistics, whose initial values are a constant.
    #[must_use]
    pub fn statistic(suffix: &'static str, shape: &[usize], value: f32) -> Self {
        Self { trained: false, ..Self::constant(suffix, shape, value) }
    }

    /// Returns the number of elements.
    #[must_use]
    pub fn len(&self) -> usize {
        self.shape.iter().product()
    }

    /// Returns whether it has no elements.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}
