//! Warnings about the class balance of a data set and the accuracies measured on it.

use super::fingerprint::Fingerprint;
use super::message::list;
use crate::shown::line;

impl Fingerprint {
    /// Returns warnings about the classes, one sentence each: a single class, classes without images in a part.
    #[must_use]
    pub fn class_warnings(&self) -> Vec<String> {
        let mut remarks: Vec<String> = self.only_class().into_iter().collect();
        let parts = [("training", &self.train), ("validation", &self.validation)];
        remarks.extend(parts.into_iter().filter_map(|(part, counts)| self.without(part, counts)));
        remarks.extend(self.without("test", &self.test));
        remarks
    }

    /// Returns warnings about the test part: a single class, classes without test images.
    #[must_use]
    pub fn test_class_warnings(&self) -> Vec<String> {
        self.only_class().into_iter().chain(self.without("test", &self.test)).collect()
    }

    fn only_class(&self) -> Option<String> {
        let [class] = &self.classes[..] else { return None };
        let class = line(class);
        Some(format!("warning: there is only one class, '{class}', so every network has an accuracy of 100 %"))
    }

    /// Returns a warning that lists the classes without images in a part.
    fn without(&self, part: &str, counts: &[usize]) -> Option<String> {
        let without = |counts: &[usize]| -> Vec<String> {
            self.classes.iter().zip(counts).filter(|(_, count)| **count == 0).map(|(class, _)| class.clone()).collect()
        };
        let missing = without(counts);
        let have = if missing.len() == 1 { "class has" } else { "classes have" };
        (!missing.is_empty()).then(|| format!("warning: {} {have} no {part} images: {}", missing.len(), list(&missing)))
    }

    /// Returns a warning if a test accuracy (in percent) is no better than predicting the most frequent class.
    #[must_use]
    pub fn test_baseline_warning(&self, accuracy: f64) -> Option<String> {
        self.verdict("test accuracy", &self.test, accuracy)
    }

    /// Returns the same warning for an accuracy on the validation part or, without one, on held-out training images,
    /// whose class fractions are those of all training images.
    #[must_use]
    pub fn held_out_baseline_warning(&self, accuracy: f64) -> Option<String> {
        let counts = if self.validation.is_empty() { &self.train } else { &self.validation };
        self.verdict("validation accuracy", counts, accuracy)
    }

    fn verdict(&self, what: &str, counts: &[usize], accuracy: f64) -> Option<String> {
        let all = counts.iter().sum::<usize>();
        let (class, most) = self.classes.iter().zip(counts).max_by_key(|(_, count)| **count)?;
        let percent = 100.0 * *most as f64 / all.max(1) as f64;
        // An accuracy is a quotient of the same kind, so equal values differ only by rounding.
        (self.classes.len() > 1 && all > 0 && accuracy <= percent + 1e-9).then(|| {
            format!(
                "warning: a {what} of {accuracy:.2} % is no better than always predicting '{}', the class of \
                 {percent:.2} % of these images",
                line(class)
            )
        })
    }
}
