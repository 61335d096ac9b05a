//! Prints the library's log messages on stderr.

use super::output;
use log::{Level, LevelFilter, Log, Metadata, Record};

struct Logger;

/// Installs the logger; messages of other crates are ignored.
pub(super) fn install() {
    if log::set_logger(&Logger).is_ok() {
        log::set_max_level(LevelFilter::Debug);
    }
}

impl Log for Logger {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.level() <= Level::Debug && metadata.target().starts_with(env!("CARGO_PKG_NAME"))
    }

    fn log(&self, record: &Record<'_>) {
        if !self.enabled(record.metadata()) {
            return;
        }
        match record.level() {
            Level::Error | Level::Warn => output::note(&format!("warning: {}", record.args())),
            Level::Info => output::note(&format!("note: {}", record.args())),
            Level::Debug | Level::Trace => output::detail(|| record.args().to_string()),
        }
    }

    fn flush(&self) {}
}
