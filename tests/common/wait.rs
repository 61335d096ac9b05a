//! Waiting with a limit: a test whose program hangs fails, it does not hang too.

use std::io::Read;
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

/// No test waits longer for one thing; everything here takes seconds, on a slow machine tens of seconds.
const LIMIT: Duration = Duration::from_secs(300);
/// Between two looks.
const PAUSE: Duration = Duration::from_millis(2);

/// Waits until `done` holds; `what` says for what.
pub fn until(what: &str, mut done: impl FnMut() -> bool) {
    let begin = Instant::now();
    while !done() {
        assert!(begin.elapsed() < LIMIT, "{what}: not after {} s", LIMIT.as_secs());
        std::thread::sleep(PAUSE);
    }
}

/// Waits for the end of a process, and ends it itself when that takes too long.
pub fn ended(child: &mut Child) -> ExitStatus {
    let begin = Instant::now();
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return status;
        }
        if begin.elapsed() > LIMIT {
            let _ = child.kill();
            panic!("the process {} had not ended after {} s", child.id(), LIMIT.as_secs());
        }
        std::thread::sleep(PAUSE);
    }
}

/// Runs a command without input and returns what it wrote.
pub fn output(command: &mut Command) -> Output {
    output_if_there(command).unwrap_or_else(|| panic!("cannot run {command:?}"))
}

/// The same for a program that the system may lack; `None` where it does.
pub fn output_if_there(command: &mut Command) -> Option<Output> {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().ok().map(output_of)
}

/// What a process writes into the pipes it has, up to its end.
pub fn output_of(mut child: Child) -> Output {
    let (stdout, stderr) = (collected(child.stdout.take()), collected(child.stderr.take()));
    let deadline = Instant::now() + LIMIT;
    let mut received = |pipe: Receiver<Vec<u8>>| {
        pipe.recv_timeout(deadline.saturating_duration_since(Instant::now())).unwrap_or_else(|_| {
            let _ = child.kill();
            panic!("the process {} wrote for more than {} s", child.id(), LIMIT.as_secs())
        })
    };
    let (stdout, stderr) = (received(stdout), received(stderr));
    Output { status: ended(&mut child), stdout, stderr }
}

/// Reads a pipe in a thread of its own, since a process stops when nobody empties one of its two pipes.
fn collected(pipe: Option<impl Read + Send + 'static>) -> Receiver<Vec<u8>> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        pipe.map(|mut pipe| pipe.read_to_end(&mut bytes));
        let _ = sender.send(bytes);
    });
    receiver
}
