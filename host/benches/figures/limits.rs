//! What the machine itself takes: starting a process, a round trip through a socket, copying.

use crate::peer::{BATCH_BYTES, Peer, Role};
use crate::report::median;
use std::hint::black_box;
use std::io::{Read, Write};
use std::process::{Command, Stdio};
use std::time::Instant;

/// Round trips that are made before any is timed.
const WARM_UP: u32 = 200;

/// Memory that is copied from and to: larger than the nearest caches, as messages on their way are.
const COPIED_BYTES: usize = 1 << 20;

/// Microseconds to start and reap `/bin/true`.
pub(crate) fn bin_true(times: usize) -> anyhow::Result<f64> {
    #[expect(
        clippy::disallowed_methods,
        reason = "what is measured is the bare start of a process; it is waited for right here"
    )]
    let mut command = Command::new("/bin/true");
    start_and_reap(&mut command, times)
}

/// Microseconds to start this program, which ends at once, and to reap it: what its size and its libraries cost.
pub(crate) fn this_program(times: usize) -> anyhow::Result<f64> {
    start_and_reap(&mut Role::Exit.command()?, times)
}

fn start_and_reap(command: &mut Command, times: usize) -> anyhow::Result<f64> {
    command.stdin(Stdio::null());
    let mut samples = Vec::new();
    for _ in 0..times {
        let begun = Instant::now();
        command.status()?;
        samples.push(microseconds(begun));
    }
    Ok(median(&samples))
}

/// Microseconds to tell so many idle processes of this program to end, and to reap them.
pub(crate) fn end_idle(processes: usize) -> anyhow::Result<f64> {
    let mut idle = Vec::new();
    for _ in 0..processes {
        idle.push(Peer::start(Role::Idle)?);
    }
    for process in &mut idle {
        process.wait_until_idle()?;
    }
    let begun = Instant::now();
    for process in &idle {
        process.tell_to_end();
    }
    drop(idle);
    Ok(microseconds(begun))
}

/// Microseconds for a message of so many bytes to another process and back: one blocking write and read on each side.
pub(crate) fn round_trip(calls: u32, bytes: usize) -> anyhow::Result<f64> {
    let mut peer = Peer::start(Role::Echo(bytes))?;
    let mut message = vec![7; bytes];
    let mut samples = Vec::new();
    for call in 0..WARM_UP + calls {
        let begun = Instant::now();
        peer.socket.write_all(&message)?;
        peer.socket.read_exact(&mut message)?;
        if call >= WARM_UP {
            samples.push(microseconds(begun));
        }
    }
    Ok(median(&samples))
}

/// Messages of so many bytes that a socket takes to another process in a second, written and read in batches.
pub(crate) fn socket_messages(total_bytes: usize, bytes: usize) -> anyhow::Result<f64> {
    let mut peer = Peer::start(Role::Pour(total_bytes))?;
    let mut batch = vec![0; 2 * BATCH_BYTES];
    let mut left = total_bytes - peer.socket.read(&mut batch)?;
    let (begun, counted) = (Instant::now(), left);
    while left > 0 {
        let read = peer.socket.read(&mut batch)?;
        anyhow::ensure!(read > 0, "the peer ended early");
        left -= read;
    }
    Ok(counted as f64 / bytes as f64 / begun.elapsed().as_secs_f64())
}

/// Messages of so many bytes that are copied within this process in a second.
pub(crate) fn copied_messages(total_bytes: usize, bytes: usize) -> f64 {
    let (from, mut to) = (vec![7_u8; COPIED_BYTES], vec![0_u8; COPIED_BYTES]);
    let rounds = (total_bytes / COPIED_BYTES).max(1);
    let begun = Instant::now();
    for _ in 0..rounds {
        for (to, from) in to.chunks_exact_mut(bytes).zip(from.chunks_exact(bytes)) {
            to.copy_from_slice(black_box(from));
        }
        black_box(&mut to);
    }
    (rounds * COPIED_BYTES / bytes) as f64 / begun.elapsed().as_secs_f64()
}

pub(crate) fn microseconds(begun: Instant) -> f64 {
    begun.elapsed().as_secs_f64() * 1e6
}
