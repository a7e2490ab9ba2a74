//! The dialogs of one peer link, as a pure state machine: calls, contexts and their streams, at both ends.
//!
//! [`Dialogs`] is one end. Its methods change it at once and never wait; what is to be written comes out of
//! [`poll_transmit`](Dialogs::poll_transmit), what the shell has to act on out of [`poll_event`](Dialogs::poll_event), and
//! [`next_timeout`](Dialogs::next_timeout) says when to call [`handle_timeout`](Dialogs::handle_timeout). Poll both after every call.
//!
//! Invariants:
//!
//! 1. The end that serves a dialog says exactly one last word, `Return` or `Failed`, and nothing after it. That word alone decides
//!    the outcome at both ends, whatever crosses it; only a passed grace or a lost link decides before it.
//! 2. The end that opened it is told exactly one [`DialogEvent::Ended`].
//! 3. Numbers of one side only grow. What the opener says to a dialog that is over crossed its end and is ignored; everything else
//!    that does not fit the state is a [`ProtocolViolation`], each in one arm of `peer.rs`.
//! 4. Messages of a stream arrive in order, exactly once, and never more of them than there is credit. What was queued before a
//!    stop, an end or a failure is received before it; then it is the same answer for ever.
//! 5. A call leaves the tables with its last word. So does a context whose stream this end never opened; else the opener
//!    keeps it until [`release`](Dialogs::release). The shell calls that for every context that it opened, as soon as the code that
//!    opened it has left it: a callee that still sends would else wait for ever for someone to receive.
//! 6. Everything is bounded, even if the peer never reads or never ends what is cancelled: in number by what this end lets in, and in bytes by
//!    the queues that it shares with the other links of its actor, beyond which each stream and each link may have one message.
//!
//! # Layout
//!
//! | module | holds |
//! | --- | --- |
//! | `dialogs` | the struct, its polls and counts, loss of the link |
//! | `open`, `serve` | what the opener and the callee of a dialog do |
//! | `exchange` | what both do: streams |
//! | `peer` | what arrives, and what must not |
//! | `outcome` | how a dialog ends, as two tables |
//! | `state`, `stream`, `outbox`, `room`, `timer`, `limits`, `event` | the data |

mod dialogs;
mod event;
mod exchange;
mod limits;
mod open;
mod outbox;
mod outcome;
mod peer;
mod room;
mod serve;
mod state;
mod stream;
#[cfg(test)]
mod tests;
mod timer;

pub use dialogs::Dialogs;
pub use event::{DialogEvent, Overrun, ProtocolViolation, ReceiveState};
pub use limits::DialogLimits;
pub use room::{Count, Held, QueueRoom, Queues};
