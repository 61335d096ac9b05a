//! Shared test helpers: data, the GPU adapter, the program, and Python.
#![allow(dead_code)]

use graphpnas::child::SharedModel;
use graphpnas::generator::SamplingPolicy;
use graphpnas::graph::Graph;
use graphpnas::network::{Network, Size, Task};
use graphpnas::space::{BuildError, FileSpace, Space};
use std::ffi::OsString;
use std::io::Write;
use std::process::{Command, Output};
use std::sync::Arc;

mod data;
mod wait;

#[allow(unused_imports)]
pub use data::{extra, fixture, nasbench101_csv, nasbench201_csv, rows};
#[allow(unused_imports)] // each test program uses some of them
pub use wait::{ended, output, output_if_there, output_of, until};

/// A built-in space.
pub fn opened(name: &str) -> Arc<dyn Space> {
    graphpnas::space::open(name).unwrap()
}

/// The shared model of ENAS, which is trained alternately with a controller, with `size.cells` layers.
pub fn alternating_enas(task: Task, size: Size) -> SharedModel {
    let text = opened("enas").definition().unwrap().replace("nodes = 12", &format!("nodes = {}", size.cells));
    SharedModel { space: FileSpace::parse(&text).unwrap().alternating().unwrap(), task, size }
}

/// The network of an architecture of a built-in space.
pub fn network(name: &str, graph: &Graph, task: Task, size: Size) -> Result<Network, BuildError> {
    opened(name).network(graph, task, size)
}

/// RandWire with stages of these numbers of nodes.
pub fn randwire([first, second, third]: [usize; 3]) -> FileSpace {
    let definition = opened("randwire").definition().unwrap().to_owned();
    let definition = definition.replace("nodes = 32", &format!("nodes = {first}"));
    let like = |stage: usize| format!("[part.stage_{stage}]\nlike = \"stage_1\"");
    let stages = [(2, second), (3, third)];
    let text = stages.into_iter().fold(definition, |text, (stage, nodes)| {
        text.replace(&like(stage), &format!("{}\nnodes = {nodes}", like(stage)))
    });
    FileSpace::parse(&text).unwrap()
}

/// A policy with a low temperature and uniform mixing.
pub const MIXED: SamplingPolicy = SamplingPolicy { temperature: 0.5, epsilon: 0.2 };

/// The learned distribution, a flat one, and one with uniform mixing.
pub const POLICIES: [SamplingPolicy; 3] = [SamplingPolicy::LEARNED, SamplingPolicy::at(4.0), MIXED];

/// Settings of a search on images without proxies, scored pool and guide.
pub const PLAIN: [&str; 3] = ["proxy.enabled=false", "explore.pool=0", "guide.candidates=1"];

/// Settings of a short search on images with a scored pool and proxies.
pub const SMALL_PROXIES: [&str; 15] = [
    "oracle.train_images=120",
    "oracle.test_images=40",
    "oracle.channels=4",
    "oracle.batch=30",
    "oracle.epochs=1",
    "explore.value=2",
    "explore.pool=10",
    "guide.candidates=5",
    "proxy.channels=4",
    "proxy.cells=1",
    "proxy.batch=15",
    "proxy.steps=8",
    "proxy.finalists=2",
    "proxy.repeats=1",
    "proxy.finalist_steps=12",
];

/// Settings of a short search with shared weights: three children and two training steps per round.
pub const SMALL_SUPERNET: [&str; 13] = [
    "supernet.channels=2",
    "supernet.batch=16",
    "supernet.steps=2",
    "supernet.reward_batch=8",
    "supernet.finalists=3",
    "oracle.channels=2",
    "oracle.batch=16",
    "oracle.epochs=1",
    "oracle.train_images=60",
    "oracle.test_images=20",
    "train.epochs=2",
    "explore.value=1",
    "batch=3",
];

