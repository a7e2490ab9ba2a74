//! Runs trees of actors: each actor is an operating-system process that runs one WebAssembly component.
//!
//! Whoever starts an actor owns it through a [`Nursery`], which does not close until the process is reaped. One supervisor, in
//! this program, spawns, kills and reaps; when it dies, all die. However an actor misbehaves, it is gone within its grace period and a
//! constant, and nothing of it is left.
//!
//! ```no_run
//! use tractor_host::{Error, Tree};
//!
//! fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     tractor_host::init(); // first thing: this program is also its own worker
//!     tokio::runtime::Runtime::new()?.block_on(async {
//!         let tree = Tree::builder().component("calc", "calc.wasm").start().await?;
//!         let sum: u32 = tree
//!             .nursery(async |n| {
//!                 let calc = n.start_actor("calc").await?;
//!                 let sum = calc.call("add", (1, 2)).await?;
//!                 calc.cancel().await?;
//!                 Ok(sum)
//!             })
//!             .await?;
//!         println!("{sum}");
//!         Ok(())
//!     })
//! }
//! ```
//!
//! # Layout
//!
//! | word | what |
//! | --- | --- |
//! | [`init`] | makes the program able to be its own worker |
//! | [`Tree`], [`TreeBuilder`] | the supervisor, and what its tree may do |
//! | [`Nursery`], [`ActorSpec`], [`Child`] | starting and owning actors |
//! | [`Portal`], [`OpenedContext`], [`MsgStream`] | calling them |
//! | [`Native`], [`Call`] | actors that are Rust functions of the program |
//! | [`Scope`] | deadlines and cancellation |
//! | [`Transport`] | what carries the links between actors |
//! | [`Error`] | what went wrong, with its story |
//!
//! Of the crates behind this one only the types named here are part of its interface; wasmtime's are not.

mod builder;
mod codec;
mod context;
mod error;
mod init;
pub mod look;
mod native;
mod nursery;
mod portal;
mod source;
mod spec;
mod stream;
mod tree;

pub use builder::TreeBuilder;
pub use codec::Arguments;
pub use context::OpenedContext;
pub use error::{Error, Failures, StartError};
pub use init::{init, init_with};
pub use native::{Call, Native};
pub use nursery::{Child, Nursery};
pub use portal::Portal;
pub use source::ComponentSource;
pub use spec::ActorSpec;
pub use stream::MsgStream;
pub use tree::Tree;

pub use tractor_protocol::control::{Level, Overdue, SpawnBackend};
pub use tractor_protocol::{
    Access, ActorId, Backoff, CancelReason, Cancellation, Codec, Failure, FailureId, FailureKind,
    Grants, Intensity, Limits, Linked, Names, Payload, Restart, RestartPolicy, RestartStrategy,
    ScopeId, Uuid,
};
pub use tractor_runtime::code::Invocation;
pub use tractor_runtime::supervisor::{LogLine, Transport};
pub use tractor_runtime::worker::{NurseryOptions, Overrun, Scope, ScopeOptions, StreamOptions};
pub use tractor_wasm::Progress;
