//! Run folders with files that are edited, truncated, removed, outdated or from another run. Reading and resuming never
//! panic; a resumed run has the history of one of the original runs, or is refused with a reason.
#![no_main]

use graphpnas::device::Device;
use graphpnas::evaluate::{EvaluateError, Evaluation, Evaluator};
use graphpnas::generator::{SavedFile, generator_kind};
use graphpnas::graph::Graph;
use graphpnas::nn::Checkpoint;
use graphpnas::run::{self, CONFIG, Command, Folder, GENERATOR, HISTORY, Ledger, Meta, Run, RunError, Sources};
use graphpnas::search::{Config, Outcome, Request, TrialRecord, SearchLoop, Silent, first_weights};
use graphpnas::space;
use libfuzzer_sys::fuzz_target;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

const CHECKPOINT: &str = "checkpoint/search.safetensors";

const FILES: [&str; 6] = ["run.db", CHECKPOINT, CONFIG, "command.json", HISTORY, GENERATOR];

/// Replacements for a number.
const NUMBERS: [&str; 16] = [
    "0",
    "1",
    "2",
    "6",
    "9",
    "-1",
    "null",
    "1.5",
    "1e20",
    "1e999",
    "255",
    "4294967296",
    "9223372036854775807",
    "18446744073709551615",
    "[]",
    "\"\"",
];

/// An evaluator whose rewards depend on the architecture's text only.
struct Letters;

impl Evaluator for Letters {
    fn name(&self) -> &'static str {
        "letters"
    }

    fn evaluate(&mut self, _: &Graph, arch: &str) -> Result<Evaluation, EvaluateError> {
        let sum = arch.bytes().fold(7u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte.into()));
        Ok(Evaluation { reward: f64::from(sum % 10_000) / 100.0, test: None })
    }
}

