//! `--set` with any key and value: accepted values survive a round trip and start a search; errors name the key.
#![no_main]

use graphpnas::bounds::{Range, bound};
use graphpnas::network::{Size, Task};
use graphpnas::device::Device;
use graphpnas::evaluate::{EvaluateError, Evaluation, Evaluator};
use graphpnas::generator::{Evolution, Generator, LocalSearch, Random};
use graphpnas::graph::Graph;
use graphpnas::search::{AvailableMemory, Config, PRESETS, Request, SearchLoop, Silent, Sizing, memory_needs};
use graphpnas::shown::line;
use libfuzzer_sys::fuzz_target;
use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};
use toml::{Table, Value};

/// Numbers and words that are hard to parse, for any key.
const ODD: [&str; 32] = [
    "0",
    "-0",
    "-1",
    "1",
    "2",
    "+1",
    " 7 ",
    "1.5",
    "0.5",
    "1e-300",
    "5e-324",
    "1e20",
    "1e308",
    "1e309",
    "nan",
    "inf",
    "-inf",
    "2147483648",
    "4294967296",
    "4294967297",
    "9007199254740993",
    "9223372036854775807",
    "9223372036854775808",
    "-9223372036854775808",
    "18446744073709551615",
    "18446744073709551616",
    "340282366920938463463374607431768211456",
    "0x10",
    "1_000",
    "",
    "true",
    "\"3\"",
];

/// Every dotted key of a configuration with its values in the presets.
static KEYS: LazyLock<Vec<(String, Vec<String>)>> = LazyLock::new(|| {
    let mut keys: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for preset in PRESETS {
        let config = Request { preset: Some(preset.name), ..Request::default() }.resolve().expect("a preset");
        for (key, value) in settings(&config) {
            keys.entry(key).or_default().push(value);
        }
    }
    keys.into_iter().collect()
});

/// Returns the keys of a configuration with their values in the syntax of `--set`.
fn settings(config: &Config) -> BTreeMap<String, String> {
    fn add(table: &Table, prefix: &str, to: &mut BTreeMap<String, String>) {
        for (key, value) in table {
            match value {
                Value::Table(section) => add(section, &format!("{prefix}{key}."), to),
                Value::String(text) => drop(to.insert(format!("{prefix}{key}"), text.clone())),
                other => drop(to.insert(format!("{prefix}{key}"), other.to_string())),
            }
        }
    }
    let mut settings = BTreeMap::new();
    add(&toml::from_str(&config.to_toml().expect("it is written")).expect("it reads"), "", &mut settings);
    settings
}

/// Returns the ends of a key's range and the values just outside.
fn ends(key: &str) -> Vec<String> {
    match bound(key).map(|bound| bound.range) {
        Some(Range::Integer { min, max }) => {
            [i128::from(min), i128::from(max), i128::from(min) - 1, i128::from(max) + 1]
                .map(|n| n.to_string())
                .into()
        }
        Some(Range::Real { min, max, .. }) => {
            [min, max, min.next_up(), max.next_down(), min.next_down(), max.next_up()]
                .map(|n| format!("{n:e}"))
                .into()
        }
        None => Vec::new(),
    }
}

/// The remaining input.
struct Input<'a>(&'a [u8]);

impl<'a> Input<'a> {
    fn byte(&mut self) -> Option<usize> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(usize::from(*first))
    }

    fn text(&mut self, length: usize) -> String {
        let (taken, rest) = self.0.split_at(length.min(self.0.len()));
        self.0 = rest;
        String::from_utf8_lossy(taken).into_owned()
    }

    /// Returns the next key and value, or a raw text.
    fn assignment(&mut self) -> Option<Result<(String, String), String>> {
        let (key, how) = (self.byte()?, self.byte()?);
        if key > 250 {
            return Some(Err(self.text(how % 64)));
        }
        let (key, known) = &KEYS[key % KEYS.len()];
        let ends = ends(key);
        let value = match how {
            0..32 => ODD[how].to_owned(),
            32..64 => known[how % known.len()].clone(),
            64..96 if !ends.is_empty() => ends[how % ends.len()].clone(),
            _ => self.text(how % 40),
        };
        Some(Ok((key.clone(), value)))
    }
}

