//! The command `space`, and every command on a space from a file.

use crate::common::graphpnas;
use serde_json::Value;
use std::path::Path;
use std::process::Output;

/// Settings with which a search takes a second.
const SMALL: [&str; 8] = [
    "oracle.epochs=1",
    "oracle.train_images=60",
    "oracle.test_images=40",
    "oracle.channels=4",
    "oracle.cells=1",
    "explore.value=2",
    "train.epochs=2",
    "latency=false",
];

fn success(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn json(args: &[&str]) -> Value {
    serde_json::from_str(&success(&graphpnas(args))).unwrap()
}

/// Writes a file from a template and returns its path.
fn template(folder: &Path, name: &str) -> String {
    let path = folder.join(format!("{name}.toml")).to_str().unwrap().to_owned();
    success(&graphpnas(&["space", "init", &path, "--template", name]));
    path
}

/// Searches a space with a small budget.
fn search(space: &str, folder: &Path, more: &[&str]) -> Value {
    let sets = SMALL.iter().flat_map(|set| ["--set", set]);
    let budget = if more.contains(&"--evaluations") { &[][..] } else { &["--evaluations", "4"] };
    let args = ["search", space, "--device", "cpu", "--json", "--out", folder.to_str().unwrap()];
    json(&args.iter().chain(budget).copied().chain(sets).chain(more.iter().copied()).collect::<Vec<_>>())
}

#[test]
fn spaces_are_listed_described_and_checked() {
    let list = json(&["space", "list", "--json"]);
    let of = |name: &str| list.as_array().unwrap().iter().find(|space| space["name"] == name).unwrap();
    assert_eq!(of("nasbench101")["architectures"], 423_624.0);
    assert_eq!(of("transnas-macro")["architectures"], 3256.0);
    assert!(
        of("randwire")["architectures"].is_null() && of("randwire")["log2_architectures"].as_f64().unwrap() > 1400.0
    );
    let shown = success(&graphpnas(&["space", "show", "nasbench-macro"]));
    assert!(
        shown.contains("architectures  6561\n")
            && shown.contains("part           body: 8 nodes\n               identity, mb_k3_e3, mb_k5_e6"),
        "{shown}"
    );
    let definition = success(&graphpnas(&["space", "show", "nasbench-macro", "--definition"]));
    assert!(definition.contains("text = \"digits\""), "{definition}");
    let folder = tempfile::tempdir().unwrap();
    for name in ["macro", "cell", "free"] {
        let path = template(folder.path(), name);
        let checked = json(&["space", "check", &path, "--count", "30", "--json"]);
        assert_eq!(checked["checked"], 30);
        assert!(checked["smallest"]["parameters"].as_u64().unwrap() > 0);
        let drawn = success(&graphpnas(&["space", "draw", &path, "--seed", "3"]));
        assert!(drawn.contains("input"), "{drawn}");
        let samples = success(&graphpnas(&["space", "sample", &path, "--count", "5"]));
        let first = samples.lines().next().unwrap();
        assert_eq!(samples.lines().count(), 5);
        assert!(success(&graphpnas(&["show", first, "--space", &path])).contains("parameters"));
        // An existing file is not overwritten.
        assert_eq!(graphpnas(&["space", "init", &path]).status.code(), Some(1));
    }
}

#[test]
fn every_generator_searches_a_space_from_a_file() {
    let folder = tempfile::tempdir().unwrap();
    for (name, generators) in [
        ("macro", &["graphpnas", "lstm", "evolution", "largest"][..]),
        ("cell", &["graphpnas", "local-search"]),
        ("free", &["graphpnas", "lstm", "random"]),
    ] {
        let path = template(folder.path(), name);
        for generator in generators {
            let run = folder.path().join(format!("{name}-{generator}"));
            let found = search(&path, &run, &["--generator", generator]);
            assert_eq!(found["space"], format!("my-{}", if name == "free" { "graphs" } else { name }));
            assert_eq!(found["history"].as_array().unwrap().len(), 4);
            let report = std::fs::read_to_string(run.join("report.html")).unwrap();
            assert!(report.contains(found["best"]["arch"].as_str().unwrap()), "{name} {generator}");
        }
    }
}

#[test]
fn built_in_files_are_searched_by_name_on_images() {
    let folder = tempfile::tempdir().unwrap();
    let found = search("resnet-stages", &folder.path().join("run"), &["--evaluations", "2"]);
    assert_eq!((found["space"].as_str(), found["dataset"].as_str()), (Some("resnet-stages"), Some("embedded")));
    let found = search("vit-micro", &folder.path().join("vit"), &["--evaluations", "2"]);
    assert_eq!(found["history"].as_array().unwrap().len(), 2);
}

#[test]
fn a_run_does_not_depend_on_the_space_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = template(folder.path(), "free");
    let [whole, part] = ["whole", "part"].map(|name| folder.path().join(name));
    let complete = search(&path, &whole, &[]);
    // The same run with a smaller budget, resumed after the file has changed.
    search(&path, &part, &["--evaluations", "3"]);
    std::fs::write(&path, "format = 1\nname = \"changed\"\n").unwrap();
    let [whole, part] = [&whole, &part].map(|run| run.to_str().unwrap());
    let resumed = json(&["search", "--resume", part, "--evaluations", "4", "--json"]);
    assert_eq!(resumed["history"], complete["history"]);
    let best = complete["best"]["arch"].as_str().unwrap();
    let described = json(&["export", whole, "--format", "json"]);
    assert_eq!((described["space"].as_str(), described["arch"].as_str()), (Some("my-graphs"), Some(best)));
    assert_eq!(described["space_digest"].as_str().unwrap().len(), 12);
    for (format, file) in [("onnx", "net.onnx"), ("pytorch", "net.py"), ("svg", "net.svg")] {
        let out = folder.path().join(file);
        success(&graphpnas(&["export", whole, "--format", format, "--out", out.to_str().unwrap()]));
        assert!(std::fs::metadata(out).unwrap().len() > 100);
    }
    let python = std::fs::read_to_string(folder.path().join("net.py")).unwrap();
    assert!(python.contains("my-graphs") && python.contains(described["space_digest"].as_str().unwrap()));
    let samples = json(&["sample", whole, "--count", "4", "--json"]);
    assert_eq!((samples["space"].as_str(), samples["samples"].as_array().unwrap().len()), (Some("my-graphs"), 4));
    let evaluated = json(&["evaluate", whole, "--json"]);
    assert!(evaluated["accuracy"].is_number() || evaluated["test"].is_object(), "{evaluated}");
    success(&graphpnas(&["report", whole]));
    // A changed definition in the folder is refused.
    let config = Path::new(whole).join("config.toml");
    let text = std::fs::read_to_string(&config).unwrap();
    std::fs::write(&config, text.replace("kernel = 3", "kernel = 5")).unwrap();
    let refused = graphpnas(&["search", "--resume", whole, "--evaluations", "8"]);
    assert!(!refused.status.success());
    assert!(String::from_utf8_lossy(&refused.stderr).contains("config.toml"), "{refused:?}");
}

