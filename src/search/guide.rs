//! The surrogate guide, which chooses the graphs to evaluate from the generator's samples. It is an addition of this
//! project, not part of the published method.
//!
//! A Gaussian process models the rewards of the evaluated graphs. The guide evaluates the samples with the highest
//! upper confidence bound, so that a rare but promising sample is preferred to more likely ones.

use super::config::GuideConfig;
use crate::graph::Graph;
use crate::score::StructuralFeatures;
use crate::statistics::normal_quantile;

/// Maximum number of evaluated graphs (the best ones) that the guide uses; its cost is cubic in this number.
const MAX_POINTS: usize = 500;

/// Minimum noise variance; with less, rounding errors dominate the result for duplicate graphs.
const MIN_NOISE: f64 = 1e-9;

/// Slope of the prior mean: standard deviations of the reward per standard deviation of the first feature.
const PRIOR_SLOPE: f64 = 0.5;

/// Ranks graphs by an acquisition value that depends on the evaluated graphs.
#[derive(Clone)]
pub struct Guide<'a> {
    surrogate: Surrogate,
    confidence: f64,
    structure: Option<&'a StructuralFeatures>,
    /// Average prior mean of the evaluated graphs, which is subtracted from all prior means.
    offset: f64,
}

impl<'a> Guide<'a> {
    /// Creates a guide from evaluated graphs in order of descending reward, and from structural features if given.
    ///
    /// The targets are ranks, scaled to mean 0 and variance 1, because a few very low rewards would make all good
    /// graphs look equal. With features, the targets are normal scores of the ranks, as the features are normal scores
    /// too; they separate the best graphs.
    pub fn new<'b>(
        best_first: impl Iterator<Item = &'b Graph>,
        config: &GuideConfig,
        structure: Option<&'a StructuralFeatures>,
    ) -> Self {
        let graphs: Vec<&Graph> = best_first.take(MAX_POINTS).collect();
        let count = graphs.len() as f64;
        let deviation = ((count * count - 1.0) / 12.0).sqrt().max(1.0);
        let target = |rank: usize| match structure {
            None => ((count - 1.0) / 2.0 - rank as f64) / deviation,
            Some(_) => -normal_quantile((rank as f64 + 0.5) / count),
        };
        let features: Vec<Vec<f64>> = graphs.iter().map(|graph| features(structure, graph)).collect();
        let offset = features.iter().map(|features| prior_mean(features)).sum::<f64>() / count.max(1.0);
        let mut surrogate = Surrogate::new(config.decay, config.noise);
        for (rank, (graph, features)) in graphs.into_iter().zip(features).enumerate() {
            surrogate.learn(graph, &features, target(rank) - (prior_mean(&features) - offset));
        }
        Self { surrogate, confidence: config.confidence, structure, offset }
    }

    /// Returns the acquisition value: the upper confidence bound of the reward, in standard deviations of all rewards.
    #[must_use]
    pub fn acquisition(&self, graph: &Graph) -> f64 {
        let features = features(self.structure, graph);
        let Posterior { mean, variance } = self.surrogate.posterior(graph, &features);
        prior_mean(&features) - self.offset + mean + self.confidence * variance.sqrt()
    }
}

fn features(structure: Option<&StructuralFeatures>, graph: &Graph) -> Vec<f64> {
    structure.map_or_else(Vec::new, |structure| structure.of(graph).to_vec())
}

/// Prior mean of a graph, up to a constant.
fn prior_mean(features: &[f64]) -> f64 {
    PRIOR_SLOPE * features.first().copied().unwrap_or(0.0)
}

/// Posterior distribution of a graph's value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Posterior {
    /// Posterior mean.
    pub mean: f64,
    /// Posterior variance, from 0 to the prior variance of 1 plus the sum of the squared features.
    pub variance: f64,
}

/// A Gaussian process over graphs of any size and their features. Its mean is 0 and its covariance is
/// exp(-decay * differences) plus the scalar product of the features, with noise on every value. The scalar product is
/// the covariance of a linear regression whose weights have the prior N(0, 1).
///
/// It stores the Cholesky factor L of the covariance matrix, one row per graph. For a new graph with covariances k,
/// forward substitution gives v = L^-1 k, which is its row of L. Its posterior mean is v . L^-1 y and its variance is
/// k0 - v . v, where k0 is its prior variance.
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
    /// Row of L left of the diagonal.
    row: Vec<f64>,
    diagonal: f64,
    /// Element of L^-1 y.
    value: f64,
}

impl Surrogate {
    /// Creates a process without observations. `decay` must be above 0; `noise` is a variance and raised to at least
    /// 1e-9.
    #[must_use]
    pub fn new(decay: f64, noise: f64) -> Self {
        Self { decay, noise: noise.max(MIN_NOISE), points: Vec::new() }
    }

    /// Adds an observation; values should have mean 0 and variance 1, approximately.
    pub fn learn(&mut self, graph: &Graph, features: &[f64], value: f64) {
        let row = self.coordinates(graph, features);
        let diagonal = ((1.0 + square(features) - square(&row)).max(0.0) + self.noise).sqrt();
        let value = (value - self.mean(&row)) / diagonal;
        self.points.push(Point { graph: graph.clone(), features: features.to_vec(), row, diagonal, value });
    }

    /// Returns the posterior of a graph's value given the observations.
    #[must_use]
    pub fn posterior(&self, graph: &Graph, features: &[f64]) -> Posterior {
        let coordinates = self.coordinates(graph, features);
        let variance = 1.0 + square(features) - square(&coordinates);
        Posterior { mean: self.mean(&coordinates), variance: variance.max(0.0) }
    }

    fn coordinates(&self, graph: &Graph, features: &[f64]) -> Vec<f64> {
        let mut coordinates = Vec::with_capacity(self.points.len());
        for point in &self.points {
            let similarity = (-self.decay * point.graph.edit_distance(graph) as f64).exp();
            let covariance = similarity + product(&point.features, features);
            let explained = product(&point.row, &coordinates);
            coordinates.push((covariance - explained) / point.diagonal);
        }
        coordinates
    }

    fn mean(&self, coordinates: &[f64]) -> f64 {
        self.points.iter().zip(coordinates).map(|(point, coordinate)| point.value * coordinate).sum()
    }
}

fn square(vector: &[f64]) -> f64 {
    product(vector, vector)
}

fn product(one: &[f64], other: &[f64]) -> f64 {
    one.iter().zip(other).map(|(a, b)| a * b).sum()
}
