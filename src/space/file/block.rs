//! The operations that a space file can define (`[op]`): kinds, arguments and lists of arguments.

use super::error::Fault;
use super::transformer::Transformer;
use super::tree::Value;
use super::width::Width;
use crate::network::Operation;

/// The largest kernel, dilation, number of repetitions and expansion.
pub(super) const MAX_ARGUMENT: usize = 64;

/// The largest number of operations after all lists of arguments are expanded.
pub(super) const MAX_OPERATIONS: usize = 250;

/// The largest number of blocks inside each other or in a row.
pub(super) const MAX_BLOCKS: usize = 200;

/// The order of activation, convolution and normalisation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    Activation,
    Convolution,
    Normalisation,
}

/// The orders by name.
pub(super) const ORDERS: [(&str, &[Step]); 7] = [
    ("conv-bn-act", &[Step::Convolution, Step::Normalisation, Step::Activation]),
    ("act-conv-bn", &[Step::Activation, Step::Convolution, Step::Normalisation]),
    ("bn-act-conv", &[Step::Normalisation, Step::Activation, Step::Convolution]),
    ("conv-bn", &[Step::Convolution, Step::Normalisation]),
    ("conv-act", &[Step::Convolution, Step::Activation]),
    ("act-conv", &[Step::Activation, Step::Convolution]),
    ("conv", &[Step::Convolution]),
];

/// What a skip becomes where stride or width change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Change {
    /// 1x1 convolution with the stride, and batch normalisation.
    ConvBn,
    /// ReLU and factorised reduction.
    ActFactorised,
    /// An error.
    Refuse,
}

/// A convolution and its neighbours.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Convolution {
    pub(super) kernel: usize,
    pub(super) dilation: usize,
    pub(super) order: &'static [Step],
    /// The activation.
    pub(super) act: Operation,
}

/// The kinds of operations.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Kind {
    /// An absent edge.
    Zero,
    /// An operation of another program, without a network here.
    External,
    Skip(Change),
    Conv {
        convolution: Convolution,
        groups: usize,
        bias: bool,
    },
    /// Depthwise and pointwise convolution, repeated.
    Sep {
        convolution: Convolution,
        times: usize,
    },
    Depthwise(Convolution),
    /// An inverted residual block (MobileNetV2).
    MbConv {
        kernel: usize,
        expand: usize,
        /// The ratio of the squeezed width to the block's input, if it has squeeze-and-excitation.
        se: Option<f32>,
        act: Operation,
    },
    Pool {
        max: bool,
        kernel: usize,
    },
    Norm {
        /// Layer normalisation; otherwise batch normalisation.
        layer: bool,
        act: Option<Operation>,
    },
    Act(Operation),
    Factorised,
    Transformer(Transformer),
    /// A learned position embedding.
    Position,
    /// The residual block of NAS-Bench-201.
    ResBlock,
    /// Blocks in a row, with the names of their weights.
    Seq(Vec<(String, Block)>),
    /// The sum of blocks that read the same input.
    Sum {
        terms: Vec<(String, Block)>,
        act: Option<Operation>,
    },
    /// Global average pooling and linear layers.
    Head {
        dropout: f32,
        hidden: usize,
        act: Operation,
    },
}

/// An operation with its own stride and width, if it has any.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Block {
    pub(super) kind: Kind,
    pub(super) stride: Option<usize>,
    pub(super) channels: Option<Width>,
}

/// A named operation of the file.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Op {
    pub(super) name: String,
    pub(super) block: Block,
}

/// A kind: its name and its arguments, those that may be lists first.
pub(super) struct KindEntry {
    pub(super) name: &'static str,
    /// The arguments that may be lists, in the order of the names of their products.
    pub(super) product: &'static [&'static str],
    pub(super) other: &'static [&'static str],
}

/// All kinds. A new kind adds an entry here, a variant of [`Kind`], its arguments in `op_reader.rs`, and its nodes in
/// `build.rs`.
pub(super) const KINDS: [KindEntry; 17] = [
    KindEntry { name: "zero", product: &[], other: &[] },
    KindEntry { name: "skip", product: &[], other: &["change"] },
    KindEntry { name: "conv", product: &["kernel", "dilation", "groups"], other: &["bias", "order", "act"] },
    KindEntry { name: "sepconv", product: &["kernel", "dilation", "times"], other: &["order", "act"] },
    KindEntry { name: "dwconv", product: &["kernel", "dilation"], other: &["order", "act"] },
    KindEntry { name: "mbconv", product: &["kernel", "expand", "se"], other: &["act"] },
    KindEntry { name: "pool", product: &["of", "kernel"], other: &[] },
    KindEntry { name: "norm", product: &[], other: &["of", "act"] },
    KindEntry { name: "act", product: &[], other: &["act"] },
    KindEntry { name: "factorised", product: &[], other: &[] },
    KindEntry { name: "resblock", product: &[], other: &[] },
    KindEntry { name: "transformer", product: &["heads", "mlp", "head_dim"], other: &[] },
    KindEntry { name: "position", product: &[], other: &[] },
    KindEntry { name: "seq", product: &[], other: &["of"] },
    KindEntry { name: "sum", product: &[], other: &["of", "act"] },
    KindEntry { name: EXTERNAL, product: &[], other: &[] },
    KindEntry { name: "head", product: &[], other: &["dropout", "hidden", "act"] },
];

/// The kind of operations without a network.
pub(super) const EXTERNAL: &str = "external";

pub(super) const ACTIVATIONS: [(&str, Operation); 5] = [
    ("relu", Operation::Relu),
    ("relu6", Operation::Relu6),
    ("silu", Operation::Silu),
    ("h-swish", Operation::HardSwish),
    ("gelu", Operation::Gelu),
];

impl Kind {
    /// Whether the operation can change neither width nor image size.
    pub(super) fn keeps_shape(&self) -> bool {
        matches!(self, Self::Norm { .. } | Self::Act(_) | Self::Position)
    }
}

impl Block {
    /// The number of blocks, including those inside.
    pub(super) fn size(&self) -> usize {
        let inner = match &self.kind {
            Kind::Seq(blocks) | Kind::Sum { terms: blocks, .. } => blocks.as_slice(),
            _ => &[],
        };
        1 + inner.iter().map(|(_, block)| block.size()).sum::<usize>()
    }
}

/// Checks the name of an operation, part, choice or weight: letters, digits, `_` and `-`.
pub(super) fn check_name(value: &Value, name: &str) -> Result<(), Fault> {
    let fits = !name.is_empty() && name.len() <= 40;
    match fits && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-') {
        true => Ok(()),
        false => Err(value.fault(format!("`{name}` is not a name: 1 to 40 letters, digits, `_` or `-` are allowed"))),
    }
}

/// Joins names for a message.
pub(super) fn list_or(names: &[&str], nothing: &str) -> String {
    if names.is_empty() { nothing.to_owned() } else { names.join(", ") }
}
