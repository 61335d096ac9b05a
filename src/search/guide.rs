//! The guide: of the graphs a generator draws, which one to evaluate. Ours, not part of the published method.
//!
//! A Gaussian process learns the rewards of everything evaluated. The generator stays the distribution that proposes; the
//! guide only chooses, by the upper confidence bound, so that a rare good idea is not drowned by many likely ones.

use super::config::GuideConfig;
use crate::graph::Graph;

/// The evaluated graphs a guide learns from, the best ones; its work grows with the cube of their number.
const MOST: usize = 500;

/// With less, rounding would decide what a graph learned twice says.
const LEAST_NOISE: f64 = 1e-9;

/// Ranks graphs by what the evaluated ones make expect.
#[derive(Debug, Clone)]
pub struct Guide {
    surrogate: Surrogate,
    confidence: f64,
}

impl Guide {
    /// A guide that knows these evaluated graphs, best first.
    ///
    /// It learns their ranks, with mean 0 and variance 1, rather than their rewards: a few failures far below all others
    /// would otherwise make every good graph look the same.
    pub fn new<'a>(best_first: impl Iterator<Item = &'a Graph>, config: &GuideConfig) -> Self {
        let graphs: Vec<&Graph> = best_first.take(MOST).collect();
        let count = graphs.len() as f64;
        let deviation = ((count * count - 1.0) / 12.0).sqrt().max(1.0);
        let mut surrogate = Surrogate::new(config.decay, config.noise);
        for (place, graph) in graphs.into_iter().enumerate() {
            surrogate.learn(graph, ((count - 1.0) / 2.0 - place as f64) / deviation);
        }
        Self { surrogate, confidence: config.confidence }
    }

    /// The upper confidence bound of the graph's reward, in standard deviations of all rewards.
    #[must_use]
    pub fn promise(&self, graph: &Graph) -> f64 {
        let Belief { mean, variance } = self.surrogate.belief(graph);
        mean + self.confidence * variance.sqrt()
    }
}

/// What a surrogate expects of a graph.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Belief {
    /// Expected value.
    pub mean: f64,
    /// Variance, from 0 (known) to 1 (nothing known).
    pub variance: f64,
}

/// A Gaussian process over graphs of any size: mean 0, covariance exp(-decay * differences), noise on every value.
///
/// It keeps the Cholesky factor L of the covariance matrix, a row a graph. A new graph with covariances k has the
/// coordinates v = L^-1 k, by forward substitution; they are its row of L, its mean is v . L^-1 y, its variance 1 - v . v.
#[derive(Debug, Clone)]
pub struct Surrogate {
    decay: f64,
    noise: f64,
    points: Vec<Point>,
}

#[derive(Debug, Clone)]
struct Point {
    graph: Graph,
    /// The row of L left of the diagonal.
    row: Vec<f64>,
    diagonal: f64,
    /// The element of L^-1 y.
    value: f64,
}

impl Surrogate {
    /// A process that knows nothing; `decay` and `noise` (a variance, at least 1e-9) are above 0.
    #[must_use]
    pub fn new(decay: f64, noise: f64) -> Self {
        Self { decay, noise: noise.max(LEAST_NOISE), points: Vec::new() }
    }

    /// Takes a graph's value into account; values should have about mean 0 and variance 1.
    pub fn learn(&mut self, graph: &Graph, value: f64) {
        let row = self.coordinates(graph);
        let diagonal = ((1.0 - square(&row)).max(0.0) + self.noise).sqrt();
        let value = (value - self.mean(&row)) / diagonal;
        self.points.push(Point { graph: graph.clone(), row, diagonal, value });
    }

    /// What the known values make expect of a graph.
    #[must_use]
    pub fn belief(&self, graph: &Graph) -> Belief {
        let coordinates = self.coordinates(graph);
        Belief { mean: self.mean(&coordinates), variance: (1.0 - square(&coordinates)).max(0.0) }
    }

    fn coordinates(&self, graph: &Graph) -> Vec<f64> {
        let mut coordinates = Vec::with_capacity(self.points.len());
        for point in &self.points {
            let covariance = (-self.decay * point.graph.differences(graph) as f64).exp();
            let known: f64 = point.row.iter().zip(&coordinates).map(|(a, b): (&f64, &f64)| a * b).sum();
            coordinates.push((covariance - known) / point.diagonal);
        }
        coordinates
    }

    fn mean(&self, coordinates: &[f64]) -> f64 {
        self.points.iter().zip(coordinates).map(|(point, coordinate)| point.value * coordinate).sum()
    }
}

fn square(numbers: &[f64]) -> f64 {
    numbers.iter().map(|number| number * number).sum()
}
