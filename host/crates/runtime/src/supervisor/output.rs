//! The output of actors that have not the terminal: whole lines, never mixed within one, and the last of them kept.
//!
//! A reader that does not read makes the actors wait that write, and nobody else: what may block is done on a thread for that, one at a
//! time for each place. So the supervisor goes on, and can be told to end.

use std::collections::VecDeque;
use std::io::{self, Write};
use std::os::fd::OwnedFd;
use std::sync::Arc;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::net::unix::pipe;
use tokio::sync::Mutex;

/// Lines of stderr that are kept for an actor's failure.
const KEPT_LINES: usize = 20;

/// Bytes that are kept of each of them.
const KEPT_BYTES: usize = 1 << 10;

/// A line longer than this, 1 MiB, is written in pieces, between which others may write: memory for it must be bounded, and whoever writes so
/// much without a newline writes no lines.
const LONGEST_LINE: usize = 1 << 20;

/// Bytes that are read at once: as many as a pipe holds.
const READ_BYTES: usize = 64 << 10;

/// A place to write lines to.
pub(super) type Writer = Arc<Mutex<dyn Write + Send>>;

/// Where the output of actors goes: by default to this process's own stdout and stderr.
#[derive(Clone)]
pub struct Output {
    pub(super) stdout: Writer,
    pub(super) stderr: Writer,
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
            stdout: Arc::new(Mutex::new(stdout)),
            stderr: Arc::new(Mutex::new(stderr)),
        }
    }
}

/// Copies lines until the pipe ends; gives the last of them.
pub(super) async fn relay(pipe: OwnedFd, writer: Writer) -> Vec<String> {
    let mut kept = VecDeque::new();
    let Ok(receiver) = pipe::Receiver::from_owned_fd(pipe) else {
        return Vec::new();
    };
    let mut reader = BufReader::with_capacity(READ_BYTES, receiver);
    let mut piece = Vec::new();
    while let Ok(true) = next_piece(&mut reader, &mut piece).await {
        keep(&mut kept, &piece);
        piece = write(&writer, piece).await;
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

/// Writes a piece, and gives its memory back. If it is dropped, the piece is written none the less.
async fn write(writer: &Writer, piece: Vec<u8>) -> Vec<u8> {
    let mut writer = Arc::clone(writer).lock_owned().await;
    let written = tokio::task::spawn_blocking(move || {
        // A reader that closed is no reason to stop the actor: `| head` must not fail the tree.
        let _ = writer.write_all(&piece).and_then(|()| writer.flush());
        piece
    });
    // The writer may be anyone's, and panic.
    written.await.unwrap_or_default()
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
