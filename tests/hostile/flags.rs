//! Each limit as a flag of the program, and the failure that people read when it is met.

use crate::support::guest;
use std::process::{Command, Output};

/// Calls a function of a hostile guest with `tractor-host call`.
fn call(flags: &[&str], component: &str, call: &str) -> Output {
    #[expect(
        clippy::disallowed_methods,
        reason = "the program that the test is about; it is waited for here"
    )]
    let mut command = Command::new(env!("CARGO_BIN_EXE_tractor-host"));
    command
        .arg("call")
        .args(flags)
        .args([
            "--cache-dir",
            concat!(env!("CARGO_TARGET_TMPDIR"), "/cache"),
        ])
        .arg(guest(component))
        .arg(call)
        .output()
        .expect("the program runs")
}

/// A flag and its value, a guest and its function, and what is said of the limit.
const MET: &str = "
    --max-memory 20M | hostile-memory | bomb() | memory-bytes: the guest asked for
    --max-handles 1000 | hostile-handles | scopes() | may hold 1000
    --max-instances 1 | hostile-memory | creep() | 1 instances
    --max-message 10K | hostile-huge | text(20000) | 10240
    --max-actors 3 | hostile-flood-spawn | bomb() | limit actors
    --max-depth 1 | hostile-flood-spawn | bomb() | limit depth
    --max-spawn-rate 0 | hostile-flood-spawn | bomb() | limit spawn-rate
    --max-table 1 | hostile-recursion | go() | may have 1";

#[test]
fn limit_given_by_its_flag_is_met_and_named() {
    for line in MET.trim().lines() {
        let parts: Vec<_> = line.split('|').map(str::trim).collect();
        let [flag, component, function, said] = parts[..] else {
            panic!("{line}")
        };
        let flags: Vec<_> = flag.split(' ').collect();
        let output = call(&flags, component, function);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success(), "{flag}: {stderr}");
        assert!(stderr.contains(said), "{flag}: {stderr}");
    }
}

#[test]
fn rate_of_the_log_given_by_its_flag_is_kept_and_told() {
    let flags = ["--max-log-rate", "5"];
    let output = call(&flags, "hostile-flood-log", "log(1000)");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{stderr}");
    let kept = stderr.lines().filter(|line| line.ends_with("of a flood"));
    assert_eq!(kept.count(), 50, "ten seconds' worth");
    assert!(
        stderr.contains("950 lines dropped: limit log-rate, 5 in a second"),
        "{stderr}"
    );
}

#[test]
fn output_of_main_is_its_own_business() {
    let flags = ["--max-log-rate", "5"];
    let output = call(&flags, "hostile-flood-log", "print(1000)");
    let stdout = String::from_utf8_lossy(&output.stdout);
    let lines = stdout.lines().filter(|line| line.ends_with("of a flood"));
    assert_eq!(lines.count(), 1000);
}

#[test]
fn every_limit_has_a_flag_with_its_default() {
    #[expect(
        clippy::disallowed_methods,
        reason = "the program that the test is about; it is waited for here"
    )]
    let mut command = Command::new(env!("CARGO_BIN_EXE_tractor-host"));
    let help = command.args(["run", "--help"]).output().expect("it runs");
    let help = String::from_utf8_lossy(&help.stdout).replace('\n', " ");
    let words: Vec<_> = help.split_whitespace().collect();
    let help = words.join(" ");
    for (flag, default) in [
        ("--max-memory <SIZE>", "1G"),
        ("--max-message <SIZE>", "16M"),
        ("--max-actors <N>", "1023"),
        ("--max-depth <N>", "63"),
        ("--max-dialogs <N>", "4096"),
        ("--max-handles <N>", "65536"),
        ("--max-queue <SIZE>", "64M"),
        ("--max-log-rate <LINES>", "10000"),
        ("--max-spawn-rate <N>", "200"),
        ("--max-table <N>", "1048576"),
        ("--max-instances <N>", "1000"),
        ("--max-overdue-tasks <N>", "64"),
    ] {
        let (_, rest) = help.split_once(flag).unwrap_or_else(|| panic!("{flag}"));
        let rest = rest.split(" --").next().unwrap_or_default();
        assert!(
            rest.contains(&format!("[default: {default}]")),
            "{flag}: {rest}"
        );
    }
}
