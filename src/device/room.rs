//! How much memory the machine has left for this process.

use std::fs;
use std::path::{Path, PathBuf};

/// Bytes that this process can still ask for, or `None` where the system does not say: the least of what Linux calls
/// available, of what the process's memory control groups allow and of its limit on address space (`ulimit -v`).
#[must_use]
pub fn available() -> Option<u64> {
    let bounds = [machine(), groups(Path::new("/sys/fs/cgroup")), address_space()];
    bounds.into_iter().flatten().min()
}

/// `MemAvailable`, which counts caches that can be given up.
fn machine() -> Option<u64> {
    line_in_kib(&read("/proc/meminfo")?, "MemAvailable:")
}

/// What the limit on address space leaves.
fn address_space() -> Option<u64> {
    let limits = read("/proc/self/limits")?;
    let line = limits.lines().find_map(|line| line.strip_prefix("Max address space"))?;
    let limit: u64 = line.split_whitespace().next()?.parse().ok()?;
    let taken = line_in_kib(&read("/proc/self/status")?, "VmSize:")?;
    Some(limit.saturating_sub(taken))
}

/// What the control groups of the process and those above them leave, of either version.
fn groups(root: &Path) -> Option<u64> {
    let groups = read("/proc/self/cgroup")?;
    let path = |line: &str| {
        let mut parts = line.splitn(3, ':');
        let (_, controllers, path) = (parts.next()?, parts.next()?, parts.next()?);
        let base = match controllers {
            "" => root.to_owned(),
            _ => controllers.split(',').any(|name| name == "memory").then(|| root.join("memory"))?,
        };
        Some((base, path.trim_start_matches('/').to_owned()))
    };
    groups.lines().filter_map(path).filter_map(|(base, path)| left_in(&base, &base.join(path))).min()
}

/// The least that a group and those above it, up to `base`, leave.
fn left_in(base: &Path, group: &Path) -> Option<u64> {
    let chain = group.ancestors().take_while(|folder| folder.starts_with(base));
    chain.filter_map(left_in_one).min()
}

fn left_in_one(folder: &Path) -> Option<u64> {
    let number = |name: &str| read(folder.join(name))?.trim().parse::<u64>().ok();
    let [limit, usage, cache] = match number("memory.max") {
        Some(limit) => [limit, number("memory.current")?, cached(folder, "inactive_file")],
        None => {
            [number("memory.limit_in_bytes")?, number("memory.usage_in_bytes")?, cached(folder, "total_inactive_file")]
        }
    };
    Some(limit.saturating_sub(usage.saturating_sub(cache)))
}

/// Bytes of cached files that the group gives up before it refuses memory.
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
    use super::{available, left_in};
    use std::fs;

    #[cfg(target_os = "linux")]
    #[test]
    fn linux_says_how_much_is_available() {
        assert!(available().is_some_and(|bytes| bytes > 1 << 20));
    }

    #[test]
    fn the_tightest_group_counts_and_caches_are_free() {
        let root = std::env::temp_dir().join(format!("graphpnas-groups-{}", std::process::id()));
        let inner = root.join("outer/inner");
        fs::create_dir_all(&inner).unwrap();
        let write = |folder: &std::path::Path, name: &str, text: &str| fs::write(folder.join(name), text).unwrap();
        write(&root.join("outer"), "memory.max", "1000\n");
        write(&root.join("outer"), "memory.current", "700\n");
        write(&root.join("outer"), "memory.stat", "anon 5\ninactive_file 200\n");
        write(&inner, "memory.max", "max\n");
        write(&inner, "memory.current", "600\n");
        assert_eq!(left_in(&root, &inner), Some(500));
        write(&inner, "memory.max", "650\n");
        assert_eq!(left_in(&root, &inner), Some(50));
        fs::remove_dir_all(&root).unwrap();
    }
}
