//! The reports of all kinds of searches, including killed and failed ones.

use super::{check, section};
use crate::common::{self, graphpnas};
use graphpnas::run::Ledger;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A temporary folder for a run.
struct RunFolder {
    _folder: tempfile::TempDir,
    run: PathBuf,
}

impl RunFolder {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let run = folder.path().join("run");
        Self { _folder: folder, run }
    }

    fn path(&self) -> &str {
        self.run.to_str().unwrap()
    }

    /// Returns the existing page after checking it.
    fn page(&self) -> String {
        let page = std::fs::read_to_string(self.run.join("report.html")).unwrap();
        check(&page);
        page
    }

    /// Writes the page again and returns it.
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

/// Runs a search.
fn searched(args: &[&str]) -> RunFolder {
    searched_with_output(args).0
}

/// Runs a search and returns also its output.
fn searched_with_output(args: &[&str]) -> (RunFolder, String) {
    let folder = RunFolder::new();
    let output = graphpnas(&[&["search", "--device", "cpu", "--out", folder.path()], args].concat());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    (folder, String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Settings of a search that trains tiny networks on few images.
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
fn the_report_of_a_table_search_is_complete() {
    let table = table();
    let folder = searched(&[
        "--preset",
        "nasbench201-cifar10-continual",
        "--table",
        &table,
        "--evaluations",
        "40",
        "--seed",
        "3",
    ]);
    let page = folder.page();
    for id in ["reward", "best", "costs", "data", "distribution", "course", "repeat"] {
        assert!(!section(&page, id).is_empty(), "{id}");
    }
    super::appearance::check_legends(&page);
    assert!(
        section(&page, "data")
            .contains("rewards were looked up in the table nasbench201.csv of nasbench201, data set cifar10")
    );
    assert!(section(&page, "distribution").contains("Likeliest of the last draws"));
    assert!(section(&page, "shared").is_empty());
    assert!(!section(&page, "costs").contains("milliseconds"), "latency was not requested");
    assert!(section(&page, "repeat").contains("nasbench201-cifar10-continual --table"));
    assert!(section(&page, "repeat").contains("schedule ="), "the configuration");
    assert!(page.contains("percentage points below the optimum, 84.892 %"));
    assert_eq!(folder.report(), page, "the page depends only on the ledger");
    check_heat_maps(&folder.run, section(&page, "distribution"));
    check_best(&folder.run, &page);
}

/// Checks that every cell of the last table has the value of the ledger.
fn check_heat_maps(run: &Path, section: &str) {
    let distributions = Ledger::open_read(run).unwrap().distributions().unwrap();
    let last = &distributions.last().unwrap().distribution;
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

/// Checks that the page shows the best trial.
fn check_best(run: &Path, page: &str) {
    let best = Ledger::open_read(run).unwrap().best().unwrap().unwrap();
    let reward = format!("{:.3} %", best.reward.unwrap());
    let head = page.split("<section").next().unwrap();
    assert!(head.contains(&reward) && head.contains(&format!("{:.3} %", best.test.unwrap())), "{head}");
    assert!(section(page, "best").contains(&best.arch));
}

#[test]
fn generators_without_a_distribution_are_described() {
    for name in ["random", "evolution"] {
        let folder = searched(&["nasbench201", "--dataset", "cifar10", "--generator", name, "--evaluations", "30"]);
        let page = folder.page();
        assert!(section(&page, "data").contains("the built-in table of nasbench201, data set cifar10"));
        assert!(section(&page, "distribution").contains(&format!("The generator {name} learns no distribution")));
        assert_eq!(
            section(&page, "reward").contains(">random draws,"),
            name == "random",
            "only random search has a baseline of its own draws"
        );
    }
}

#[test]
fn a_search_that_trains_networks_has_costs_and_escaped_names() {
    let name = "a<b>\"&c";
    let folder = searched(&[&TINY[..], &["--data", "embedded", "--dataset", name, "--evaluations", "4"]].concat());
    let page = folder.page();
    assert!(page.contains("a&lt;b&gt;&quot;&amp;c") && !page.contains("a<b>"));
    assert!(section(&page, "costs").contains("multiply-adds"), "{}", section(&page, "costs"));
    assert!(section(&page, "costs").contains("4 channels and 1 cell for images"));
    assert!(section(&page, "costs").contains("milliseconds for an image"));
    assert!(section(&page, "costs").contains("Milliseconds were measured on cpu"));
    let data = section(&page, "data");
    check_classes(&folder.run, section(&page, "classes"));
    assert!(
        data.contains(", 10 classes.") && data.contains("<td class=\"name\">disc</td><td class=\"number\">16</td>"),
        "{data}"
    );
}

#[test]
fn dense_graphs_are_shown_as_matrices_and_their_draws_as_means() {
    let space =
        ["randwire", "--evaluations", "5", "--set", "batch=2", "--set", "explore.value=1", "--set", "train.epochs=1"];
    let folder = searched(&[&TINY[..], &space].concat());
    let page = folder.page();
    let best = section(&page, "best");
    let cards = best.matches("<article>").count();
    assert!(cards == 2 && best.matches("class=\"heat matrix\"").count() == 3 * cards, "{best}");
    assert_eq!(best.matches("as boxes and arrows</summary>").count(), 3 * cards);
    check_matrices(&folder.run, best);
    let distribution = section(&page, "distribution");
    let distributions = Ledger::open_read(&folder.run).unwrap().distributions().unwrap();
    assert!(
        !distribution.contains("Likeliest of the last draws")
            && distribution
                .contains(&format!("All of the last {} graphs differ", distributions[0].distribution.samples))
    );
    for (stage, row) in [(0, distributions.first().unwrap()), (2, distributions.last().unwrap())] {
        let edges = row.distribution.edges.iter().enumerate().filter(|(to, _)| to / 32 == stage);
        let mean: f64 = edges.flat_map(|(_, row)| row.iter().skip(32 * stage)).sum();
        let name = format!("edges of 496 possible, stage_{}</td>", stage + 1);
        let cells = distribution.split(&name).nth(1).unwrap().split("</tr>").next().unwrap();
        assert!(cells.contains(&format!(">{mean:.1}</td>")), "{mean} in {cells}");
    }
}

/// Checks that the table and the confusion matrix have the numbers that the run saved.
fn check_classes(run: &Path, section: &str) {
    let best = Ledger::open_read(run).unwrap().best().unwrap().unwrap();
    let results = graphpnas::run::best_classes(run, &best.arch).unwrap().unwrap();
    assert!(
        results.classes.len() == 10
            && section.contains(&format!("80 test images correctly ({:.3} %)", best.test.unwrap())),
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

/// Checks that the matrices of the first card have a filled cell for every edge of the best graph.
fn check_matrices(run: &Path, best: &str) {
    let trial = Ledger::open_read(run).unwrap().best().unwrap().unwrap();
    let graph = graphpnas::space::open("randwire").unwrap().encode(&trial.arch).unwrap();
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
fn the_report_of_a_search_with_shared_weights_is_complete() {
    let sets =
        ["channels=2", "batch=16", "steps=2", "reward_batch=8", "probes=2", "finalists=3", "keep=4", "correlate=2"];
    let sets: Vec<String> = sets.iter().map(|set| format!("supernet.{set}")).collect();
    let sets: Vec<&str> = sets.iter().flat_map(|set| ["--set", set.as_str()]).collect();
    let space = ["enas", "--data", "embedded", "--evaluations", "9", "--set", "batch=3", "--set", "explore.value=1"];
    let short = ["--set", "train.epochs=2", "--set", "replay.top=4"];
    let (folder, output) = searched_with_output(&[&TINY[..], &space, &short, &sets].concat());
    let page = folder.page();
    super::appearance::check_legends(&page);
    let shared = section(&page, "shared");
    assert!(shared.contains("Trained from scratch") && shared.contains("random networks"), "{shared}");
    assert!(section(&page, "best").contains("trained from scratch"));
    assert!(section(&page, "distribution").contains("operation of every node"));
    check_result(&folder.run, &page, &output);
    assert_eq!(folder.report(), page, "the page depends only on the ledger");
}

/// Returns the value after a word in the printed result.
fn value(output: &str, word: &str) -> String {
    let line = output.lines().find(|line| line.starts_with(word)).unwrap_or_else(|| panic!("no {word} in {output}"));
    line.split_whitespace().nth(1).unwrap().to_owned()
}

/// Checks that the page shows the printed result, the network trained from scratch, and labels rewards of trials as
/// measured with shared weights.
fn check_result(run: &Path, page: &str, output: &str) {
    let (reward, test) = (value(output, "reward"), value(output, "test"));
    let ledger = Ledger::open_read(run).unwrap();
    let trials = ledger.trials().unwrap();
    let highest = format!("{:.3} %", trials.iter().filter_map(|trial| trial.reward).fold(f64::MIN, f64::max));
    let head = page.split("<section").next().unwrap();
    let measure = "validation accuracy after 1 epoch of training from scratch";
    assert!(
        output.contains(measure)
            && head.contains(&format!("trained from scratch, has {reward} % {measure} and {test} % test")),
        "{head}"
    );
    assert!(head.contains(&format!("<dt>{measure}</dt><dd>{reward} %</dd>")), "{head}");
    assert!(
        head.contains(&format!("</dt><dd>{highest}</dd>"))
            && head.contains("the highest validation accuracy with shared weights")
    );
    let history: serde_json::Value = serde_json::from_slice(&std::fs::read(run.join("history.json")).unwrap()).unwrap();
    let total = history["seconds"]["total"].as_f64().unwrap();
    let took = if total < 1.0 { format!("{:.0} ms", 1e3 * total) } else { format!("{total:.1} s") };
    assert_eq!(value(output, "seconds"), format!("{total:.2}"));
    assert!(head.contains(&format!("The search took {took}.")), "{took}: {head}");
    let curve = section(page, "reward");
    assert!(
        curve.contains("Reward (validation accuracy with shared weights)")
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
    assert_eq!(architectures.len(), rows, "no architecture is listed twice");
}

/// Starts a search and kills it as soon as its ledger has at least `done` finished trials.
fn killed(args: &[&str], done: usize) -> RunFolder {
    let folder = RunFolder::new();
    let mut command = Command::new(env!("CARGO_BIN_EXE_graphpnas"));
    command.args(["search", "--device", "cpu", "--out", folder.path()]).args(args);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let finished = || {
        let trials = Ledger::open_read(&folder.run).and_then(|ledger| ledger.trials()).ok()?;
        Some(trials.iter().filter(|trial| trial.seconds.is_some()).count())
    };
    common::until("enough trials", || {
        let enough = folder.run.join("command.json").is_file() && finished().is_some_and(|count| count >= done);
        assert!(enough || child.try_wait().unwrap().is_none(), "the search ended before it was killed");
        enough
    });
    child.kill().unwrap();
    common::ended(&mut child);
    folder
}

#[test]
fn a_run_that_was_killed_has_a_report() {
    let long = ["--data", "embedded", "--evaluations", "200"];
    let folder = killed(&[&TINY[..], &long].concat(), 2);
    assert!(!folder.run.join("report.html").exists());
    let page = folder.report();
    assert!(
        page.contains("The budget was 200 evaluations; the search is still running, or was killed and can be resumed.")
    );
    let folder = killed(&[&TINY[..], &long, &["--set", "oracle.epochs=1000"]].concat(), 0);
    assert!(folder.report().contains("has not evaluated any architecture yet"));
}

#[test]
fn failures_are_listed() {
    let folder = RunFolder::new();
    let diverging = ["--data", "embedded", "--evaluations", "20", "--set", "oracle.learning_rate=1e30"];
    let steps = ["--set", "oracle.epochs=2", "--set", "oracle.batch=16"];
    let output =
        graphpnas(&[&["search", "--device", "cpu", "--out", folder.path()], &TINY[..], &diverging, &steps].concat());
    assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stderr));
    let page = folder.report();
    assert!(page.contains("got no reward.") && section(&page, "repeat").contains("the loss became"), "{page}");
}

/// `--open` calls the system's opener with the page. A missing opener is reported after the page was written.
#[cfg(target_os = "linux")]
#[test]
fn the_page_is_opened() {
    use std::os::unix::fs::PermissionsExt;
    let folder = searched(&["--table", &table(), "--generator", "random", "--evaluations", "2"]);
    let bin = tempfile::tempdir().unwrap();
    let (opener, argument) = (bin.path().join("xdg-open"), bin.path().join("argument"));
    std::fs::write(
        &opener,
        format!("#!/bin/sh\nprintf %s \"$1\" > '{}.part'\nmv '{0}.part' '{0}'\n", argument.display()),
    )
    .unwrap();
    std::fs::set_permissions(&opener, std::fs::Permissions::from_mode(0o755)).unwrap();
    let report = |path: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_graphpnas"));
        common::output(command.args(["report", folder.path(), "--open"]).env("PATH", path).env_remove("BROWSER"))
    };
    let path = format!("{}:/usr/bin:/bin", bin.path().display());
    assert!(report(&path).status.success());
    common::until("the opener's call", || argument.exists());
    assert_eq!(std::fs::read_to_string(&argument).unwrap(), folder.run.join("report.html").display().to_string());
    let output = report("/nowhere");
    let message = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        output.status.code() == Some(1) && message.contains("manually") && message.lines().count() == 1,
        "{message}"
    );
}

#[test]
fn a_folder_without_a_run_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let output = graphpnas(&["report", folder.path().to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(1));
    let message = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(message.contains("is not the folder of a run") && message.lines().count() == 1, "{message}");
    assert!(std::fs::read_dir(folder.path()).unwrap().next().is_none(), "nothing is written");
}
