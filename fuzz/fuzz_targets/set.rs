//! `--set` with any key and any text, through the resolution of a configuration and the estimate of what it would need.
#![no_main]

use graphpnas::bounds::BOUNDS;
use graphpnas::child::{Size, Task};
use graphpnas::search::{PRESETS, Request, Room, Sizing, needs};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let mut lines = text.split('\n');
    // The first character chooses the preset; every line is an assignment, of a key by its number or as it is written.
    let preset = lines.next().and_then(|line| line.bytes().next()).map_or(0, usize::from) % PRESETS.len();
    let assignment = |line: &str| match line.split_once('=') {
        Some((key, value)) => {
            let known = key.parse::<usize>().ok().map(|number| BOUNDS[number % BOUNDS.len()].key);
            format!("{}={value}", known.unwrap_or(key))
        }
        None => line.to_owned(),
    };
    let sets: Vec<String> = lines.take(4).map(assignment).collect();
    let request = Request { preset: Some(PRESETS[preset].name), file: None, flags: Vec::new(), sets: &sets };
    let Ok(config) = request.resolve() else { return };
    let Ok(space) = config.search_space() else { return };
    assert!(toml::from_str(&config.to_toml().expect("it is written")).is_ok_and(|read: graphpnas::search::Config| read == config));
    let size = Size { channels: config.oracle.channels, cells: config.oracle.cells.min(8) };
    let sizing = Sizing { space: config.space.clone(), task: Task::CIFAR10, size };
    if let Ok(needs) = needs(&config, &*space, &sizing, true) {
        let _ = Room { host: Some(1 << 30), buffer: None }.holds(&needs);
    }
});
