//! The end of a search with cheap rewards: the best few are trained again with other seeds, so that the one that is named was not
//! merely lucky, and that one is trained as the configuration says.

use super::error::SearchError;
use super::observer::Observer;
use super::outcome::{Best, Outcome, Record};
use super::run::Search;
use super::several::Spread;
use crate::evaluate::{Coming, Evaluator};
use crate::graph::Graph;
use serde::{Deserialize, Serialize};

/// What training the best few again told.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Confirmation {
    /// The networks that were trained again, the best first: by mean reward and scores together, where the search scores networks, else
    /// by mean reward.
    pub finalists: Vec<Finalist>,
    /// Standard deviation of one architecture's rewards from seed to seed, in points; none where none was trained twice.
    pub noise: Option<f64>,
    /// Standard deviation of the rewards of all architectures, in points.
    pub spread: Option<f64>,
}

/// An architecture that was trained several times.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Finalist {
    /// Its text in the space.
    pub arch: String,
    /// Its rewards, the one of the search first.
    pub rewards: Vec<f64>,
    /// Their mean.
    pub mean: f64,
}

impl Confirmation {
    fn of(finalists: Vec<Finalist>, history: &[f64]) -> Self {
        let deviation = |rewards: &[f64]| Spread::of(rewards).and_then(|spread| spread.deviation);
        // The first reward of a finalist is the one it was chosen for, and too high on average: the noise is that of the others,
        // where there are two.
        let of = |finalist: &Finalist| {
            let again = finalist.rewards.get(1..).unwrap_or_default();
            deviation(if again.len() > 1 { again } else { &finalist.rewards })
        };
        let variances: Vec<f64> = finalists.iter().filter_map(of).map(|deviation| deviation * deviation).collect();
        let noise = Spread::of(&variances).map(|spread| spread.mean.sqrt());
        Self { finalists, noise, spread: deviation(history) }
    }

    /// What is said where rewards hardly tell architectures apart.
    #[must_use]
    pub fn warning(&self) -> Option<String> {
        let (noise, spread) = (self.noise?, self.spread?);
        (noise > spread / 2.0).then(|| {
            format!(
                "rewards hardly tell architectures apart: their standard deviation is {spread:.1} points, and that of one \
                 architecture trained with several seeds {noise:.1}; raise proxy.steps or proxy.repeats, or give more images"
            )
        })
    }
}

impl Search {
    /// Trains the best few again, and the best of these as the configuration says, which becomes the best of the outcome.
    pub(super) fn confirm(
        &mut self,
        mut outcome: Outcome,
        oracle: &mut dyn Evaluator,
        observer: &mut dyn Observer,
    ) -> Result<Outcome, SearchError> {
        let finalists = self.finalists_of_proxies();
        let repeats = self.config.proxy.repeats;
        let coming: Vec<_> = finalists
            .iter()
            .flat_map(|(graph, arch, _)| (1..=repeats).map(move |repeat| Coming { graph, arch, repeat }))
            .collect();
        let prepared = self.evaluator.prepare(&coming);
        self.of_child(prepared)?;
        let mut trained = Vec::new();
        for (graph, arch, reward) in &finalists {
            let mut rewards = vec![*reward];
            for repeat in 1..=repeats {
                let found = self.evaluator.again(graph, arch, repeat);
                rewards.extend(self.of_child(found)?.map(|found| found.reward));
            }
            let mean = rewards.iter().sum::<f64>() / rewards.len() as f64;
            trained.push(Finalist { arch: arch.clone(), rewards, mean });
        }
        self.put_in_order(&mut trained)?;
        let rewards: Vec<f64> = self.course.history.iter().map(|record| record.reward).collect();
        let confirmation = Confirmation::of(trained, &rewards);
        outcome.best = self.best_confirmed(&confirmation, &finalists, oracle)?;
        observer.concludes(&outcome.best, oracle.trained());
        outcome.confirmation = Some(confirmation);
        Ok(outcome)
    }

    /// The best architectures of the replay set, which scores and rewards order together.
    fn finalists_of_proxies(&self) -> Vec<(Graph, String, f64)> {
        let reward = |graph: &Graph| {
            let arch = self.space.decode(graph).ok()?;
            let record = self.course.history.iter().find(|record| record.arch == arch)?;
            Some((graph.clone(), arch, record.reward))
        };
        self.course.replay.best_first().filter_map(reward).take(self.config.proxy.finalists).collect()
    }

    /// Puts the finalists in order, with their mean rewards in place of their first ones.
    fn put_in_order(&mut self, finalists: &mut [Finalist]) -> Result<(), SearchError> {
        let again = |record: &Record| finalists.iter().find(|finalist| finalist.arch == record.arch);
        let evidence = self.evidence(|record| again(record).map_or(record.reward, |finalist| finalist.mean))?;
        let of = |finalist: &Finalist| evidence.get(&finalist.arch).copied().unwrap_or(f64::NEG_INFINITY);
        finalists.sort_by(|one, other| of(other).total_cmp(&of(one)));
        Ok(())
    }

    /// The first finalist that can be trained as the configuration says.
    fn best_confirmed(
        &self,
        confirmation: &Confirmation,
        graphs: &[(Graph, String, f64)],
        oracle: &mut dyn Evaluator,
    ) -> Result<Best, SearchError> {
        for Finalist { arch, .. } in &confirmation.finalists {
            let Some((graph, ..)) = graphs.iter().find(|(_, known, _)| known == arch) else { continue };
            if let Some(found) = self.of_child(oracle.evaluate(graph, arch))? {
                return Ok(Best { arch: arch.clone(), reward: found.reward, test: found.test });
            }
        }
        Err(self.nothing())
    }
}

#[cfg(test)]
mod tests {
    use super::{Confirmation, Finalist};

    #[test]
    fn noise_is_that_of_repeats_and_little_spread_is_told() {
        let finalist = |rewards: &[f64]| Finalist {
            arch: String::new(),
            rewards: rewards.to_vec(),
            mean: rewards.iter().sum::<f64>() / rewards.len() as f64,
        };
        let all = [30.0, 31.0, 32.0, 33.0, 34.0];
        let found = Confirmation::of(vec![finalist(&[34.0, 30.0, 32.0]), finalist(&[33.0, 33.0, 33.0])], &all);
        // Variances 2 and 0 around the means of the repeats.
        assert_eq!(found.noise, Some(1.0));
        assert!((found.spread.unwrap() - 2.5f64.sqrt()).abs() < 1e-12);
        let warning = found.warning().unwrap();
        assert!(warning.contains("deviation is 1.6 points") && warning.contains("seeds 1.0;"), "{warning}");
        let clear = Confirmation::of(vec![finalist(&[34.0, 33.0, 33.0])], &[0.0, 20.0, 34.0]);
        assert_eq!((clear.noise, clear.warning()), (Some(0.0), None));
        assert_eq!(Confirmation::of(vec![finalist(&[5.0])], &[5.0]).noise, None);
    }
}
