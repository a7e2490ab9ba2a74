//! Links over memory that two processes share: a ring for each direction, and the socketpair they began with.
//!
//! The bytes go through the rings; the socket carries a byte when the other end sleeps, and its end is the sign of the other's
//! death, as on any link of one machine. **The peer is not trusted**: the memory is sealed against being cut short, what it says of its
//! position is checked before use, each end keeps its own position to itself, and bytes are copied out before anyone looks at them.

mod end;
mod shared;
mod spin;

pub(crate) use end::RingEnd;
pub(crate) use shared::SharedMemory;
#[cfg(test)]
pub(crate) use shared::{Direction, Word};