/// An evaluator whose rewards depend on the architecture's text only.
struct Letters;

impl Evaluator for Letters {
    fn name(&self) -> &'static str {
        "letters"
    }

    fn evaluate(&mut self, _: &Graph, arch: &str) -> Result<Evaluation, EvaluateError> {
        Ok(Evaluation { reward: (arch.len() % 100) as f64, test: None })
    }
}

fuzz_target!(|data: &[u8]| {
    let mut input = Input(data);
    let how = input.byte().unwrap_or_default();
    let (preset, trains) = (&PRESETS[how % 32 % PRESETS.len()], how & 32 > 0);
    let (mut sets, mut last) = (Vec::new(), BTreeMap::new());
    while let Some(assignment) = input.assignment().filter(|_| sets.len() < 6) {
        sets.push(match assignment {
            Ok((key, value)) => {
                let set = format!("{key}={value}");
                last.insert(key, value);
                set
            }
            Err(text) => {
                // It may set any key.
                last.remove(text.split('=').next().unwrap_or_default().trim());
                text
            }
        });
    }
    let request = Request { preset: Some(preset.name), sets: &sets, ..Request::default() };
    let config = match request.resolve() {
        Ok(config) => config,
        Err(error) => {
            let told = error.to_string();
            assert!(!told.contains(char::is_control), "{told:?}");
            // The refused key was given, or is incompatible with a given key.
            let names = |set: &String| told.contains(&line(&format!("--set {set}")));
            assert!(sets.iter().any(names) || told.contains("preset"), "{told:?}");
            return;
        }
    };
    let found = settings(&config);
    for (key, value) in &last {
        let (given, found) = (value.trim().trim_matches('"'), &found[key]);
        let same = given == found || given.parse::<f64>().is_ok_and(|number| found.parse::<f64>() == Ok(number));
        // Integers keep all digits.
        let whole =
            given.parse::<u64>().is_ok_and(|number| bound(key).is_some_and(|bound| bound.parse_integer(given) == Ok(number)));
        assert!(
            same && (!whole || found.parse::<u64>().map_or(true, |found| given.parse() == Ok(found))),
            "{key}={value}: {found}"
        );
    }
    for text in [config.to_toml(), config.to_explained_toml()] {
        let read: Config = toml::from_str(&text.expect("it is written")).expect("it reads");
        assert_eq!(read, config);
    }
    for round in [0, 1, u64::MAX] {
        assert!((0.0..=1.0).contains(&config.explore.schedule.probability(config.explore.value, round)));
    }
    let space = config.search_space().expect("a space that was checked");
    let size = Size { channels: config.oracle.channels, cells: config.oracle.cells.min(8) };
    let sizing = Sizing { space: Arc::clone(&space), task: Task::CIFAR10, size };
    if let Ok(needs) = memory_needs(&config, &sizing, trains.then_some(&Device::Cpu)) {
        let told = AvailableMemory { host: Some(1 << 30), buffer: Some(1 << 28) }.check(&needs);
        assert!(told.err().is_none_or(|error| !error.to_string().contains('\n')));
    }
    begin(config);
});

/// Runs a few rounds without training the generator, which would take long.
fn begin(mut config: Config) {
    config.evaluations = config.evaluations.min(6);
    config.batch = config.batch.min(4);
    config.guide.candidates = config.guide.candidates.min(3);
    config.generator.population = config.generator.population.min(4);
    let (space, of) = (config.search_space().expect("a space"), &config.generator);
    let generator: Box<dyn Generator> = match of.name.as_str() {
        "random" => Box::new(Random::new(Arc::clone(&space), of.explorer)),
        "evolution" => Box::new(Evolution::new(Arc::clone(&space), of.explorer, of.population, of.sample)),
        "local-search" => Box::new(LocalSearch::new(Arc::clone(&space), of.explorer, of.improvement)),
        _ => return,
    };
    let wanted = config.evaluations;
    if let Ok(outcome) = SearchLoop::new(config, space, Box::new(Letters), generator).run(&mut Silent) {
        assert!(outcome.history.len() <= wanted);
    }
}
