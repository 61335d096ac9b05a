//! The method: graphs and spaces, generators, searches, benchmark files.
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    reason = "numbers of tests, which are small"
)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // helpers outside the test functions too

mod common;

mod benchmark;
mod bounds;
mod config;
mod generator;
mod graph;
mod guide;
mod large_parts;
mod lstm;
mod needs;
mod parts;
mod score;
mod search;
mod space;
mod table;
