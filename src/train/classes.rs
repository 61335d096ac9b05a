//! Results per class: accuracy of every class, and the confusion matrix.

use super::score::Score;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The maximum number of classes with a confusion matrix.
const MAX_CONFUSION: usize = 1000;

/// The results of a network on the images of a data set, per class.
///
/// A run that trains networks saves the results of its best network on the test images in `best/test.json`
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
    /// The run of a search that saved them, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<String>,
    /// The text of the network's architecture.
    pub arch: String,
    /// Accuracy and loss over all images.
    pub score: Score,
    /// Number of images.
    pub images: u64,
    /// All classes, in the order of the network's outputs.
    pub classes: Vec<ClassResult>,
    /// `confusion[c][p]`: the number of images of class `c` predicted as class `p`; `None` for more than 1,000 classes.
    pub confusion: Option<Vec<Vec<u64>>>,
    /// All pairs of classes that were confused, in descending order of frequency.
    pub mistakes: Vec<Mistake>,
}

/// The result of one class.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClassResult {
    /// Its name.
    pub name: String,
    /// Number of images of the class.
    pub images: u64,
    /// Number of correctly classified images.
    pub correct: u64,
    /// Accuracy in percent; `None` for a class without images.
    pub accuracy: Option<f64>,
}

/// Images of one class that were predicted as another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mistake {
    /// Their class, from 0.
    pub class: usize,
    /// The predicted class, from 0.
    pub predicted: usize,
    /// Number of these images.
    pub images: u64,
}

/// Counts of pairs (class, prediction).
#[derive(Debug, Clone, Default)]
pub(super) struct Pairs(BTreeMap<(usize, usize), u64>);

impl Pairs {
    /// Counts the images of a batch, given labels, hits and logits `[at least images, classes]`. An image that is not a
    /// hit is counted for the other class with the highest logit, the first one of equals.
    pub fn add(&mut self, labels: &[u32], hits: &[f32], logits: &[f32], classes: usize) {
        for ((label, hit), logits) in labels.iter().zip(hits).zip(logits.chunks_exact(classes.max(1))) {
            let label = usize::try_from(*label).unwrap_or(usize::MAX);
            let predicted = if *hit > 0.0 { label } else { highest_but(label, logits) };
            *self.0.entry((label, predicted)).or_default() += 1;
        }
    }

    /// Returns the results, with the names of the classes.
    pub fn results(&self, arch: &str, score: Score, names: &[String]) -> ClassResults {
        let class_counts = |class: usize| self.0.range((class, 0)..(class + 1, 0));
        let result = |(class, name): (usize, &String)| {
            let images = class_counts(class).map(|(_, count)| count).sum::<u64>();
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
            confusion: (names.len() <= MAX_CONFUSION).then(|| self.table(names.len())),
            mistakes,
        }
    }

    fn table(&self, classes: usize) -> Vec<Vec<u64>> {
        let mut table = vec![vec![0; classes]; classes];
        for ((class, predicted), images) in &self.0 {
            if let Some(cell) = table.get_mut(*class).and_then(|row| row.get_mut(*predicted)) {
                *cell = *images;
            }
        }
        table
    }
}

/// Returns the index of the highest logit other than that of the label; NaN is treated as the highest.
fn highest_but(label: usize, logits: &[f32]) -> usize {
    let value = |logit: f32| if logit.is_nan() { f32::INFINITY } else { logit };
    let others = logits.iter().enumerate().filter(|(index, _)| *index != label);
    let best = others.reduce(|best, next| if value(*next.1) > value(*best.1) { next } else { best });
    best.map_or(label, |(index, _)| index)
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
        // An image that is not a hit is counted for the highest logit of another class.
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
    fn many_classes_have_no_confusion_matrix() {
        let mut pairs = Pairs::default();
        pairs.add(&[60_000], &[0.0], &[0.0; 60_001], 60_001);
        let names = vec![String::new(); 60_001];
        let found = pairs.results("x", SCORE, &names);
        assert_eq!(found.confusion, None);
        assert_eq!(found.mistakes, [Mistake { class: 60_000, predicted: 0, images: 1 }]);
    }
}
