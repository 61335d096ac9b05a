//! The memory that is still available to this process.

use std::fs;
use std::path::{Path, PathBuf};

/// Returns the bytes that this process can still allocate, or `None` if unknown: the minimum of Linux's available
/// memory, of the free part of the process's memory control groups and of the free part of its address space limit
/// (`ulimit -v`).
#[must_use]
pub fn available() -> Option<u64> {
    let bounds = [system_memory(), control_groups(Path::new("/sys/fs/cgroup")), address_space()];
    bounds.into_iter().flatten().min()
}

/// Returns `MemAvailable`, which includes caches that can be freed.
fn system_memory() -> Option<u64> {
    line_in_kib(&read("/proc/meminfo")?, "MemAvailable:")
}

/// Returns the free part of the address space limit.
fn address_space() -> Option<u64> {
    let limits = read("/proc/self/limits")?;
    let line = limits.lines().find_map(|line| line.strip_prefix("Max address space"))?;
    let limit: u64 = line.split_whitespace().next()?.parse().ok()?;
    let taken = line_in_kib(&read("/proc/self/status")?, "VmSize:")?;
    Some(limit.saturating_sub(taken))
}

/// Returns the free memory of the process's control groups (version 1 or 2) and their ancestors.
fn control_groups(root: &Path) -> Option<u64> {
    let memberships = read("/proc/self/cgroup")?;
    let path = |line: &str| {
        let mut parts = line.splitn(3, ':');
        let (_, controllers, path) = (parts.next()?, parts.next()?, parts.next()?);
        let base = match controllers {
            "" => root.to_owned(),
            _ => controllers.split(',').any(|name| name == "memory").then(|| root.join("memory"))?,
        };
        Some((base, path.trim_start_matches('/').to_owned()))
    };
    memberships.lines().filter_map(path).filter_map(|(base, path)| free_in_chain(&base, &base.join(path))).min()
}

/// Returns the minimum free memory of a group and its ancestors up to `base`.
fn free_in_chain(base: &Path, group: &Path) -> Option<u64> {
    let chain = group.ancestors().take_while(|folder| folder.starts_with(base));
    chain.filter_map(free_in).min()
}

fn free_in(folder: &Path) -> Option<u64> {
    let number = |name: &str| read(folder.join(name))?.trim().parse::<u64>().ok();
    let [limit, usage, cache] = match number("memory.max") {
        Some(limit) => [limit, number("memory.current")?, cached(folder, "inactive_file")],
        None => {
            [number("memory.limit_in_bytes")?, number("memory.usage_in_bytes")?, cached(folder, "total_inactive_file")]
        }
    };
    Some(limit.saturating_sub(usage.saturating_sub(cache)))
}

/// Returns the bytes of cached files that the group frees before it denies memory.
fn cached(folder: &Path, name: &str) -> u64 {
    let stat = read(folder.join("memory.stat")).unwrap_or_default();
    let line = stat.lines().find_map(|line| line.strip_prefix(name)?.trim().parse().ok());
    line.unwrap_or(0)
}

fn line_in_kib(text: &str, name: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_whitespace().next()?.parse::<u64>().ok()?.checked_mul(1024)
}

fn read(path: impl Into<PathBuf>) -> Option<String> {
    fs::read_to_string(path.into()).ok()
}

#[cfg(test)]
mod tests {
    use super::{available, free_in_chain};
    use std::fs;

    #[cfg(target_os = "linux")]
    #[test]
    fn available_memory_is_known_on_linux() {
        assert!(available().is_some_and(|bytes| bytes > 1 << 20));
    }

    #[test]
    fn the_tightest_control_group_limit_applies_and_caches_count_as_free() {
        let root = std::env::temp_dir().join(format!("graphpnas-groups-{}", std::process::id()));
        let inner = root.join("outer/inner");
        fs::create_dir_all(&inner).unwrap();
        let write = |folder: &std::path::Path, name: &str, text: &str| fs::write(folder.join(name), text).unwrap();
        write(&root.join("outer"), "memory.max", "1000\n");
        write(&root.join("outer"), "memory.current", "700\n");
        write(&root.join("outer"), "memory.stat", "anon 5\ninactive_file 200\n");
        write(&inner, "memory.max", "max\n");
        write(&inner, "memory.current", "600\n");
        assert_eq!(free_in_chain(&root, &inner), Some(500));
        write(&inner, "memory.max", "650\n");
        assert_eq!(free_in_chain(&root, &inner), Some(50));
        fs::remove_dir_all(&root).unwrap();
    }
}
