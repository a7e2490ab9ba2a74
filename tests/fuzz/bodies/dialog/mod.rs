//! One end of a peer link, driven by calls of its own side and by a peer that says what it likes.
//!
//! `book` keeps what either side was told, and says what contradicts the rules of `runtime::dialog`: each illegal message is a violation
//! and each legal one is none; each dialog has one outcome; what is sent has credit; what is received is what came, in order; what waits
//! is bounded. `peer` makes the peer's messages, and `run` drives.

mod book;
mod peer;
mod run;

pub(crate) use run::run;
