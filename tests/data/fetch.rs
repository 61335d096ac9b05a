//! Fetching data sets from faulty servers, and unpacking malicious archives.

use super::archives::{FOLDER, MAX_UNPACKED, good, release, tar_gz, zip};
use super::common;
use super::server::{Behaviour, serve};
use graphpnas::data::Dataset;
use graphpnas::data::fetch::{Archive, Fetch, FetchError, Fetched, RELEASES, Release};
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;
use tar::EntryType;

const PART: &str = "small.archive.part";

fn fetch(release: &Release, url: &str, into: &Path) -> Result<Fetched, FetchError> {
    let stall = Duration::from_secs(2);
    Fetch { release, url: Some(url), into, stall }.run(&mut |_, done, total| assert!(done <= total))
}

fn names(folder: &Path) -> Vec<String> {
    let names = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.collect()
}

/// Checks the error message, which must be one line.
fn refusal(result: Result<Fetched, FetchError>, expected: &str) {
    let message = result.unwrap_err().to_string();
    assert!(message.contains(expected) && !message.contains('\n'), "{message}\nlacks\n{expected}");
}

#[test]
fn a_data_set_is_fetched_once_and_opens() {
    let (into, archive) = (tempfile::tempdir().unwrap(), good());
    let release = release(&archive, Archive::TarGz);
    let (url, requests) = serve(archive, vec![Behaviour::Good]);
    let fetched = fetch(&release, &url, &into.path().join("new")).unwrap();
    assert!(fetched.new && fetched.folder.ends_with(FOLDER));
    assert_eq!(names(&into.path().join("new")), [FOLDER], "no archive and no temporary file remains");
    assert_eq!(Dataset::open(&fetched.folder).unwrap().train.len(), 10);
    let again = fetch(&release, &url, &into.path().join("new")).unwrap();
    assert_eq!(again, Fetched { new: false, ..fetched });
    assert_eq!(requests.iter().count(), 1, "an existing data set is not requested");
}

#[test]
fn a_partial_download_is_resumed() {
    let archive = good();
    let release = release(&archive, Archive::TarGz);
    for (first, then, expected) in [
        (Behaviour::Cut(50), Behaviour::Good, "the connection ended after 50 of"),
        (Behaviour::Cut(0), Behaviour::Good, "the connection ended after 0 of"),
        (Behaviour::Silent(70), Behaviour::Good, "the server sent nothing for 2 s after 70 of"),
        (Behaviour::Unmeasured(90), Behaviour::Good, "the connection ended after 90 of"),
        (Behaviour::Cut(60), Behaviour::NoRanges, "the connection ended after 60 of"),
    ] {
        let into = tempfile::tempdir().unwrap();
        let (url, requests) = serve(archive.clone(), vec![first, Behaviour::Status(503), then]);
        refusal(fetch(&release, &url, into.path()), expected);
        let part = fs::read(into.path().join(PART)).unwrap();
        assert!(archive.starts_with(&part) && names(into.path()) == [PART]);
        refusal(fetch(&release, &url, into.path()), "returned HTTP status 503");
        assert_eq!(fs::read(into.path().join(PART)).unwrap(), part, "nothing is lost");
        assert!(fetch(&release, &url, into.path()).unwrap().new);
        let have = Some(part.len()).filter(|have| *have > 0);
        assert_eq!(requests.iter().collect::<Vec<_>>(), [None, have, have]);
    }
}

#[test]
fn inconsistent_responses_are_refused() {
    let archive = good();
    let (length, release) = (archive.len(), release(&archive, Archive::TarGz));
    let other = |bytes: usize| format!("has {bytes} bytes, not {length}");
    for (have, behaviour, expected) in [
        (0, Behaviour::Length(length + 5), other(length + 5)),
        (0, Behaviour::Unmeasured(length + 5), other(length + 5)),
        (40, Behaviour::Total(length + 5), other(length + 5)),
        (40, Behaviour::Elsewhere, "sent another byte range than requested (bytes 41-".into()),
        (0, Behaviour::Status(404), "returned HTTP status 404 for".into()),
        (40, Behaviour::Status(500), "returned HTTP status 500 for".into()),
    ] {
        let into = tempfile::tempdir().unwrap();
        fs::write(into.path().join(PART), &archive[..have]).unwrap();
        let (url, _) = serve(archive.clone(), vec![behaviour]);
        refusal(fetch(&release, &url, into.path()), &expected);
        assert_eq!(fs::read(into.path().join(PART)).unwrap(), archive[..have], "{expected}");
    }
}

