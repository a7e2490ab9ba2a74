//! What fuzzing keeps of frames and first words, see `tests/fuzz`.

#[path = "../../../../tests/fuzz/corpus.rs"]
mod corpus;
#[path = "../../../../tests/fuzz/bodies/frame.rs"]
mod frame;
#[path = "../../../../tests/fuzz/bodies/handshake.rs"]
mod handshake;

#[test]
fn fuzzed_frames_are_read_or_refused() {
    corpus::run_all("frame", frame::run);
}

#[test]
fn fuzzed_first_words_are_agreed_on_or_refused() {
    corpus::run_all("handshake", handshake::run);
}