#[test]
fn tables_of_a_space_from_a_file_are_searched() {
    let folder = tempfile::tempdir().unwrap();
    let space = template(folder.path(), "cell");
    let text = std::fs::read_to_string(&space).unwrap();
    std::fs::write(&space, text.replace("name = \"my-cell\"", "name = \"my-cell\"\nsame = \"text\"")).unwrap();
    let samples = success(&graphpnas(&["space", "sample", &space, "--count", "300", "--seed", "5"]));
    let mut archs: Vec<_> = samples.lines().collect();
    archs.sort_unstable();
    archs.dedup();
    let rows: Vec<_> = archs
        .iter()
        .map(|arch| format!("\"{arch}\",{},{}", 10 * arch.matches("conv3").count(), arch.matches("sep3").count()))
        .collect();
    let table = folder.path().join("table.csv");
    let write =
        |rows: &[String]| std::fs::write(&table, format!("arch,acc_valid,acc_test\n{}\n", rows.join("\n"))).unwrap();
    write(&rows);
    let run = |column: &str, out: &str| {
        let args = [
            "search",
            &space,
            "--table",
            table.to_str().unwrap(),
            "--dataset",
            column,
            "--evaluations",
            "30",
            "--json",
            "--device",
            "cpu",
            "--generator",
            "random",
            "--out",
        ];
        let out = folder.path().join(out);
        graphpnas(&args.into_iter().chain([out.to_str().unwrap()]).collect::<Vec<_>>())
    };
    let found: Value = serde_json::from_str(&success(&run("acc_valid", "a"))).unwrap();
    let best = &found["best"];
    assert_eq!(best["reward"].as_f64().unwrap(), 10.0 * best["arch"].as_str().unwrap().matches("conv3").count() as f64);
    assert_eq!(best["test"].as_f64().unwrap(), best["arch"].as_str().unwrap().matches("sep3").count() as f64);
    let message = |output: &Output| String::from_utf8_lossy(&output.stderr).into_owned();
    let wrong = run("acc_vali", "b");
    assert_eq!(wrong.status.code(), Some(2));
    assert!(message(&wrong).contains("has no column 'acc_vali' (did you mean acc_valid?)"), "{}", message(&wrong));
    for (row, text) in [
        ("\"e:0-1=conv9\",1,1", "expected one of"),
        ("\"e:0-1=skip,0-2=skip,0-3=skip\",101,1", "'101' in the column acc_valid is not a percentage from 0 to 100"),
        ("\"e:0-3=skip\",nan,1", "'nan' in the column acc_valid is not a percentage"),
        ("\"e:0-3=skip\",1", "another number of columns"),
    ] {
        write(&[rows[0].clone(), row.to_owned()]);
        let refused = run("acc_valid", "c");
        assert_eq!(refused.status.code(), Some(1), "{row}");
        assert!(message(&refused).contains("line 3") && message(&refused).contains(text), "{}", message(&refused));
    }
    write(&[rows[0].clone(), rows[0].clone()]);
    assert!(message(&run("acc_valid", "c")).contains("line 3: the architecture is listed twice, also in line 2"));
}

#[test]
fn invalid_space_files_are_usage_errors() {
    let folder = tempfile::tempdir().unwrap();
    let path = template(folder.path(), "macro");
    let text = std::fs::read_to_string(&path).unwrap();
    for (old, new, message) in [
        ("nodes = [3, 6]", "nodes = 1000000", "part.body.nodes: must be an integer from 1 to 64, not 1000000"),
        ("kind = \"sepconv\"", "kind = \"sepcon\"", "did you mean `sepconv`?"),
        ("[part.body]", "[part.body", "invalid TOML"),
    ] {
        std::fs::write(&path, text.replace(old, new)).unwrap();
        for args in [&["space", "check", &path][..], &["search", &path], &["show", "n:conv3", "--space", &path]] {
            let output = graphpnas(args);
            let error = String::from_utf8_lossy(&output.stderr).into_owned();
            assert_eq!(output.status.code(), Some(2), "{args:?}: {error}");
            assert!(
                error.contains(message) && error.contains("macro.toml") && error.contains("line "),
                "{args:?}: {error}"
            );
        }
    }
    let missing = graphpnas(&["search", "./nowhere.toml"]);
    assert!(String::from_utf8_lossy(&missing.stderr).contains("cannot read the space file ./nowhere.toml"));
}
