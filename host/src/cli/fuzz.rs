//! What fuzzing keeps of the values of flags, see `tests/fuzz`.

use super::units;

#[path = "../../../tests/fuzz/corpus.rs"]
mod corpus;
#[path = "../../../tests/fuzz/bodies/flags.rs"]
mod flags;

#[test]
fn fuzzed_values_of_flags_are_read_or_refused() {
    corpus::run_all("flags", flags::run);
}
