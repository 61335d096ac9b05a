//! The number of graphs of a part.

use super::part::{Carrier, Count, Output, Part, Wiring};
use crate::space::nasbench101::{CELLS, MAX_EDGES, MAX_VERTICES, MIN_VERTICES, OPERATIONS};
use std::collections::BTreeMap;

/// The largest number of counted combinations while architectures are counted.
const MAX_STATES: usize = 1 << 13;

/// A number of graphs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Size {
    pub(super) log2: f64,
    pub(super) number: f64,
    /// Whether it is the exact number of different architectures; otherwise an upper bound.
    pub(super) exact: bool,
}

impl Part {
    /// The number of graphs, without regard to pruning and isomorphism; exact unless the number of edges is bounded by
    /// rules that are not counted.
    pub(super) fn size(&self) -> Size {
        let sizes: Vec<Size> = (self.min_nodes..=self.max_nodes).map(|nodes| self.size_of(nodes)).collect();
        let number: f64 = sizes.iter().map(|size| size.number).sum();
        // The largest term decides where the number itself is infinite.
        let largest = sizes.iter().map(|size| size.log2).fold(f64::NEG_INFINITY, f64::max);
        let log2 = if number.is_finite() { number.log2() } else { largest };
        Size { log2, number, exact: sizes.iter().all(|size| size.exact) }
    }

    /// The number of graphs with this number of present nodes.
    fn size_of(&self, nodes: usize) -> Size {
        let pairs = self.pairs(nodes).count();
        let Some(labels) = self.labellings(nodes).filter(|labels| labels.is_finite()) else {
            let options = self.options[..self.positions(nodes)].iter();
            let log2 = options.map(|options| (options.len() as f64 + 1.0).log2()).sum::<f64>();
            let log2 = log2 + if self.chooses_edges() { pairs as f64 } else { 0.0 };
            return Size { log2, number: log2.exp2().round(), exact: false };
        };
        if self.carrier == Carrier::Edge || !self.chooses_edges() {
            // The edges of labelled edges are counted with their labels.
            let exact = self.max_edges.is_none() || self.carrier == Carrier::Node;
            return Size { log2: labels.log2(), number: labels, exact };
        }
        let has_end = self.output == Output::End;
        let wirings = match (self.in_degree, self.max_edges) {
            (None, None) => {
                let log2 = labels.log2() + pairs as f64;
                return Size { log2, number: labels * (pairs as f64).exp2(), exact: true };
            }
            (None, Some(max)) => (0..=max.min(pairs)).map(|count| choose(pairs, count)).sum(),
            (Some([min, max]), _) => (self.inputs.max(1)..nodes)
                .map(|node| match has_end && node + 1 == nodes {
                    true => (node as f64).exp2(),
                    false => (min..=max.min(node)).map(|count| choose(node, count)).sum::<f64>(),
                })
                .product::<f64>(),
        };
        let exact = self.in_degree.is_none() || self.max_edges.is_none();
        Size { log2: labels.log2() + wirings.log2(), number: labels * wirings, exact }
    }

    /// The number of assignments of operations to the positions that satisfy the counts; with labelled free edges also of
    /// edges. `None` if there are too many combinations to count.
    fn labellings(&self, nodes: usize) -> Option<f64> {
        let absent_edge = self.carrier == Carrier::Edge && self.wiring == Wiring::Free;
        let mut states: BTreeMap<Vec<usize>, f64> = BTreeMap::from([(vec![0; self.counts.len() + 1], 1.0)]);
        let mut row = self.inputs.max(1);
        let ends: Vec<usize> = self.pairs(nodes).map(|(_, to)| to).collect();
        for (position, options) in self.options.iter().take(self.positions(nodes)).enumerate() {
            // Options that enter the same counts are one, with their number.
            let mut options: Vec<Option<u8>> = options.iter().copied().map(Some).collect();
            if absent_edge {
                options.push(None);
            }
            let mut groups: BTreeMap<(bool, Vec<bool>), f64> = BTreeMap::new();
            for option in options {
                let label = option.filter(|label| self.carrier == Carrier::Node || *label > 0);
                let entered = |count: &Count| label.is_some_and(|label| count.labels.contains(&label));
                let group = (label.is_some(), self.counts.iter().map(entered).collect());
                *groups.entry(group).or_default() += 1.0;
            }
            if let Some(end) = ends.get(position).filter(|end| self.carrier == Carrier::Edge && **end != row) {
                states = self.ended_row(states);
                row = *end;
            }
            let mut next: BTreeMap<Vec<usize>, f64> = BTreeMap::new();
            for (state, number) in &states {
                for ((present, entered), options) in &groups {
                    let mut state = state.clone();
                    for (entered, seen) in entered.iter().zip(&mut state) {
                        *seen += usize::from(*entered);
                    }
                    if let (true, Some([_, max])) = (*present && self.carrier == Carrier::Edge, self.in_degree) {
                        let degree = &mut state[self.counts.len()];
                        *degree = (*degree + 1).min(max + 1);
                    }
                    if self.counts.iter().zip(&state).all(|(count, seen)| *seen <= count.max) {
                        *next.entry(state).or_default() += number * options;
                    }
                }
                if next.len() > MAX_STATES {
                    return None;
                }
            }
            states = next;
        }
        let states = self.ended_row(states);
        let fits = |state: &Vec<usize>| self.counts.iter().zip(state).all(|(count, seen)| *seen >= count.min);
        Some(states.iter().filter(|(state, _)| fits(state)).map(|(_, number)| number).sum())
    }

