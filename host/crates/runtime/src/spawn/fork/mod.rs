//! Workers as forks of a process that has their code ready, where that pays, else by running the program anew.
//!
//! The process to be forked is a *zygote*: this program, which has loaded a component and waits, with one thread. Its children are the
//! supervisor's own (`CLONE_PARENT`): killed, reaped and watched as any other. It is no actor: it runs no guest, and nothing depends on it.
//!
//! | module | is |
//! | --- | --- |
//! | `policy` | when there is a zygote, and who is forked: pure |
//! | `forkserver` | the backend, which does that |
//! | `zygote` | the supervisor's end of one zygote |
//! | `server` | what a zygote does |
//! | `packets`, `born`, `twin`, `title`, `threads` | what they are made of, nearest to the system |
//!
//! 1. No spawn fails because of a zygote: whatever happens to it, there is one child or none, which the kernel tells ([`born`]), and where
//!    there is none the actor is started by exec.
//! 2. A zygote holds no descriptor of a worker when it is forked for the next one, nor after it has answered.
//! 3. A zygote is ended with the backend, and dies with the supervisor.

mod born;
mod forkserver;
mod packets;
mod policy;
mod server;
mod threads;
mod title;
mod twin;
mod zygote;

pub use self::forkserver::Forkserver;
pub use self::server::run_zygote;
pub(super) use self::twin::leave_copy;
