//! Which space an architecture's text is of, told by its form alone.

use super::{darts, enas, nasbench101, nasbench201, randwire};

/// The name of the space that writes its architectures like this, by what is in no other space's texts; the text need
/// not be one of its architectures. `None` where no space writes so.
#[must_use]
pub fn of_text(arch: &str) -> Option<&'static str> {
    let arch = arch.trim();
    if arch.starts_with("Genotype(") {
        Some(darts::NAME)
    } else if arch.starts_with('|') {
        Some(nasbench201::NAME)
    } else if arch.contains(';') {
        Some(nasbench101::NAME)
    } else if arch.contains(',') && arch.contains('|') {
        Some(randwire::NAME)
    } else {
        arch.split_whitespace().next().filter(|word| enas_operation(word)).map(|_| enas::NAME)
    }
}

/// By name or by number.
fn enas_operation(word: &str) -> bool {
    enas::OPERATIONS.contains(&word) || word.parse().is_ok_and(|number: usize| number < enas::OPERATIONS.len())
}
