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
    searched_and_told(args).0
}

/// The same, and what it printed.
fn searched_and_told(args: &[&str]) -> (Place, String) {
    let place = Place::new();
    let output = graphpnas(&[&["search", "--device", "cpu", "--out", place.path()], args].concat());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    (place, String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Settings of a search that trains tiny children on few images.
const TINY: [&str; 16] = [
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
    "--set",
    "proxy.enabled=false",
    "--set",
    "explore.pool=0",
    "--set",
    "guide.candidates=1",
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
    for id in ["reward", "best", "costs", "data", "distribution", "course", "repeat"] {
        assert!(!section(&page, id).is_empty(), "{id}");
    }
    super::looks::legends_tell_the_truth(&page);
    assert!(
        section(&page, "data")
            .contains("rewards were looked up in the table nasbench201.csv of nasbench201, data set cifar10")
    );
    assert!(section(&page, "distribution").contains("Likeliest of the last draws"));
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
        let place = searched(&["nasbench201", "--dataset", "cifar10", "--generator", name, "--evaluations", "30"]);
        let page = place.page();
        assert!(section(&page, "data").contains("the built-in table of nasbench201, data set cifar10"));
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
    let data = section(&page, "data");
    classes_are_those_of_the_test(&place.run, section(&page, "classes"));
    assert!(
        data.contains("in 10 classes") && data.contains("<td class=\"name\">disc</td><td class=\"number\">16</td>"),
        "{data}"
    );
}

#[test]
fn dense_graphs_are_matrices_that_open_and_their_draws_are_summed_up() {
    let space =
        ["randwire", "--evaluations", "5", "--set", "batch=2", "--set", "explore.value=1", "--set", "train.epochs=1"];
    let place = searched(&[&TINY[..], &space].concat());
    let page = place.page();
    let best = section(&page, "best");
    let cards = best.matches("<article>").count();
    assert!(cards == 2 && best.matches("class=\"heat matrix\"").count() == 3 * cards, "{best}");
    assert_eq!(best.matches("as boxes and arrows</summary>").count(), 3 * cards);
    the_matrices_are_the_graph(&place.run, best);
    let distribution = section(&page, "distribution");
    let looks = Ledger::open_read(&place.run).unwrap().distributions().unwrap();
    assert!(
        !distribution.contains("Likeliest of the last draws")
            && distribution.contains(&format!("All of the last {} graphs differ", looks[0].distribution.samples))
    );
    for (stage, look) in [(0, looks.first().unwrap()), (2, looks.last().unwrap())] {
        let edges = look.distribution.edges.iter().enumerate().filter(|(to, _)| to / 32 == stage);
        let mean: f64 = edges.flat_map(|(_, row)| row.iter().skip(32 * stage)).sum();
        let name = format!("edges of 496 possible, stage {}</td>", stage + 1);
        let row = distribution.split(&name).nth(1).unwrap().split("</tr>").next().unwrap();
        assert!(row.contains(&format!(">{mean:.1}</td>")), "{mean} in {row}");
    }
}

/// The table and the confusion matrix have the numbers that the run kept.
fn classes_are_those_of_the_test(run: &Path, section: &str) {
    let best = Ledger::open_read(run).unwrap().best().unwrap().unwrap();
    let results = graphpnas::run::best_classes(run, &best.arch).unwrap().unwrap();
    assert!(
        results.classes.len() == 10 && section.contains(&format!("80 test images ({:.3} %)", best.test.unwrap())),
        "{section}"
    );
    for class in &results.classes {
        let row = format!(
            "<td class=\"name\">{}</td><td class=\"number\">{}</td><td class=\"number\">{}</td><td class=\"number\">{:.3} %</td>",
            class.name,
            class.images,
            class.correct,
            class.accuracy.unwrap()
        );
        assert!(section.contains(&row), "{row} in {section}");
    }
    let shown: Vec<u64> = section
        .split("class=\"share s")
        .skip(1)
        .map(|rest| rest.split('>').nth(1).unwrap().split('<').next().unwrap().parse().unwrap())
        .collect();
    assert_eq!(shown, results.confusion.unwrap().concat(), "row by row");
}

/// The first card's matrices have a cell for every edge of the best graph.
fn the_matrices_are_the_graph(run: &Path, best: &str) {
    let trial = Ledger::open_read(run).unwrap().best().unwrap().unwrap();
    let graph = graphpnas::space::by_name("randwire").unwrap().encode(&trial.arch).unwrap();
    for (stage, matrix) in best.split("class=\"heat matrix\"").skip(1).take(3).enumerate() {
        let filled = matrix.split("<path class=\"cell\" d=\"").nth(1).unwrap().split('"').next().unwrap();
        let mut cells: Vec<(usize, usize)> = filled
            .split('M')
            .skip(1)
            .map(|cell| {
                let (x, rest) = cell.split_once(' ').unwrap();
                let y = rest.split('h').next().unwrap();
                ((y.parse::<usize>().unwrap() - 30) / 9, (x.parse::<usize>().unwrap() - 24) / 9)
            })
            .collect();
        cells.sort_unstable();
        let edges = graph.edges().filter(|(_, to, _)| to / 32 == stage);
        let mut expected: Vec<_> = edges.map(|(from, to, _)| (from - 32 * stage, to - 32 * stage)).collect();
        expected.sort_unstable();
        assert_eq!(cells, expected, "stage {}", stage + 1);
    }
}

#[test]
fn shared_weights_tell_of_themselves() {
    let sets =
        ["channels=2", "batch=16", "steps=2", "reward_batch=8", "probes=2", "finalists=3", "keep=4", "correlate=2"];
    let sets: Vec<String> = sets.iter().map(|set| format!("supernet.{set}")).collect();
    let sets: Vec<&str> = sets.iter().flat_map(|set| ["--set", set.as_str()]).collect();
    let space = ["enas", "--data", "embedded", "--evaluations", "9", "--set", "batch=3", "--set", "explore.value=1"];
    let short = ["--set", "train.epochs=2", "--set", "replay.top=4"];
    let (place, told) = searched_and_told(&[&TINY[..], &space, &short, &sets].concat());
    let page = place.page();
    super::looks::legends_tell_the_truth(&page);
    let shared = section(&page, "shared");
    assert!(shared.contains("Trained from scratch") && shared.contains("random children"), "{shared}");
    assert!(section(&page, "best").contains("trained from scratch"));
    assert!(section(&page, "distribution").contains("operation of every node"));
    the_result_is_what_the_command_line_said(&place.run, &page, &told);
    assert_eq!(place.report(), page, "the ledger tells the same");
}

/// The figure behind a word of the result.
fn figure(told: &str, word: &str) -> String {
    let line = told.lines().find(|line| line.starts_with(word)).unwrap_or_else(|| panic!("no {word} in {told}"));
    line.split_whitespace().nth(1).unwrap().to_owned()
}

/// One headline: the network trained from scratch; rewards of trials are called what they are wherever they stand.
fn the_result_is_what_the_command_line_said(run: &Path, page: &str, told: &str) {
    let (reward, test) = (figure(told, "reward"), figure(told, "test"));
    let ledger = Ledger::open_read(run).unwrap();
    let trials = ledger.trials().unwrap();
    let highest = format!("{:.3} %", trials.iter().filter_map(|trial| trial.reward).fold(f64::MIN, f64::max));
    let head = page.split("<section").next().unwrap();
    let said = "validation accuracy after 1 epoch of training from scratch";
    assert!(
        told.contains(said) && head.contains(&format!("trained from scratch, has {reward} % {said} and {test} % test")),
        "{head}"
    );
    assert!(head.contains(&format!("<dt>{said}</dt><dd>{reward} %</dd>")), "{head}");
    assert!(
        head.contains(&format!("</dt><dd>{highest}</dd>"))
            && head.contains("the highest validation accuracy with shared weights")
    );
    let history: serde_json::Value = serde_json::from_slice(&std::fs::read(run.join("history.json")).unwrap()).unwrap();
    let total = history["seconds"]["total"].as_f64().unwrap();
    let took = if total < 1.0 { format!("{:.0} ms", 1e3 * total) } else { format!("{total:.1} s") };
    assert_eq!(figure(told, "seconds"), format!("{total:.2}"));
    assert!(head.contains(&format!("The search took {took}.")), "{took}: {head}");
    let curve = section(page, "reward");
    assert!(
        curve.contains("Reward, the validation accuracy with shared weights")
            && curve.contains(&format!("{highest} with shared weights"))
    );
    assert!(curve.contains(&format!("The result of the search, {reward} %, is not in this chart")));
    let best = section(page, "best");
    assert!(best.contains(&format!("<h3>{reward} % <small>trained from scratch</small></h3>")), "{best}");
    assert!(best.contains(&format!("<h3>{highest} <small>with shared weights</small></h3>")), "{best}");
    let costs = section(page, "costs");
    assert!(
        costs.contains("the best network, trained from scratch") && costs.contains(&format!("<title>{reward} %, ")),
        "{costs}"
    );
    assert!(costs.contains("The reward is the validation accuracy with shared weights"));
    let rows = section(page, "shared").matches("<td class=\"arch\">").count();
    let mut architectures: Vec<&str> = section(page, "shared")
        .split("<td class=\"arch\">")
        .skip(1)
        .map(|rest| rest.split("</td>").next().unwrap())
        .collect();
    architectures.sort_unstable();
    architectures.dedup();
    assert_eq!(architectures.len(), rows, "nothing is there twice");
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
    assert!(output.status.code() == Some(1) && said.contains("manually") && said.lines().count() == 1, "{said}");
}

#[test]
fn a_folder_without_a_run_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let output = graphpnas(&["report", folder.path().to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(1));
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(told.contains("is not the folder of a run") && told.lines().count() == 1, "{told}");
    assert!(std::fs::read_dir(folder.path()).unwrap().next().is_none(), "nothing is left there");
}
