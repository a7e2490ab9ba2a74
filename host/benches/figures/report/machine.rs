//! Where and of what figures were measured: without it they say nothing to whoever reads them later.

use serde_json::{Value, json};
use std::path::Path;
use std::process::{Command, Stdio};

/// The mean number of processes that ran or wanted to, over the last minute, five and fifteen.
pub(super) fn load() -> Value {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let numbers = text.split(' ').take(3);
    numbers
        .filter_map(|load| load.parse::<f64>().ok())
        .collect()
}

/// The machine, and its load before and after.
pub(super) fn json(before: &Value) -> Value {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    json!({
        "cpu": cpu(),
        "cores": cores,
        "kernel": read("/proc/sys/kernel/osrelease"),
        "load": { "before": before, "after": load() },
    })
}

fn cpu() -> String {
    let text = read("/proc/cpuinfo");
    // ARM tells no name, but what it is.
    let named = ["model name", "CPU part", "uarch"].iter().find_map(|key| {
        let line = text.lines().find(|line| line.starts_with(key))?;
        Some(line.split_once(':')?.1.trim().to_owned())
    });
    named.unwrap_or_else(|| std::env::consts::ARCH.to_owned())
}

fn read(file: &str) -> String {
    let text = std::fs::read_to_string(file).unwrap_or_default();
    text.trim().to_owned()
}

/// The moment, in the form of RFC 3339 and UTC.
pub(super) fn date() -> Option<String> {
    said_by("date", &["-u", "+%Y-%m-%dT%H:%M:%SZ"])
}

/// The commit that is measured, with a `+` if files differ from it. Nothing outside a repository of git.
pub(super) fn commit() -> Option<String> {
    let commit = said_by("git", &["rev-parse", "HEAD"])?;
    let changed = said_by("git", &["status", "--porcelain", "--untracked-files=no"])?;
    let mark = if changed.is_empty() { "" } else { "+" };
    Some(commit + mark)
}

fn said_by(program: &str, arguments: &[&str]) -> Option<String> {
    #[expect(
        clippy::disallowed_methods,
        reason = "a program that ends at once; it is waited for right here"
    )]
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null());
    command.current_dir(Path::new(env!("CARGO_MANIFEST_DIR")));
    let output = command.output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_owned())
}
