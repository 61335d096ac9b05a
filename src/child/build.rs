//! One way in for all spaces: the network of any architecture.

use super::error::ChildError;
use super::network::{Builder, Network};
use super::randwire::{Regime, STAGES};
use super::task::{Size, Task};
use super::{darts, enas, nasbench101, nasbench201, randwire};
use crate::graph::Graph;
use crate::space::{self, UnknownSpace};

/// Images up to this side are small: RandWire's stem then halves them once or not at all (docs/method.md section 5).
const SMALL: [usize; 2] = [32, 64];

/// The published width and depth of a space's networks.
///
/// # Errors
/// A space that does not exist.
pub fn usual_size(space: &str) -> Result<Size, UnknownSpace> {
    match space {
        space::nasbench101::NAME => Ok(nasbench101::SIZE),
        space::nasbench201::NAME => Ok(nasbench201::SIZE),
        space::enas::NAME => Ok(enas::SIZE),
        space::darts::NAME => Ok(darts::SIZE),
        space::randwire::NAME => Ok(Size { channels: Regime::SMALL.channels, cells: STAGES }),
        _ => Err(UnknownSpace { name: space.to_owned() }),
    }
}

/// The network of an architecture of the space. `drop_path` is for DARTS cells; the others have none.
///
/// The depth of ENAS and RandWire networks is that of their graphs, whatever `size` says.
///
/// # Errors
/// A space that does not exist, a graph that is not of it, or a size that no network has.
pub fn build(space: &str, graph: &Graph, task: Task, size: Size, drop_path: f32) -> Result<Network, ChildError> {
    build_in(Builder::new(task.input)?, space, graph, (task, size), drop_path)
}

/// The same in a builder that says how weights are named.
pub(super) fn build_in(
    builder: Builder,
    space: &str,
    graph: &Graph,
    (task, size): (Task, Size),
    drop_path: f32,
) -> Result<Network, ChildError> {
    match space {
        space::nasbench101::NAME => nasbench101::network_in(builder, graph, task, size),
        space::nasbench201::NAME => nasbench201::network_in(builder, graph, task, size),
        space::enas::NAME => enas::network_in(builder, graph, task, Size { cells: graph.nodes(), ..size }),
        space::darts::NAME => match graph.split(2).as_slice() {
            [normal, reduction] => darts::network_in(builder, [normal, reduction], task, size, drop_path),
            _ => Err(ChildError::Parts { found: graph.nodes(), parts: 2 }),
        },
        space::randwire::NAME => match <[Graph; STAGES]>::try_from(graph.split(STAGES)) {
            Ok(stages) => randwire::network_in(builder, &stages, task, regime(task, size)),
            Err(_) => Err(ChildError::Parts { found: graph.nodes(), parts: STAGES }),
        },
        _ => Err(UnknownSpace { name: space.to_owned() }.into()),
    }
}

/// RandWire's stem for images of any size: the third stage should end at about 4x4 pixels.
fn regime(task: Task, size: Size) -> Regime {
    let side = task.input[1].min(task.input[2]);
    let stem = match side {
        _ if side <= SMALL[0] => [1, 1],
        _ if side <= SMALL[1] => [1, 2],
        _ => [2, 2],
    };
    Regime { channels: size.channels, stem, ..Regime::SMALL }
}
