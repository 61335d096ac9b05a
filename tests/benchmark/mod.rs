//! Benchmark files: the release formats, the compact table, and damaged or malicious files.

use crate::common;

mod built_in;
mod compact;
mod convert;
mod make;
mod nasbench101;
mod nats;
mod pickle;
mod tfrecord;

use graphpnas::evaluate::{Sheet, TableError, read};
use std::path::Path;

/// Reads a file without progress reports.
fn sheet(path: &Path, space: &str) -> Result<Sheet, TableError> {
    read(path, space, &mut |_, _| {})
}

/// The error's message, which must be one line.
fn message(result: Result<Sheet, TableError>) -> String {
    let message = result.expect_err("the file should be refused").to_string();
    assert!(!message.contains('\n'), "{message}");
    message
}
