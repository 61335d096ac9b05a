//! Disks that are full or cannot be written to.

use super::{TABLE_RUN, refusal, searched, stdout, table_search, text_of};
use crate::common;
use std::path::Path;
use std::process::{Command, Output};

/// Runs shell commands that see file systems of their own; none, and a note, where the system does not allow that.
fn apart(script: &str) -> Option<Output> {
    let namespaces = [&["--mount"][..], &["--mount", "--map-root-user"]];
    let run = |how: &[&str], script: &str| {
        let mut command = Command::new("unshare");
        command.args(how).args(["sh", "-c", script]).env("G", env!("CARGO_BIN_EXE_graphpnas"));
        common::output_if_there(&mut command)
    };
    let works = |how: &&[&str]| run(how, "mount -t tmpfs none /tmp").is_some_and(|output| output.status.success());
    let how = namespaces.into_iter().find(works);
    if how.is_none() {
        common::tell("SKIPPED: full and read-only disks; this system does not let a test mount file systems (unshare)");
    }
    run(how?, script)
}

fn quoted(args: &[String]) -> String {
    args.iter().map(|arg| format!("'{arg}' ")).collect()
}

#[test]
fn a_full_disk_is_told_and_what_was_kept_is_readable() {
    let folder = tempfile::tempdir().unwrap();
    let (disk, rows) = (folder.path().join("disk"), folder.path().join("rows"));
    std::fs::create_dir(&disk).unwrap();
    let (disk, rows) = (text_of(&disk), text_of(&rows));
    let search = "$G search nasbench201 --dataset cifar10 --generator random --evaluations 9000 --device cpu";
    let script = format!(
        "mount -t tmpfs -o size=1m none {disk} && {search} --out {disk}/run; code=$?; \
         $G trials {disk}/run --json > {rows} || exit 77; exit $code"
    );
    let Some(output) = apart(&script) else { return };
    let message = refusal(&output, 1);
    assert!(message.contains("run.db") && message.contains("free some space and try again"), "{message}");
    let kept: Vec<serde_json::Value> = serde_json::from_str(&std::fs::read_to_string(rows).unwrap()).unwrap();
    assert!(kept.len() > 50, "only {} trials were kept", kept.len());
    assert!(kept.iter().enumerate().all(|(place, row)| row["number"] == place + 1 && row["state"] == "done"));
}

#[test]
fn a_disk_with_no_room_at_all_is_told_before_the_search() {
    let folder = tempfile::tempdir().unwrap();
    let disk = text_of(folder.path());
    let search = quoted(&table_search());
    let script = format!("mount -t tmpfs -o size=4k none {disk} && $G {search} --out {disk}/run");
    let Some(output) = apart(&script) else { return };
    let message = refusal(&output, 1);
    assert!(message.contains(disk), "{message}");
}

#[test]
fn a_read_only_disk_is_told_and_a_run_on_it_is_readable() {
    let folder = tempfile::tempdir().unwrap();
    let (disk, run) = (text_of(folder.path()), TABLE_RUN.path().join("run"));
    let prepare =
        format!("mount -t tmpfs none {disk} && cp -r {} {disk}/run && mount -o remount,ro {disk}", text_of(&run));
    let search = quoted(&table_search());
    for command in [format!("{search} --out {disk}/new"), format!("search --resume {disk}/run")] {
        let Some(output) = apart(&format!("{prepare} && $G {command}")) else { return };
        let message = refusal(&output, 1);
        assert!(message.contains("cannot create") && message.contains("Read-only file system"), "{message}");
    }
    let Some(output) = apart(&format!("{prepare} && $G trials {disk}/run --json")) else { return };
    assert_eq!(stdout(&output), stdout(&common::graphpnas(&["trials", text_of(&run), "--json"])));
}

#[test]
fn a_folder_below_a_file_is_told_before_anything_is_loaded() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "").unwrap();
    // The table is not there either, and would be missed if it was looked for.
    let args = ["search", "--table", "/nowhere.csv", "--device", "cpu"].map(String::from);
    for out in [file.clone(), file.join("run"), file.join("a/b")] {
        let message = refusal(&searched(&args, Path::new(&out)), 1);
        assert!(message.contains(&format!("{} is not a folder; name another with --out", file.display())), "{message}");
    }
}
