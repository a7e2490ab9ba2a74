//! What fuzzing keeps of the two machines, see `tests/fuzz`.

#[path = "../../../../tests/fuzz/bodies/control/mod.rs"]
mod control;
#[path = "../../../../tests/fuzz/corpus.rs"]
mod corpus;
#[path = "../../../../tests/fuzz/bodies/dialog/mod.rs"]
mod dialog;

#[test]
fn fuzzed_peer_breaks_no_dialog() {
    corpus::run_all("dialog", dialog::run);
}

#[test]
fn fuzzed_workers_break_no_tree() {
    corpus::run_all("control", control::run);
}
