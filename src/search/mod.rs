//! The search: explore, propose, evaluate, remember, learn (METHOD section 3).

mod config;
mod layers;
pub use lstm::LstmConfig;
