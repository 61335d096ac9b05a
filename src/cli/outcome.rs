//! Human-readable results of searches.

use crate::experiment::Several;
use crate::run::{Meta, quoted};
use crate::search::{Confirmation, MeanStd, Outcome, RewardConfig, SharedOutcome};
use crate::shown::Show;
use crate::statistics::Correlation;
use std::fmt::Write;
use std::path::Path;

/// Formats the result of a run.
pub(super) fn describe(outcome: &Outcome, meta: &Meta, folder: &Path, trains: bool, warnings: &[String]) -> String {
    let Outcome { best, seconds, .. } = outcome;
    let mut text = format!("best cell  {}\n", best.arch);
    let _ = writeln!(text, "reward     {}  {}", meta.reward.shown(best.reward), meta.reward_name);
    if let Some(test) = best.test {
        let _ = writeln!(text, "test       {}  {}", meta.reward.shown(test), &meta.test_name);
    }
    let _ = writeln!(
        text,
        "evaluated  {} architectures of {} on {}, seed {}, generator {} on {}",
        outcome.evaluations, outcome.space, outcome.dataset, outcome.seed, outcome.generator, outcome.device
    );
    let rejected = outcome.rejected;
    if rejected.over_limits + rejected.failed > 0 {
        let _ = writeln!(text, "rejected   {} over the limits, {} failed", rejected.over_limits, rejected.failed);
    }
    if let Some(shared) = &outcome.supernet {
        describe_shared(&mut text, shared);
    }
    if let Some(confirmation) = &outcome.confirmation {
        describe_confirmation(&mut text, confirmation);
    }
    let _ = writeln!(
        text,
        "seconds    {:.2} (train {:.2}, sample {:.2}, evaluate {:.2})",
        seconds.total, seconds.train, seconds.sample, seconds.evaluate
    );
    let _ = writeln!(text, "saved      {}", folder.shown());
    text.extend(warnings.iter().map(|warning| format!("{warning}\n")));
    suggest_commands(&mut text, folder, trains);
    text
}

/// Suggests two commands: the run's report, and a longer training of the best network or, for a run on a table, `show`.
fn suggest_commands(text: &mut String, folder: &Path, trains: bool) {
    let folder = quoted(&folder.shown().to_string());
    let _ = writeln!(text, "next       graphpnas report {folder} --open");
    let _ = match trains {
        true => writeln!(text, "           graphpnas train {folder} --epochs 100"),
        false => writeln!(text, "           graphpnas show {folder}"),
    };
}

/// Formats the results of several runs.
pub(super) fn describe_several(several: &Several, meta: &Meta, folder: &Path, trains: bool) -> String {
    let (mut text, reward) = (String::new(), &meta.reward);
    for run in &several.runs {
        let test = run.best.test.map_or_else(String::new, |test| format!("  test {}", reward.shown(test)));
        let best = reward.shown(run.best.reward);
        let _ = writeln!(text, "seed {:<4} reward {best}{test}  {}", run.seed, run.best.arch);
    }
    let summary = &several.summary;
    line(&mut text, "reward", summary.reward, reward, &meta.reward_name);
    line(&mut text, "test", summary.test, reward, &meta.test_name);
    seconds_line(&mut text, summary.seconds);
    if let (Some(found), Some(optimum)) = (summary.found_optimum, summary.optimum) {
        let _ = writeln!(text, "optimum    found in {found} of {} runs ({})", summary.runs, reward.shown(optimum));
    }
    let _ = writeln!(text, "saved      {}", folder.shown());
    let best = several.runs.iter().reduce(|best, run| {
        let is_better = reward.goal.is_better(run.best.reward, best.best.reward);
        if is_better { run } else { best }
    });
    if let Some(best) = best {
        suggest_commands(&mut text, &folder.join(format!("seed-{}", best.seed)), trains);
    }
    text
}

/// Describes the selection among finalists that were trained for longer.
fn describe_confirmation(text: &mut String, confirmation: &Confirmation) {
    let Confirmation { finalists, steps, noise, spread } = confirmation;
    let Some(longer) = finalists.first().and_then(|best| best.longer) else { return };
    let finalists = finalists.len();
    let _ = write!(
        text,
        "selected   from {finalists} finalists by the accuracy of proxy networks after {steps} steps, {longer:.2} %"
    );
    if let (Some(noise), Some(spread)) = (noise, spread) {
        let _ =
            write!(text, "; standard deviation of a reward over seeds {noise:.2} points, of all rewards {spread:.2}");
    }
    text.push('\n');
}

/// Describes what was measured with shared weights.
fn describe_shared(text: &mut String, shared: &SharedOutcome) {
    let SharedOutcome { drawn, random, rise, correlation, correlation_of_loss, correlation_of_macs, .. } = shared;
    let _ = writeln!(
        text,
        "shared     mean {:.2} % of children drawn at the end, {:.2} % of random ones, {rise:+.2} points",
        drawn.mean, random.mean
    );
    let compared = [
        ("accuracy with shared weights", correlation),
        ("loss with shared weights", correlation_of_loss),
        ("multiply-adds", correlation_of_macs),
    ];
    for (what, correlation) in compared {
        let Some(Correlation { count, spearman, kendall }) = correlation else { continue };
        let _ = writeln!(
            text,
            "ranks      Spearman {spearman:.2}, Kendall {kendall:.2}: {what} against {count} children trained from scratch"
        );
    }
}

fn line(text: &mut String, name: &str, spread: Option<MeanStd>, reward: &RewardConfig, what: &str) {
    let Some(MeanStd { mean, deviation }) = spread else { return };
    let deviation = deviation.map_or_else(String::new, |deviation| format!(" +- {}", reward.number(deviation)));
    let value = format!("{}{deviation} {}", reward.number(mean), reward.unit);
    let _ = writeln!(text, "{name:<9}  {}  {what}", value.trim_end());
}

fn seconds_line(text: &mut String, spread: Option<MeanStd>) {
    let Some(MeanStd { mean, deviation }) = spread else { return };
    let deviation = deviation.map_or_else(String::new, |deviation| format!(" +- {deviation:.3}"));
    let _ = writeln!(text, "{:<9}  {mean:.3}{deviation} s  per run", "seconds");
}
