//! The program from outside, and the house it is built in.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // helpers outside the test functions too

mod common;

mod cli;
mod compare;
mod events;
mod export;
mod floors;
mod help;
mod readme;
mod report;
mod run;
mod smoke;
mod training_cli;