#[test]
fn a_wrong_checksum_and_a_longer_file_restart_the_download() {
    let (into, archive) = (tempfile::tempdir().unwrap(), good());
    let release = release(&archive, Archive::TarGz);
    let (url, _) = serve(archive.clone(), vec![Behaviour::Other, Behaviour::Good]);
    refusal(fetch(&release, &url, into.path()), "was removed because its SHA-256 is");
    assert!(names(into.path()).is_empty());
    fs::write(into.path().join(PART), vec![1; archive.len() + 1]).unwrap();
    assert!(fetch(&release, &url, into.path()).unwrap().new);
}

#[test]
fn a_manually_saved_archive_needs_no_server() {
    let (into, archive) = (tempfile::tempdir().unwrap(), good());
    let release = release(&archive, Archive::TarGz);
    // A port without a server.
    let url = "http://127.0.0.1:1/small.archive";
    refusal(fetch(&release, url, into.path()), "check the connection, give another address with --from");
    let part = into.path().join(PART);
    fs::write(&part, &archive).unwrap();
    let lock = fs::File::open(&part).unwrap();
    lock.lock().unwrap();
    refusal(fetch(&release, url, into.path()), "is being written by another process");
    lock.unlock().unwrap();
    assert!(fetch(&release, url, into.path()).unwrap().new);
}

/// Checks that unpacking fails and leaves only the archive, with no files in the parent folder.
fn malicious(archive: &[u8], kind: Archive, expected: &str) {
    let above = tempfile::tempdir().unwrap();
    let into = above.path().join("data");
    fs::create_dir(&into).unwrap();
    fs::write(into.join(PART), archive).unwrap();
    refusal(fetch(&release(archive, kind), "http://127.0.0.1:1/", &into), expected);
    assert_eq!((names(above.path()), names(&into)), (vec!["data".to_owned()], vec![PART.to_owned()]), "{expected}");
}

#[test]
fn malicious_tar_files_are_refused_without_leaving_files() {
    let good = (format!("{FOLDER}/a"), EntryType::Regular, vec![1; 10]);
    let entry = |name: &str, kind| (name.to_owned(), kind, Vec::new());
    let inside = format!("{FOLDER}/x");
    for (bad, expected) in [
        (entry("../evil", EntryType::Regular), "`../evil` leads outside of its folder"),
        (entry("a/../../evil", EntryType::Regular), "`a/../../evil` leads outside of its folder"),
        (entry("/tmp/evil", EntryType::Regular), "`/tmp/evil` leads outside of its folder"),
        (entry("../evil", EntryType::Directory), "`../evil` leads outside of its folder"),
        (entry(&inside, EntryType::Symlink), "/x` is neither a file nor a folder"),
        (entry(&inside, EntryType::Link), "/x` is neither a file nor a folder"),
        (entry(&inside, EntryType::Char), "/x` is neither a file nor a folder"),
        (
            (inside.clone(), EntryType::Regular, vec![0; MAX_UNPACKED as usize + 1]),
            "unpacks to more bytes than the data set has",
        ),
        (("long".to_owned(), EntryType::GNULongName, vec![b'a'; MAX_UNPACKED as usize]), "unpacks to more bytes than"),
        (good.clone(), "/a` twice"),
    ] {
        malicious(&tar_gz(&[good.clone(), bad]), Archive::TarGz, expected);
    }
    malicious(
        &tar_gz(&[entry("other/a", EntryType::Regular)]),
        Archive::TarGz,
        "it has no folder cifar-10-batches-bin",
    );
    let archive = super::archives::good();
    malicious(&archive[..archive.len() / 2], Archive::TarGz, "was not unpacked: ");
    malicious(b"<html>Not found</html>", Archive::TarGz, "was not unpacked: ");
}

