//! The configuration as TOML in which every key is explained, for people to edit.

use super::config::Config;
use crate::bounds::bound;

/// Every section and key in dots, and what it means.
const EXPLANATIONS: &[(&str, &str)] = &[
    ("space", "Search space: nasbench101, nasbench201, enas, darts or randwire."),
    ("dataset", "Data set the reward is about; what a table calls it, or the name of the images."),
    ("evaluations", "Budget: distinct architectures to evaluate."),
    ("seed", "Seed of every random stream."),
    ("batch", "Architectures evaluated a round."),
    ("latency", "Whether to measure on the device how long the network of every architecture takes for an image."),
    ("explore", "When to draw from a fixed distribution instead of the generator."),
    ("explore.schedule", "Probability of exploring by round: none, constant, harmonic, exponential or first."),
    ("explore.value", "The probability for constant, the number of rounds for first; unused by the others."),
    (
        "explore.explorer",
        "The distribution: uniform, erdos-renyi:P, erdos-renyi:FROM..TO (a P a graph), sized-erdos-renyi:FROM..TO:P (a number of nodes a graph), watts-strogatz:NEIGHBOURS:P or barabasi-albert:EDGES.",
    ),
    (
        "explore.pool",
        "Graphs drawn in the beginning, of which those with the highest score are explored; 0 explores each that is drawn.",
    ),
    (
        "explore.score",
        "The score of these graphs, and of the generator score: auto (combined), none, or one that `graphpnas score` has.",
    ),
    (
        "explore.warm_start",
        "Whether the generator learns the best tenth of the pool first, which evaluated graphs then replace one by one.",
    ),
    ("replay", "What the generator is taught with: the best graphs so far."),
    ("replay.top", "How many of them."),
    ("replay.reward", "Their weight: cdf, the rank from worst over their number, or accuracy."),
    (
        "replay.baseline",
        "The mean subtracted from the weights: replay-mean, of the best graphs, or batch-mean, of each round's rewards.",
    ),
    ("replay.baseline_decay", "Decay of that mean; 0 subtracts nothing."),
    ("nasbench101", "Rules of the space nasbench101."),
    (
        "nasbench101.dangling",
        "Vertices on no path from input to output: prune, as the benchmark does, or reject the graph, as the authors did.",
    ),
    ("train", "How the generator is taught."),
    ("train.epochs", "Passes over the best graphs in one lesson."),
    ("train.batch", "Graphs an optimizer step."),
    ("train.learning_rate", "Adam's learning rate."),
    ("train.restart", "Whether each lesson starts from new random weights."),
    ("generator", "What proposes architectures."),
    (
        "generator.name",
        "graphpnas, lstm, random, evolution, local-search, largest (most multiply-adds first) or score (highest score first).",
    ),
    (
        "generator.explorer",
        "What random, the first population of evolution and the starts of local-search are drawn from.",
    ),
    ("generator.hidden", "graphpnas: hidden size."),
    ("generator.mixtures", "graphpnas: mixture components."),
    ("generator.layers", "graphpnas: message-passing layers."),
    ("generator.attention_hidden", "graphpnas: hidden size of the attention network."),
    (
        "generator.per_part",
        "graphpnas, lstm: one generator for each part of an architecture, a stage or a cell, instead of one for all.",
    ),
    ("generator.temperature", "graphpnas, lstm: divides all logits; above 1 draws are more varied."),
    (
        "generator.loosen",
        "graphpnas, lstm: what each attempt in vain, from the fifth on, adds to the part of decisions drawn uniformly.",
    ),
    ("generator.population", "evolution: graphs alive."),
    ("generator.sample", "evolution: graphs of which the best becomes a parent."),
    ("generator.improvement", "local-search: moves on at the first better neighbour, or to the best of all."),
    ("lstm", "The generator lstm."),
    ("lstm.hidden", "Units."),
    ("lstm.attention", "Whether edges are decided by attention over earlier nodes, as in ENAS."),
    ("lstm.training", "replay learns as graphpnas does, reinforce by one policy-gradient step a round."),
    ("lstm.learning_rate", "Adam's learning rate."),
    ("lstm.entropy", "reinforce: what a nat of entropy adds to the reward."),
    ("lstm.baseline_decay", "reinforce: decay of the mean reward."),
    ("lstm.skip_target", "reinforce: the probability of an edge that is drawn to."),
    ("lstm.skip_weight", "reinforce: how strongly; 0.8 in ENAS."),
    ("guide", "A Gaussian process that chooses which of the drawn graphs are evaluated."),
    ("guide.candidates", "New graphs drawn for each that is evaluated; 1 for no guide, as published."),
    (
        "guide.confidence",
        "Standard deviations added to the expected reward; 0 trusts the guide, more tries the unknown.",
    ),
    ("guide.decay", "Two graphs are alike by exp(-decay * number of differences)."),
    ("guide.noise", "Variance of what the process does not explain, where the variance of all rewards is 1."),
    (
        "guide.prior",
        "With candidates above 1, what it knows before: none, or structure (multiply-adds, depth, shortest path, receptive field).",
    ),
    (
        "guide.source",
        "What it chooses from: generator, or mixed (a tenth from the generator, neighbours of the best, uniform draws).",
    ),
    ("oracle", "How architectures are trained where rewards come from training (search --data)."),
    ("oracle.channels", "Channels of the first stage."),
    ("oracle.cells", "Cells of a stage, or of the whole network where it has no stages."),
    ("oracle.recipe", "The recipe: quick, or that of a space."),
    ("oracle.epochs", "Epochs of a training; the learning rate's schedule is fitted to them."),
    ("oracle.batch", "Images of a step."),
    ("oracle.learning_rate", "The highest learning rate."),
    (
        "oracle.average",
        "Decay of an exponential moving average of the weights, which then are what is evaluated; 0 for none.",
    ),
    ("oracle.steps", "Ends a training after so many steps; 0 for no such end."),
    ("oracle.seconds", "Ends a training after so many seconds; 0 for no such end. The seed then fixes no rewards."),
    ("oracle.validation", "Part of the training images that rewards are measured on."),
    ("oracle.halving", "One training in so many goes on after each look of a successive halving; 0 for none."),
    ("oracle.first_look", "Epochs before the first look."),
    ("oracle.train_images", "Training images of the built-in data set."),
    ("oracle.test_images", "Test images of the built-in data set."),
    ("oracle.resize", "Height and width in pixels that images are brought to; 0 keeps their size."),
    ("oracle.resize_width", "Width, where it is not the height; 0 for as wide as high. Alone it is the height too."),
    ("proxy", "Rewards from cheaper networks than those of [oracle], on smaller images."),
    (
        "proxy.enabled",
        "Whether they come from there; the best architecture is then trained as [oracle] says in the end.",
    ),
    ("proxy.height", "Height that images are reduced to, the width in proportion; smaller images keep their size."),
    ("proxy.channels", "Channels of the first stage."),
    ("proxy.cells", "Cells of a stage, or of the whole network where it has no stages."),
    ("proxy.recipe", "Name of the recipe."),
    ("proxy.steps", "Steps of a network's training."),
    ("proxy.batch", "Images of a step."),
    ("proxy.learning_rate", "The highest learning rate."),
    (
        "proxy.average",
        "Decay of an exponential moving average of the weights, which then are what is evaluated; 0 for none.",
    ),
    (
        "proxy.repeats",
        "Networks of the exploration that are trained again with another seed; how much their rewards vary is added to guide.noise.",
    ),
    ("proxy.finalists", "The best networks, which are trained for longer before one is named."),
    ("proxy.finalist_steps", "Steps of a finalist's training."),
    ("supernet", "Rewards from weights that all architectures share, on images; not in the space randwire."),
    ("supernet.enabled", "Whether they come from there."),
    (
        "supernet.schedule",
        "When weights are trained: \"alternating\" (in every round; only enas) or \"two-stage\" (before the search).",
    ),
    ("supernet.rounds", "Rounds of training with random architectures before the search, with schedule \"two-stage\"."),
    ("supernet.channels", "Channels of every layer, or of the first stage."),
    ("supernet.cells", "Cells of a stage, or of the network where it has no stages; enas has twelve layers."),
    ("supernet.recipe", "Name of the recipe of the shared weights."),
    ("supernet.batch", "Images of a step."),
    ("supernet.learning_rate", "The highest learning rate."),
    ("supernet.steps", "Steps of the shared weights in a round, each with a child of its own; 0 for an epoch."),
    (
        "supernet.reward_batch",
        "Held-out images that the rewards of a round are measured on; with two-stage, those of a batch of the measurement on all.",
    ),
    ("supernet.keep", "The best children so far, measured anew each round; the others are forgotten."),
    ("supernet.probes", "Random children that are measured beside those of a round; 0 for none."),
    ("supernet.plans", "Plans of children that are kept, to learn and to look each."),
    ("supernet.finalists", "Children drawn in the end, and as many random ones, measured on all held-out images."),
    ("supernet.correlate", "Children that are trained from scratch in the end, to compare the orders; 0 for none."),
    ("limits", "Architectures that cost more are rejected unseen; 0 for no limit."),
    ("limits.max_params", "Parameters."),
    ("limits.max_macs", "Multiply-adds of one image."),
    ("limits.max_memory", "Bytes of memory of a training step at its peak."),
];

impl Config {
    /// The configuration as TOML text with a comment before every section and key.
    ///
    /// # Errors
    /// As [`Config::to_toml`].
    pub fn to_explained_toml(&self) -> Result<String, toml::ser::Error> {
        let written = self.to_toml()?;
        let (mut text, mut section) = (String::new(), "");
        for line in written.lines() {
            let header = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
            section = header.unwrap_or(section);
            let name = match (header, line.split_once(" = ")) {
                (None, Some((key, _))) if section.is_empty() => key.to_owned(),
                (None, Some((key, _))) => format!("{section}.{key}"),
                _ => header.unwrap_or_default().to_owned(),
            };
            if let Some((_, explanation)) = EXPLANATIONS.iter().find(|(known, _)| *known == name) {
                let range = bound(&name).map_or_else(String::new, |bound| format!(" Range: {bound}."));
                text.extend(["# ", explanation, &range, "\n"]);
            }
            text.extend([line, "\n"]);
        }
        Ok(text)
    }
}