/// Returns the adapter for tests: the one in GRAPHPNAS_TEST_DEVICE, else the first one, including software adapters.
pub fn gpu() -> graphpnas::device::Device {
    use graphpnas::device::{Device, DeviceChoice};
    let choice = match std::env::var("GRAPHPNAS_TEST_DEVICE") {
        Ok(text) => text.parse().expect("GRAPHPNAS_TEST_DEVICE"),
        Err(_) => DeviceChoice::Index(0),
    };
    Device::open(&choice).unwrap_or_else(|error| {
        panic!("{error}\nWithout a GPU the tests need software Vulkan: run scripts/install-lavapipe.sh")
    })
}

/// Runs the program with these arguments in a temporary folder.
pub fn graphpnas(args: &[&str]) -> Output {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut command = Command::new(env!("CARGO_BIN_EXE_graphpnas"));
    output(command.args(args).current_dir(&folder))
}

/// Writes a NumPy array of format version 1.
pub fn npy(path: &std::path::Path, descr: &str, shape: &[usize], values: &[u8]) {
    let axes: String = shape.iter().map(|length| format!("{length}, ")).collect();
    let header = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': ({axes}), }}");
    let bytes = [b"\x93NUMPY\x01\x00\x76\x00", format!("{header:<117}\n").as_bytes(), values].concat();
    std::fs::write(path, bytes).unwrap();
}

/// Writes the arrays of a part: `count` signals of two channels, waves of 1, 2 or 4 periods with other phases, which are the
/// classes.
pub fn waves(folder: &std::path::Path, name: &str, count: usize, length: usize) {
    let value = |i: usize| {
        let (signal, channel, t) = (i / (2 * length), i / length % 2, i % length);
        let turns = (1 << (signal % 3)) as f32 * t as f32 / length as f32 + signal as f32 * 0.37;
        5.0 + 2.0 * (std::f32::consts::TAU * turns + channel as f32).sin()
    };
    let values: Vec<u8> = (0..count * 2 * length).flat_map(|i| value(i).to_le_bytes()).collect();
    npy(&folder.join(format!("x_{name}.npy")), "<f4", &[count, 2, length], &values);
    let labels: Vec<u8> = (0..count as i64).flat_map(|i| (i % 3).to_le_bytes()).collect();
    npy(&folder.join(format!("y_{name}.npy")), "<i8", &[count], &labels);
}

/// Returns the Python interpreter in `GRAPHPNAS_PYTHON`, which has the required packages. Without it, the checks with
/// these packages are skipped with a message; with `CI=true`, the test fails.
pub fn python(skipped: &str) -> Option<OsString> {
    let python = std::env::var_os("GRAPHPNAS_PYTHON").filter(|python| !python.is_empty());
    if python.is_none() {
        let how = "set GRAPHPNAS_PYTHON to what scripts/install-python-tools.sh prints";
        assert!(std::env::var("CI").as_deref() != Ok("true"), "{skipped}: {how}");
        print_uncaptured(&format!("SKIPPED: {skipped}; {how}"));
    }
    python
}

/// Prints a message that cargo does not capture. `test.sh` repeats messages that start with `SKIPPED: ` at the end.
pub fn print_uncaptured(text: &str) {
    // In a single write, so that messages of other tests do not mix in.
    let _ = std::io::stderr().write_all(format!("{text}\n").as_bytes());
}

/// Checks that the tags of an XML text are balanced; returns their number.
pub fn tags(text: &str) -> usize {
    let (mut open, mut count) = (Vec::new(), 0);
    for piece in text.split('<').skip(1) {
        let (tag, _) = piece.split_once('>').unwrap_or_else(|| panic!("no end of <{piece}"));
        let name = tag.trim_start_matches('/').split([' ', '/']).next().unwrap();
        match tag {
            _ if tag.starts_with('/') => assert_eq!(open.pop(), Some(name), "{text}"),
            _ if tag.ends_with('/') => {}
            _ => open.push(name),
        }
        count += 1;
    }
    assert!(open.is_empty(), "{open:?} stay open");
    count
}

/// Additional settings for the schedule `two-stage` with four training rounds, also for cell spaces.
pub const TWO_STAGES: [&str; 7] = [
    "supernet.enabled=true",
    "supernet.schedule=two-stage",
    "supernet.rounds=4",
    "supernet.recipe=quick",
    "supernet.plans=2",
    "explore.schedule=first",
    "explore.explorer=uniform",
];
