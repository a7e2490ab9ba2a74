//! What fuzzing keeps of values and calls, see `tests/fuzz`.

#[path = "../../../../../../tests/fuzz/bodies/command_line.rs"]
mod command_line;
#[path = "../../../../../../tests/fuzz/corpus.rs"]
mod corpus;
#[path = "../../../../../../tests/fuzz/bodies/values/mod.rs"]
mod values;

#[test]
fn fuzzed_values_are_refused_or_go_through_each_codec() {
    corpus::run_all("values", values::run);
}

#[test]
fn fuzzed_calls_are_refused_or_mean_the_same_typed_again() {
    corpus::run_all("command-line", command_line::run);
}
