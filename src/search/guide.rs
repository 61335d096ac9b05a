//! The guide: of the graphs a generator draws, which one to evaluate. Ours, not part of the published method.
//!
//! A Gaussian process learns the rewards of everything evaluated. The generator stays the distribution that proposes; the
//! guide only chooses, by the upper confidence bound, so that a rare good idea is not drowned by many likely ones.

use super::config::GuideConfig;
use crate::graph::Graph;
use crate::score::Structure;
use crate::statistics::normal_quantile;

/// The evaluated graphs a guide learns from, the best ones; its work grows with the cube of their number.
const MOST: usize = 500;

/// With less, rounding would decide what a graph learned twice says.
const LEAST_NOISE: f64 = 1e-9;

/// Standard deviations of the rewards that the prior mean rises with one standard deviation of the first feature.
const DIRECTION: f64 = 0.5;

/// Ranks graphs by what the evaluated ones make expect.
#[derive(Clone)]
pub struct Guide<'a> {
    surrogate: Surrogate,
    confidence: f64,
    structure: Option<&'a Structure>,
    /// The prior mean of the evaluated graphs, which is subtracted from all others.
    offset: f64,
}

impl<'a> Guide<'a> {
    /// A guide that knows these evaluated graphs, best first, and the structural features of all, where there are some.
    ///
    /// It learns their ranks, with mean 0 and variance 1, rather than their rewards: a few failures far below all others
    /// would otherwise make every good graph look the same. With features it learns normal scores of the ranks, which tell
    /// the best few apart, as the features are normal scores too.
    pub fn new<'b>(
        best_first: impl Iterator<Item = &'b Graph>,
        config: &GuideConfig,
        structure: Option<&'a Structure>,
    ) -> Self {
        let graphs: Vec<&Graph> = best_first.take(MOST).collect();
        let count = graphs.len() as f64;
        let deviation = ((count * count - 1.0) / 12.0).sqrt().max(1.0);
        let value = |place: usize| match structure {
            None => ((count - 1.0) / 2.0 - place as f64) / deviation,
            Some(_) => -normal_quantile((place as f64 + 0.5) / count),
        };
        let features: Vec<Vec<f64>> = graphs.iter().map(|graph| features(structure, graph)).collect();
        let offset = features.iter().map(|features| prior_mean(features)).sum::<f64>() / count.max(1.0);
        let mut surrogate = Surrogate::new(config.decay, config.noise);
        for (place, (graph, features)) in graphs.into_iter().zip(features).enumerate() {
            surrogate.learn(graph, &features, value(place) - (prior_mean(&features) - offset));
        }
        Self { surrogate, confidence: config.confidence, structure, offset }
    }

    /// The upper confidence bound of the graph's reward, in standard deviations of all rewards.
    #[must_use]
    pub fn acquisition(&self, graph: &Graph) -> f64 {
        let features = features(self.structure, graph);
        let Posterior { mean, variance } = self.surrogate.posterior(graph, &features);
        prior_mean(&features) - self.offset + mean + self.confidence * variance.sqrt()
    }
}

fn features(structure: Option<&Structure>, graph: &Graph) -> Vec<f64> {
    structure.map_or_else(Vec::new, |structure| structure.of(graph).to_vec())
}

/// What is expected of a graph before anything is evaluated, relative to others.
fn prior_mean(features: &[f64]) -> f64 {
    DIRECTION * features.first().copied().unwrap_or(0.0)
}

/// What a surrogate expects of a graph.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Posterior {
    /// Expected value.
    pub mean: f64,
    /// Variance, from 0 (known) to 1 plus the squares of the features (nothing known).
    pub variance: f64,
}

/// A Gaussian process over graphs of any size and their features: mean 0, covariance exp(-decay * differences) + the product
/// of the features, noise on every value. The product is that of a linear regression whose weights have the prior N(0, 1).
///
/// It keeps the Cholesky factor L of the covariance matrix, a row a graph. A new graph with covariances k has the
/// coordinates v = L^-1 k, by forward substitution; they are its row of L, its mean is v . L^-1 y, its variance
/// k0 - v . v, where k0 is its own covariance.
#[derive(Debug, Clone)]
pub struct Surrogate {
    decay: f64,
    noise: f64,
    points: Vec<Point>,
}

#[derive(Debug, Clone)]
struct Point {
    graph: Graph,
    features: Vec<f64>,
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
    pub fn learn(&mut self, graph: &Graph, features: &[f64], value: f64) {
        let row = self.coordinates(graph, features);
        let diagonal = ((1.0 + square(features) - square(&row)).max(0.0) + self.noise).sqrt();
        let value = (value - self.mean(&row)) / diagonal;
        self.points.push(Point { graph: graph.clone(), features: features.to_vec(), row, diagonal, value });
    }

    /// What the known values make expect of a graph.
    #[must_use]
    pub fn posterior(&self, graph: &Graph, features: &[f64]) -> Posterior {
        let coordinates = self.coordinates(graph, features);
        let variance = 1.0 + square(features) - square(&coordinates);
        Posterior { mean: self.mean(&coordinates), variance: variance.max(0.0) }
    }

    fn coordinates(&self, graph: &Graph, features: &[f64]) -> Vec<f64> {
        let mut coordinates = Vec::with_capacity(self.points.len());
        for point in &self.points {
            let alike = (-self.decay * point.graph.differences(graph) as f64).exp();
            let covariance = alike + product(&point.features, features);
            let known = product(&point.row, &coordinates);
            coordinates.push((covariance - known) / point.diagonal);
        }
        coordinates
    }

    fn mean(&self, coordinates: &[f64]) -> f64 {
        self.points.iter().zip(coordinates).map(|(point, coordinate)| point.value * coordinate).sum()
    }
}

fn square(numbers: &[f64]) -> f64 {
    product(numbers, numbers)
}

fn product(one: &[f64], other: &[f64]) -> f64 {
    one.iter().zip(other).map(|(a, b)| a * b).sum()
}
