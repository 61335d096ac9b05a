//! Which operations may still be chosen so that the rules `count` of a part can be satisfied.

use super::part::{Carrier, Count, Part};
use rand::Rng;
use rand::seq::IndexedRandom;

/// The operations of some positions, counted for the rules `count` of a part, and what the other positions may have.
pub(super) struct Tally<'a> {
    part: &'a Part,
    /// The operations of every rule.
    seen: Vec<usize>,
    /// The number of positions without an operation yet.
    open: usize,
    /// Of these, for every rule those that may and those that must have an operation of the rule.
    following: Vec<[usize; 2]>,
}

impl<'a> Tally<'a> {
    /// Counts nothing yet; these positions are open.
    pub(super) fn new(part: &'a Part, positions: &[usize]) -> Self {
        let rules = part.counts.len();
        let mut tally = Self { part, seen: vec![0; rules], open: positions.len(), following: vec![[0; 2]; rules] };
        for position in positions {
            for (following, own) in tally.following.iter_mut().zip(part.following(*position)) {
                *following = [following[0] + own[0], following[1] + own[1]];
            }
        }
        tally
    }

    /// Closes a position, which gets an operation next.
    pub(super) fn close(&mut self, position: usize) {
        self.open = self.open.saturating_sub(1);
        for (following, own) in self.following.iter_mut().zip(self.part.following(position)) {
            *following = [following[0].saturating_sub(own[0]), following[1].saturating_sub(own[1])];
        }
    }

    fn rules(&self) -> impl Iterator<Item = (&'a Count, usize)> {
        self.part.counts.iter().zip(self.seen.iter().copied())
    }

    pub(super) fn add(&mut self, label: u8) {
        for (rule, seen) in self.part.counts.iter().zip(&mut self.seen) {
            *seen += usize::from(counts(rule, label));
        }
    }

    /// Draws one of the choices that are allowed, and counts it.
    pub(super) fn choose(&mut self, choices: impl Iterator<Item = u8>, rng: &mut dyn Rng) -> Option<u8> {
        let allowed: Vec<_> = choices.filter(|choice| self.allows(*choice)).collect();
        let choice = allowed.choose(rng).copied();
        choice.into_iter().for_each(|choice| self.add(choice));
        choice
    }

    /// Whether all rules are satisfied if nothing follows.
    pub(super) fn is_satisfied(&self) -> bool {
        self.rules().all(|(rule, seen)| (rule.min..=rule.max).contains(&seen))
    }

    /// Whether another operation of this label would be too many.
    pub(super) fn is_full(&self, label: u8) -> bool {
        self.rules().any(|(rule, seen)| counts(rule, label) && seen >= rule.max)
    }

    /// Returns how many more operations the minima need after one of this label, of rules that have none in common.
    pub(super) fn needed(&self, label: Option<u8>) -> usize {
        let mut separate: Vec<&Count> = Vec::new();
        let mut needed = 0;
        for (rule, seen) in self.rules() {
            if !separate.iter().any(|other| other.labels.iter().any(|label| rule.labels.contains(label))) {
                separate.push(rule);
                needed += rule.min.saturating_sub(seen + usize::from(label.is_some_and(|label| counts(rule, label))));
            }
        }
        needed
    }

    /// Whether the rules can be satisfied with this choice and the open positions. The condition is
    /// necessary, not sufficient: two rules may need the same position.
    pub(super) fn allows(&self, label: u8) -> bool {
        let mut rules = self.rules().zip(&self.following);
        let each = rules.all(|((rule, seen), [possible, certain])| {
            let seen = seen + usize::from(counts(rule, label));
            seen + certain <= rule.max && rule.min.saturating_sub(seen) <= *possible
        });
        each && self.needed(Some(label)) <= self.open
    }
}

impl Part {
    /// Returns for every rule whether a position may and whether it must have an operation of the rule, as numbers.
    fn following(&self, position: usize) -> impl Iterator<Item = [usize; 2]> {
        let options = &self.options[position];
        // Graphs may end after their smallest number of nodes.
        let may_be_absent =
            position >= self.positions(self.min_nodes) || self.carrier == Carrier::Edge && self.may_be_absent(position);
        self.counts.iter().map(move |rule| {
            let mut counted = options.iter().map(|label| counts(rule, *label));
            let may = counted.clone().any(|counted| counted);
            [usize::from(may), usize::from(!may_be_absent && counted.all(|counted| counted))]
        })
    }
}

/// Whether a rule counts an operation.
fn counts(rule: &Count, label: u8) -> bool {
    rule.labels.contains(&label)
}
