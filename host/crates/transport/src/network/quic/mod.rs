//! QUIC: a link whose lanes are streams.
//!
//! The end that connects opens the first stream, which is the control lane of both. Each further lane is a stream of both directions, opened by the end that
//! opens the lane. When an end has nothing more to say it finishes its half of every stream, the control lane last, with a *farewell*: an empty frame and the
//! number of lanes it has opened. So the other end knows when it has all, whatever order the network delivers in.

mod connect;
mod incoming;
mod outgoing;
mod ready;

pub(crate) use connect::{QuicIncoming, QuicListener, quic_connect};
pub(crate) use incoming::LanesIn;
pub(crate) use outgoing::QuicEnd;
