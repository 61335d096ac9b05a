//! Which operations may still be chosen so that the rules `count` of a part can be satisfied.

use super::part::{Carrier, Count, Part};
use rand::Rng;
use rand::seq::IndexedRandom;

/// The operations of the first positions, counted for the rules `count` of a part.
pub(super) struct Tally<'a> {
    part: &'a Part,
    seen: Vec<usize>,
}

impl<'a> Tally<'a> {
    pub(super) fn new(part: &'a Part) -> Self {
        Self { part, seen: vec![0; part.counts.len()] }
    }

    fn rules(&self) -> impl Iterator<Item = (&'a Count, usize)> {
        self.part.counts.iter().zip(self.seen.iter().copied())
    }

    pub(super) fn add(&mut self, label: Option<u8>) {
        for (rule, seen) in self.part.counts.iter().zip(&mut self.seen) {
            *seen += usize::from(counts(rule, label));
        }
    }

    /// Draws one of the choices that are allowed, and counts it.
    pub(super) fn choose(
        &mut self,
        choices: impl Iterator<Item = Option<u8>>,
        rest: &[usize],
        rng: &mut dyn Rng,
    ) -> Option<Option<u8>> {
        let allowed: Vec<_> = choices.filter(|choice| self.allows(*choice, rest)).collect();
        let choice = allowed.choose(rng).copied();
        choice.into_iter().for_each(|choice| self.add(choice));
        choice
    }

    /// Whether all rules are satisfied if nothing follows.
    pub(super) fn is_satisfied(&self) -> bool {
        self.rules().all(|(rule, seen)| (rule.min..=rule.max).contains(&seen))
    }

    /// Whether another operation of this label would be too many.
    pub(super) fn is_full(&self, label: Option<u8>) -> bool {
        self.rules().any(|(rule, seen)| counts(rule, label) && seen >= rule.max)
    }

    /// Whether the rules can be satisfied with this choice and the positions `rest` that follow. The condition is
    /// necessary, not sufficient: two rules may need the same position.
    pub(super) fn allows(&self, label: Option<u8>, rest: &[usize]) -> bool {
        let mut needed = 0;
        let mut separate: Vec<&Count> = Vec::new();
        for (rule, seen) in self.rules() {
            let seen = seen + usize::from(counts(rule, label));
            let missing = rule.min.saturating_sub(seen);
            let (possible, certain) = self.following(rule, rest);
            if seen + certain > rule.max || missing > possible {
                return false;
            }
            let overlaps = |other: &&Count| other.labels.iter().any(|label| rule.labels.contains(label));
            if !separate.iter().any(overlaps) {
                separate.push(rule);
                needed += missing;
            }
        }
        needed <= rest.len()
    }

    /// Returns how many of the positions may and how many must have an operation of a rule.
    fn following(&self, rule: &Count, rest: &[usize]) -> (usize, usize) {
        let mut numbers = (0, 0);
        // Graphs may end after their smallest number of nodes.
        let least = self.part.positions(self.part.min_nodes);
        for &position in rest {
            let options = &self.part.options[position];
            let absent = position >= least || self.part.carrier == Carrier::Edge && self.part.may_be_absent(position);
            numbers.0 += usize::from(options.iter().any(|label| counts(rule, Some(*label))));
            numbers.1 += usize::from(!absent && options.iter().all(|label| counts(rule, Some(*label))));
        }
        numbers
    }
}

/// Whether a rule counts an operation; absent edges are not counted.
fn counts(rule: &Count, label: Option<u8>) -> bool {
    label.is_some_and(|label| rule.labels.contains(&label))
}
