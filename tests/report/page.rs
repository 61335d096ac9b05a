//! Pages of findings made by hand: what is in no run, or would take long to come about.

use super::{check, section};
use graphpnas::report::html::{Findings, html};
use graphpnas::run::{Meta, RoundRow, State, TrialRow};
use graphpnas::search::Rejected;
use graphpnas::space::{NasBench201, Space};

const ARCH: &str = "|nor_conv_3x3~0|+|none~0|avg_pool_3x3~1|+|skip_connect~0|nor_conv_1x1~1|skip_connect~2|";
const EVIL: &str = "<script>alert(\"&'1')</script>";

/// Findings with texts that must not become tags.
fn findings() -> Findings<'static> {
    let meta = Meta {
        space: "nasbench201".into(),
        dataset: EVIL.into(),
        generator: EVIL.into(),
        device: EVIL.into(),
        evaluations: 10,
        reward_name: EVIL.into(),
        test_name: EVIL.into(),
        status: "finished".into(),
        version: EVIL.into(),
        command: EVIL.into(),
        ..Meta::default()
    };
    Findings {
        space: &NasBench201,
        meta,
        config: EVIL.into(),
        learns: true,
        trials: Vec::new(),
        rounds: Vec::new(),
        looks: Vec::new(),
        shared: None,
    }
}

fn trial(number: usize, reward: Option<f64>) -> TrialRow {
    TrialRow {
        number,
        evaluation: reward.map(|_| number),
        round: 0,
        state: if reward.is_some() { State::Done } else { State::Failed },
        source: if number.is_multiple_of(2) { "explorer" } else { "generator" }.into(),
        arch: EVIL.into(),
        key: EVIL.into(),
        graph: NasBench201.encode(ARCH).unwrap(),
        reward,
        test: reward,
        parameters: Some(1000 * number as u64),
        multiply_adds: Some(0),
        latency: Some(0.002 * number as f64),
        seed: None,
        log_probability: None,
        started: 0.0,
        seconds: None,
        error: reward.is_none().then(|| EVIL.to_owned()),
    }
}

fn round(round: u64) -> RoundRow {
    RoundRow {
        round,
        explored: true,
        probability: 1.0,
        steps: None,
        first_loss: None,
        last_loss: None,
        train_seconds: 0.5,
        sample_seconds: 0.0,
        evaluate_seconds: 0.25,
        total_seconds: 1.0,
        evaluations: 0,
        best: None,
        rejected: Rejected::default(),
    }
}

#[test]
fn an_empty_run_says_so() {
    let page = html(&findings());
    check(&page);
    assert!(page.contains("has not evaluated any architecture yet"), "{page}");
    assert!(section(&page, "distribution").contains("had no lesson yet"));
    assert!(
        section(&page, "reward").is_empty() && section(&page, "best").is_empty() && section(&page, "costs").is_empty()
    );
    assert!(section(&page, "repeat").contains("&lt;script&gt;alert"));
}

#[test]
fn nothing_that_was_named_becomes_a_tag() {
    let trials = vec![trial(1, Some(50.0)), trial(2, Some(40.0)), trial(3, None)];
    let page = html(&Findings { trials, rounds: vec![round(0), round(1)], ..findings() });
    check(&page);
    assert!(page.matches("&lt;script&gt;").count() > 15);
    assert!(section(&page, "repeat").contains("1 architecture that got no reward"));
    assert!(page.contains("The budget was 10 evaluations; nothing new was left to evaluate."));
}

#[test]
fn a_single_trial_and_only_failures_have_pages() {
    let page = html(&Findings { trials: vec![trial(1, Some(0.0))], ..findings() });
    check(&page);
    assert!(section(&page, "reward").contains("no random draws to compare with"));
    let page = html(&Findings { trials: vec![trial(1, None), trial(2, None)], rounds: vec![round(0)], ..findings() });
    check(&page);
    assert!(page.contains("2 architectures got no reward"));
}

#[test]
fn thousands_of_trials_make_no_huge_page() {
    let trials = (1..=5000).map(|number| trial(number, Some((number as f64).sin()))).collect();
    let page = html(&Findings { trials, ..findings() });
    check(&page);
    assert!(page.len() < 600_000, "{}", page.len());
}

#[test]
fn few_low_rewards_do_not_press_the_rest_together() {
    let mut trials: Vec<_> = (1..=40).map(|number| trial(number, Some(90.0 + number as f64 / 100.0))).collect();
    trials.push(trial(41, Some(10.0)));
    let page = html(&Findings { trials, ..findings() });
    check(&page);
    assert!(section(&page, "reward").contains("below the axis (1)"));
}
