//! What tests share: the data, the adapter, the program, other people's programs.
#![allow(dead_code)]

use graphpnas::generator::SamplingPolicy;
use std::ffi::OsString;
use std::io::Write;
use std::process::{Command, Output};

mod data;
mod wait;

#[allow(unused_imports)]
pub use data::{extra, fixture, nasbench101_csv, nasbench201_csv, rows};
#[allow(unused_imports)] // each test program uses some of them
pub use wait::{ended, output, output_if_there, output_of, until};

/// Harder than what was learned, and with a part of everything.
pub const SOFT: SamplingPolicy = SamplingPolicy { temperature: 0.5, epsilon: 0.2 };

/// Distributions as they were learned, flat, hard, and with a part of everything.
pub const SOFTNESSES: [SamplingPolicy; 3] = [SamplingPolicy::LEARNED, SamplingPolicy::at(4.0), SOFT];

/// Settings of a search on images whose rewards are those of the networks themselves, explored as they are drawn.
pub const PLAIN: [&str; 3] = ["proxy.enabled=false", "explore.pool=0", "guide.candidates=1"];

/// Settings of a search on images that takes seconds, with a scored pool and proxies.
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

/// Settings of a search with shared weights that takes seconds: three children a round, two steps a round.
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

/// The adapter the tests run on: the one GRAPHPNAS_TEST_DEVICE names, else the first there is, software included.
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

/// What the program does with these arguments, in a folder of its own.
pub fn graphpnas(args: &[&str]) -> Output {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut command = Command::new(env!("CARGO_BIN_EXE_graphpnas"));
    output(command.args(args).current_dir(&folder))
}

/// The Python that `GRAPHPNAS_PYTHON` names, which has other people's programs. Without one nothing is checked with them, and
/// that is said, unless `CI` insists.
pub fn python(skipped: &str) -> Option<OsString> {
    let python = std::env::var_os("GRAPHPNAS_PYTHON").filter(|python| !python.is_empty());
    if python.is_none() {
        let how = "set GRAPHPNAS_PYTHON to what scripts/install-python-tools.sh prints";
        assert!(std::env::var("CI").as_deref() != Ok("true"), "{skipped}: {how}");
        tell(&format!("SKIPPED: {skipped}; {how}"));
    }
    python
}

/// Says something that cargo does not hide. What begins with `SKIPPED: ` is told again at the end of `test.sh`.
pub fn tell(text: &str) {
    // At once, so that what another test says does not come between.
    let _ = std::io::stderr().write_all(format!("{text}\n").as_bytes());
}

/// The tags of an XML text close in the right order; returns how many there are.
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

/// Settings of such a search whose weights are trained first, in four rounds, in the spaces of cells too.
pub const TWO_STAGES: [&str; 7] = [
    "supernet.enabled=true",
    "supernet.schedule=two-stage",
    "supernet.rounds=4",
    "supernet.recipe=quick",
    "supernet.plans=2",
    "explore.schedule=first",
    "explore.explorer=uniform",
];
