//! Texts of messages: the supported layouts, and lists of names.

use crate::shown::line;

/// The supported layouts, for error messages.
pub(super) const LAYOUTS: &str = "supported layouts: CIFAR-10 (data_batch_1.bin to data_batch_5.bin, test_batch.bin), \
    CIFAR-100 (train.bin, test.bin), the Python versions of both (data_batch_1 and so on; train, test, meta), \
    TinyImageNet (wnids.txt, train/ID/images, val/val_annotations.txt), \
    image folders (train/CLASS/*.jpg or other image files, and val/CLASS, test/CLASS or both), \
    one image folder to split (CLASS/*.jpg or other image files), \
    and signals (x_train.npy, y_train.npy, and the same for val, test or both)";

/// Number of names listed in a message; further names are only counted.
const LISTED: usize = 20;

/// Lists names for a message, in quotes; of many, the first ones and the number of the rest.
pub(super) fn list(names: &[String]) -> String {
    let shown: Vec<String> = names.iter().take(LISTED).map(|name| format!("'{}'", line(name))).collect();
    match names.len().saturating_sub(LISTED) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}
