//! Full and read-only disks.

use super::{TABLE_RUN, refusal, searched, stdout, table_search, text_of};
use crate::common;
use std::path::Path;
use std::process::{Command, Output};

/// Runs a shell script in its own mount namespace. Prints a note and returns `None` if the system does not allow that.
fn in_mount_namespace(script: &str) -> Option<Output> {
    let namespaces = [&["--mount"][..], &["--mount", "--map-root-user"]];
    let run = |flags: &[&str], script: &str| {
        let mut command = Command::new("unshare");
        command.args(flags).args(["sh", "-c", script]).env("G", env!("CARGO_BIN_EXE_graphpnas"));
        common::output_if_there(&mut command)
    };
    let works = |flags: &&[&str]| run(flags, "mount -t tmpfs none /tmp").is_some_and(|output| output.status.success());
    let flags = namespaces.into_iter().find(works);
    if flags.is_none() {
        common::print_uncaptured(
            "SKIPPED: full and read-only disks; this system does not let a test mount file systems (unshare)",
        );
    }
    run(flags?, script)
}

fn quoted(args: &[String]) -> String {
    args.iter().map(|arg| format!("'{arg}' ")).collect()
}

#[test]
fn a_full_disk_is_reported_and_the_saved_trials_are_readable() {
    let folder = tempfile::tempdir().unwrap();
    let (disk, rows) = (folder.path().join("disk"), folder.path().join("rows"));
    std::fs::create_dir(&disk).unwrap();
    let (disk, rows) = (text_of(&disk), text_of(&rows));
    let search = "$G search nasbench201 --dataset cifar10 --generator random --evaluations 9000 --device cpu";
    let script = format!(
        "mount -t tmpfs -o size=1m none {disk} && {search} --out {disk}/run; code=$?; \
         $G trials {disk}/run --json > {rows} || exit 77; exit $code"
    );
    let Some(output) = in_mount_namespace(&script) else { return };
    let message = refusal(&output, 1);
    assert!(message.contains("run.db") && message.contains("free some disk space and try again"), "{message}");
    let saved: Vec<serde_json::Value> = serde_json::from_str(&std::fs::read_to_string(rows).unwrap()).unwrap();
    assert!(saved.len() > 50, "only {} trials were saved", saved.len());
    assert!(saved.iter().enumerate().all(|(index, row)| row["number"] == index + 1 && row["state"] == "done"));
}

#[test]
fn a_disk_without_free_space_is_reported_before_the_search() {
    let folder = tempfile::tempdir().unwrap();
    let disk = text_of(folder.path());
    let search = quoted(&table_search());
    let script = format!("mount -t tmpfs -o size=4k none {disk} && $G {search} --out {disk}/run");
    let Some(output) = in_mount_namespace(&script) else { return };
    let message = refusal(&output, 1);
    assert!(message.contains(disk), "{message}");
}

#[test]
fn a_read_only_disk_is_reported_and_a_run_on_it_is_readable() {
    let folder = tempfile::tempdir().unwrap();
    let (disk, run) = (text_of(folder.path()), TABLE_RUN.path().join("run"));
    let prepare =
        format!("mount -t tmpfs none {disk} && cp -r {} {disk}/run && mount -o remount,ro {disk}", text_of(&run));
    let search = quoted(&table_search());
    for command in [format!("{search} --out {disk}/new"), format!("search --resume {disk}/run")] {
        let Some(output) = in_mount_namespace(&format!("{prepare} && $G {command}")) else { return };
        let message = refusal(&output, 1);
        assert!(message.contains("cannot create") && message.contains("Read-only file system"), "{message}");
    }
    let Some(output) = in_mount_namespace(&format!("{prepare} && $G trials {disk}/run --json")) else { return };
    assert_eq!(stdout(&output), stdout(&common::graphpnas(&["trials", text_of(&run), "--json"])));
}

#[test]
fn a_folder_below_a_file_is_reported_before_anything_is_loaded() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "").unwrap();
    // The table does not exist either, so loading it would give another error.
    let args = ["search", "--table", "/nowhere.csv", "--device", "cpu"].map(String::from);
    for out in [file.clone(), file.join("run"), file.join("a/b")] {
        let message = refusal(&searched(&args, Path::new(&out)), 1);
        assert!(message.contains(&format!("{} is not a folder; name another with --out", file.display())), "{message}");
    }
}
