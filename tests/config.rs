//! Schedules, presets, configuration files and `--set`.

use crate::common;
use graphpnas::generator::Improvement;
use graphpnas::search::{Config, Dangling, ExploreSchedule, Flag, Layers, PRESETS, Request, RewardKind, Seeds};
use graphpnas::space::Explorer;
use std::path::Path;
use std::process::Command;

fn config(preset: &str, sets: &[&str]) -> Config {
    let sets: Vec<String> = sets.iter().map(ToString::to_string).collect();
    Request { preset: Some(preset), sets: &sets, ..Request::default() }.resolve().unwrap()
}

#[test]
fn exploration_schedules_have_the_documented_probabilities() {
    let at =
        |schedule: ExploreSchedule, value, rounds: [u64; 4]| rounds.map(|round| schedule.probability(value, round));
    assert_eq!(at(ExploreSchedule::None, 1.0, [0, 1, 2, 9]), [0.0; 4]);
    assert_eq!(at(ExploreSchedule::Constant, 0.3, [0, 1, 2, 9]), [0.3; 4]);
    assert_eq!(at(ExploreSchedule::Harmonic, 0.0, [0, 2, 6, 18]), [1.0, 0.5, 0.25, 0.1]);
    assert_eq!(at(ExploreSchedule::Exponential, 0.0, [0, 2, 4, 8]), [1.0, 0.5, 0.25, 0.0625]);
    assert_eq!(at(ExploreSchedule::First, 3.0, [0, 2, 3, 9]), [1.0, 1.0, 0.0, 0.0]);
}

#[test]
fn every_published_preset_matches_the_method() {
    // name, space, dataset, evaluations, B, T, E, exploring rounds
    let rows = [
        ("nasbench101-150", "nasbench101", "cifar10", 150, 10, 15, 70, 3.0),
        ("nasbench101-300", "nasbench101", "cifar10", 300, 10, 15, 70, 3.0),
        ("nasbench201-cifar10", "nasbench201", "cifar10", 100, 1, 15, 70, 30.0),
        ("nasbench201-cifar100", "nasbench201", "cifar100", 100, 1, 10, 60, 15.0),
        ("nasbench201-imagenet16", "nasbench201", "imagenet16", 100, 1, 5, 50, 10.0),
    ];
    for (name, space, dataset, evaluations, batch, top, epochs, rounds) in rows {
        let preset = PRESETS.iter().find(|preset| preset.name == name).unwrap();
        let c: Config = toml::from_str(preset.text).unwrap();
        assert_eq!((c.space.as_str(), c.dataset.as_str()), (space, dataset), "{name}");
        assert_eq!((c.evaluations, c.batch, c.replay.top, c.train.epochs), (evaluations, batch, top, epochs), "{name}");
        assert_eq!((c.explore.schedule, c.explore.value), (ExploreSchedule::First, rounds), "{name}");
        // docs/method.md section 3: exploration in the authors' runs.
        let (explorer, dangling) = match space {
            "nasbench201" => (Explorer::ErdosRenyi { p: 1.0 }, Dangling::Prune),
            _ => (Explorer::SizedErdosRenyi { from: 3, to: 7, p: 0.25 }, Dangling::Reject),
        };
        assert_eq!((c.explore.explorer, c.nasbench101.dangling), (explorer, dangling), "{name}");
        assert_eq!(c.guide.candidates, 1, "{name}");
        assert_eq!((c.replay.reward, c.replay.baseline_decay), (RewardKind::Cdf, 0.0), "{name}");
        assert_eq!((c.train.batch, c.train.learning_rate, c.train.restart), (2, 1e-3, true), "{name}");
        let g = c.generator;
        assert_eq!((g.name.as_str(), g.hidden, g.mixtures, g.layers), ("graphpnas", 24, 10, 7), "{name}");
        assert_eq!((g.attention_hidden, g.temperature), (128, 1.0), "{name}");
        assert_eq!((g.population, g.sample, g.improvement), (20, 5, Improvement::First), "{name}");
    }
}

