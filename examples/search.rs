//! A search with the library: a preset with two changed keys, on the built-in table of NAS-Bench-201.
//!
//!     cargo run --release --example search

use graphpnas::Search;
use graphpnas::device::Device;
use graphpnas::search::{Best, Observer, Request, TrialRecord};

/// Prints every architecture that is better than all previous ones.
struct Improvements;

impl Observer for Improvements {
    fn evaluated(&mut self, record: &TrialRecord, best: &Best) {
        if record.arch == best.arch {
            println!("evaluation {:3}: {:.3} %  {}", record.evaluation, record.reward, record.arch);
        }
    }
}

/// Runs the search.
pub fn main() -> Result<(), Box<dyn std::error::Error>> {
    let keys = ["evaluations=40".to_owned(), "seed=7".to_owned()];
    let config = Request { preset: Some("nasbench201-cifar10-scored"), sets: &keys, ..Request::default() }.resolve()?;
    let outcome = Search::from(config).device(Device::Cpu).run(&mut Improvements)?;
    println!("best of {}: {:.3} %, test {:?}", outcome.evaluations, outcome.best.reward, outcome.best.test);
    Ok(())
}
