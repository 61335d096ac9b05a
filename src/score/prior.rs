//! Structural measures of a space's architectures as features of a regression: known for any graph in a fraction of a
//! millisecond, without weights, images or training.

use super::measure::{Depth, Measure};
use super::structure::structural;
use crate::graph::Graph;
use crate::network::{Network, Size, Task};
use crate::space::{Explorer, Space};
use crate::statistics::normal_quantile;
use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

/// The measures that are features, in their order; the first one is that with the best correlation with accuracy that was
/// published across spaces, and the mean of a prior starts with it.
pub const FEATURES: [Measure; 4] = [Measure::Macs, Measure::Depth, Measure::ShortestPath, Measure::ReceptiveField];

/// Uniformly drawn architectures that the measures are ranked among.
const REFERENCE: usize = 1000;

/// Uniform draws for each of the largest architectures.
const DRAWS: usize = 20;

/// Nodes of graphs that are measured on the way to the largest: some ten seconds' work.
const MOST_WORK: usize = 100_000;

/// Bytes of the graphs whose features are kept, about; those of more are computed anew.
const KEPT: usize = 100 << 20;

/// The size in which networks are looked at: for most measures structure and order hardly depend on it, the time does.
#[must_use]
pub fn scored_size(space: &dyn Space, depth: Depth) -> Size {
    let cells = match depth {
        Depth::Published => space.published_size().cells,
        Depth::Shallow => space.least_cells(),
    };
    Size { channels: 16, cells }
}

/// The structural features of a space's architectures, as normal scores of their ranks among random architectures.
pub struct Structure {
    space: Arc<dyn Space>,
    task: Task,
    /// For each feature the values of the random architectures, ascending.
    reference: [Vec<f64>; FEATURES.len()],
    known: Mutex<HashMap<Graph, [f64; FEATURES.len()]>>,
}

impl Structure {
    /// Features for networks of a task.
    #[must_use]
    pub fn new(space: Arc<dyn Space>, task: Task) -> Self {
        let mut structure = Self { space, task, reference: Default::default(), known: Mutex::default() };
        // One reference for all runs: what a feature means depends on no seed.
        let mut rng = ChaCha8Rng::seed_from_u64(0);
        let drawn: Vec<_> = (0..REFERENCE).map(|_| structure.space.explore(&Explorer::Uniform, &mut rng)).collect();
        let values: Vec<_> = drawn.iter().map(|graph| structure.measured(graph)).collect();
        for (place, reference) in structure.reference.iter_mut().enumerate() {
            *reference = values.iter().map(|values| values[place]).collect();
            reference.sort_by(f64::total_cmp);
        }
        structure
    }

    /// The features of an architecture.
    #[must_use]
    pub fn of(&self, graph: &Graph) -> [f64; FEATURES.len()] {
        let known = || self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(features) = known().get(graph) {
            return *features;
        }
        let mut features = self.measured(graph);
        for (feature, reference) in features.iter_mut().zip(&self.reference) {
            *feature = normal_score(*feature, reference);
        }
        let mut known = known();
        // A node has a label, a pair of nodes an edge, each of two bytes.
        let bytes = 2 * graph.nodes() * (graph.nodes() + 1) + 128;
        if known.len() < KEPT / bytes {
            known.insert(graph.clone(), features);
        }
        features
    }

    /// The measures themselves; 0 of a graph without a network.
    #[must_use]
    pub fn measured(&self, graph: &Graph) -> [f64; FEATURES.len()] {
        let Some(network) = self.network(graph) else { return Default::default() };
        let all = structural(&network);
        FEATURES.map(|feature| all.iter().find(|(measure, _)| *measure == feature).map_or(0.0, |(_, value)| *value))
    }

