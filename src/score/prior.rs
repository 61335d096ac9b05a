//! Structural measures of a space's architectures as features of a regression: computed for any graph in a fraction of
//! a millisecond, without weights, images or training.

use super::measure::{Measure, NetworkDepth};
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

/// The measures used as features, in this order. The first one has the best published correlation with accuracy across
/// spaces; the mean of a prior depends on it.
pub const FEATURES: [Measure; 4] = [Measure::Macs, Measure::Depth, Measure::ShortestPath, Measure::ReceptiveField];

/// The number of uniformly drawn architectures among which the measures are ranked.
const REFERENCE: usize = 1000;

/// The number of uniform draws per requested architecture in the search for the largest.
const DRAWS: usize = 20;

/// The maximum total number of nodes of the graphs measured in the search for the largest: about ten seconds.
const MAX_MEASURED_NODES: usize = 100_000;

/// The approximate maximum size of the feature cache in bytes; features of further graphs are recomputed.
const CACHE_BYTES: usize = 100 << 20;

/// Returns the size in which networks are scored: most measures rank networks nearly independently of it, but it
/// determines the time.
#[must_use]
pub fn scored_network_size(space: &dyn Space, depth: NetworkDepth) -> Size {
    let cells = match depth {
        NetworkDepth::Published => space.published_size().cells,
        NetworkDepth::Shallow => space.min_cells(),
    };
    Size { channels: 16, cells }
}

/// The structural features of a space's architectures, as normal scores of their ranks among random architectures.
pub struct StructuralFeatures {
    space: Arc<dyn Space>,
    task: Task,
    /// The values of the random architectures for each feature, ascending.
    reference: [Vec<f64>; FEATURES.len()],
    known: Mutex<HashMap<Graph, [f64; FEATURES.len()]>>,
}

impl StructuralFeatures {
    /// Creates the features for networks of a task.
    #[must_use]
    pub fn new(space: Arc<dyn Space>, task: Task) -> Self {
        let mut structure = Self { space, task, reference: Default::default(), known: Mutex::default() };
        // A fixed seed, so that the features are the same in all runs.
        let mut rng = ChaCha8Rng::seed_from_u64(0);
        let drawn: Vec<_> = (0..REFERENCE).map(|_| structure.space.explore(&Explorer::Uniform, &mut rng)).collect();
        let values: Vec<_> = drawn.iter().map(|graph| structure.measured(graph)).collect();
        for (feature, reference) in structure.reference.iter_mut().enumerate() {
            *reference = values.iter().map(|values| values[feature]).collect();
            reference.sort_by(f64::total_cmp);
        }
        structure
    }

    /// Returns the features of an architecture.
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
        // Two bytes for every node label and for every pair of nodes.
        let bytes = 2 * graph.nodes() * (graph.nodes() + 1) + 128;
        if known.len() < CACHE_BYTES / bytes {
            known.insert(graph.clone(), features);
        }
        features
    }

    /// Returns the measures without normalisation; 0 for a graph without a network.
    #[must_use]
    pub fn measured(&self, graph: &Graph) -> [f64; FEATURES.len()] {
        let Some(network) = self.network(graph) else { return Default::default() };
        let all = structural(&network);
        FEATURES.map(|feature| all.iter().find(|(measure, _)| *measure == feature).map_or(0.0, |(_, value)| *value))
    }

    /// Returns up to `count` architectures with the most multiply-adds among those that `admits` accepts, in descending
    /// order, ties in random order.
    ///
    /// Starts from uniform draws and replaces the largest by larger neighbours until there are none or a bounded number
    /// of graphs was measured: a graph of a hundred nodes has thousands of neighbours.
    #[must_use]
    pub fn largest(&self, count: usize, admits: impl Fn(&Graph) -> bool, rng: &mut dyn Rng) -> Vec<Graph> {
        let mut found: HashMap<String, (f64, Graph)> = HashMap::new();
        let limit = (MAX_MEASURED_NODES / self.space.max_nodes().max(1)).max(count);
        // At least half of the budget: in spaces of large graphs many draws find larger ones than climbing from a few.
        let draws = count.saturating_mul(DRAWS).max(limit / 2).min(limit);
        let mut fresh: Vec<Graph> = (0..draws).map(|_| self.space.explore(&Explorer::Uniform, rng)).collect();
        let (mut best, mut climbed, mut left) = (Vec::new(), HashSet::new(), limit);
        while !fresh.is_empty() {
            for graph in fresh.drain(..) {
                if let Ok(key) = self.space.canonical(&graph)
                    && let Entry::Vacant(entry) = found.entry(key)
                    && admits(&graph)
                {
                    entry.insert((self.measured(&graph)[0], graph));
                }
            }
            let mut sorted: Vec<_> = found.drain().collect();
            // Sorted by key first, because the iteration order of a map is not deterministic.
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
        self.space.network(graph, self.task, scored_network_size(&*self.space, NetworkDepth::Shallow)).ok()
    }
}

/// Returns the normal quantile of the fraction of smaller reference values; equal values count half.
fn normal_score(value: f64, reference: &[f64]) -> f64 {
    let below = reference.partition_point(|other| *other < value);
    let equal = reference[below..].partition_point(|other| *other <= value);
    // The offset of half a rank at either end keeps values beyond the reference finite.
    normal_quantile((below as f64 + equal as f64 / 2.0 + 0.5) / (reference.len() as f64 + 1.0))
}

#[cfg(test)]
mod tests {
    use super::{FEATURES, StructuralFeatures, normal_score};
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
    fn features_are_finite_in_every_space_and_larger_for_larger_networks() {
        for name in space::names() {
            let space: Arc<dyn Space> = space::open(name).unwrap();
            let structure = StructuralFeatures::new(Arc::clone(&space), Task::CIFAR10);
            let mut rng = <rand_chacha::ChaCha8Rng as rand::SeedableRng>::seed_from_u64(5);
            let graph = space.explore(&space::Explorer::Uniform, &mut rng);
            let features = structure.of(&graph);
            assert!(features.iter().all(|feature| feature.is_finite()), "{name}: {features:?}");
            assert_eq!(features, structure.of(&graph));
            assert!(structure.measured(&graph)[0] > 0.0, "{name}");
        }
        let space = space::open("nasbench201").unwrap();
        let structure = StructuralFeatures::new(Arc::clone(&space), Task::CIFAR10);
        let cell = |operation: &str| {
            let text =
                format!("|{operation}~0|+|{operation}~0|{operation}~1|+|{operation}~0|{operation}~1|{operation}~2|");
            structure.of(&space.encode(&text).unwrap())
        };
        let (large, small, nothing) = (cell("nor_conv_3x3"), cell("skip_connect"), cell("none"));
        for i in 0..FEATURES.len() {
            assert!(large[i] > small[i] && small[i] >= nothing[i], "{}", FEATURES[i]);
        }
    }
}