#[test]
fn every_preset_resolves_and_its_name_states_space_and_guide() {
    for preset in PRESETS {
        let config = config(preset.name, &[]);
        assert!(preset.name.starts_with(&config.space), "{}", preset.name);
        assert_eq!(
            config.guide.candidates > 1,
            ["guided", "scored", "images"].iter().any(|end| preset.name.ends_with(end)),
            "{}",
            preset.name
        );
    }
}

#[test]
fn configurations_survive_toml_serialisation() {
    let before =
        config("nasbench201-cifar100", &["explore.schedule=constant", "explore.value=0.5", "train.restart=false"]);
    let text = before.to_toml().unwrap();
    let mut layers = Layers::preset("nasbench201-cifar10").unwrap();
    layers.file(Path::new("c.toml"), &text).unwrap();
    assert_eq!(layers.finish().unwrap(), before);
}

#[test]
fn default_presets_depend_on_space_and_dataset() {
    let resolve = |flags: &[(&'static str, &str)]| {
        let flags = flags
            .iter()
            .map(|(key, value)| match value.parse() {
                Ok(number) => Flag::integer("flag", key, number),
                Err(_) => Flag::text("flag", key, *value),
            })
            .collect();
        Request { flags, ..Request::default() }.resolve().unwrap()
    };
    assert_eq!(resolve(&[]), config("nasbench201-cifar10", &[]));
    assert_eq!(resolve(&[("dataset", "imagenet16")]), config("nasbench201-imagenet16", &[]));
    assert_eq!(resolve(&[("space", "nasbench201"), ("evaluations", "7")]).evaluations, 7);
}

fn refusal(sets: &[&str]) -> String {
    let sets: Vec<String> = sets.iter().map(ToString::to_string).collect();
    Request { sets: &sets, ..Request::default() }.resolve().unwrap_err().to_string()
}

#[test]
fn invalid_assignments_are_explained() {
    let cases: [(&[&str], &str); 35] = [
        (&["dataset=a\nb"], "dataset must be one line, not \"a\\nb\""),
        (&["guide.candidate=5"], "unknown key 'guide.candidate'; did you mean 'guide.candidates'?"),
        (&["guide.candidates=0"], "guide.candidates must be 1 to 10000 graphs, not 0"),
        (&["guide.confidence=-1"], "guide.confidence must be 0 to 1000 standard deviations, not -1"),
        (&["guide.noise=0"], "guide.noise must be above 0 and up to 1000, not 0"),
        (&["train.epoch=5"], "--set train.epoch=5: unknown key 'train.epoch'; did you mean 'train.epochs'?"),
        (&["mixtures=5"], "--set mixtures=5: unknown key 'mixtures'; did you mean 'generator.mixtures'?"),
        (&["replay.tpo=5"], "--set replay.tpo=5: unknown key 'replay.tpo'; did you mean 'replay.top'?"),
        (&["foo=1"], "--set foo=1: unknown key 'foo'; `graphpnas config show` lists the keys"),
        (&["replay.foo=1"], "unknown key 'replay.foo'; `graphpnas config show` lists the keys"),
        (&["x=1"], "unknown key 'x'; `graphpnas config show` lists the keys"),
        (&["epochs"], "--set epochs: write it as key=value, for example --set train.epochs=50"),
        (&["train=5"], "--set train=5: train is a section; name one of its keys"),
        (&["batch=many"], "--set batch=many: batch must be an integer, 1 to 10000 architectures, not \"many\""),
        (&["batch=-1"], "--set batch=-1: batch must be 1 to 10000 architectures, not -1"),
        (&["batch=0"], "--set batch=0: batch must be 1 to 10000 architectures, not 0"),
        (&["train.restart=yes"], "--set train.restart=yes: train.restart must be true or false, not \"yes\""),
        (&["explore.schedule=frist"], "unknown variant `frist`, expected one of `none`, `constant`"),
        (&["explore.explorer=erdos-renyi:1.5"], "--set explore.explorer=erdos-renyi:1.5: explore.explorer is refused"),
        (&["explore.schedule=constant", "explore.value=1.5"], "must be a probability from 0 to 1"),
        (&["explore.value=2.5"], "must be an integer number of rounds"),
        (&["explore.explorer=watts-strogatz:3:0.5"], "`3` is not an even number of neighbours, 2 to 1000"),
        (&["generator.explorer=barabasi-albert:5"], "5: generator.explorer is refused: barabasi-albert:5 does not fit"),
        (
            &["generator.population=0"],
            "--set generator.population=0: generator.population must be 1 to 100000 graphs, not 0",
        ),
        (&["generator.improvement=any"], "unknown variant `any`, expected `first` or `best`"),
        (
            &["generator.name=magic"],
            "must be one of graphpnas, lstm, random, evolution, local-search, largest, score, not 'magic'",
        ),
        (&["lstm.hiden=8"], "unknown key 'lstm.hiden'; did you mean 'lstm.hidden'?"),
        (&["lstm.hidden=0"], "--set lstm.hidden=0: lstm.hidden must be 1 to 1024 units, not 0"),
        (&["lstm.training=ppo"], "unknown variant `ppo`, expected `replay` or `reinforce`"),
        (&["lstm.learning_rate=0"], "lstm.learning_rate must be above 0 and up to 1e30, not 0"),
        (&["lstm.entropy=-1.0"], "lstm.entropy must be 0 to 1000, not -1"),
        (&["generator.epsilon=1.5"], "generator.epsilon must be 0 to 1, not 1.5"),
        (&["lstm.baseline_decay=1"], "lstm.baseline_decay must be 0 to below 1, not 1"),
        (&["lstm.skip_target=1"], "lstm.skip_target must be above 0 and below 1, not 1"),
        (&["proxy.enabled=true", "replay.reward=accuracy"], "replay.reward must be \"cdf\" with proxy.enabled"),
    ];
    for (sets, expected) in cases {
        let message = refusal(sets);
        assert!(message.contains(expected), "{message}\nlacks\n{expected}");
        assert!(!message.contains('\n'), "{message}");
    }
}

/// Invalid values may contain line breaks and terminal control characters, which messages escape.
#[test]
fn refusals_are_one_line_that_names_the_assignment() {
    let odd = "a\n\u{1b}[2J";
    for set in [
        odd.to_owned(),
        format!("{odd}=1"),
        format!("oracle.{odd}=1"),
        format!("batch={odd}"),
        format!("latency={odd}"),
        format!("space={odd}"),
        format!("dataset={odd}"),
        format!("generator.name={odd}"),
        format!("oracle.recipe={odd}"),
        format!("explore.explorer={odd}"),
        format!("explore.schedule={odd}"),
    ] {
        let message = refusal(&[&set]);
        assert!(!message.contains(char::is_control), "{message:?}");
        assert!(
            message.starts_with(&format!("--set {}: ", set.replace('\n', "\\n").replace('\u{1b}', "\\u{1b}"))),
            "{message:?}"
        );
    }
    let unknown = Layers::preset(odd).unwrap_err().to_string();
    assert!(unknown.starts_with("unknown preset 'a\\n\\u{1b}[2J'; known are "), "{unknown:?}");
    let file =
        Layers::preset("enas-small").unwrap().file(Path::new("c.toml"), "latency = \"a\\nb\"").unwrap_err().to_string();
    assert!(
        file.starts_with("c.toml, line 1: latency must be true or false, not ") && !file.contains('\n'),
        "{file:?}"
    );
}

#[test]
fn errors_in_files_name_the_line() {
    let cases = [
        ("seed = 3\n[train]\nepoch = 5\n", "c.toml, line 3: unknown key 'train.epoch'; did you mean 'train.epochs'?"),
        ("seed = 3\nbatch = \"a\"\n", "c.toml, line 2: batch must be an integer, 1 to 10000 architectures, not \"a\""),
        ("seed = 3\n\nevaluations = 0\n", "c.toml, line 3: evaluations must be 1 to 1000000 architectures, not 0"),
        ("seed = 3\nbatch = = 4\n", "c.toml, line 2: not valid TOML"),
        ("[explore]\nschedule = \"frist\"\n", "c.toml, line 2: explore.schedule is refused: unknown variant `frist`"),
        ("[exlpore]\nvalue = 3\n", "c.toml, line 2: unknown key 'exlpore.value'; did you mean 'explore.value'?"),
    ];
    for (text, expected) in cases {
        let mut layers = Layers::preset("nasbench201-cifar10").unwrap();
        let result = layers.file(Path::new("c.toml"), text).and_then(|()| layers.finish().map(|_| ()));
        let message = result.unwrap_err().to_string();
        assert!(message.contains(expected), "{message}\nlacks\n{expected}");
        assert!(!message.contains('\n'), "{message}");
    }
}

#[test]
fn old_key_names_are_accepted_unless_the_new_name_is_also_set() {
    let file = |text: &str| {
        let mut layers = Layers::preset("nasbench201-cifar10").unwrap();
        layers.file(Path::new("c.toml"), text).and_then(|()| layers.finish())
    };
    let old = file("[generator]\nloosen = 0.25\n[oracle]\nhalving = 3\nfirst_look = 2\n").unwrap();
    assert_eq!((old.generator.epsilon, old.oracle.reduction_factor, old.oracle.first_rung), (0.25, 3, 2));
    assert_eq!(config("nasbench201-cifar10", &["generator.loosen=0.25"]).generator.epsilon, 0.25);
    let both = file("[generator]\nloosen = 0.25\nepsilon = 0.5\n").unwrap_err().to_string();
    assert!(both.contains("generator.epsilon is set twice, also by its old name generator.loosen"), "{both}");
}

#[test]
fn every_section_and_key_is_explained() {
    for preset in PRESETS {
        let before = config(preset.name, &[]);
        let text = before.to_explained_toml().unwrap();
        let mut above = "";
        for line in text.lines() {
            let explained = line.starts_with("# ") || line.is_empty() || above.starts_with("# ");
            assert!(explained, "{}: {line} has no comment: document its field in search/config", preset.name);
            above = line;
        }
        assert_eq!(toml::from_str::<Config>(&text).unwrap(), before);
    }
}

fn command(args: &[&str], code: i32) -> (String, String) {
    let output = common::output(Command::new(env!("CARGO_BIN_EXE_graphpnas")).arg("config").args(args));
    let [out, err] = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap());
    assert_eq!(output.status.code(), Some(code), "{err}");
    (out, err)
}

