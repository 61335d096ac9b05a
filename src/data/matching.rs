//! Classes of a data set matched by name with those that a network was trained on.

use super::dataset::Dataset;
use super::error::DataError;
use super::fingerprint::Fingerprint;
use super::source::Source;
use crate::shown::line;
use std::collections::HashMap;
use std::sync::Arc;

/// Names that are listed in a message before the rest is only counted.
const LISTED: usize = 20;

/// A data set whose labels are the outputs of a network.
#[derive(Debug, Clone)]
pub struct Matched {
    /// The data set, its classes in the network's order.
    pub data: Dataset,
    /// What is worth knowing of the match, a sentence each.
    pub notes: Vec<String>,
}

impl Dataset {
    /// The same images with the labels of a network that was trained on `known`: classes are matched by name. Classes of
    /// the network that have no images here are noted.
    ///
    /// # Errors
    /// [`DataError::Classes`] where images have a class that the network does not know.
    pub fn matching(self, known: &Fingerprint) -> Result<Matched, DataError> {
        let found = self.classes();
        if found == known.classes {
            return Ok(Matched { data: self, notes: Vec::new() });
        }
        if found.len() == known.classes.len() && (are_numbers(found) || are_numbers(&known.classes)) {
            let notes = vec!["note: the classes have no names on one side and are matched by their numbers".to_owned()];
            let places: Vec<usize> = (0..found.len()).collect();
            return Ok(Matched { data: self.relabelled(&places, &known.classes), notes });
        }
        let mut places = occurrences(&known.classes).zip(0..).collect::<HashMap<_, usize>>();
        let matched: Vec<Option<usize>> = occurrences(found).map(|name| places.remove(&name)).collect();
        let unknown: Vec<String> =
            found.iter().zip(&matched).filter(|(_, place)| place.is_none()).map(|(name, _)| name.clone()).collect();
        if !unknown.is_empty() {
            let (known, found) = (known.classes.clone(), found.to_vec());
            return Err(DataError::Classes { unknown, known, found });
        }
        let mut missing: Vec<_> = places.into_iter().collect();
        missing.sort_by_key(|(_, place)| *place);
        let missing: Vec<String> = missing.into_iter().map(|((name, _), _)| name.to_owned()).collect();
        let notes = match missing.is_empty() {
            true => vec!["note: the classes are in another order here; labels are matched by name".to_owned()],
            false => vec![format!(
                "warning: the data have no images of classes that the network knows: {}; their classes are {}",
                list(&missing),
                list(found)
            )],
        };
        let matched: Vec<usize> = matched.into_iter().flatten().collect();
        Ok(Matched { data: self.relabelled(&matched, &known.classes), notes })
    }

    /// The same images with the label `places[label]` in the place of each, and other class names.
    fn relabelled(self, places: &[usize], names: &[String]) -> Self {
        let classes: Arc<[String]> = names.into();
        let part = |part: &Arc<Source>| Arc::new(relabelled(part, places, &classes));
        let validation = self.validation.as_ref().map(part);
        Self { train: part(&self.train), validation, test: part(&self.test), ..self }
    }
}

/// Files, which are read class by class, stay in the order of their labels; other images in their own.
fn relabelled(part: &Source, places: &[usize], classes: &Arc<[String]>) -> Source {
    let place = |label: &u16| places.get(usize::from(*label)).and_then(|place| u16::try_from(*place).ok());
    let labels: Vec<u16> = part.labels().iter().map(|label| place(label).unwrap_or(*label)).collect();
    let mut order: Vec<usize> = (0..labels.len()).collect();
    if part.marks().is_some() && part.labels().is_sorted() {
        order.sort_by_key(|place| labels.get(*place));
    }
    part.rearranged(&order, &labels, classes)
}

/// Each name, and how often it came before: names may repeat.
fn occurrences(names: &[String]) -> impl Iterator<Item = (&str, usize)> {
    let mut seen = HashMap::new();
    names.iter().map(move |name| {
        let count = seen.entry(name.as_str()).or_insert(0);
        *count += 1;
        (name.as_str(), *count)
    })
}

/// Whether the names only count the classes, as those of CIFAR-100 without its file of names.
fn are_numbers(names: &[String]) -> bool {
    names.iter().enumerate().all(|(number, name)| *name == format!("class {number}"))
}

/// Names for a message, in quotes; of many, the first and how many more there are.
pub(super) fn list(names: &[String]) -> String {
    let shown: Vec<String> = names.iter().take(LISTED).map(|name| format!("'{}'", line(name))).collect();
    match names.len().saturating_sub(LISTED) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}
