//! Supervision: the tree of actors, the dialogs between them, and the shells that drive both.

pub mod time;
pub mod tree;
