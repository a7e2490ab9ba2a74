//! Guests that flood the log and their output, and one that closes it.

use crate::beside::{beside_sibling, hostile, limited, with};
use std::sync::{Arc, Mutex};
use tractor_host::{Level, TreeBuilder};

/// What the log says of lines that were dropped: how many, all together.
fn dropped(log: &[String]) -> u64 {
    let told = log
        .iter()
        .filter_map(|line| line.split_once(" lines dropped"));
    told.filter_map(|(count, _)| count.parse::<u64>().ok())
        .sum()
}

/// Runs a flood with a rate of ten lines; gives what stdout, stderr and the log have of it.
fn flood(function: &str, lines: u32) -> (Vec<String>, Vec<String>, Vec<String>) {
    let log = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&log);
    let add = |builder: TreeBuilder| {
        with("flood-log")(builder).log(Level::Warn, move |line| {
            kept.lock().expect("no writer panics").push(line.message);
        })
    };
    let mut output = (Vec::new(), Vec::new());
    let ended = beside_sibling(add, async |tree, n| {
        let spec = limited("flood-log", |limits| limits.log_rate = Some(10));
        let bad = n.start_actor(spec).await?;
        bad.call::<()>(function, (lines,)).await?;
        bad.cancel().await?;
        output = (tree.stdout.lines(), tree.stderr.lines());
        Ok(())
    });
    assert!(ended.is_ok(), "{ended:?}");
    let log = log.lock().expect("no writer panics").clone();
    (output.0, output.1, log)
}

#[test]
fn flood_of_the_log_is_dropped_and_counted() {
    let (_, _, log) = flood("log", 200_000);
    let count = dropped(&log);
    let kept = log
        .iter()
        .filter(|line| line.ends_with("of a flood"))
        .count() as u64;
    assert!(
        (100..300).contains(&kept),
        "{kept} lines, ten seconds' worth"
    );
    assert_eq!(kept + count, 200_000, "none is forgotten");
    assert_eq!(log[0], "line 0 of a flood");
    assert!(log.len() < 320, "and told in few lines: {}", log.len());
    assert!(
        log.last()
            .expect("some")
            .contains("limit log-rate, 10 in a second")
    );
}

#[test]
fn flood_of_output_is_dropped_and_counted() {
    for function in ["print", "print-error"] {
        let (stdout, stderr, log) = flood(function, 20_000);
        let lines = if function == "print" { stdout } else { stderr };
        let count = dropped(&log);
        assert!((100..300).contains(&lines.len()), "{} lines", lines.len());
        assert!(
            lines.iter().all(|line| line.ends_with("of a flood")),
            "whole ones"
        );
        assert_eq!(lines.len() as u64 + count, 20_000, "none is forgotten");
    }
}

#[test]
fn flood_without_a_newline_is_dropped_too() {
    let (stdout, _, log) = flood("print-bytes", 50_000_000);
    let bytes: usize = stdout.iter().map(String::len).sum();
    assert!(bytes < 2 << 20, "{bytes} bytes");
    assert_eq!(log.len(), 1, "{log:?}");
}

#[test]
fn long_line_of_the_log_is_cut_short() {
    let (_, _, log) = flood("long-line", 10_000_000);
    assert_eq!(log.iter().map(String::len).collect::<Vec<_>>(), [64 << 10]);
}

#[test]
fn ordinary_output_is_not_touched() {
    let ended = beside_sibling(with("flood-log"), async |tree, n| {
        let talker = n.start_actor(hostile("flood-log")).await?;
        talker.call::<()>("print", (20_000u32,)).await?;
        talker.cancel().await?;
        assert_eq!(tree.stdout.lines().len(), 20_000);
        Ok(())
    });
    assert!(ended.is_ok(), "{ended:?}");
}

#[test]
fn guest_that_closes_its_output_serves_on() {
    let ended = beside_sibling(with("closed-stdout"), async |tree, n| {
        let bad = n.start_actor(hostile("closed-stdout")).await?;
        for _ in 0..2 {
            bad.call::<bool>("go", ()).await?;
            assert_eq!(bad.call::<u32>("add", (1u32, 2u32)).await?, 3);
        }
        assert_eq!(tree.stdout.lines(), Vec::<String>::new());
        bad.cancel().await
    });
    assert!(ended.is_ok(), "{ended:?}");
}
