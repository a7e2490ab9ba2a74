//! That what is written down is what is tested: the scenarios in `SCENARIOS.md`, and the table of what passes.
//!
//! The table follows from the lists here, and a pair's test fails where the lists are wrong; so it cannot go stale. It is written anew by this test
//! when `TRACTOR_WRITE` is set.

use crate::LANGUAGES;
use crate::cannot::{CANNOT, cannot};
use crate::scenarios::{SCENARIOS, Scenario, Side};
use std::fmt::Write;
use std::path::{Path, PathBuf};

/// What stands above the table.
const HEAD: &str = "\
# What passes

Written by `tests/conformance/table.rs` (`TRACTOR_WRITE=1 cargo test --test conformance table`): do not edit. The scenarios are in
[tests/conformance/SCENARIOS.md](../tests/conformance/SCENARIOS.md); each runs for every ordered pair of languages, in real processes, and
fails if anything is left. A cell names the peers of which the driver in the column's language passes; `-` stands for one of which it does not.
";

/// What stands under it.
const CALLBACK: &str = "
C's plain style blocks, and serves one call at a time; in the rows that say so its component uses the callback style, as that side.
";

fn file(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn text(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_default()
}

/// How people write a language.
fn title(language: &str) -> &str {
    match language {
        "rust" => "Rust",
        "python" => "Python",
        "js" => "JavaScript",
        "c" => "C",
        other => other,
    }
}

fn table() -> String {
    let mut table = format!("{HEAD}\n| scenario | |");
    for driver in LANGUAGES {
        write!(table, " {} calls |", title(driver)).expect("a text takes all");
    }
    table.push_str("\n| --- | --- |");
    table.push_str(&" --- |".repeat(LANGUAGES.len()));
    table.push('\n');
    SCENARIOS
        .iter()
        .for_each(|scenario| table.push_str(&row(scenario)));
    if LANGUAGES.contains(&"c") {
        table.push_str(CALLBACK);
    }
    table.push_str(&refusals());
    table
}

fn row(scenario: &Scenario) -> String {
    let style = match scenario.callback.filter(|_| LANGUAGES.contains(&"c")) {
        None => "",
        Some(Side::Driver) => " (C: callback style as driver)",
        Some(Side::Peer) => " (C: callback style as peer)",
    };
    let cells = LANGUAGES.iter().map(|driver| {
        let peers = LANGUAGES.iter().map(|peer| {
            let refused = cannot(driver, peer, scenario.name).is_some();
            if refused { "-" } else { title(peer) }
        });
        format!(" {} |", Vec::from_iter(peers).join(" "))
    });
    let cells: String = cells.collect();
    format!(
        "| `{}` | {}{style} |{cells}\n",
        scenario.name, scenario.about
    )
}

/// The cases that do not pass, and why.
fn refusals() -> String {
    if CANNOT.is_empty() {
        return "\nThere is no case that a toolchain cannot do.\n".to_owned();
    }
    let mut text = "\n| what does not pass | driver | peer | why | tracked |\n| --- | --- | --- | --- | --- |\n".to_owned();
    for row in CANNOT {
        let side = |language: Option<&'static str>| language.map_or("any", title);
        let (driver, peer) = (side(row.driver), side(row.peer));
        let (scenario, why, upstream) = (row.scenario, row.why, row.upstream);
        writeln!(
            text,
            "| `{scenario}` | {driver} | {peer} | {why} | {upstream} |"
        )
        .expect("a text takes all");
    }
    text
}

#[test]
fn table_of_what_passes_is_up_to_date() {
    let file = file("guests/CONFORMANCE.md");
    if std::env::var_os("TRACTOR_WRITE").is_some() {
        std::fs::write(&file, table()).expect("the table is written");
    }
    assert!(
        text(&file) == table(),
        "guests/CONFORMANCE.md is stale: TRACTOR_WRITE=1 cargo test --test conformance table"
    );
}

#[test]
fn scenarios_are_those_that_are_written_down() {
    let written = text(&file("tests/conformance/SCENARIOS.md"));
    let rows = written.lines().filter_map(|line| line.strip_prefix("| `"));
    let mut written = Vec::from_iter(rows.filter_map(|row| row.split('`').next()));
    let mut listed = Vec::from_iter(SCENARIOS.iter().map(|scenario| scenario.name));
    written.sort_unstable();
    listed.sort_unstable();
    assert_eq!(listed, written);
}

#[test]
fn cases_that_cannot_pass_name_scenarios_and_languages_that_there_are() {
    for row in CANNOT {
        assert!(
            SCENARIOS
                .iter()
                .any(|scenario| scenario.name == row.scenario),
            "{}",
            row.scenario
        );
        for language in row.driver.iter().chain(&row.peer) {
            assert!(LANGUAGES.contains(language), "{language}");
        }
        assert!(
            !row.why.is_empty() && !row.upstream.is_empty(),
            "{}",
            row.scenario
        );
    }
}
