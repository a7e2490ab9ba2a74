//! The supervisor's machine, told what worker processes may do and what their code may make them say.
//!
//! `words` makes what workers say, `book` keeps who owns whom and which processes there are, and `run` drives. After each event the tree's
//! own books are audited; a worker that breaks the protocol harms nobody outside of its nursery; and at the end everything is gone.

mod book;
mod run;
mod words;

pub(crate) use run::run;
