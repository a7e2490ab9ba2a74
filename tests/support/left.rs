//! That a tree leaves nothing: no process, no zombie, no descriptor, no thread, no file.
//!
//! Descriptors and threads belong to the test's process, which runs many trees at once: they are counted when the last one of them is gone.

use super::guests::cache_folder;
use std::collections::BTreeMap;
use std::fs;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The trees that run now, and the descriptors from before the first.
struct Running {
    trees: u32,
    before: BTreeMap<String, usize>,
}

static RUNNING: Mutex<Running> = Mutex::new(Running {
    trees: 0,
    before: BTreeMap::new(),
});

/// Held for as long as anything of a tree may be there.
pub(super) struct Held(());

impl Held {
    pub(super) fn take() -> Self {
        let mut running = RUNNING.lock().unwrap_or_else(PoisonError::into_inner);
        running.trees += 1;
        if running.trees == 1 {
            // tokio keeps the descriptors of its signal handler for good.
            drop(super::tree::runtime());
            running.before = descriptors();
        }
        Self(())
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let mut running = RUNNING.lock().unwrap_or_else(PoisonError::into_inner);
        running.trees -= 1;
        if running.trees == 0 && !std::thread::panicking() {
            nothing_of_ours(&running.before);
        }
    }
}

fn nothing_of_ours(before: &BTreeMap<String, usize>) {
    let end = Instant::now() + Duration::from_secs(5);
    loop {
        let (more, threads) = (more(before), spawners());
        if more.is_empty() && threads == 0 {
            break;
        }
        assert!(
            Instant::now() < end,
            "descriptors are left: {more:?}; {threads} spawning threads are left"
        );
        // tidy: the pause of a poll under a deadline
        std::thread::sleep(Duration::from_millis(5));
    }
    only_cache_entries();
}

/// What there is more of than before.
fn more(before: &BTreeMap<String, usize>) -> Vec<(String, usize)> {
    let now = descriptors().into_iter();
    now.filter(|(what, count)| before.get(what).is_none_or(|before| count > before))
        .collect()
}

/// How many descriptors there are of each sort.
fn descriptors() -> BTreeMap<String, usize> {
    let mut sorts = BTreeMap::new();
    let entries = fs::read_dir("/proc/self/fd").expect("Linux");
    for target in entries.filter_map(|entry| fs::read_link(entry.ok()?.path()).ok()) {
        let target = target.to_string_lossy();
        // The listing itself, and what the test harness opens for itself.
        if target.starts_with("/proc/") {
            continue;
        }
        // `anon_inode:[pidfd]`, but `socket:[12345]`.
        let sort = target.trim_end_matches(|c: char| c == ']' || c.is_ascii_digit());
        *sorts.entry(sort.to_owned()).or_insert(0) += 1;
    }
    sorts
}

fn spawners() -> usize {
    let tasks = fs::read_dir("/proc/self/task").expect("Linux");
    let names = tasks.filter_map(|entry| fs::read_to_string(entry.ok()?.path().join("comm")).ok());
    names.filter(|name| name.starts_with("tractor-")).count()
}

/// The cache's folder holds finished entries and its own marks, nothing half-made.
fn only_cache_entries() {
    let mut folders = vec![cache_folder()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.to_string_lossy();
                assert!(!name.contains("tmp-"), "{name} is left");
            }
        }
    }
}
