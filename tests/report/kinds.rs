//! The report that a search of every kind leaves, and the one of a search that was killed or failed.

use super::{check, section};
use crate::common::{self, graphpnas};
use graphpnas::run::Ledger;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A folder for a run.
struct Place {
    _folder: tempfile::TempDir,
    run: PathBuf,
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let run = folder.path().join("run");
        Self { _folder: folder, run }
    }

    fn path(&self) -> &str {
        self.run.to_str().unwrap()
    }

    /// The page that is there.
    fn page(&self) -> String {
        let page = std::fs::read_to_string(self.run.join("report.html")).unwrap();
        check(&page);
        page
    }

    /// Writes the page anew.
    fn report(&self) -> String {
        let output = graphpnas(&["report", self.path()]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        assert!(String::from_utf8_lossy(&output.stdout).ends_with("report.html\n"));
        self.page()
    }
}

fn table() -> String {
    common::nasbench201_csv().display().to_string()
}

/// A search that comes to its end.
fn searched(args: &[&str]) -> Place {
    let place = Place::new();
    let output = graphpnas(&[&["search", "--device", "cpu", "--out", place.path()], args].concat());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    place
}

/// Settings of a search that trains tiny children on few images.
const TINY: [&str; 10] = [
    "--set",
    "oracle.train_images=160",
    "--set",
    "oracle.test_images=80",
    "--set",
    "oracle.channels=4",
    "--set",
    "oracle.epochs=1",
    "--set",
    "oracle.batch=40",
];

#[test]
fn a_table_search_tells_everything() {
    let table = table();
    let place = searched(&[
        "--preset",
        "nasbench201-cifar10-continual",
        "--table",
        &table,
        "--evaluations",
        "40",
        "--seed",
        "3",
    ]);
    let page = place.page();
    for id in ["reward", "best", "costs", "distribution", "course", "repeat"] {
        assert!(!section(&page, id).is_empty(), "{id}");
    }
    assert!(section(&page, "shared").is_empty());
    assert!(!section(&page, "costs").contains("milliseconds"), "it was not asked for");
    assert!(section(&page, "repeat").contains("nasbench201-cifar10-continual --table"));
    assert!(section(&page, "repeat").contains("schedule ="), "the configuration");
    assert!(page.contains("points below the best there is, 84.892 %"));
    assert_eq!(place.report(), page, "the ledger tells the same");
    heat_maps_are_the_ledgers(&place.run, section(&page, "distribution"));
    names_the_best(&place.run, &page);
}

/// Every cell of the last table has the ledger's number.
fn heat_maps_are_the_ledgers(run: &Path, section: &str) {
    let looks = Ledger::open_read(run).unwrap().distributions().unwrap();
    let last = &looks.last().unwrap().distribution;
    let shown = section.rsplit("<figcaption>after").next().unwrap();
    let operations = graphpnas::space::nasbench201::OPERATIONS;
    for (to, row) in last.edge_labels.iter().enumerate() {
        for (from, labels) in row.iter().enumerate() {
            for (label, probability) in labels.iter().enumerate() {
                let cell = format!("<title>{}, {from}→{to}: {:.1} %</title>", operations[label], 100.0 * probability);
                assert!(shown.contains(&cell), "{cell}");
            }
            let edge = format!("<title>{from}, {to}: {:.1} %</title>", 100.0 * last.edges[to][from]);
            assert!(shown.contains(&edge), "{edge}");
        }
    }
}

fn names_the_best(run: &Path, page: &str) {
    let best = Ledger::open_read(run).unwrap().best().unwrap().unwrap();
    let reward = format!("{:.3} %", best.reward.unwrap());
    let head = page.split("<section").next().unwrap();
    assert!(head.contains(&reward) && head.contains(&format!("{:.3} %", best.test.unwrap())), "{head}");
    assert!(section(page, "best").contains(&best.arch));
}

#[test]
fn a_generator_that_learns_nothing_says_so() {
    for name in ["random", "evolution"] {
        let place = searched(&["--table", &table(), "--generator", name, "--evaluations", "30"]);
        let page = place.page();
        assert!(section(&page, "distribution").contains(&format!("The generator {name} learns no distribution")));
        assert_eq!(
            section(&page, "reward").contains(">random draws,"),
            name == "random",
            "a baseline of its own draws only"
        );
    }
}

#[test]
fn a_search_that_trains_has_costs_and_escapes_its_names() {
    let name = "a<b>\"&c";
    let place = searched(&[&TINY[..], &["--data", "embedded", "--dataset", name, "--evaluations", "4"]].concat());
    let page = place.page();
    assert!(page.contains("a&lt;b&gt;&quot;&amp;c") && !page.contains("a<b>"));
    assert!(section(&page, "costs").contains("multiply-adds"), "{}", section(&page, "costs"));
    assert!(section(&page, "costs").contains("4 channels and 1 cell for images"));
    assert!(section(&page, "costs").contains("milliseconds for an image"));
    assert!(section(&page, "costs").contains("Milliseconds were measured on cpu"));
}

