//! The progress of reading a large file.

/// Receives the progress: the amount read and the total.
pub type Progress<'a> = &'a mut dyn FnMut(u64, u64);
