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
    79..=88, // what the seed lacks
];

#[test]
fn every_row_has_a_test() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/rows");
    let mut tested = BTreeSet::new();
    for file in fs::read_dir(folder).expect("the sources") {
        let source = fs::read_to_string(file.expect("a file").path()).expect("text");
        tested.extend(rows_of(&source));
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