#[test]
fn shared_weights_tell_of_themselves() {
    let sets =
        ["channels=2", "batch=16", "steps=2", "reward_batch=8", "probes=2", "finalists=3", "keep=4", "correlate=2"];
    let sets: Vec<String> = sets.iter().map(|set| format!("supernet.{set}")).collect();
    let sets: Vec<&str> = sets.iter().flat_map(|set| ["--set", set.as_str()]).collect();
    let space = ["enas", "--data", "embedded", "--evaluations", "9", "--set", "batch=3", "--set", "explore.value=1"];
    let short = ["--set", "train.epochs=2", "--set", "replay.top=4"];
    let page = searched(&[&TINY[..], &space, &short, &sets].concat()).page();
    let told = section(&page, "shared");
    assert!(told.contains("Trained from scratch") && told.contains("random children"), "{told}");
    assert!(page.contains("drew one that has") && section(&page, "best").contains("trained from scratch"));
    assert!(section(&page, "distribution").contains("operation of every node"));
}

/// Starts a search and ends it by force as soon as its ledger has so many trials that are over.
fn killed(args: &[&str], done: usize) -> Place {
    let place = Place::new();
    let mut command = Command::new(env!("CARGO_BIN_EXE_graphpnas"));
    command.args(["search", "--device", "cpu", "--out", place.path()]).args(args);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let over = || {
        let trials = Ledger::open_read(&place.run).and_then(|ledger| ledger.trials()).ok()?;
        Some(trials.iter().filter(|trial| trial.seconds.is_some()).count())
    };
    common::until("enough trials", || {
        let enough = place.run.join("command.json").is_file() && over().is_some_and(|count| count >= done);
        assert!(enough || child.try_wait().unwrap().is_none(), "the search ended before it was killed");
        enough
    });
    child.kill().unwrap();
    common::ended(&mut child);
    place
}

#[test]
fn a_run_that_was_killed_has_a_report() {
    let long = ["--data", "embedded", "--evaluations", "200"];
    let place = killed(&[&TINY[..], &long].concat(), 2);
    assert!(!place.run.join("report.html").exists());
    let page = place.report();
    assert!(
        page.contains("The budget was 200 evaluations; the search is still running, or was killed and can be resumed.")
    );
    let place = killed(&[&TINY[..], &long, &["--set", "oracle.epochs=1000"]].concat(), 0);
    assert!(place.report().contains("has not evaluated any architecture yet"));
}

#[test]
fn failures_are_listed() {
    let place = Place::new();
    let wild = ["--data", "embedded", "--evaluations", "20", "--set", "oracle.learning_rate=1e30"];
    let steps = ["--set", "oracle.epochs=2", "--set", "oracle.batch=16"];
    let output = graphpnas(&[&["search", "--device", "cpu", "--out", place.path()], &TINY[..], &wild, &steps].concat());
    assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stderr));
    let page = place.report();
    assert!(page.contains("got no reward.") && section(&page, "repeat").contains("the loss became"), "{page}");
}

/// With `--open` the system's opener is given the page; one that is not there leaves the page and says so.
#[cfg(target_os = "linux")]
#[test]
fn the_page_is_opened() {
    use std::os::unix::fs::PermissionsExt;
    let place = searched(&["--table", &table(), "--generator", "random", "--evaluations", "2"]);
    let folder = tempfile::tempdir().unwrap();
    let (opener, told) = (folder.path().join("xdg-open"), folder.path().join("told"));
    std::fs::write(&opener, format!("#!/bin/sh\nprintf %s \"$1\" > '{}.part'\nmv '{0}.part' '{0}'\n", told.display()))
        .unwrap();
    std::fs::set_permissions(&opener, std::fs::Permissions::from_mode(0o755)).unwrap();
    let report = |path: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_graphpnas"));
        common::output(command.args(["report", place.path(), "--open"]).env("PATH", path).env_remove("BROWSER"))
    };
    let path = format!("{}:/usr/bin:/bin", folder.path().display());
    assert!(report(&path).status.success());
    common::until("the opener's call", || told.exists());
    assert_eq!(std::fs::read_to_string(&told).unwrap(), place.run.join("report.html").display().to_string());
    let output = report("/nowhere");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.code() == Some(1) && said.contains("by hand") && said.lines().count() == 1, "{said}");
}

#[test]
fn a_folder_without_a_run_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let output = graphpnas(&["report", folder.path().to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(1));
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(told.contains("holds no run") && told.lines().count() == 1, "{told}");
    assert!(std::fs::read_dir(folder.path()).unwrap().next().is_none(), "nothing is left there");
}
