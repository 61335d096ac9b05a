//! Waiting with a timeout, so that a test fails instead of hanging if its program hangs.

use std::io::Read;
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

/// Timeout; everything takes seconds, on a slow machine tens of seconds.
const LIMIT: Duration = Duration::from_secs(300);
/// Polling interval.
const PAUSE: Duration = Duration::from_millis(2);

/// Waits until `done` returns true; `what` describes the condition.
pub fn until(what: &str, mut done: impl FnMut() -> bool) {
    let begin = Instant::now();
    while !done() {
        assert!(begin.elapsed() < LIMIT, "{what}: not after {} s", LIMIT.as_secs());
        std::thread::sleep(PAUSE);
    }
}

/// Waits for the end of a process; kills it after the timeout.
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

/// Runs a command without input and returns its output.
pub fn output(command: &mut Command) -> Output {
    output_if_there(command).unwrap_or_else(|| panic!("cannot run {command:?}"))
}

/// As [`output`]; returns `None` if the program is not installed.
pub fn output_if_there(command: &mut Command) -> Option<Output> {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().ok().map(output_of)
}

/// Collects the output of a process until its end.
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

/// Reads a pipe in a separate thread, because a process blocks if one of its two pipes is full.
fn collected(pipe: Option<impl Read + Send + 'static>) -> Receiver<Vec<u8>> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        pipe.map(|mut pipe| pipe.read_to_end(&mut bytes));
        let _ = sender.send(bytes);
    });
    receiver
}
