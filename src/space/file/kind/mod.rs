//! The kinds of operations in space files (`kind = "conv"`). A file has everything about a kind: its arguments and the
//! nodes it adds to a network. A new kind is a file here and a line of `kinds!`.

mod act;
mod compose;
mod conv;
mod depthwise;
mod factorised;
mod head;
mod mbconv;
mod norm;
mod pool;
mod position;
mod read;
mod residual;
mod separable;
mod skip;
mod steps;
mod transformer;
mod zero;

use act::Act;
use compose::{Seq, Sum};
use conv::Conv;
use depthwise::Depthwise;
use factorised::Factorised;
use head::Head;
use mbconv::MbConv;
use norm::Norm;
use pool::Pool;
use position::Position;
pub(super) use read::{KindReader, is_activation_node};
use residual::ResBlock;
use separable::Separable;
use skip::Skip;
use transformer::Transformer;
use zero::{External, Zero};

use super::block::Block;
use super::build::{Added, Wanted};
use super::error::Fault;
use crate::network::Builder;
use std::fmt;

/// How a kind is read from a file.
trait ReadKind: Sized {
    /// The arguments that may be lists, in the order of the names of their products.
    const PRODUCT: &'static [&'static str] = &[];
    /// The other arguments.
    const OTHER: &'static [&'static str] = &[];

    /// Reads the arguments.
    fn read(reader: &mut KindReader<'_>) -> Result<Self, Fault>;
}

/// What a kind does in a network.
pub(super) trait BlockKind: fmt::Debug {
    /// Adds nodes that read `x`, named after `name`, and returns the last one.
    fn add(&self, builder: &mut Builder, name: &str, x: usize, wanted: Wanted) -> Added;

    /// Whether the operation can change neither width nor image size.
    fn keeps_shape(&self) -> bool {
        false
    }

    /// Returns the blocks inside, with the names of their weights.
    fn inner(&self) -> &[(String, Block)] {
        &[]
    }
}

/// A kind: its name and its arguments, those that may be lists first.
pub(super) struct KindEntry {
    pub(super) name: &'static str,
    pub(super) product: &'static [&'static str],
    pub(super) other: &'static [&'static str],
    pub(super) read: fn(&mut KindReader<'_>) -> Result<Kind, Fault>,
}

/// Declares [`Kind`] and [`KINDS`].
macro_rules! kinds {
    ($($name:literal => $kind:ident),* $(,)?) => {
        /// An operation of a space file.
        #[derive(Debug, Clone, PartialEq)]
        pub(super) enum Kind {
            $($kind($kind)),*
        }

        impl std::ops::Deref for Kind {
            type Target = dyn BlockKind;

            fn deref(&self) -> &Self::Target {
                match self {
                    $(Self::$kind(kind) => kind),*
                }
            }
        }

        /// All kinds, in the order of messages.
        pub(super) const KINDS: &[KindEntry] = &[$(KindEntry {
            name: $name,
            product: <$kind as ReadKind>::PRODUCT,
            other: <$kind as ReadKind>::OTHER,
            read: |reader| <$kind as ReadKind>::read(reader).map(Kind::$kind),
        }),*];
    };
}

kinds! {
    "zero" => Zero,
    "skip" => Skip,
    "conv" => Conv,
    "sepconv" => Separable,
    "dwconv" => Depthwise,
    "mbconv" => MbConv,
    "pool" => Pool,
    "norm" => Norm,
    "act" => Act,
    "factorised" => Factorised,
    "resblock" => ResBlock,
    "transformer" => Transformer,
    "position" => Position,
    "seq" => Seq,
    "sum" => Sum,
    "external" => External,
    "head" => Head,
}

/// The name of [`External`].
pub(super) const EXTERNAL: &str = "external";
