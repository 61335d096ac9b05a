//! Results class by class: how many images of each class are recognised, and what the others are taken for.

use super::score::Score;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Confusion matrices of more classes than this are not written out as a table.
const MOST_TABLED: usize = 1000;

/// What a network makes of the images of a data set, class by class.
///
/// A run that trains keeps that of its best network on its test images in `best/test.json`
/// ([`crate::run::best_classes`]), and `graphpnas evaluate --json` prints it as `classes`, `confusion` and `mistakes`:
///
/// ```json
/// {"run": "...", "arch": "...", "score": {"accuracy": 75.0, "loss": 0.7}, "images": 4,
///  "classes": [{"name": "cat", "images": 2, "correct": 2, "accuracy": 100.0},
///              {"name": "dog", "images": 2, "correct": 1, "accuracy": 50.0}],
///  "confusion": [[2, 0], [1, 1]],
///  "mistakes": [{"class": 1, "predicted": 0, "images": 1}]}
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClassResults {
    /// The run of a search that kept them, in the file of one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<String>,
    /// The network's architecture, as its space writes it.
    pub arch: String,
    /// Accuracy and loss over all images.
    pub score: Score,
    /// Number of images.
    pub images: u64,
    /// Every class in the order of the network's outputs.
    pub classes: Vec<ClassResult>,
    /// `confusion[c][p]`: images of class `c` that were taken for class `p`; none where there are more than 1,000
    /// classes.
    pub confusion: Option<Vec<Vec<u64>>>,
    /// Every pair of classes that was confused, the most frequent first.
    pub mistakes: Vec<Mistake>,
}

/// The images of one class.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClassResult {
    /// Its name.
    pub name: String,
    /// Images of the class.
    pub images: u64,
    /// Images that were recognised.
    pub correct: u64,
    /// Their share in percent; none of a class without images.
    pub accuracy: Option<f64>,
}

/// Images of one class that were taken for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mistake {
    /// Number of their class, from 0.
    pub class: usize,
    /// Number of the class they were taken for.
    pub predicted: usize,
    /// How many they are.
    pub images: u64,
}

/// Counts of pairs of class and prediction.
#[derive(Debug, Clone, Default)]
pub(super) struct Pairs(BTreeMap<(usize, usize), u64>);

impl Pairs {
    /// Counts a batch's images: their labels, hits and logits `[images or more, classes]`. An image that is no hit counts
    /// for the class with the highest logit, the first of equals.
    pub fn add(&mut self, labels: &[u32], hits: &[f32], logits: &[f32], classes: usize) {
        for ((label, hit), logits) in labels.iter().zip(hits).zip(logits.chunks_exact(classes.max(1))) {
            let label = usize::try_from(*label).unwrap_or(usize::MAX);
            let predicted = if *hit > 0.0 { label } else { highest_but(label, logits) };
            *self.0.entry((label, predicted)).or_default() += 1;
        }
    }

    /// The counts with the names of the classes.
    pub fn results(&self, arch: &str, score: Score, names: &[String]) -> ClassResults {
        let of_class = |class: usize| self.0.range((class, 0)..(class + 1, 0));
        let result = |(class, name): (usize, &String)| {
            let images = of_class(class).map(|(_, count)| count).sum::<u64>();
            let correct = self.0.get(&(class, class)).copied().unwrap_or(0);
            let accuracy = (images > 0).then(|| 100.0 * correct as f64 / images as f64);
            ClassResult { name: name.clone(), images, correct, accuracy }
        };
        let wrong = self.0.iter().filter(|((class, predicted), _)| class != predicted);
        let mistake = |(&(class, predicted), &images): (&(usize, usize), &u64)| Mistake { class, predicted, images };
        let mut mistakes: Vec<_> = wrong.map(mistake).collect();
        mistakes.sort_by_key(|mistake| std::cmp::Reverse(mistake.images));
        ClassResults {
            run: None,
            arch: arch.to_owned(),
            score,
            images: self.0.values().sum(),
            classes: names.iter().enumerate().map(result).collect(),
            confusion: (names.len() <= MOST_TABLED).then(|| self.table(names.len())),
            mistakes,
        }
    }

    fn table(&self, classes: usize) -> Vec<Vec<u64>> {
        let mut table = vec![vec![0; classes]; classes];
        for ((class, predicted), images) in &self.0 {
            if let Some(place) = table.get_mut(*class).and_then(|row| row.get_mut(*predicted)) {
                *place = *images;
            }
        }
        table
    }
}

/// The place of the highest logit other than the label's; one that is not a number counts as highest.
fn highest_but(label: usize, logits: &[f32]) -> usize {
    let height = |logit: f32| if logit.is_nan() { f32::INFINITY } else { logit };
    let others = logits.iter().enumerate().filter(|(place, _)| *place != label);
    let best = others.reduce(|best, next| if height(*next.1) > height(*best.1) { next } else { best });
    best.map_or(label, |(place, _)| place)
}

#[cfg(test)]
mod tests {
    use super::{Mistake, Pairs, Score};

    const SCORE: Score = Score { accuracy: 50.0, loss: 1.0 };

    #[test]
    fn images_are_counted_by_class_and_prediction() {
        let mut pairs = Pairs::default();
        let logits = [3.0, 1.0, 2.0, 5.0, 4.0, 0.0, 0.0, 7.0, 7.0, 1.0, 0.0, 1.0];
        pairs.add(&[0, 1, 1, 2], &[1.0, 0.0, 1.0, 1.0], &logits, 3);
        // A label's row with ties is a hit; one that is not goes to the highest other logit.
        pairs.add(&[1], &[0.0], &[2.0, 1.0, 2.0, 9.0, 9.0, 9.0], 3);
        let names = ["a", "b", "c", "d"].map(str::to_owned);
        let found = pairs.results("x", SCORE, &names);
        assert_eq!(found.images, 5);
        let correct: Vec<_> = found.classes.iter().map(|class| (class.images, class.correct, class.accuracy)).collect();
        assert_eq!(correct[1], (3, 1, Some(100.0 / 3.0)));
        assert_eq!((correct[0], correct[3]), ((1, 1, Some(100.0)), (0, 0, None)));
        assert_eq!(found.confusion.unwrap(), [[1, 0, 0, 0], [2, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 0]]);
        assert_eq!(found.mistakes, [Mistake { class: 1, predicted: 0, images: 2 }]);
    }

    #[test]
    fn many_classes_are_not_tabled() {
        let mut pairs = Pairs::default();
        pairs.add(&[60_000], &[0.0], &[0.0; 60_001], 60_001);
        let names = vec![String::new(); 60_001];
        let found = pairs.results("x", SCORE, &names);
        assert_eq!(found.confusion, None);
        assert_eq!(found.mistakes, [Mistake { class: 60_000, predicted: 0, images: 1 }]);
    }
}
