//! The program as a user runs it, and the order of its modules.
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    reason = "numbers of tests, which are small"
)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // helpers outside the test functions too

mod common;

mod cli;
mod compare;
mod events;
mod experiment;
mod export;
mod fuzzing;
mod help;
mod imports;
mod leaks;
mod messages;
mod numbers;
mod output;
mod own_tables;
mod pictures_cli;
mod predict_signals;
mod proxies;
mod readme;
mod replaced;
mod report;
mod run;
mod signals;
mod smoke;
mod space_files;
mod training_cli;
