//! The output of actors that have not the terminal: whole lines, never mixed within one, and the last of them kept.
//!
//! A reader that does not read makes the actors wait that write, and nobody else: what may block is done by the place's own thread.
//! So the supervisor goes on, and can be told to end.

use super::place::Place;
use std::collections::VecDeque;
use std::io::{self, Write};
use std::os::fd::OwnedFd;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::net::unix::pipe;

/// Lines of stderr that are kept for an actor's failure.
const KEPT_LINES: usize = 20;

/// Bytes that are kept of each of them.
const KEPT_BYTES: usize = 1 << 10;

/// A line longer than this, 1 MiB, is written in pieces, between which others may write: memory for it must be bounded, and whoever writes so
/// much without a newline writes no lines.
const LONGEST_LINE: usize = 1 << 20;

/// Bytes that are read at once: as many as a pipe holds.
const READ_BYTES: usize = 64 << 10;

/// Where the output of actors goes: by default to this process's own stdout and stderr.
pub struct Output {
    stdout: Box<dyn Write + Send>,
    stderr: Box<dyn Write + Send>,
}

impl Default for Output {
    fn default() -> Self {
        Self::new(io::stdout(), io::stderr())
    }
}

impl Output {
    /// Writes to these. A writer that fails, as a closed pipe does, is no failure of the actor: its lines are dropped.
    pub fn new(stdout: impl Write + Send + 'static, stderr: impl Write + Send + 'static) -> Self {
        Self {
            stdout: Box::new(stdout),
            stderr: Box::new(stderr),
        }
    }

    pub(super) fn open(self) -> io::Result<Places> {
        Ok(Places {
            stdout: Place::open(self.stdout)?,
            stderr: Place::open(self.stderr)?,
        })
    }
}

/// The places of an output, open.
pub(super) struct Places {
    pub(super) stdout: Place,
    pub(super) stderr: Place,
}

/// Copies lines until the pipe ends; gives the last of them.
pub(super) async fn relay(pipe: OwnedFd, place: Place) -> Vec<String> {
    let mut kept = VecDeque::new();
    let Ok(receiver) = pipe::Receiver::from_owned_fd(pipe) else {
        return Vec::new();
    };
    let mut reader = BufReader::with_capacity(READ_BYTES, receiver);
    let mut piece = Vec::new();
    while let Ok(true) = next_piece(&mut reader, &mut piece).await {
        keep(&mut kept, &piece);
        piece = place.write(piece).await;
        piece.clear();
    }
    kept.into()
}

/// Waits for a relay, if there is one.
pub(super) async fn maybe(relay: Option<impl Future<Output = Vec<String>>>) -> Vec<String> {
    match relay {
        Some(relay) => relay.await,
        None => Vec::new(),
    }
}

/// Reads whole lines, as many as are there; less only of a line that is too long. A last line without its newline gets one, or the next
/// actor's would be joined to it. False at the end.
async fn next_piece(
    reader: &mut BufReader<pipe::Receiver>,
    piece: &mut Vec<u8>,
) -> io::Result<bool> {
    while piece.len() < LONGEST_LINE {
        let available = reader.fill_buf().await?;
        if available.is_empty() {
            if piece.is_empty() {
                return Ok(false);
            }
            piece.push(b'\n');
            break;
        }
        let newline = available.iter().rposition(|byte| *byte == b'\n');
        let taken = newline.map_or(available.len(), |at| at + 1);
        piece.extend_from_slice(&available[..taken]);
        reader.consume(taken);
        if newline.is_some() {
            break;
        }
    }
    Ok(true)
}

fn keep(kept: &mut VecDeque<String>, piece: &[u8]) {
    let piece = piece.strip_suffix(b"\n").unwrap_or(piece);
    for line in piece.split(|byte| *byte == b'\n') {
        if kept.len() == KEPT_LINES {
            kept.pop_front();
        }
        let line = &line[..line.len().min(KEPT_BYTES)];
        kept.push_back(String::from_utf8_lossy(line).trim_end().to_owned());
    }
}