    /// Removes the states whose last node has a wrong in-degree, and starts the next node.
    fn ended_row(&self, states: BTreeMap<Vec<usize>, f64>) -> BTreeMap<Vec<usize>, f64> {
        let Some([min, max]) = self.in_degree.filter(|_| self.carrier == Carrier::Edge) else { return states };
        let mut next: BTreeMap<Vec<usize>, f64> = BTreeMap::new();
        for (mut state, number) in states {
            let degree = std::mem::take(&mut state[self.counts.len()]);
            if (min..=max).contains(&degree) {
                *next.entry(state).or_default() += number;
            }
        }
        next
    }
}

fn choose(from: usize, count: usize) -> f64 {
    (0..count).map(|index| (from - index) as f64 / (index + 1) as f64).product::<f64>().round()
}

impl Part {
    /// The number of graphs up to isomorphism, if it is known.
    pub(super) fn distinct(&self) -> Option<Size> {
        let has_rules = self.max_edges.is_some() || !self.counts.is_empty() || self.min_nodes < self.max_nodes;
        let exact = |number: f64| Some(Size { log2: number.log2(), number, exact: true });
        match (self.carrier, self.wiring, self.inputs) {
            _ if self.is_published_cell() => exact(CELLS as f64),
            _ if has_rules => None,
            (Carrier::Node, Wiring::Free, 0)
                if self.output == Output::Leaves && self.ops.len() == 1 && self.in_degree.is_none() =>
            {
                UNLABELLED.get(self.max_nodes - 1).copied().and_then(exact)
            }
            (Carrier::Edge, Wiring::Free, 2) => {
                let all_operations = self.ops.len() == 7 && self.options.iter().all(|options| options.len() == 7);
                let is_cell = self.max_nodes == 6 && self.in_degree == Some([2, 2]) && self.output == Output::Inner;
                if is_cell && all_operations { exact(DARTS_CELLS) } else { None }
            }
            _ => None,
        }
    }
}

impl Part {
    /// Whether the graphs are the cells of NAS-Bench-101.
    fn is_published_cell(&self) -> bool {
        self.nasbench101
            && [self.min_nodes, self.max_nodes] == [MIN_VERTICES, MAX_VERTICES]
            && self.ops.len() == OPERATIONS.len()
            && self.max_edges == Some(MAX_EDGES)
            && self.in_degree.is_none()
            && self.counts.is_empty()
    }
}

/// The number of DARTS cells up to isomorphism, of 180 * 7^8 = 1,037,664,180 numbered ones (counted in `tests/space`).
const DARTS_CELLS: f64 = 382_128_166.0;

/// The numbers of directed acyclic graphs of 1 to 32 nodes up to isomorphism (Robinson 1977; OEIS A003087), rounded to
/// `f64`.
const UNLABELLED: [f64; 32] = [
    1.0,
    2.0,
    6.0,
    31.0,
    302.0,
    5_984.0,
    243_668.0,
    20_286_025.0,
    3_424_938_010.0,
    1_165_948_612_902.0,
    797_561_675_349_580.0,
    1.0940268762698926e18,
    3.005847365735456e21,
    1.6530851611091132e25,
    1.819081177077635e29,
    4.004495398476192e33,
    1.76332675845335e38,
    1.553030109414083e43,
    2.7357361929511193e48,
    9.63846333738876e53,
    6.791665850491235e59,
    9.57144342229803e65,
    2.697801209357757e72,
    1.5208037721648685e79,
    1.7146157076687953e86,
    3.866256051948421e93,
    1.743590641146143e101,
    1.5726370269646704e109,
    2.8368899496693555e117,
    1.0234968053506597e126,
    7.385170013790379e134,
    1.0657724842456067e144,
];