#[test]
fn malicious_zip_files_are_refused_without_leaving_files() {
    let a = format!("{FOLDER}/a");
    let bomb = vec![0; MAX_UNPACKED as usize + 1];
    let cases: [(&str, &[u8], &str); 4] = [
        ("../evil", b"", "`../evil` leads outside of its folder"),
        ("/tmp/evil", b"", "evil` leads outside of its folder"),
        ("link@", b"", "`link` is neither a file nor a folder"),
        ("bomb", &bomb, "unpacks to more bytes than the data set has"),
    ];
    for (name, bytes, expected) in cases {
        malicious(&zip(&[(&a, b"good"), (name, bytes)]), Archive::Zip, expected);
    }
    let archive = zip(&[(&a, b"good")]);
    malicious(&archive[..archive.len() - 30], Archive::Zip, "was not unpacked: ");
}

#[test]
fn a_zip_file_is_unpacked() {
    let into = tempfile::tempdir().unwrap();
    let archive = zip(&[(&format!("{FOLDER}/train/a/1"), b"one"), (&format!("{FOLDER}/train/b/2"), b"two")]);
    fs::write(into.path().join(PART), &archive).unwrap();
    let fetched = fetch(&release(&archive, Archive::Zip), "http://127.0.0.1:1/", into.path()).unwrap();
    assert_eq!(fs::read(fetched.folder.join("train/b/2")).unwrap(), b"two");
}

fn data(args: &[&str], code: i32) -> (String, String) {
    let output = common::output(Command::new(env!("CARGO_BIN_EXE_graphpnas")).arg("data").args(args));
    let [out, err] = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap());
    assert_eq!(output.status.code(), Some(code), "{err}");
    (out, err)
}

#[test]
fn the_command_lists_fetches_and_verifies() {
    let (listed, _) = data(&["list", "--json"], 0);
    let listed: serde_json::Value = serde_json::from_str(&listed).unwrap();
    // The built-in table is listed too.
    assert_eq!(listed.as_array().unwrap().len(), RELEASES.len() + 1);
    assert!(data(&["fetch", "mnist"], 2).1.contains("unknown data set 'mnist'; known are cifar10, cifar100"));

    let folder = tempfile::tempdir().unwrap();
    let into = folder.path().to_str().unwrap();
    let (url, _) = serve(good(), vec![Behaviour::Good]);
    let (_, output) = data(&["fetch", "cifar10", "--into", into, "--from", &url], 1);
    assert!(output.contains("not 170052171; it is a different file"), "{output}");
    let (out, _) = data(&["fetch", "cifar10", "--into", into, "--from", "http://127.0.0.1:1/", "--json"], 1);
    assert!(out.contains("cannot reach http://127.0.0.1:1/"), "{out}");

    let archive = good();
    fs::write(folder.path().join(PART), &archive).unwrap();
    let fetched = fetch(&release(&archive, Archive::TarGz), "", folder.path()).unwrap();
    let path = fetched.folder.to_str().unwrap();
    assert!(data(&["fetch", "cifar10", "--into", into], 0).0.contains("already exists: "));
    let (output, notes) = data(&["verify", path], 0);
    assert!(output.contains("is valid: cifar10, 10 training and 2 test images in 10 classes"), "{output}");
    assert!(notes.contains("note: "), "the test images are among the training images: {notes}");
    let (json, _) = data(&["verify", path, "--json", "-q"], 0);
    let value: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!((&value["layout"], &value["training"]), (&"cifar10".into(), &10.into()));
    fs::write(fetched.folder.join("test_batch.bin"), [0; 3072]).unwrap();
    assert!(data(&["verify", path], 1).0.contains("the file seems cut off"));
}
