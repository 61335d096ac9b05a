//! Runs that a newer version of the program wrote.

use super::{TABLE_RUN, copy, refusal, resumed, text_of, trials};
use crate::common::graphpnas;
use graphpnas::nn::Checkpoint;
use rusqlite::Connection;

#[test]
fn a_newer_ledger_is_refused() {
    let (_folder, run) = copy(&TABLE_RUN);
    let ledger = Connection::open(run.join("run.db")).unwrap();
    ledger.pragma_update(None, "user_version", 99).unwrap();
    drop(ledger);
    for output in [graphpnas(&["trials", text_of(&run)]), resumed(&run)] {
        let message = refusal(&output, 1);
        assert!(
            message.contains("run.db has version 99, but only version 3 is supported; use the program version that"),
            "{message}"
        );
    }
}

#[test]
fn a_newer_checkpoint_is_refused() {
    let (_folder, run) = copy(&TABLE_RUN);
    let file = run.join("checkpoint/search.safetensors");
    let mut checkpoint = Checkpoint::read(&file).unwrap();
    assert_eq!(checkpoint.texts.insert("graphpnas.version".into(), "99".into()).as_deref(), Some("1"));
    checkpoint.write(&file).unwrap();
    let message = refusal(&resumed(&run), 1);
    assert!(message.contains("search.safetensors has version 99, but only version 1 is supported"), "{message}");
    assert_eq!(trials(&run).len(), 20);
}