#[test]
fn config_init_writes_a_file_for_search_and_does_not_overwrite() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("my.toml");
    let file = path.to_str().unwrap();
    let (text, _) = command(&["init", file, "--preset", "nasbench101-150", "--set", "seed=7"], 0);
    assert!(text.contains("graphpnas search --config"), "{text}");
    let wanted = config("nasbench101-150", &["seed=7"]);
    let (shown, _) = command(&["show", "--config", file], 0);
    assert_eq!(shown, wanted.to_toml().unwrap());
    let (shown, _) = command(&["show", "--config", file, "--json"], 0);
    assert_eq!(serde_json::from_str::<Config>(&shown).unwrap(), wanted);

    // The default preset has other settings than a search on the user's images.
    let other = folder.path().join("other.toml");
    let (_, noted) = command(&["init", other.to_str().unwrap()], 0);
    assert!(noted.contains("for your own (search --data PATH) use --preset nasbench201-images"), "{noted}");

    std::fs::write(&path, "mine").unwrap();
    let (out, text) = command(&["init", file], 1);
    assert!(out.is_empty() && text.contains("already exists; choose another file or remove it first"), "{text}");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "mine");
}

#[test]
fn config_presets_prints_one_line_per_preset() {
    let (lines, _) = command(&["presets"], 0);
    let (json, _) = command(&["presets", "--json"], 0);
    let listed: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!((lines.lines().count(), listed.as_array().unwrap().len()), (PRESETS.len(), PRESETS.len()));
    for (preset, line) in PRESETS.iter().zip(lines.lines()) {
        let summary = line.strip_prefix(preset.name).unwrap().trim();
        assert!(summary.len() > 20 && line.len() <= 120 && !summary.contains("method.md"), "{line}");
    }
}

#[test]
fn seeds_are_parsed_as_ranges() {
    assert_eq!("1..3".parse::<Seeds>().unwrap().to_vec(), [1, 2, 3]);
    assert_eq!("7..7".parse::<Seeds>().unwrap().to_vec(), [7]);
    for text in ["", "3", "3..1", "a..b", "1..", "-1..2", "1..99999999999", "0..18446744073709551615"] {
        assert!(text.parse::<Seeds>().is_err(), "{text}");
    }
}
