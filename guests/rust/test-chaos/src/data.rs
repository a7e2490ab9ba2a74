//! Messages whose number says what they hold.

use crate::tally::Told;

/// A message: its number, its bytes, and their checksum.
pub(crate) type Message = (u64, Vec<u8>, u32);

/// An answer: the number of the message, the checksum that was computed from it, and what the answerer has checked so far.
pub(crate) type Reply = (u64, u32, Told);

/// The message of a number.
pub(crate) fn message(number: u64) -> Message {
    let bytes = bytes(number);
    let sum = checksum(&bytes);
    (number, bytes, sum)
}

/// The checksum of the message of a number.
pub(crate) fn sum_of(number: u64) -> u32 {
    checksum(&bytes(number))
}

/// FNV-1a.
pub(crate) fn checksum(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0x811c_9dc5, |sum, byte| {
        (sum ^ u32::from(*byte)).wrapping_mul(0x0100_0193)
    })
}

/// Mostly short, now and then larger than what a socket takes at once.
fn bytes(number: u64) -> Vec<u8> {
    let length = match number % 257 {
        256 => 200_000,
        short => usize::try_from(short).unwrap_or_default(),
    };
    let mut state = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()[0]
    };
    (0..length).map(|_| next()).collect()
}