    /// About `count` architectures with the most multiply-adds among those that `admits` lets pass, the largest first, those of equal
    /// numbers in random order.
    ///
    /// The largest of uniform draws are exchanged for larger neighbours until none is larger, or until a bounded number is measured: a
    /// graph of a hundred nodes has thousands of neighbours.
    #[must_use]
    pub fn largest(&self, count: usize, admits: impl Fn(&Graph) -> bool, rng: &mut dyn Rng) -> Vec<Graph> {
        let mut found: HashMap<String, (f64, Graph)> = HashMap::new();
        let most = (MOST_WORK / (self.space.limits().max_nodes * self.space.parts()).max(1)).max(count);
        // At least half of the work: of many draws the largest are larger than what a few climb to in a space of large graphs.
        let draws = count.saturating_mul(DRAWS).max(most / 2).min(most);
        let mut fresh: Vec<Graph> = (0..draws).map(|_| self.space.explore(&Explorer::Uniform, rng)).collect();
        let (mut best, mut climbed, mut left) = (Vec::new(), HashSet::new(), most);
        while !fresh.is_empty() {
            for graph in fresh.drain(..) {
                if let Ok(key) = self.space.canonical(&graph)
                    && let Entry::Vacant(place) = found.entry(key)
                    && admits(&graph)
                {
                    place.insert((self.measured(&graph)[0], graph));
                }
            }
            let mut sorted: Vec<_> = found.drain().collect();
            // By key first: a map has no order of its own.
            sorted.sort_by(|(one, _), (other, _)| one.cmp(other));
            sorted.shuffle(rng);
            sorted.sort_by(|(_, (one, _)), (_, (other, _))| other.total_cmp(one));
            sorted.truncate(count);
            let least = sorted.last().map_or(0.0, |(_, (size, _))| *size);
            fresh = sorted
                .iter()
                .filter(|(key, _)| climbed.insert(key.clone()))
                .flat_map(|(_, (_, graph))| self.space.neighbours(graph))
                .take(left)
                .collect();
            left -= fresh.len();
            fresh.retain(|graph| self.measured(graph)[0] >= least);
            found.extend(sorted.iter().cloned());
            best = sorted;
        }
        best.into_iter().map(|(_, (_, graph))| graph).collect()
    }

    fn network(&self, graph: &Graph) -> Option<Network> {
        self.space.network(graph, self.task, scored_size(&*self.space, Depth::Shallow)).ok()
    }
}

/// The normal quantile of the share of the reference that is smaller; equals count half.
fn normal_score(value: f64, reference: &[f64]) -> f64 {
    let below = reference.partition_point(|other| *other < value);
    let equal = reference[below..].partition_point(|other| *other <= value);
    // Half a place more at either end keeps what is beyond the reference finite.
    normal_quantile((below as f64 + equal as f64 / 2.0 + 0.5) / (reference.len() as f64 + 1.0))
}

#[cfg(test)]
mod tests {
    use super::{FEATURES, Structure, normal_score};
    use crate::network::Task;
    use crate::space::{self, Space};
    use std::sync::Arc;

    #[test]
    fn ranks_become_normal_scores() {
        let reference = [1.0, 2.0, 2.0, 3.0];
        assert!(normal_score(2.0, &reference).abs() < 1e-12);
        assert!((normal_score(9.0, &reference) - 1.281_551_565_544_6).abs() < 1e-6);
        assert_eq!(normal_score(0.0, &reference), -normal_score(9.0, &reference));
    }

    #[test]
    fn features_of_every_space_are_finite_and_larger_of_larger_networks() {
        for name in space::names() {
            let space: Arc<dyn Space> = space::by_name(name).unwrap();
            let structure = Structure::new(Arc::clone(&space), Task::CIFAR10);
            let mut rng = <rand_chacha::ChaCha8Rng as rand::SeedableRng>::seed_from_u64(5);
            let graph = space.explore(&space::Explorer::Uniform, &mut rng);
            let features = structure.of(&graph);
            assert!(features.iter().all(|feature| feature.is_finite()), "{name}: {features:?}");
            assert_eq!(features, structure.of(&graph));
            assert!(structure.measured(&graph)[0] > 0.0, "{name}");
        }
        let space = space::by_name("nasbench201").unwrap();
        let structure = Structure::new(Arc::clone(&space), Task::CIFAR10);
        let cell = |operation: &str| {
            let text =
                format!("|{operation}~0|+|{operation}~0|{operation}~1|+|{operation}~0|{operation}~1|{operation}~2|");
            structure.of(&space.encode(&text).unwrap())
        };
        let (large, small, nothing) = (cell("nor_conv_3x3"), cell("skip_connect"), cell("none"));
        for place in 0..FEATURES.len() {
            assert!(large[place] > small[place] && small[place] >= nothing[place], "{}", FEATURES[place]);
        }
    }
}
