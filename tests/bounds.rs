//! Ranges of all numbers of a configuration: errors name the key and the range.

use graphpnas::bounds::{BOUNDS, Bound, Range, bound};
use graphpnas::device::Device;
use graphpnas::network::{Size, Task};
use graphpnas::search::{Config, Flag, Request, Sizing, memory_needs};

/// Values tested for every key, in addition to the ends of its range and their neighbours.
const TRIED: [&str; 16] = [
    "0",
    "-1",
    "0.5",
    "1e-300",
    "2147483648",
    "4294967296",
    "4294967297",
    "9223372036854775807",
    "9223372036854775808",
    "18446744073709551616",
    "340282366920938463463374607431768211456",
    "1e20",
    "1e308",
    "nan",
    "inf",
    "-inf",
];

fn resolve(key: &str, value: &str) -> Result<Config, String> {
    let sets = [format!("{key}={value}")];
    Request { preset: Some("enas-small"), sets: &sets, ..Request::default() }
        .resolve()
        .map_err(|error| error.to_string())
}

fn keys() -> impl Iterator<Item = &'static Bound> {
    let of_config = |bound: &&Bound| !bound.key.starts_with("--") && !bound.key.starts_with("recipe.");
    BOUNDS.iter().filter(of_config).filter(|bound| !bound.key.starts_with("explorer."))
}

/// Returns the dotted keys of a table with numeric values.
fn numbers(table: &toml::Table, prefix: &str) -> Vec<String> {
    let of = |(key, value): (&String, &toml::Value)| match value {
        toml::Value::Table(section) => numbers(section, &format!("{prefix}{key}.")),
        toml::Value::Integer(_) | toml::Value::Float(_) => vec![format!("{prefix}{key}")],
        _ => Vec::new(),
    };
    table.iter().flat_map(of).collect()
}

/// Returns the ends of a range and the values just outside.
fn ends(bound: &Bound) -> Vec<String> {
    match bound.range {
        Range::Integer { min, max } => {
            let outside = [min.checked_sub(1), max.checked_add(1)].into_iter().flatten();
            [min, max].into_iter().chain(outside).map(|number| number.to_string()).collect()
        }
        Range::Real { min, max, .. } => [min, max, min.next_up(), max.next_down(), min.next_down(), max.next_up()]
            .map(|number| format!("{number:e}"))
            .into(),
    }
}

#[test]
fn every_number_of_a_configuration_has_a_range() {
    let text = resolve("seed", "1").unwrap().to_toml().unwrap();
    let table: toml::Table = toml::from_str(&text).unwrap();
    let found = numbers(&table, "");
    assert!(found.iter().all(|key| bound(key).is_some()), "{found:?}");
    let missing: Vec<_> = keys().filter(|bound| !found.contains(&bound.key.to_owned())).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn numbers_are_accepted_or_refused_with_key_and_range() {
    for bound in keys() {
        let key = bound.key;
        for value in TRIED.map(str::to_owned).into_iter().chain(ends(bound)) {
            let inside = match bound.range {
                Range::Integer { min, max } => value.parse::<u64>().is_ok_and(|number| (min..=max).contains(&number)),
                Range::Real { .. } => value.parse::<f64>().is_ok_and(|number| bound.has(number)),
            };
            match resolve(key, &value) {
                Ok(_) => assert!(inside, "{key}={value} was accepted"),
                Err(error) if inside => {
                    // Only checks of several keys may refuse it.
                    let joined = ["explore.value", "oracle.reduction_factor", "supernet.correlate"];
                    assert!(joined.contains(&key), "{error}");
                }
                Err(error) => {
                    let start = format!("--set {key}={value}: {key} must be ");
                    assert!(error.starts_with(&start) && error.contains(&bound.to_string()), "{error}");
                }
            }
        }
    }
}

#[test]
fn memory_is_estimated_for_every_size() {
    let size = Size { channels: 8, cells: 12 };
    for bound in keys() {
        let Range::Integer { max, .. } = bound.range else { continue };
        let Ok(config) = resolve(bound.key, &max.to_string()) else { continue };
        let size = Size { channels: config.oracle.channels, cells: size.cells };
        let sizing = Sizing { space: config.search_space().unwrap(), task: Task::CIFAR10, size };
        // Sizes that are too large are refused by the comparison with available memory, not by the estimate.
        let _ = memory_needs(&config, &sizing, Some(&Device::Cpu));
    }
}

#[test]
fn errors_of_the_largest_network_name_the_size_or_the_memory() {
    let largest = |space: &str, cells: usize| {
        let sets = ["oracle.batch=65536", "oracle.channels=16384"].map(str::to_owned);
        let flags = vec![Flag::text("space", "space", space)];
        let config = Request { flags, sets: &sets, ..Request::default() }.resolve().unwrap();
        let size = Size { channels: config.oracle.channels, cells };
        let sizing = Sizing { space: config.search_space().unwrap(), task: Task::CIFAR10, size };
        memory_needs(&config, &sizing, Some(&Device::Cpu))
    };
    for (space, cells) in [("nasbench201", 5), ("nasbench101", 3), ("enas", 12), ("randwire", 32), ("darts", 20)] {
        match largest(space, cells) {
            Ok(needs) => assert!(needs.iter().any(|need| need.bytes > 1 << 40), "{space}: {needs:?}"),
            Err(error) => assert!(error.to_string().contains("oracle.channels=16384"), "{space}: {error}"),
        }
    }
}

#[test]
fn a_seed_of_64_bits_survives_toml() {
    let config = resolve("seed", "18446744073709551615").unwrap();
    let text = config.to_toml().unwrap();
    assert!(text.contains("seed = \"18446744073709551615\""), "{text}");
    let read: Config = toml::from_str(&text).unwrap();
    assert_eq!(read, config);
    assert!(config.to_explained_toml().unwrap().contains("Range: 0 to 18446744073709551615."));
}
