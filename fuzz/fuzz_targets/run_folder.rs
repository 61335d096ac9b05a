//! Folders of runs: one file edited, cut, removed or taken from another run. Reading and going on never panic, and what goes on
//! finds the history of the run that it was, or says why it does not.
#![no_main]

use graphpnas::evaluate::{EvaluateError, Evaluation, Evaluator};
use graphpnas::generator::Random;
use graphpnas::graph::Graph;
use graphpnas::run::{self, CONFIG, Command, Folder, GENERATOR, HISTORY, Ledger, Meta, Run, RunError, Sources};
use graphpnas::search::{Config, Observer, Outcome, Record, Request, Search};
use graphpnas::space;
use libfuzzer_sys::fuzz_target;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

const FILES: [&str; 6] = ["run.db", "checkpoint/search.safetensors", CONFIG, "command.json", HISTORY, GENERATOR];

/// Watches nothing.
struct Nobody;

impl Observer for Nobody {}

/// Rewards that depend on the architecture's text alone.
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

/// A folder with two runs that ended, `0` and `1`, of other seeds, and their histories.
static RUNS: LazyLock<(PathBuf, [Vec<Record>; 2])> = LazyLock::new(|| {
    let folder = std::env::temp_dir().join(format!("graphpnas-fuzz-{}", std::process::id()));
    let histories = [0, 1].map(|seed| {
        let _ = std::fs::remove_dir_all(folder.join(seed.to_string()));
        let sets = [format!("seed={seed}"), "evaluations=9".into(), "batch=3".into(), "generator.name=random".into()];
        let request = Request { preset: Some("nasbench201-cifar10"), file: None, flags: Vec::new(), sets: &sets };
        let run = Folder::create(&folder.join(seed.to_string())).unwrap();
        let command = Command { version: "0".into(), device: "cpu".into(), ..Command::default() };
        go_on(run, &command, &request.resolve().unwrap()).unwrap().history
    });
    (folder, histories)
});

fn go_on(folder: Folder, command: &Command, config: &Config) -> Result<Outcome, RunError> {
    let space = space::by_name(&config.space).unwrap();
    let generator = Box::new(Random::new(space.clone(), config.generator.explorer));
    let mut search = Search::new(config.clone(), space, Box::new(Letters), generator);
    let meta = Meta { device: "cpu".into(), ..Meta::default() };
    let run = Run::begin_or_open(folder, command, config, &meta, &Sources::default())?;
    run.search(&mut search, &mut Nobody)
}

/// What `search --resume` does.
fn resume(folder: &Path) -> Option<Outcome> {
    run::unchanged(folder).ok()?;
    let command = Command::read(folder).ok()?;
    let file = folder.join(CONFIG);
    let config = Request { preset: None, file: Some(&file), flags: Vec::new(), sets: &[] }.resolve().ok()?;
    go_on(Folder::open(folder).ok()?, &command, &config).ok()
}

fn read(folder: &Path) {
    if let Ok(ledger) = Ledger::open_read(folder) {
        let _ = (ledger.meta(), ledger.trials(), ledger.rounds(), ledger.distributions(), ledger.origin(), ledger.best_arch());
    }
    for name in [HISTORY, GENERATOR] {
        let _ = run::is_own(folder, name);
    }
}

fn copy(from: &Path, to: &Path) {
    let _ = std::fs::remove_dir_all(to);
    for file in FILES {
        let path = to.join(file);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        // A run so short may have no checkpoint.
        let _ = std::fs::copy(from.join(file), path);
    }
}

fuzz_target!(|bytes: &[u8]| {
    let (folder, histories) = &*RUNS;
    let edited = folder.join("edited");
    copy(&folder.join("0"), &edited);
    // Each edit takes five bytes: the file, what is done to it, where (two bytes), and with what.
    for edit in bytes.chunks_exact(5).take(4) {
        let [file, what, low, high, value] = *edit else { continue };
        let name = FILES[usize::from(file) % FILES.len()];
        let path = edited.join(name);
        let Ok(mut content) = std::fs::read(&path) else { continue };
        let place = usize::from(u16::from_le_bytes([low, high])) % content.len().max(1);
        match what % 6 {
            0 => drop(content.get_mut(place).map(|byte| *byte ^= value)),
            1 => drop(content.get_mut(place).map(|byte| *byte = value)),
            2 => content.truncate(place),
            3 => content.insert(place, value),
            4 => content = std::fs::read(folder.join("1").join(name)).unwrap_or_default(),
            _ => {
                let _ = std::fs::remove_file(&path);
                continue;
            }
        }
        std::fs::write(&path, content).unwrap();
    }
    read(&edited);
    // A run that has lost ledger and checkpoint begins anew, with the configuration that is there.
    let known = ["run.db", "checkpoint/search.safetensors"].iter().any(|name| edited.join(name).is_file());
    if let Some(outcome) = resume(&edited).filter(|_| known) {
        assert!(histories.contains(&outcome.history), "a history of neither run");
    }
    read(&edited);
});
