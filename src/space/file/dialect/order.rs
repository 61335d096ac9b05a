//! The benchmark's order of its cells, from 0 to 15,624: the `index` of its program, of NATS-Bench's files and of the
//! CSV tables.
//!
//! The benchmark's program lists all cells, the operation of the last edge changing fastest, and shuffles the list with
//! Python's `random` seeded with 88 (`generate_meta_info` in AutoDL-Projects' `exps/NAS-Bench-201/main.py`). This
//! module repeats that.

use super::nasbench201::{pairs, put_operation};
use crate::graph::Graph;
use crate::space::nasbench201::{NODES, OPERATIONS};
use std::sync::LazyLock;

/// The number of cells of the benchmark.
pub(super) const CELLS: usize = 15_625;

/// The seed of the benchmark's shuffle.
const SEED: u32 = 88;

/// The cells in the benchmark's order, each as the number whose digits in base five are its operations.
static ORDER: LazyLock<Vec<u16>> = LazyLock::new(|| {
    let (mut numbers, mut random) = ((0..=u16::MAX).take(CELLS).collect::<Vec<_>>(), Twister::new(SEED));
    (1..CELLS).rev().for_each(|last| numbers.swap(last, random.below(last + 1)));
    numbers
});

/// Returns the cell of an index; `None` from 15,625 on.
pub(super) fn cell(index: usize) -> Option<Graph> {
    ORDER.get(index).map(|number| cell_of_number(usize::from(*number)))
}

/// Returns the cell whose operations are the lowest six digits of a number in base five, the last edge's the lowest.
#[must_use]
pub fn cell_of_number(mut number: usize) -> Graph {
    let mut graph = Graph::empty(NODES);
    for (from, to) in pairs().collect::<Vec<_>>().into_iter().rev() {
        put_operation(&mut graph, from, to, number % OPERATIONS.len());
        number /= OPERATIONS.len();
    }
    graph
}

/// Returns the number that [`cell_of_number`] turns into a cell.
#[must_use]
pub fn number_of_cell(graph: &Graph) -> usize {
    let digit = |(from, to)| usize::from(graph.edge_label(from, to).unwrap_or(0));
    pairs().fold(0, |number, pair| number * OPERATIONS.len() + digit(pair))
}

/// Returns the index of a cell in the benchmark; `None` if the graph is not a cell.
#[must_use]
pub fn index_of(graph: &Graph) -> Option<usize> {
    if graph.nodes() != NODES {
        return None;
    }
    let number = number_of_cell(graph);
    ORDER.iter().position(|known| usize::from(*known) == number)
}

/// The number of words of the generator's state, and the distance of the words that are combined (MT19937's `n` and
/// `m`).
const WORDS: usize = 624;
const SHIFT: usize = 397;

/// MT19937, seeded and used as by Python's `random`.
struct Twister {
    state: [u32; WORDS],
    at: usize,
}

impl Twister {
    /// Seeds as `random.seed(seed)` does: `init_by_array` with one word.
    fn new(seed: u32) -> Self {
        let mut state = [0; WORDS];
        state[0] = 19_650_218_u32;
        for (i, word) in (1..WORDS).zip(1..) {
            state[i] = mixed(state[i - 1], 1_812_433_253).wrapping_add(word);
        }
        let mut i = 1;
        for _ in 0..WORDS {
            state[i] = (state[i] ^ mixed(state[i - 1], 1_664_525)).wrapping_add(seed);
            i = next(&mut state, i);
        }
        for _ in 1..WORDS {
            let index = u32::try_from(i).unwrap_or(0);
            state[i] = (state[i] ^ mixed(state[i - 1], 1_566_083_941)).wrapping_sub(index);
            i = next(&mut state, i);
        }
        state[0] = 1 << 31;
        Self { state, at: WORDS }
    }

    /// Draws a uniform integer below `count`, as `random.shuffle` does.
    fn below(&mut self, count: usize) -> usize {
        let bits = usize::BITS - count.leading_zeros();
        loop {
            let drawn = usize::try_from(self.word() >> 32_u32.saturating_sub(bits)).unwrap_or(0);
            if drawn < count {
                return drawn;
            }
        }
    }

    fn word(&mut self) -> u32 {
        if self.at == WORDS {
            self.twist();
        }
        let mut word = self.state[self.at];
        self.at += 1;
        word ^= word >> 11;
        word ^= (word << 7) & 0x9d2c_5680;
        word ^= (word << 15) & 0xefc6_0000;
        word ^ (word >> 18)
    }

    fn twist(&mut self) {
        for i in 0..WORDS {
            let joined = (self.state[i] & (1 << 31)) | (self.state[(i + 1) % WORDS] & !(1 << 31));
            let odd = if joined & 1 == 1 { 0x9908_b0df } else { 0 };
            self.state[i] = self.state[(i + SHIFT) % WORDS] ^ (joined >> 1) ^ odd;
        }
        self.at = 0;
    }
}

fn mixed(word: u32, by: u32) -> u32 {
    (word ^ (word >> 30)).wrapping_mul(by)
}

/// Returns the index after `i`; at the end, copies the last word to the first and returns 1.
fn next(state: &mut [u32; WORDS], i: usize) -> usize {
    if i + 1 < WORDS {
        return i + 1;
    }
    state[0] = state[WORDS - 1];
    1
}
