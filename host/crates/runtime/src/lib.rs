//! Supervision: the tree of actors, the dialogs between them, and the shells that drive both.
//!
//! Decisions are made in pure state machines that are told the time and give back what is to be done; thin tokio shells around them
//! do it. So whole trees can be simulated in virtual time.
//!
//! | pure | shell |
//! | --- | --- |
//! | [`tree`]: who owns whom, cancellation, ends | [`supervisor`]: control links, processes; [`spawn`]: starting them |
//! | [`dialog`]: calls, contexts, streams on one link; [`scope`]: cancel scopes | [`worker`]: one actor's end of everything |
//!
//! An actor's code is a trait, [`code::Code`], so nothing here knows WebAssembly; [`native`] implements it with Rust functions.

mod clock;
pub mod code;
pub mod dialog;
pub mod native;
mod rate;
pub mod scope;
pub mod spawn;
pub mod supervisor;
pub mod time;
pub mod tree;
pub mod worker;
