//! What the numbers of images of each class say about accuracies measured on them.

use super::fingerprint::Fingerprint;
use super::matching::list;
use crate::shown::line;

impl Fingerprint {
    /// What is odd about the classes, a sentence each: only one class, classes without images to test on.
    #[must_use]
    pub fn remarks(&self) -> Vec<String> {
        let mut remarks: Vec<String> = self.only_class().into_iter().collect();
        let parts = [("training", &self.train), ("validation", &self.validation)];
        remarks.extend(parts.into_iter().filter_map(|(part, counts)| self.without(part, counts)));
        remarks.extend(self.without("test", &self.test));
        remarks
    }

    /// What is odd about the test images: only one class, classes that have none.
    #[must_use]
    pub fn test_remarks(&self) -> Vec<String> {
        self.only_class().into_iter().chain(self.without("test", &self.test)).collect()
    }

    fn only_class(&self) -> Option<String> {
        let [class] = &self.classes[..] else { return None };
        let class = line(class);
        Some(format!("warning: there is only one class, '{class}': every network has an accuracy of 100 %"))
    }

    /// Which classes have no images in a part.
    fn without(&self, part: &str, counts: &[usize]) -> Option<String> {
        let without = |counts: &[usize]| -> Vec<String> {
            self.classes.iter().zip(counts).filter(|(_, count)| **count == 0).map(|(class, _)| class.clone()).collect()
        };
        let missing = without(counts);
        let have = if missing.len() == 1 { "class has" } else { "classes have" };
        (!missing.is_empty()).then(|| format!("warning: {} {have} no {part} images: {}", missing.len(), list(&missing)))
    }

    /// What is to be said of an accuracy on test images that always answering the most frequent class reaches too.
    #[must_use]
    pub fn test_verdict(&self, accuracy: f64) -> Option<String> {
        self.verdict("test accuracy", &self.test, accuracy)
    }

    /// The same of an accuracy on the validation part or, without one, on held-out training images, which have the same share
    /// of each class as all of them.
    #[must_use]
    pub fn held_out_verdict(&self, accuracy: f64) -> Option<String> {
        let counts = if self.validation.is_empty() { &self.train } else { &self.validation };
        self.verdict("validation accuracy", counts, accuracy)
    }

    fn verdict(&self, what: &str, counts: &[usize], accuracy: f64) -> Option<String> {
        let all = counts.iter().sum::<usize>();
        let (class, most) = self.classes.iter().zip(counts).max_by_key(|(_, count)| **count)?;
        let share = 100.0 * *most as f64 / all.max(1) as f64;
        // An accuracy is a quotient of the same kind: equal ones differ by rounding only.
        (self.classes.len() > 1 && all > 0 && accuracy <= share + 1e-9).then(|| {
            format!(
                "warning: a {what} of {accuracy:.2} % is no better than always answering '{}', the class of {share:.2} % of these \
                 images",
                line(class)
            )
        })
    }
}
