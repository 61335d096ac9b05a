//! Detects the parts of a data set from its folder names: `train`, `val`, `test` and common variants.

use super::entry::name;
use super::error::DataError;
use super::part::Part;
use super::tree::{folders, has_classes, has_images, has_only_classes, only_folder};
use super::warning::Warning;
use crate::shown::Show;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

/// Words that are ignored in folder names, as in `training_set`, `test-images` and `seg_train`.
const FILLERS: [&str; 12] =
    ["set", "data", "dataset", "images", "image", "imgs", "img", "pictures", "photos", "split", "folder", "seg"];

/// Returns the part that a folder name stands for, ignoring case; `None` for other names.
pub(super) fn part_of(name: &OsStr) -> Option<Part> {
    let name = name.to_str()?.to_lowercase();
    let words = name.split(|character: char| !character.is_alphanumeric());
    // Removes years and numbers, as in `val2017`.
    let words = words.map(|word| word.trim_end_matches(|character: char| character.is_ascii_digit()));
    let mut words = words.filter(|word| !word.is_empty() && !FILLERS.contains(word));
    let (word, None) = (words.next()?, words.next()) else { return None };
    match word {
        "train" | "training" | "trainset" | "trainingset" => Some(Part::Training),
        "val" | "valid" | "validation" | "validate" | "valset" | "validationset" | "dev" | "devel" | "development"
        | "devset" | "eval" | "evaluation" | "evalset" => Some(Part::Validation),
        "test" | "tests" | "testing" | "testset" | "testingset" => Some(Part::Test),
        _ => None,
    }
}

/// The folders of the parts of a data set.
#[derive(Debug)]
pub(super) struct Parts {
    pub(super) train: PathBuf,
    pub(super) validation: Option<PathBuf>,
    pub(super) test: Option<PathBuf>,
    others: Vec<PathBuf>,
    nested: Vec<Warning>,
}

impl Parts {
    /// Finds the parts in `folder` by name; `None` without a training part.
    ///
    /// # Errors
    /// Two folders that stand for the same part.
    pub(super) fn named(folder: &Path) -> Result<Option<Self>, DataError> {
        let (mut parts, mut others) = ([None, None, None], Vec::new());
        for path in folders(folder)? {
            let Some(part) = part_of(name(&path)) else {
                others.push(path);
                continue;
            };
            let slot: &mut Option<PathBuf> = &mut parts[part as usize];
            match slot.take() {
                Some(first) => return Err(DataError::SamePart { first, second: path, part }),
                None => *slot = Some(path),
            }
        }
        let [train, validation, test] = parts;
        Ok(train.map(|train| Self { train, validation, test, others, nested: Vec::new() }))
    }

    /// Finds the parts of a data set with one folder per class; `None` if there are no parts, for example because the
    /// folders are classes themselves.
    ///
    /// # Errors
    /// Two folders that stand for the same part, or a training part without class folders.
    pub(super) fn of_classes(folder: &Path) -> Result<Option<Self>, DataError> {
        let named = Self::named(folder);
        if let Err(error) = named {
            // These may be class names: class folders contain images directly.
            return if folders(folder)?.iter().any(|path| part_of(name(path)).is_some() && has_classes(path)) {
                Err(error)
            } else {
                Ok(None)
            };
        }
        let Some(mut parts) = named? else { return Ok(None) };
        parts.unnest();
        if has_images(&parts.train) && !has_classes(&parts.train) {
            // A class called `train`, next to `bus` and `car`.
            let is_class = parts.others.iter().any(|path| has_images(path));
            return if is_class { Ok(None) } else { Err(DataError::NoClasses { path: parts.train }) };
        }
        if parts.validation.is_none() && parts.test.is_none() && !has_classes(&parts.train) {
            return Ok(None);
        }
        for held_out in [&mut parts.validation, &mut parts.test] {
            // Images without labels, as in the test parts of competitions.
            let unlabelled = |path: &PathBuf| has_images(path) && !has_classes(path);
            parts.others.extend(held_out.take_if(|path| unlabelled(path)));
        }
        Ok(Some(parts))
    }

    /// Descends into `train/train/CLASS`: uses the only subfolder of a part if it has class folders and the part's
    /// name.
    fn unnest(&mut self) {
        let parts = [Some(&mut self.train), self.validation.as_mut(), self.test.as_mut()];
        for path in parts.into_iter().flatten() {
            let Some(inner) = only_folder(path) else { continue };
            if part_of(name(&inner)) == part_of(name(path)) && has_only_classes(&inner) {
                let outer = std::mem::replace(path, inner.clone());
                self.nested.push(Warning::Nested { outer, inner });
            }
        }
    }

    /// Marks the test part as unused.
    pub(super) fn without_test(&mut self) {
        self.others.extend(self.test.take());
    }

    /// Returns warnings about the use of the folders.
    pub(super) fn warnings(&self) -> Vec<Warning> {
        let shown = |path: &PathBuf| name(path).shown().to_string();
        let used = [Some(&self.train), self.validation.as_ref(), self.test.as_ref()];
        let used = used.into_iter().flatten().map(shown).collect();
        let unused =
            (!self.others.is_empty()).then(|| Warning::Unused { names: self.others.iter().map(shown).collect(), used });
        let stand_in = match (&self.validation, &self.test) {
            (Some(validation), None) => Some(Warning::ValidationIsTest { name: shown(validation) }),
            _ => None,
        };
        self.nested.iter().cloned().chain(unused).chain(stand_in).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::part_of;
    use crate::data::Part;
    use std::ffi::OsStr;

    #[test]
    fn parts_are_recognised_by_folder_name() {
        let part = |name| part_of(OsStr::new(name));
        for name in
            ["train", "Train", "TRAINING", "training_set", "train2017", "images_train", "trainset", "train-data"]
        {
            assert_eq!(part(name), Some(Part::Training), "{name}");
        }
        for name in ["val", "valid", "Validation", "dev", "eval", "VAL", "val_images", "validation set", "evaluation"] {
            assert_eq!(part(name), Some(Part::Validation), "{name}");
        }
        for name in ["test", "Test", "testing", "test_set", "seg_test", "test1"] {
            assert_eq!(part(name), Some(Part::Test), "{name}");
        }
        for name in ["trains", "steam train", "images", "cat", "test val", "validate me", "contest", "2017", ""] {
            assert_eq!(part(name), None, "{name}");
        }
    }
}
