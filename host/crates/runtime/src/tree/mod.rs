//! The supervisor's decisions: who owns whom, who may start what, who is cancelled and until when, and when it is over.
//!
//! [`Tree`] is told what happened ([`TreeEvent`]) and when, and says what to do ([`Effect`]). It does no I/O, reads no clock and draws
//! its random ids from a seed, so a whole tree with all its processes can be simulated. It refuses to know sockets, files, guests and
//! the values of calls. After each `handle` or `handle_timeout`: take effects until there are none, then wait until `next_timeout`.
//!
//! # Invariants
//!
//! 1. Every actor but the root is a member of exactly one nursery of a living record. A record is dropped, and its nursery told, only
//!    when its process is reaped and all its nurseries are empty: so a nursery closes only when all below it is reaped.
//! 2. For each spawned actor the effects are: `Spawn`, others, one `CloseControl`, and nothing more about it. `Kill` may be repeated.
//! 3. The first real failure of a nursery cancels it; each failure is counted once by its id; a cancelled member is no failure.
//! 4. Deadlines of cancelled actors only shrink, and each is at least one allowance before its owner's. The first canceller stays.
//! 5. An actor has at most one timer, and none once its process is reaped. Every state that waits for a living worker's word has one;
//!    of those in a nursery that wait to be started anew, at least the first in turn.
//! 6. Names and new links belong to serving actors only; links are mutual and end with either process.
//! 7. Nothing is sent to a worker that has said its last word, lost its link or was killed.
//! 8. The end of an actor is answered once: by its nursery's failure, by a restart, or by nothing. A new incarnation takes the
//!    place of the one before in its nursery and in the counts, when that is gone; ids of the earlier ones lead to it.
//! 9. A worker's illegal message ends that worker with `ProtocolViolation`, and no one else; an event about an unknown actor is late news.
//!
//! | module | holds |
//! | --- | --- |
//! | `machine`, `message` | the state, dispatch of events, dispatch of a worker's messages |
//! | `config`, `event`, `snapshot`, `ended`, `audit` | what goes in and out |
//! | `actor`, `nursery`, `timer`, `registrar` | the records |
//! | `spawn`, `grants`, `limits`, `turns` | starting an actor, whether it may be, and when |
//! | `cancel`, `shutdown`, `close` | cancelling an actor, a nursery, the whole tree; the end of a nursery's body |
//! | `end`, `verdict`, `reap` | the end of a worker, what it means, and when nothing of it is left |
//! | `line`, `renew` | the incarnations of an actor, and when there is another one |
//! | `teardown` | the account of how each actor went, for people and measurements |
//! | `links`, `names` | links between workers, requests about names |

mod actor;
mod audit;
mod cancel;
mod close;
mod config;
mod end;
mod ended;
mod event;
mod grants;
mod limits;
mod line;
mod links;
mod machine;
mod message;
mod names;
mod nursery;
mod reap;
mod registrar;
mod renew;
mod shutdown;
mod snapshot;
mod spawn;
mod teardown;
mod timer;
mod turns;
mod verdict;

#[cfg(test)]
mod tests;

pub use config::TreeConfig;
pub use ended::EndedActor;
pub use event::{Effect, ExitStatus, SpawnRequest, TreeEvent};
pub use machine::Tree;
pub use snapshot::{ActorSnapshot, ActorState, TreeSnapshot, Wait};
pub use teardown::{Extent, Teardown};
