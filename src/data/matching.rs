//! Matches the classes of a data set by name with those that a network was trained on.

use super::dataset::Dataset;
use super::error::DataError;
use super::fingerprint::Fingerprint;
use super::message::list;
use super::source::Source;
use std::collections::HashMap;
use std::sync::Arc;

/// A data set whose labels are the output indices of a network.
#[derive(Debug, Clone)]
pub struct Matched {
    /// The data set, with its classes in the network's order.
    pub data: Dataset,
    /// Notes and warnings about the match, one sentence each.
    pub notes: Vec<String>,
}

impl Dataset {
    /// Converts the labels to the output indices of a network that was trained on `known`, by class name. Adds a note
    /// for classes of the network that have no images here.
    ///
    /// # Errors
    /// [`DataError::Classes`] if the network was not trained on all classes.
    pub fn matching(self, known: &Fingerprint) -> Result<Matched, DataError> {
        let found = self.classes();
        if found == known.classes {
            return Ok(Matched { data: self, notes: Vec::new() });
        }
        if found.len() == known.classes.len() && (are_numbers(found) || are_numbers(&known.classes)) {
            let notes = vec![
                "note: the classes of the network or of the data set have no names; they are matched by number"
                    .to_owned(),
            ];
            let labels: Vec<usize> = (0..found.len()).collect();
            return Ok(Matched { data: self.relabelled(&labels, &known.classes), notes });
        }
        let mut outputs = occurrences(&known.classes).zip(0..).collect::<HashMap<_, usize>>();
        let matched: Vec<Option<usize>> = occurrences(found).map(|name| outputs.remove(&name)).collect();
        let unknown: Vec<String> =
            found.iter().zip(&matched).filter(|(_, output)| output.is_none()).map(|(name, _)| name.clone()).collect();
        if !unknown.is_empty() {
            let (known, found) = (known.classes.clone(), found.to_vec());
            return Err(DataError::Classes { unknown, known, found });
        }
        let mut missing: Vec<_> = outputs.into_iter().collect();
        missing.sort_by_key(|(_, output)| *output);
        let missing: Vec<String> = missing.into_iter().map(|((name, _), _)| name.to_owned()).collect();
        let notes = match missing.is_empty() {
            true => vec!["note: the data set's classes are in another order; labels are matched by name".to_owned()],
            false => vec![format!(
                "warning: the data set has no images of these classes of the network: {}; its classes are {}",
                list(&missing),
                list(found)
            )],
        };
        let matched: Vec<usize> = matched.into_iter().flatten().collect();
        Ok(Matched { data: self.relabelled(&matched, &known.classes), notes })
    }

    /// Replaces each label by `new_labels[label]`, and the class names by `names`.
    fn relabelled(self, new_labels: &[usize], names: &[String]) -> Self {
        let classes: Arc<[String]> = names.into();
        let part = |part: &Arc<Source>| Arc::new(relabelled(part, new_labels, &classes));
        let validation = self.validation.as_ref().map(part);
        Self { train: part(&self.train), validation, test: part(&self.test), ..self }
    }
}

/// Replaces the labels of a part. Image files stay sorted by label; other images keep their order.
fn relabelled(part: &Source, new_labels: &[usize], classes: &Arc<[String]>) -> Source {
    let new_label = |label: &u16| new_labels.get(usize::from(*label)).and_then(|new| u16::try_from(*new).ok());
    let labels: Vec<u16> = part.labels().iter().map(|label| new_label(label).unwrap_or(*label)).collect();
    let mut order: Vec<usize> = (0..labels.len()).collect();
    if part.file_digests().is_some() && part.labels().is_sorted() {
        order.sort_by_key(|index| labels.get(*index));
    }
    part.rearranged(&order, &labels, classes)
}

/// Returns each name with the count of its occurrences so far, because names may repeat.
fn occurrences(names: &[String]) -> impl Iterator<Item = (&str, usize)> {
    let mut seen = HashMap::new();
    names.iter().map(move |name| {
        let count = seen.entry(name.as_str()).or_insert(0);
        *count += 1;
        (name.as_str(), *count)
    })
}

/// Whether the names only number the classes, as for CIFAR-100 without its file of names.
fn are_numbers(names: &[String]) -> bool {
    names.iter().enumerate().all(|(number, name)| *name == format!("class {number}"))
}
