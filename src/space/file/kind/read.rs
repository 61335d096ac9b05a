//! Reads the arguments that several kinds have.

use super::steps::{Convolution, ORDERS};
use crate::network::NetworkOperation;
use crate::network::operation::Activation;
use crate::space::file::block::{MAX_ARGUMENT, NamedBlocks};
use crate::space::file::error::Fault;
use crate::space::file::tree::{Fields, Value};

/// The activations by name.
const ACTIVATIONS: [(&str, Activation); 5] = [
    ("relu", Activation::Relu),
    ("relu6", Activation::Relu6),
    ("silu", Activation::Silu),
    ("h-swish", Activation::HardSwish),
    ("gelu", Activation::Gelu),
];

/// Whether a name is that of the node of an activation.
pub(in super::super) fn is_activation_node(name: &str) -> bool {
    ACTIVATIONS.iter().any(|(_, act)| act.name() == name)
}

/// The table of an operation, whose values are not names of choices.
pub(in super::super) struct KindReader<'a> {
    /// The table.
    pub(in super::super) value: &'a Value,
    /// Its entries.
    pub(in super::super) fields: Fields<'a>,
    /// Reads a list of blocks.
    pub(in super::super) blocks: &'a mut dyn FnMut(&Value) -> Result<NamedBlocks, Fault>,
}

impl KindReader<'_> {
    /// Reads an integer of at least 1, such as a kernel.
    pub(super) fn argument(&self, key: &str, default: usize) -> Result<usize, Fault> {
        self.fields.integer(key, default, MAX_ARGUMENT)
    }

    /// Reads an odd kernel.
    pub(super) fn odd_kernel(&self) -> Result<usize, Fault> {
        let kernel = self.argument("kernel", 3)?;
        match (kernel % 2, self.fields.get("kernel")) {
            (0, Some(value)) => Err(value.expected("an odd number")),
            _ => Ok(kernel),
        }
    }

    /// Reads the activation, if there is one.
    pub(super) fn act(&self) -> Result<Option<Activation>, Fault> {
        let names = ACTIVATIONS.map(|(name, _)| name);
        self.fields.get("act").map(|value| Ok(ACTIVATIONS[value.word(&names)?].1)).transpose()
    }

    /// Reads the activation; the default is ReLU.
    pub(super) fn act_or_relu(&self) -> Result<Activation, Fault> {
        Ok(self.act()?.unwrap_or(Activation::Relu))
    }

    /// Reads `kernel`, `dilation`, `order` and `act`.
    pub(super) fn convolution(&self) -> Result<Convolution, Fault> {
        let names = ORDERS.map(|(name, _)| name);
        let order = ORDERS[self.fields.read("order", 0, |value| value.word(&names))?].1;
        let (kernel, dilation) = (self.argument("kernel", 3)?, self.argument("dilation", 1)?);
        if kernel % 2 == 0 && dilation > 1 {
            return Err(self.value.fault("an even kernel cannot be dilated; give an odd kernel or dilation = 1"));
        }
        Ok(Convolution { kernel, dilation, order, act: self.act_or_relu()? })
    }

    /// Reads the blocks of `of`.
    pub(super) fn blocks(&mut self) -> Result<NamedBlocks, Fault> {
        (self.blocks)(self.fields.required("of")?)
    }
}
