//! Runs the commands of the README and of the guide with small budgets, in a folder with the files that readers have.

use crate::common::{SMALL_PROXIES, SMALL_SUPERNET, fixture, output, waves};
use std::path::Path;
use std::process::Command;

/// A command as words.
type Words = Vec<String>;

/// Returns the commands of a page's code blocks (indented, or fenced as `sh`) without comments and line continuations.
fn commands(page: &str) -> Vec<Words> {
    let (mut lines, mut open, mut fence) = (Vec::new(), String::new(), None);
    for line in page.lines() {
        match (line.strip_prefix("```"), fence) {
            (Some(language), None) => fence = Some(language),
            (Some(_), Some(_)) => fence = None,
            (None, Some("sh")) => lines.push(line),
            (None, None) => lines.extend(line.strip_prefix("    ")),
            (None, Some(_)) => {}
        }
    }
    let mut commands = Vec::new();
    for line in lines {
        let line = line.split(" #").next().unwrap().trim();
        match line.strip_suffix('\\') {
            Some(start) => open.push_str(start),
            None => commands.extend(program_arguments(words(&format!("{}{line}", std::mem::take(&mut open))))),
        }
    }
    commands
}

/// Returns the arguments of a command of this program.
fn program_arguments(mut words: Words) -> Option<Words> {
    if words.starts_with(&["cargo", "run", "--release", "--"].map(String::from)) {
        return Some(words.split_off(4));
    }
    (words.first()? == "graphpnas").then(|| words.split_off(1))
}

/// Splits a command line into words without quotes.
fn words(line: &str) -> Words {
    let (mut words, mut word, mut quote) = (Vec::new(), String::new(), None);
    for letter in line.chars() {
        match (letter, quote) {
            ('\'' | '"', None) => quote = Some(letter),
            (_, Some(open)) if letter == open => quote = None,
            (' ', None) if !word.is_empty() => words.push(std::mem::take(&mut word)),
            (' ', None) => {}
            _ => word.push(letter),
        }
    }
    words.extend((!word.is_empty()).then_some(word));
    words
}

/// Whether a test cannot run the command: downloads, and commands that need files of a release.
fn needs_more(words: &Words) -> bool {
    let of_release = |word: &String| word.contains("nasbench_only108") || word.contains("nasbench101.table");
    words[..2.min(words.len())] == ["data", "fetch"] || words.iter().any(of_release)
}

/// Returns the same command with a budget of seconds.
fn small(words: &Words) -> Words {
    let mut small: Words = words.iter().filter(|word| *word != "--open").cloned().collect();
    let searches = ["search", "compare"].contains(&words[0].as_str());
    let resumed = words.iter().any(|word| word == "--resume");
    let budgets =
        [("--epochs", "1"), ("-n", "4"), ("--seeds", "1..2"), ("--evaluations", if resumed { "6" } else { "4" })];
    for (flag, value) in budgets {
        if let Some(place) = small.iter().position(|word| word == flag) {
            small[place + 1] = value.into();
        } else if flag == "--evaluations" && searches {
            small.extend([flag.into(), value.into()]);
        }
    }
    if searches && !resumed {
        let sets = SMALL_PROXIES.iter().chain(&SMALL_SUPERNET).chain(&["supernet.rounds=2", "train.epochs=2"]);
        small.extend(sets.flat_map(|set| ["--set".into(), (*set).into()]));
        small.extend(["--device".into(), "cpu".into()]);
    }
    small
}

/// Returns the TOML block of a page that contains a text.
fn block<'a>(page: &'a str, text: &str) -> &'a str {
    let mut blocks = page.split("```toml\n").skip(1).filter_map(|rest| rest.split("```").next());
    blocks.find(|block| block.contains(text)).unwrap()
}

/// Creates a folder with the data sets that the pages name, and with a reader's own images.
fn readers_folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for set in ["cifar-10-batches-bin", "tiny-imagenet-200"] {
        copy(&fixture(set), &folder.path().join("data").join(set));
    }
    for (class, tone) in [("cat", 60_u8), ("dog", 190)] {
        for number in 0..40_u32 {
            let picture =
                image::RgbImage::from_fn(40, 36, |x, y| image::Rgb([tone, (x * 6) as u8, ((y + number) * 5) as u8]));
            let file = folder.path().join("photos").join(class).join(format!("{number}.jpg"));
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            picture.save(file).unwrap();
        }
    }
    std::fs::copy(folder.path().join("photos/cat/0.jpg"), folder.path().join("photo.jpg")).unwrap();
    std::fs::create_dir(folder.path().join("waves")).unwrap();
    waves(&folder.path().join("waves"), "train", 90, 128);
    waves(&folder.path().join("waves"), "test", 30, 128);
    std::fs::write(folder.path().join("signals.toml"), block(include_str!("../docs/guide/spaces.md"), "axes = 1\n"))
        .unwrap();
    folder
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let (entry, to) = (entry.as_ref().unwrap(), to.join(entry.as_ref().unwrap().file_name()));
        if entry.path().is_dir() {
            copy(&entry.path(), &to);
        } else {
            std::fs::copy(entry.path(), to).unwrap();
        }
    }
}

/// Runs the commands of a page in order; returns their number.
fn run(page: &str) -> usize {
    let folder = readers_folder();
    let commands: Vec<Words> = commands(page).into_iter().filter(|words| !needs_more(words)).collect();
    for words in &commands {
        let output = output(Command::new(env!("CARGO_BIN_EXE_graphpnas")).args(small(words)).current_dir(&folder));
        assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
    }
    commands.len()
}

macro_rules! page {
    ($test:ident, $page:literal, $count:literal) => {
        #[test]
        fn $test() {
            assert_eq!(run(include_str!(concat!("../", $page))), $count, "commands of {} that were run", $page);
        }
    };
}

page!(commands_of_the_readme_succeed, "README.md", 6);
page!(commands_of_the_images_page_succeed, "docs/guide/images.md", 18);
page!(commands_of_the_tables_page_succeed, "docs/guide/tables.md", 7);
page!(commands_of_the_configuration_page_succeed, "docs/guide/configuration.md", 3);
page!(commands_of_the_spaces_page_succeed, "docs/guide/spaces.md", 18);
page!(commands_of_the_report_page_succeed, "docs/guide/report.md", 4);
page!(commands_of_the_networks_page_succeed, "docs/guide/networks.md", 7);
page!(commands_of_the_devices_page_succeed, "docs/guide/devices.md", 2);

#[test]
fn commands_that_are_not_run_have_valid_arguments() {
    let output = |words: &[&str]| output(Command::new(env!("CARGO_BIN_EXE_graphpnas")).args(words));
    for page in
        [include_str!("../README.md"), include_str!("../docs/guide/images.md"), include_str!("../docs/guide/tables.md")]
    {
        for words in commands(page).iter().filter(|words| needs_more(words)) {
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            match words[..] {
                ["data", "fetch", name] => assert!(graphpnas::data::fetch::Release::named(name).is_some(), "{name}"),
                ["data", ..] => {
                    let refusal = String::from_utf8_lossy(&output(&words).stderr).into_owned();
                    assert!(refusal.contains("nasbench_only108.tfrecord"), "{refusal}");
                }
                _ => assert!(output(&[&words[..], &["--dry-run"]].concat()).status.success(), "{words:?}"),
            }
        }
    }
}

#[test]
fn no_guide_page_refers_to_the_shared_folder() {
    for page in std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/guide")).unwrap() {
        let text = std::fs::read_to_string(page.unwrap().path()).unwrap();
        assert!(!text.contains("../shared"), "no reader has that folder");
    }
}
