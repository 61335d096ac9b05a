//! Which folder of a data set holds which part of it, told by the names in use: `train`, `val`, `test` and their like.

use super::error::DataError;
use super::tree::{folders, has_classes, has_classes_surely, has_images, name, only_folder};
use super::warning::{Part, Warning};
use crate::shown::Show;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

/// Words that say nothing about the part: `training_set`, `test-images`, `seg_train`.
const FILLERS: [&str; 12] =
    ["set", "data", "dataset", "images", "image", "imgs", "img", "pictures", "photos", "split", "folder", "seg"];

/// The part that a folder's name means, whatever its case; none for other names.
pub(super) fn part_of(name: &OsStr) -> Option<Part> {
    let name = name.to_str()?.to_lowercase();
    let words = name.split(|letter: char| !letter.is_alphanumeric());
    // Years and numbers as in `val2017`.
    let words = words.map(|word| word.trim_end_matches(|letter: char| letter.is_ascii_digit()));
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

/// The folders of a data set's parts.
#[derive(Debug)]
pub(super) struct Parts {
    pub(super) train: PathBuf,
    pub(super) validation: Option<PathBuf>,
    pub(super) test: Option<PathBuf>,
    others: Vec<PathBuf>,
    nested: Vec<Warning>,
}

impl Parts {
    /// The parts in `folder`; none where no folder is named like a training part.
    ///
    /// # Errors
    /// Two folders that mean one part.
    pub(super) fn named(folder: &Path) -> Result<Option<Self>, DataError> {
        let (mut parts, mut others) = ([None, None, None], Vec::new());
        for path in folders(folder)? {
            let Some(part) = part_of(name(&path)) else {
                others.push(path);
                continue;
            };
            let place: &mut Option<PathBuf> = &mut parts[part as usize];
            match place.take() {
                Some(first) => return Err(DataError::SamePart { first, second: path, part }),
                None => *place = Some(path),
            }
        }
        let [train, validation, test] = parts;
        Ok(train.map(|train| Self { train, validation, test, others, nested: Vec::new() }))
    }

    /// The parts of a class-per-folder data set; none where the folders are classes themselves or nothing at all.
    ///
    /// # Errors
    /// Two folders that mean one part, or a training part without class folders.
    pub(super) fn of_classes(folder: &Path) -> Result<Option<Self>, DataError> {
        let named = Self::named(folder);
        if let Err(error) = named {
            // Classes may have such names, as long as they hold their pictures themselves.
            return if folders(folder)?.iter().any(|path| part_of(name(path)).is_some() && has_classes(path)) {
                Err(error)
            } else {
                Ok(None)
            };
        }
        let Some(mut parts) = named? else { return Ok(None) };
        parts.unnest();
        if has_images(&parts.train) && !has_classes(&parts.train) {
            // The vehicle and not the part: `train` beside `bus` and `car`.
            let is_class = parts.others.iter().any(|path| has_images(path));
            return if is_class { Ok(None) } else { Err(DataError::NoClasses { path: parts.train }) };
        }
        if parts.validation.is_none() && parts.test.is_none() && !has_classes(&parts.train) {
            return Ok(None);
        }
        for held_out in [&mut parts.validation, &mut parts.test] {
            // Pictures without labels, as competitions hand them out.
            let unlabelled = |path: &PathBuf| has_images(path) && !has_classes(path);
            parts.others.extend(held_out.take_if(|path| unlabelled(path)));
        }
        Ok(Some(parts))
    }

    /// Takes the folder of class folders that is all a part holds, where it is named like the part: `train/train/CLASS`.
    fn unnest(&mut self) {
        let of_part = [Some(&mut self.train), self.validation.as_mut(), self.test.as_mut()];
        for path in of_part.into_iter().flatten() {
            let Some(inner) = only_folder(path) else { continue };
            if part_of(name(&inner)) == part_of(name(path)) && has_classes_surely(&inner) {
                let outer = std::mem::replace(path, inner.clone());
                self.nested.push(Warning::Nested { outer, inner });
            }
        }
    }

    /// Puts a part aside that cannot be used.
    pub(super) fn without_test(&mut self) {
        self.others.extend(self.test.take());
    }

    /// What people should know about the use of the folders.
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
    fn names_in_use() {
        let of = |name| part_of(OsStr::new(name));
        for name in
            ["train", "Train", "TRAINING", "training_set", "train2017", "images_train", "trainset", "train-data"]
        {
            assert_eq!(of(name), Some(Part::Training), "{name}");
        }
        for name in ["val", "valid", "Validation", "dev", "eval", "VAL", "val_images", "validation set", "evaluation"] {
            assert_eq!(of(name), Some(Part::Validation), "{name}");
        }
        for name in ["test", "Test", "testing", "test_set", "seg_test", "test1"] {
            assert_eq!(of(name), Some(Part::Test), "{name}");
        }
        for name in ["trains", "steam train", "images", "cat", "test val", "validate me", "contest", "2017", ""] {
            assert_eq!(of(name), None, "{name}");
        }
    }
}
