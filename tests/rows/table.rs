//! That every row has its test.

use std::collections::BTreeSet;
use std::fs;
use std::ops::RangeInclusive;
use std::path::Path;

/// What is passed, one range a line.
const ROWS: &[RangeInclusive<u32>] = &[
    1..=30,  // nurseries, contexts
    31..=34, // streams
    38..=40, // streams of several levels
    42..=52, // streams at once, cancellation between peers
    53..=58, // transport
    59..=62, // discovery
    64..=68, // names at an end, signals, tools
    72..=72, // examples
    79..=88, // what the seed lacks
];

#[test]
fn every_row_has_a_test() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let rows = fs::read_dir(folder.join("rows")).expect("the sources");
    let mut files: Vec<_> = rows.map(|file| file.expect("a file").path()).collect();
    files.push(folder.join("examples.rs"));
    let mut tested = BTreeSet::new();
    for file in files {
        tested.extend(rows_of(&fs::read_to_string(file).expect("text")));
    }
    let rows = ROWS.iter().cloned().flatten();
    let missing: Vec<_> = rows.filter(|row| !tested.contains(row)).collect();
    assert!(missing.is_empty(), "these rows have no test: {missing:?}");
}

/// The numbers of the rows that are tests in a file.
fn rows_of(source: &str) -> impl Iterator<Item = u32> {
    let tests = source.split("#[test]\nfn row_").skip(1);
    tests.filter_map(|test| test.split('_').next()?.parse().ok())
}
