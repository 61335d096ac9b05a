//! The library builder: it gives the same results as the command, and both can resume each other's runs.

use crate::common::graphpnas;
use graphpnas::Search;
use graphpnas::device::Device;
use graphpnas::experiment::{ExperimentError, REPORT};
use graphpnas::generator::Random;
use graphpnas::search::{Config, Request, Silent};
use graphpnas::space::Explorer;
use serde_json::Value;
use std::sync::Arc;

#[path = "../examples/custom.rs"]
mod custom_example;
#[path = "../examples/custom_op.rs"]
mod custom_op_example;
#[path = "../examples/kernel.rs"]
mod kernel_example;
#[path = "../examples/search.rs"]
mod search_example;
#[path = "../examples/train_export.rs"]
mod train_export_example;

fn config(preset: &str, sets: &[&str]) -> Config {
    let sets: Vec<String> = sets.iter().map(|&set| set.to_owned()).collect();
    Request { preset: Some(preset), sets: &sets, ..Request::default() }.resolve().unwrap()
}

const SMALL: [&str; 3] = ["evaluations=24", "train.epochs=2", "seed=5"];

fn rewards(history: &Value) -> Vec<f64> {
    history["history"].as_array().unwrap().iter().map(|record| record["reward"].as_f64().unwrap()).collect()
}

#[test]
fn builder_and_command_give_equal_results() {
    let search = || Search::from(config("nasbench201-cifar10", &SMALL)).device(Device::Cpu);
    let found = search().run(&mut Silent).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let run_folder = folder.path().join("run");
    let in_folder = search().folder(&run_folder).run(&mut Silent).unwrap();
    assert_eq!(found.history, in_folder.history);

    let args = ["search", "--preset", "nasbench201-cifar10", "--device", "cpu", "--json"];
    let sets = SMALL.iter().flat_map(|set| ["--set", set]);
    let output = graphpnas(&args.into_iter().chain(sets).collect::<Vec<_>>());
    let printed: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(rewards(&printed), found.history.iter().map(|record| record.reward).collect::<Vec<_>>());

    // The command resumes the library's run, and the library resumes the command's run.
    let run_folder = run_folder.to_str().unwrap();
    let output = graphpnas(&["search", "--resume", run_folder, "--evaluations", "30", "--json"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let extended: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(rewards(&extended).len(), 30);
    let again = Search::resume(run_folder.as_ref()).unwrap().run(&mut Silent).unwrap();
    assert_eq!(rewards(&extended), again.history.iter().map(|record| record.reward).collect::<Vec<_>>());
}

#[test]
fn the_builder_saves_a_set_of_seeds_and_its_reports() {
    let folder = tempfile::tempdir().unwrap();
    let set = folder.path().join("set");
    let search = || Search::from(config("nasbench201-cifar10", &SMALL[..2])).device(Device::Cpu).folder(&set);
    let several = search().run_seeds("3..4".parse().unwrap(), &Silent).unwrap();
    assert_eq!(several.runs.iter().map(|run| run.seed).collect::<Vec<_>>(), [3, 4]);
    let report = std::fs::read_to_string(set.join("seed-3").join(REPORT)).unwrap();
    assert!(report.contains(&several.runs[0].best.arch));
    assert_eq!(report, graphpnas::experiment::report(&set.join("seed-3")).unwrap());
    assert!(set.join("seed-4/best/drawing.svg").is_file() && set.join("summary.json").is_file());

    // A finished set gives the same results again; other seeds need another folder.
    let again = search().run_seeds("3..4".parse().unwrap(), &Silent).unwrap();
    assert_eq!(again.runs[1].history, several.runs[1].history);
    let error = search().run_seeds("3..5".parse().unwrap(), &Silent).unwrap_err();
    assert!(error.to_string().contains("has a search with the seeds 3..4; name another folder"), "{error}");
    let single = Search::from(config("nasbench201-cifar10", &SMALL[..2])).device(Device::Cpu);
    assert_eq!(single.run_seeds("4..4".parse().unwrap(), &Silent).unwrap().runs[0].history, several.runs[1].history);
    let output = graphpnas(&["search", "--resume", set.to_str().unwrap(), "--json"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let resumed: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(resumed["runs"][1]["best"]["arch"], several.runs[1].best.arch);
}

#[test]
fn the_builder_trains_on_images() {
    let small = ["evaluations=2", "batch=1", "oracle.epochs=1", "oracle.train_images=60", "oracle.test_images=40"];
    let sets = [&small[..], &["oracle.channels=4", "latency=false"]].concat();
    let search = Search::from(config("nasbench201-embedded", &sets)).images("embedded").device(Device::Cpu);
    let found = search.run(&mut Silent).unwrap();
    assert!(found.history.len() == 2 && found.best.test.is_some(), "{found:?}");
}

#[test]
fn invalid_searches_are_refused_before_anything_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let run_folder = folder.path().join("run");
    let search =
        |sets: &[&str]| Search::from(config("nasbench201-cifar10", sets)).device(Device::Cpu).folder(&run_folder);
    let error = search(&["evaluations=20000"]).run(&mut Silent).unwrap_err();
    assert!(error.to_string().contains("20000") && error.to_string().contains("15625"), "{error}");
    let error = search(&SMALL).images(folder.path().join("nowhere")).run(&mut Silent).unwrap_err();
    assert!(matches!(error, ExperimentError::Failed(_)), "{error}");
    let own = search(&SMALL).generator(|space| Box::new(Random::new(Arc::clone(space), Explorer::Uniform)));
    let error = own.run(&mut Silent).unwrap_err();
    assert!(error.to_string().contains("a custom generator or custom rewards cannot be saved to a folder"), "{error}");
    let mut invalid = config("nasbench201-cifar10", &SMALL);
    invalid.generator.name = "graphpnsa".into();
    let error = Search::from(invalid).device(Device::Cpu).folder(&run_folder).run(&mut Silent).unwrap_err();
    assert!(error.to_string().contains("the configuration: generator.name must be one of"), "{error}");
    assert!(!run_folder.exists());
    let error = Search::resume(&run_folder).err().unwrap();
    assert!(error.to_string().contains("run"), "{error}");
}

#[test]
fn the_examples_run() {
    search_example::main().unwrap();
    custom_example::main().unwrap();
    custom_op_example::main().unwrap();
    train_export_example::main().unwrap();
    kernel_example::main().unwrap();
}

#[test]
fn a_folder_with_runs_of_several_seeds_is_not_resumed_as_one_run() {
    let folder = tempfile::tempdir().unwrap();
    let set = folder.path().join("set");
    let set = set.to_str().unwrap();
    let args = ["search", "nasbench201", "--seeds", "1..2", "--evaluations", "3", "--device", "cpu", "--out", set];
    assert!(graphpnas(&args).status.success());
    for result in [Search::resume(set.as_ref()).map(|_| ()), {
        let config = config("nasbench201-cifar10", &["evaluations=3"]);
        Search::from(config).device(Device::Cpu).folder(set).run(&mut Silent).map(|_| ())
    }] {
        let error = result.unwrap_err().to_string();
        assert!(error.contains("has a run for each of several seeds"), "{error}");
    }
}
