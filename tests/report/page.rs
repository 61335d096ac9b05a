//! Pages of hand-made findings: cases that real runs do not reach, or only after a long time.

use super::{check, section};
use graphpnas::data::Fingerprint;
use graphpnas::report::html::{Findings, Origin, TrialRewards, html};
use graphpnas::run::{Meta, RoundRow, State, TrialRow};
use graphpnas::search::Rejected;
use graphpnas::space::Space;
use graphpnas::train::{ClassResult, ClassResults, Mistake, Score};
use std::sync::{Arc, LazyLock};

const ARCH: &str = "|nor_conv_3x3~0|+|none~0|avg_pool_3x3~1|+|skip_connect~0|nor_conv_1x1~1|skip_connect~2|";
const EVIL: &str = "<script>alert(\"&'1')</script>\u{1b}[2J\u{7}\u{202e}";

/// Findings with texts that must be escaped.
fn findings() -> Findings<'static> {
    static SPACE: LazyLock<Arc<dyn Space>> = LazyLock::new(|| crate::common::opened("nasbench201"));
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
        space: &**SPACE,
        meta,
        config: EVIL.into(),
        learns: true,
        trials: Vec::new(),
        rounds: Vec::new(),
        distributions: Vec::new(),
        scored_pool: false,
        trial_rewards: TrialRewards::Complete,
        confirmation: None,
        shared: None,
        spent: None,
        best_cost: None,
        origin: Origin::Table(Some(EVIL.into())),
        classes: None,
    }
}

/// Results of classes with these names: two images of each class are classified correctly; one image of every class but
/// the first is classified as the first class.
fn results(names: &[&str]) -> ClassResults {
    let wrong = |class: usize| u64::from(class > 0);
    let class = |(class, name): (usize, &&str)| ClassResult {
        name: (*name).to_owned(),
        images: 2 + wrong(class),
        correct: 2,
        accuracy: Some(200.0 / (2 + wrong(class)) as f64),
    };
    let row = |class: usize| {
        (0..names.len()).map(move |other| if other == class { 2 } else { u64::from(other == 0) }).collect()
    };
    ClassResults {
        run: None,
        arch: ARCH.into(),
        score: Score { accuracy: 66.7, loss: 1.0 },
        images: 3 * names.len() as u64 - 1,
        classes: names.iter().enumerate().map(class).collect(),
        confusion: Some((0..names.len()).map(row).collect()),
        mistakes: (1..names.len()).map(|class| Mistake { class, predicted: 0, images: 1 }).collect(),
    }
}

