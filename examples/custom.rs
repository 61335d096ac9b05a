//! A generator and a reward from outside the crate: uniform mutations of the best cell so far, and a reward that
//! prefers convolutions and few parameters.
//!
//!     cargo run --release --example custom

use graphpnas::Search;
use graphpnas::device::Device;
use graphpnas::evaluate::{EvaluateError, Evaluation, Evaluator};
use graphpnas::generator::{Generator, GeneratorError, Proposal};
use graphpnas::graph::Graph;
use graphpnas::network::Task;
use graphpnas::search::{Request, Silent};
use graphpnas::space::{Explorer, Space, open};
use rand::RngExt;
use std::sync::Arc;

/// Proposes a neighbour of the best graph so far or, with probability 1/4, a random graph.
struct HillClimber {
    space: Arc<dyn Space>,
    best: Option<(Graph, f64)>,
}

impl Generator for HillClimber {
    fn name(&self) -> &'static str {
        "hill-climber"
    }

    fn propose(
        &mut self,
        count: usize,
        _epsilon: f64,
        rng: &mut dyn rand::Rng,
    ) -> Result<Vec<Proposal>, GeneratorError> {
        let mut propose = || match &self.best {
            Some((best, _)) if rng.random_bool(0.75) => self.space.mutate(best, rng),
            _ => self.space.explore(&Explorer::Uniform, rng),
        };
        Ok((0..count).map(|_| propose().into()).collect())
    }

    fn tell(&mut self, graph: &Graph, reward: f64) {
        if self.best.as_ref().is_none_or(|(_, best)| reward > *best) {
            self.best = Some((graph.clone(), reward));
        }
    }
}

/// The percentage of edges that are 3x3 convolutions, minus one point per 100,000 parameters.
struct SmallAndConvolutional;

impl Evaluator for SmallAndConvolutional {
    fn name(&self) -> &'static str {
        "small-and-convolutional"
    }

    fn evaluate(&mut self, graph: &Graph, arch: &str) -> Result<Evaluation, EvaluateError> {
        let failed = |why: String| EvaluateError::Child { arch: arch.to_owned(), why };
        let space = open("nasbench201").map_err(|error| failed(error.to_string()))?;
        let network = space.network(graph, Task::CIFAR10, space.published_size());
        let network = network.map_err(|error| failed(error.to_string()))?;
        let percentage = 100.0 * arch.matches("nor_conv_3x3").count() as f64 / 6.0;
        Ok(Evaluation { reward: percentage - network.cost().parameters as f64 / 1e5, test: None })
    }
}

/// Runs the search.
pub fn main() -> Result<(), Box<dyn std::error::Error>> {
    let keys = ["evaluations=60".to_owned(), "explore.schedule=none".to_owned()];
    let config = Request { preset: Some("nasbench201-cifar10"), sets: &keys, ..Request::default() }.resolve()?;
    let search = Search::from(config)
        .device(Device::Cpu)
        .generator(|space| Box::new(HillClimber { space: Arc::clone(space), best: None }))
        .evaluator(|_| Box::new(SmallAndConvolutional));
    let outcome = search.run(&mut Silent)?;
    println!("{:.2}  {}", outcome.best.reward, outcome.best.arch);
    Ok(())
}
