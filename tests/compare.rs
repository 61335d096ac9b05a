//! `compare`: statistics of constructed runs, and the command on the NAS-Bench-201 table.

use crate::common;

use common::graphpnas;
use graphpnas::report::{Line, Plot, plot};
use graphpnas::search::{Arm, Best, Comparison, Goal, Outcome, Rejected, RewardConfig, Seconds, TrialRecord};
use std::process::Output;

/// Creates a run with these rewards in order.
fn run(seed: u64, rewards: &[f64]) -> Outcome {
    let record = |(place, reward): (usize, &f64)| TrialRecord {
        evaluation: place + 1,
        arch: format!("arch {place}"),
        reward: *reward,
        test: None,
    };
    let history: Vec<_> = rewards.iter().enumerate().map(record).collect();
    let best = history.iter().max_by(|a, b| a.reward.total_cmp(&b.reward)).unwrap();
    Outcome {
        space: "space".into(),
        dataset: "data".into(),
        generator: "random".into(),
        device: "cpu".into(),
        seed,
        reward: RewardConfig::default(),
        evaluations: history.len(),
        best: Best::from(best),
        seconds: Seconds { total: 2.0, ..Seconds::default() },
        rejected: Rejected::default(),
        ended_early: None,
        supernet: None,
        confirmation: None,
        history,
    }
}

#[test]
fn statistics_of_constructed_runs() {
    let good = vec![run(1, &[10.0, 40.0, 20.0]), run(2, &[30.0, 20.0, 50.0]), run(3, &[45.0, 1.0, 2.0])];
    let bad = vec![run(1, &[5.0, 4.0]), run(2, &[6.0, 7.0]), run(3, &[1.0, 41.0])];
    let arms = [Arm { name: "good".into(), runs: good }, Arm { name: "bad".into(), runs: bad }];
    let Comparison { arms, .. } = Comparison::of(&arms, Some(40.0));
    let [good, bad] = &arms[..] else { panic!("two arms") };
    assert_eq!(good.rewards, [40.0, 50.0, 45.0]);
    assert_eq!((good.median, good.best, good.reached, good.evaluations_to_target), (45.0, 50.0, Some(3), Some(2)));
    assert_eq!((bad.reached, bad.evaluations_to_target), (Some(1), None), "less than half reached the target");
    assert_eq!(good.p, None);
    // The best rewards of `bad` are 5, 7 and 41, with the ranks 1, 2 and 4 of six and the rank sum 7. Four of the 20
    // possible assignments are as extreme, with the rank sums 6, 7, 14 and 15.
    assert!((bad.p.unwrap() - 0.2).abs() < 1e-12, "{:?}", bad.p);
    let curve: Vec<_> = good.curve.iter().map(|point| (point.evaluation, point.mean)).collect();
    assert_eq!(curve, [(1, 85.0 / 3.0), (2, 115.0 / 3.0), (3, 45.0)]);
    assert_eq!(bad.curve.last().unwrap().mean, (5.0 + 7.0 + 41.0) / 3.0);
    assert_eq!(good.curve[2].quartiles, [42.5, 45.0, 47.5]);
}

/// With the goal min, the same runs with negated rewards have the same statistics, negated.
#[test]
fn the_smallest_reward_is_best_with_the_goal_min() {
    let rewards: [&[f64]; 4] = [&[10.0, 40.0, 20.0], &[30.0, 20.0, 50.0], &[5.0, 4.0], &[6.0, 7.0]];
    let compared = |goal: Goal, target: f64| {
        let run = |(seed, rewards): (usize, &&[f64])| {
            let turned: Vec<_> = rewards.iter().map(|reward| goal.turned(*reward)).collect();
            let mut run = run(seed as u64, &turned);
            run.reward = RewardConfig { unit: "ms".into(), goal };
            run.best = Best::from(
                run.history.iter().max_by(|a, b| goal.turned(a.reward).total_cmp(&goal.turned(b.reward))).unwrap(),
            );
            run
        };
        let mut runs: Vec<_> = rewards.iter().enumerate().map(run).collect();
        let bad = runs.split_off(2);
        Comparison::of(&[Arm { name: "good".into(), runs }, Arm { name: "bad".into(), runs: bad }], Some(target))
    };
    let (max, min) = (compared(Goal::Max, 40.0), compared(Goal::Min, -40.0));
    assert_eq!(min.arms[0].rewards, [-40.0, -50.0]);
    for (max, min) in max.arms.iter().zip(&min.arms) {
        assert_eq!((-max.best, -max.median, max.p), (min.best, min.median, min.p));
        assert_eq!((max.reached, max.evaluations_to_target), (min.reached, min.evaluations_to_target));
        for (max, min) in max.curve.iter().zip(&min.curve) {
            assert_eq!(
                (-max.mean, max.quartiles.map(|value| -value)),
                (min.mean, [2, 1, 0].map(|place| min.quartiles[place]))
            );
        }
    }
}

#[test]
fn plots_escape_names_and_accept_empty_lines() {
    let line = |name: &str, points: &[[f64; 2]]| Line { name: name.into(), points: points.into(), ..Line::default() };
    let lines = vec![line("a < b", &[[1.0, 2.0], [2.0, 2.0]]), line("none", &[])];
    let text = plot(&Plot { title: "t & u".into(), axes: ["x".into(), "y".into()], lines, ..Plot::default() });
    assert!(text.contains("a &lt; b") && text.contains("t &amp; u"), "{text}");
    assert!(!text.contains("NaN") && !text.contains("inf"), "{text}");
}

fn json(output: &Output) -> serde_json::Value {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn presets_are_run_and_folders_are_loaded() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out").display().to_string();
    let preset = "nasbench201-cifar10-continual";
    let common = ["--evaluations", "12", "--seeds", "1..3", "--device", "cpu"];
    let ran =
        [&["compare", "--preset", preset, "--generators", "random,local-search", "--out", &out, "--json"][..], &common];
    let value = json(&graphpnas(&ran.concat()));
    let names: Vec<_> = value["arms"].as_array().unwrap().iter().map(|arm| arm["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["random", "local-search"]);
    assert_eq!(value["arms"][0]["curve"].as_array().unwrap().len(), 12);
    let csv = std::fs::read_to_string(folder.path().join("out/compare.csv")).unwrap();
    assert_eq!(csv.lines().count(), 1 + 2 * 12);
    assert!(std::fs::read_to_string(folder.path().join("out/compare.svg")).unwrap().contains("local-search"));

    let saved = folder.path().join("saved").display().to_string();
    let search = ["search", "--preset", preset, "--generator", "random", "--out", &saved];
    assert!(graphpnas(&[&search[..], &common].concat()).status.success());
    let loaded = json(&graphpnas(&["compare", &format!("saved={saved}"), "--target", "50", "--json"]));
    assert_eq!(loaded["arms"][0]["rewards"], value["arms"][0]["rewards"], "the same runs");
    assert_eq!((&loaded["arms"][0]["name"], &loaded["target"]), (&"saved".into(), &50.0.into()));
}

#[test]
fn folders_without_runs_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let empty = graphpnas(&["compare", &folder.path().display().to_string()]);
    assert_eq!(empty.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&empty.stderr).contains("and its subfolders have no history.json"));
    assert_eq!(graphpnas(&["compare"]).status.code(), Some(2));
}
