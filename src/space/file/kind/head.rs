//! Kind `head`.

use super::steps::activated;
use super::{BlockKind, KindReader, ReadKind};
use crate::network::operation::{Activation, Dropout, GlobalAveragePool, Linear};
use crate::network::{Builder, NetworkError};
use crate::space::file::build::{Added, Wanted};
use crate::space::file::error::Fault;
use crate::space::file::tree::Value;

/// Global average pooling and linear layers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in super::super) struct Head {
    dropout: f32,
    /// The length of the hidden layer; 0 for none.
    hidden: usize,
    act: Activation,
}

impl ReadKind for Head {
    const OTHER: &'static [&'static str] = &["dropout", "hidden", "act"];

    fn read(reader: &mut KindReader<'_>) -> Result<Self, Fault> {
        Ok(Self {
            dropout: reader.fields.read("dropout", 0.0, Value::rate)?,
            hidden: reader.fields.read("hidden", 0, |value| value.integer(0, 1 << 16))?,
            act: reader.act_or_relu()?,
        })
    }
}

impl BlockKind for Head {
    /// Only the last layer knows the classes ([`Head::add_classifier`]).
    fn add(&self, _builder: &mut Builder, name: &str, _x: usize, _wanted: Wanted) -> Added {
        Err(NetworkError::NoNetwork(name.to_owned()))
    }
}

impl Head {
    /// Adds global average pooling and the linear layers.
    pub(in super::super) fn add_classifier(&self, builder: &mut Builder, x: usize, classes: usize) -> Added {
        let Self { dropout, hidden, act } = *self;
        if hidden == 0 {
            return builder.classifier(x, classes, dropout);
        }
        let x = builder.add("pool", GlobalAveragePool, &[x])?;
        let x = builder.add("hidden", Linear { outputs: hidden, hidden: true }, &[x])?;
        let mut x = activated(builder, "hidden", x, Some(act))?;
        if dropout > 0.0 {
            x = builder.add("dropout", Dropout { rate: dropout }, &[x])?;
        }
        builder.add("fc", Linear { outputs: classes, hidden: false }, &[x])
    }
}
