//! How busy the machine is, and what kind of user runs this.

use std::fs;

/// The load, as the kernel shows it: tasks that run or want to, on average over a minute.
pub(crate) fn load() -> f64 {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let first = text.split(' ').next().and_then(|word| word.parse().ok());
    first.unwrap_or(f64::NAN)
}

/// Processors.
pub(crate) fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// Whether this is root, who is bound by no limit of processes, and so runs the program as someone else.
pub(crate) fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// The threads of all processes of a user: what the limit of processes counts.
pub(crate) fn tasks_of(uid: u32) -> u64 {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let of_user = entries.filter_map(|entry| {
        let status = fs::read_to_string(entry.path().join("status")).ok()?;
        let field = |name: &str| {
            let line = status.lines().find(|line| line.starts_with(name))?;
            line.split_whitespace().nth(1)?.parse::<u64>().ok()
        };
        (field("Uid:")? == u64::from(uid)).then(|| field("Threads:"))?
    });
    of_user.sum()
}
