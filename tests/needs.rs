//! Memory estimates of the components of a search, and the check against available memory.

use graphpnas::device::Device;
use graphpnas::network::{Size, Task};
use graphpnas::search::{AvailableMemory, MemoryNeed, Request, Sizing, memory_needs};

/// Returns the memory estimate of the generator.
fn generator(sets: &[&str]) -> MemoryNeed {
    let sets: Vec<String> = sets.iter().map(ToString::to_string).collect();
    let config = Request { preset: Some("nasbench201-cifar10-continual"), sets: &sets, ..Request::default() };
    let config = config.resolve().unwrap();
    let size = Size { channels: 4, cells: 1 };
    let sizing = Sizing { space: config.search_space().unwrap(), task: Task::CIFAR10, size };
    memory_needs(&config, &sizing, None).unwrap().swap_remove(0)
}

#[test]
fn each_generator_has_its_own_estimate() {
    let lstm = generator(&["generator.name=lstm"]);
    assert_eq!(lstm.keys, "train.batch or lstm.hidden");
    assert!(lstm.buffer > 0 && lstm.buffer == lstm.bytes);
    // A cell takes one byte per node, one byte per pair of nodes, and 64 more bytes.
    let evolution = generator(&["generator.name=evolution", "generator.population=100"]);
    let nodes = 4;
    assert_eq!((evolution.bytes, evolution.buffer), (100 * (nodes * nodes + nodes + 64), 0));
    assert_eq!(evolution.keys, "generator.population");
}

#[test]
fn the_estimate_of_proxies_includes_concurrent_trainings() {
    let proxies = |sets: &[&str]| {
        let sets: Vec<String> = sets.iter().map(ToString::to_string).collect();
        let config = Request { preset: Some("nasbench201-images"), sets: &sets, ..Request::default() };
        let config = config.resolve().unwrap();
        let sizing =
            Sizing { space: config.search_space().unwrap(), task: Task::CIFAR10, size: Size { channels: 4, cells: 1 } };
        let needs = memory_needs(&config, &sizing, Some(&Device::Cpu)).unwrap();
        needs.into_iter().find(|need| need.what.contains("proxies")).map(|need| need.bytes)
    };
    let one = proxies(&["batch=1", "proxy.finalists=1", "proxy.repeats=1"]).unwrap();
    let most = u64::try_from(std::thread::available_parallelism().unwrap().get()).unwrap();
    assert_eq!(proxies(&["batch=3", "proxy.finalists=1"]), Some(one * most.min(4)));
    assert!(proxies(&["batch=1", "proxy.finalists=1", "proxy.repeats=1", "proxy.channels=16"]).unwrap() > one);
    assert_eq!(proxies(&["proxy.enabled=false"]), None);
}

#[test]
fn an_estimate_equal_to_the_limit_is_accepted() {
    let need = |bytes, buffer| MemoryNeed { what: "a part", bytes, buffer, keys: "its keys" };
    let room = |host, buffer| AvailableMemory { host, buffer };
    assert!(room(None, Some(100)).check(&[need(500, 100)]).is_ok());
    let error = room(None, Some(100)).check(&[need(500, 101)]).unwrap_err().to_string();
    assert!(error.starts_with("a part needs a buffer of about "), "{error}");
    assert!(room(Some(100), None).check(&[need(60, 60), need(40, 0)]).is_ok());
    let error = room(Some(100), None).check(&[need(60, 60), need(41, 0)]).unwrap_err().to_string();
    assert!(error.starts_with("a part needs about ") && error.contains("everything else needs"), "{error}");
    // Device memory does not count against host memory.
    assert!(room(Some(100), Some(1000)).check(&[need(500, 500), need(100, 0)]).is_ok());
    assert!(room(Some(100), Some(1000)).check(&[need(500, 500), need(101, 0)]).is_err());
}