/// Creates a folder with two finished runs `0` and `1` of different seeds, and `early`, the first run before its budget
/// was raised; returns it with all histories.
static RUNS: LazyLock<(PathBuf, [Vec<TrialRecord>; 3])> = LazyLock::new(|| {
    let folder = std::env::temp_dir().join(format!("graphpnas-fuzz-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&folder);
    let run = |seed: u8, evaluations: u8| {
        let sets = [
            format!("seed={seed}"),
            format!("evaluations={evaluations}"),
            "batch=3".into(),
            "generator.name=lstm".into(),
            "lstm.hidden=2".into(),
            "lstm.attention=false".into(),
            "train.epochs=1".into(),
            "replay.top=3".into(),
            "explore.schedule=first".into(),
            "explore.value=1".into(),
        ];
        let request = Request { preset: Some("nasbench201-cifar10"), sets: &sets, ..Request::default() };
        let (path, config) = (folder.join(seed.to_string()), request.resolve().unwrap());
        let begun = path.is_dir();
        let run = if begun { Folder::open(&path) } else { Folder::create(&path) }.unwrap();
        let command = if begun {
            Command::read(&path).unwrap()
        } else {
            Command { version: "0".into(), device: "cpu".into(), ..Command::default() }
        };
        go_on(run, &command, &config).unwrap().history
    };
    let early = run(0, 6);
    copy(&folder.join("0"), &folder.join("early"));
    let histories = [early, run(0, 9), run(1, 9)];
    assert!(FILES.iter().all(|file| folder.join("0").join(file).is_file()));
    (folder, histories)
});

fn go_on(folder: Folder, command: &Command, config: &Config) -> Result<Outcome, RunError> {
    let space = space::open(&config.space).unwrap();
    let kind = generator_kind(&config.generator.name).unwrap();
    let generator = (kind.build)(config.generator_setup(&space, &Device::Cpu), &mut first_weights(config.seed)).unwrap();
    let mut search = SearchLoop::new(config.clone(), space, Box::new(Letters), generator);
    let meta = Meta { device: "cpu".into(), ..Meta::default() };
    let run = Run::begin_or_open(folder, command, config, &meta, &Sources::default())?;
    run.search(&mut search, &mut Silent)
}

/// Resumes a run as `search --resume`.
fn resume(folder: &Path) -> Option<Outcome> {
    told(run::checked_origin(folder))?;
    let command = told(Command::read(folder))?;
    let file = folder.join(CONFIG);
    let config = told(Request { file: Some(&file), ..Request::default() }.resolve())?;
    // Only a restarted run may have another configuration; a large one would take long.
    let small = config.generator.name == "lstm"
        && config.lstm.hidden <= 4
        && config.evaluations <= 9
        && config.train.epochs <= 4;
    let folder = told(Folder::open(folder).ok().filter(|_| small).ok_or("not gone on with"))?;
    told(go_on(folder, &command, &config))
}

/// Checks that an error has a message.
fn told<T, E: std::fmt::Display>(result: Result<T, E>) -> Option<T> {
    result.map_err(|error| assert!(!error.to_string().is_empty())).ok()
}

/// Reads the files that `trials`, `report`, `sample` and `evaluate` read.
fn read(folder: &Path) {
    if let Some(ledger) = told(Ledger::open_read(folder)) {
        told(ledger.trials());
        told(ledger.rounds());
        told(ledger.distributions());
        told(ledger.meta());
        told(ledger.origin());
        let best = told(ledger.best_arch()).flatten().unwrap_or_default();
        told(run::best_classes(folder, &best));
        told(run::best_network(folder, &best));
    }
    for name in [HISTORY, GENERATOR] {
        told(run::check_belongs_to_run(folder, name));
    }
    let history = std::fs::read(folder.join(HISTORY)).unwrap_or_default();
    let _ = serde_json::from_slice::<Outcome>(&history);
    if let Some(kept) = told(SavedFile::open(&folder.join(GENERATOR))) {
        told(kept.space());
        told(kept.generators());
    }
}

fn copy(from: &Path, to: &Path) {
    let _ = std::fs::remove_dir_all(to);
    for file in FILES {
        let path = to.join(file);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        // A short run may have no checkpoint.
        let _ = std::fs::copy(from.join(file), path);
    }
}

/// Replaces the first number at or after a position.
fn renumber(text: &[u8], place: usize, with: &str) -> Vec<u8> {
    let digit = |at: &usize| text[*at].is_ascii_digit();
    let Some(mut start) = (place..text.len()).find(digit) else { return text.to_vec() };
    while start > 0 && digit(&(start - 1)) {
        start -= 1;
    }
    let end = (start..text.len()).find(|at| !digit(at)).unwrap_or(text.len());
    [&text[..start], with.as_bytes(), &text[end..]].concat()
}

/// Replaces a number in the texts of a checkpoint or generator and updates the checksum, as a faulty program might.
fn forged(bytes: &[u8], place: usize, with: &str) -> Option<Vec<u8>> {
    let mut checkpoint = Checkpoint::parse(bytes).ok()?;
    checkpoint.texts.remove("crc32c");
    let keys: Vec<_> = checkpoint.texts.keys().cloned().collect();
    let text = checkpoint.texts.get_mut(&keys[place % keys.len()])?;
    *text = String::from_utf8(renumber(text.as_bytes(), place / keys.len() % text.len().max(1), with)).ok()?;
    checkpoint.to_bytes().ok()
}

/// Removes or duplicates a line of a text.
fn relined(text: &[u8], place: usize, twice: bool) -> Vec<u8> {
    let mut lines: Vec<_> = text.split_inclusive(|byte| *byte == b'\n').collect();
    let place = place % lines.len().max(1);
    if twice {
        lines.extend(lines.get(place).copied());
    } else if place < lines.len() {
        lines.remove(place);
    }
    lines.concat()
}

fuzz_target!(|bytes: &[u8]| {
    let (folder, histories) = &*RUNS;
    let edited = folder.join("edited");
    copy(&folder.join("0"), &edited);
    let mut is_forged = false;
    // Each edit takes five bytes: file, operation, position (two bytes) and replacement.
    for edit in bytes.chunks_exact(5).take(6) {
        let [file, what, low, high, value] = *edit else { continue };
        let name = FILES[usize::from(file) % FILES.len()];
        let path = edited.join(name);
        let Ok(mut content) = std::fs::read(&path) else { continue };
        // Most bytes of a database are 0, so edits are placed at other bytes.
        let place = usize::from(u16::from_le_bytes([low, high]));
        let filled = content.iter().filter(|byte| **byte != 0).count().max(1);
        let at = content.iter().enumerate().filter(|(_, byte)| **byte != 0).nth(place % filled).map_or(0, |(at, _)| at);
        let number = NUMBERS[usize::from(value) % NUMBERS.len()];
        let of = |run: &str| std::fs::read(folder.join(run).join(name)).unwrap_or_default();
        match what % 12 {
            0 => drop(content.get_mut(at).map(|byte| *byte ^= value)),
            1 => drop(content.get_mut(at).map(|byte| *byte = value)),
            2 => content.truncate(at),
            3 => content.insert(at, value),
            4 => content = of("1"),
            5 => content = of("early"),
            6 => content = renumber(&content, at, number),
            7 => content = relined(&content, place, value > 127),
            8 => {
                let Some(bytes) = forged(&content, place, number) else { continue };
                (content, is_forged) = (bytes, true);
            }
            // A position in another file.
            9 => content = std::fs::read(edited.join(FILES[usize::from(value) % FILES.len()])).unwrap_or_default(),
            _ => {
                let _ = std::fs::remove_file(&path);
                let _ = if what % 12 == 10 { std::fs::create_dir(&path) } else { Ok(()) };
                continue;
            }
        }
        std::fs::write(&path, content).unwrap();
    }
    read(&edited);
    // A run without database and checkpoint restarts with the existing configuration.
    let known = ["run.db", CHECKPOINT].iter().any(|name| edited.join(name).is_file());
    if let Some(outcome) = resume(&edited).filter(|_| known && !is_forged) {
        assert!(histories.contains(&outcome.history), "a history of no run");
    }
    read(&edited);
});