#[test]
fn classes_have_accuracies_and_a_confusion_matrix() {
    let page = html(&Findings { classes: Some(results(&[EVIL, "cat", "dog"])), ..findings() });
    check(&page);
    let text = section(&page, "classes");
    assert!(text.contains("classifies 6 of 8 test images correctly (66.700 %)"), "{text}");
    assert!(text.contains("<td class=\"name\">cat</td><td class=\"number\">3</td><td class=\"number\">2</td><td class=\"number\">66.667 %</td>"));
    assert!(
        text.contains("alert(&quot;&amp;&#39;1&#39;)&lt;/script&gt;\\u{1b}[2J\\u{7}\\u{202e} (1)</td>"),
        "the most frequent mistake: {text}"
    );
    assert!(text.contains("<span class=\"share s3\" title=\"dog, predicted as &lt;script"), "{text}");
    let many: Vec<String> = (0..200).map(|class| format!("class {class}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let page = html(&Findings { classes: Some(results(&many)), ..findings() });
    check(&page);
    let text = section(&page, "classes");
    assert!(
        text.contains("<summary>The 200 classes</summary>") && !text.contains("class=\"share"),
        "no matrix of 40,000 cells"
    );
    assert_eq!(text.split("Most frequent mistakes").nth(1).unwrap().matches("<tr><td").count(), 20);
    assert!(section(&html(&findings()), "classes").is_empty());
}

/// Images of classes with these names.
fn images(classes: &[&str]) -> Origin {
    let classes: Vec<String> = classes.iter().map(|name| (*name).to_owned()).collect();
    let counts = |factor: usize| (0..classes.len()).map(|class| factor * (class + 1)).collect();
    Origin::Images {
        path: EVIL.into(),
        data: Some(Box::new(Fingerprint {
            layout: EVIL.into(),
            shape: [3, 32, 24],
            train: counts(10),
            validation: Vec::new(),
            test: counts(1),
            classes,
            digest: "f00d".into(),
        })),
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
        graph: crate::common::opened("nasbench201").encode(ARCH).unwrap(),
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
fn an_empty_run_has_a_page() {
    let page = html(&findings());
    check(&page);
    assert!(page.contains("has not evaluated any architecture yet"), "{page}");
    assert!(section(&page, "distribution").contains("was not updated yet"));
    assert!(
        section(&page, "reward").is_empty() && section(&page, "best").is_empty() && section(&page, "costs").is_empty()
    );
    assert!(section(&page, "repeat").contains("&lt;script&gt;alert"));
    assert!(section(&page, "data").contains("looked up in the table &lt;script&gt;"));
}

#[test]
fn classes_are_listed_with_their_counts() {
    let page = html(&Findings { origin: images(&["cat", "dog", "a class with a long name"]), ..findings() });
    check(&page);
    let data = section(&page, "data");
    assert!(data.contains("60 images for training and validation, 6 images for testing, input 3 x 32 x 24"), "{data}");
    for row in [
        "cat</td><td class=\"number\">10</td><td class=\"number\">1",
        "a class with a long name</td><td class=\"number\">30<",
    ] {
        assert!(data.contains(row), "{data}");
    }
    assert!(data.contains(", 3 classes.") && data.contains("f00d") && !data.contains("<details>"));
    let many: Vec<String> = (0..200).map(|class| format!("class {class}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let page = html(&Findings { origin: images(&many), ..findings() });
    assert!(section(&page, "data").contains("<summary>The 200 classes</summary>"));
    let unknown = Origin::Images { path: "images".into(), data: None };
    let page = html(&Findings { origin: unknown, ..findings() });
    assert!(section(&page, "data").contains("Networks were trained on images"));
    let page = html(&Findings { origin: Origin::Table(None), ..findings() });
    assert!(section(&page, "data").contains("the built-in table of nasbench201"));
}

#[test]
fn all_names_are_escaped() {
    let trials = vec![trial(1, Some(50.0)), trial(2, Some(40.0)), trial(3, None)];
    let origin = images(&[EVIL, "plain"]);
    let page = html(&Findings { trials, rounds: vec![round(0), round(1)], origin, ..findings() });
    check(&page);
    assert!(page.matches("&lt;script&gt;").count() > 15 && page.contains("alert(&quot;&amp;&#39;1&#39;)"));
    let raw = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
    assert!(!page.contains(raw) && page.contains("\\u{1b}[2J\\u{7}\\u{202e}"), "control characters are escaped");
    assert!(section(&page, "data").matches("&lt;script&gt;").count() == 3, "{}", section(&page, "data"));
    assert!(section(&page, "repeat").contains("1 architecture without a reward"));
    assert!(page.contains("The budget was 10 evaluations; no further new architecture was found."));
}

#[test]
fn runs_with_one_trial_or_only_failures_have_pages() {
    let page = html(&Findings { trials: vec![trial(1, Some(0.0))], ..findings() });
    check(&page);
    assert!(section(&page, "reward").contains("no random draws to compare with"));
    let page = html(&Findings { trials: vec![trial(1, None), trial(2, None)], rounds: vec![round(0)], ..findings() });
    check(&page);
    assert!(page.contains("2 architectures got no reward"));
}

#[test]
fn thousands_of_trials_give_a_small_page() {
    let trials = (1..=5000).map(|number| trial(number, Some((number as f64).sin()))).collect();
    let page = html(&Findings { trials, ..findings() });
    check(&page);
    assert!(page.len() < 600_000, "{}", page.len());
}

#[test]
fn outliers_do_not_compress_the_chart() {
    let mut trials: Vec<_> = (1..=40).map(|number| trial(number, Some(90.0 + number as f64 / 100.0))).collect();
    trials.push(trial(41, Some(10.0)));
    trials[0].reward = Some(20.0);
    let page = html(&Findings { trials, ..findings() });
    check(&page);
    let curve = section(&page, "reward");
    assert!(curve.contains("below the axis (2)"));
    // The line of the best so far starts at the axis, 52 pixels above the lower edge at 400, not below it.
    let line = curve.split("<path class=\"line c0\" d=\"").nth(2).unwrap().split('"').next().unwrap();
    let first = line.split(['H', 'V']).next().unwrap().split(' ').nth(1).unwrap();
    let heights = line.split('V').skip(1).map(|rest| rest.split('H').next().unwrap());
    let heights: Vec<f64> = heights.chain([first]).map(|height| height.parse().unwrap()).collect();
    assert!(heights.len() > 10 && heights.iter().all(|height| *height <= 348.0), "{heights:?}");
}

/// Words in table headers are not broken, however narrow the columns are.
#[test]
fn table_headers_do_not_break_words() {
    use super::css::{Element, Sheet};
    let page = html(&findings());
    for dark in [false, true] {
        let path = ["main", "table", "th"].map(Element::of);
        assert_eq!(Sheet::of(&page, dark).value(&path, "overflow-wrap").as_deref(), Some("normal"));
    }
}
