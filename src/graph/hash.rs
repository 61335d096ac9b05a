//! An MD5 hash that is equal for isomorphic labelled graphs (docs/method.md section 6; the cell hash of NAS-Bench-101).

use md5::{Digest, Md5};

use super::Graph;

/// An MD5 digest in lower-case hexadecimal.
type Hex = [u8; 32];

/// The hash of a labelled graph, equal for every topological numbering of its nodes.
///
/// `label` maps a node label to the integer that is hashed. Edge labels are ignored. The hash of each node starts from
/// its degrees and label, then is combined with its neighbours' hashes as many times as there are nodes. The result is
/// the hash of the sorted node hashes. As in NAS-Bench-101, graphs that are not isomorphic may collide.
#[must_use]
pub fn isomorphism_hash(graph: &Graph, label: impl Fn(u8) -> i32) -> [u8; 16] {
    let neighbours: Vec<Neighbours> = (0..graph.nodes()).map(|node| Neighbours::of(graph, node)).collect();
    let mut hashes: Vec<Hex> =
        neighbours.iter().zip(graph.node_labels()).map(|(near, &own)| near.first_hash(label(own))).collect();
    for _ in 0..graph.nodes() {
        hashes = neighbours.iter().zip(&hashes).map(|(near, own)| near.next_hash(own, &hashes)).collect();
    }
    hashes.sort_unstable();
    digest_of_list(&hashes)
}

/// The 32 lower-case hexadecimal digits of a digest.
#[must_use]
pub fn hex(digest: &[u8; 16]) -> String {
    hex_digits(*digest).map(char::from).iter().collect()
}

fn hex_digits(digest: [u8; 16]) -> Hex {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    std::array::from_fn(|i| {
        let byte = digest[i / 2];
        let nibble = if i % 2 == 0 { byte >> 4 } else { byte & 15 };
        DIGITS[usize::from(nibble)]
    })
}

fn hex_md5(hasher: Md5) -> Hex {
    hex_digits(hasher.finalize().into())
}

/// The digest of `['..', '..']`, as Python prints a list of strings.
fn digest_of_list(hashes: &[Hex]) -> [u8; 16] {
    let mut hasher = Md5::new();
    hasher.update(b"[");
    for (i, hash) in hashes.iter().enumerate() {
        hasher.update(if i == 0 { "'" } else { ", '" });
        hasher.update(hash);
        hasher.update(b"'");
    }
    hasher.update(b"]");
    hasher.finalize().into()
}

struct Neighbours {
    before: Vec<usize>,
    after: Vec<usize>,
}

impl Neighbours {
    fn of(graph: &Graph, node: usize) -> Neighbours {
        Neighbours { before: graph.predecessors(node).collect(), after: graph.successors(node).collect() }
    }

    /// The hash of `(out_degree, in_degree, label)`, as Python prints a tuple.
    fn first_hash(&self, label: i32) -> Hex {
        let text = format!("({}, {}, {label})", self.after.len(), self.before.len());
        hex_md5(Md5::new_with_prefix(text))
    }

    fn next_hash(&self, own: &Hex, hashes: &[Hex]) -> Hex {
        let mut hasher = Md5::new();
        for side in [&self.before, &self.after] {
            let mut sorted: Vec<&Hex> = side.iter().filter_map(|&node| hashes.get(node)).collect();
            sorted.sort_unstable();
            sorted.into_iter().for_each(|hash| hasher.update(hash));
            hasher.update(b"|");
        }
        hasher.update(own);
        hex_md5(hasher)
    }
}
