//! The output of actors that have not the terminal: whole lines, never mixed within one, and the last of them kept.

use std::collections::VecDeque;
use std::io::{self, Write};
use std::os::fd::OwnedFd;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::net::unix::pipe;

/// Lines of stderr that are kept for an actor's failure.
const KEPT_LINES: usize = 20;

/// A line longer than this is written in pieces: memory for it must be bounded, and whoever writes so much without a newline writes no lines.
const LONGEST_LINE: usize = 64 << 10;

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
    let mut reader = BufReader::with_capacity(LONGEST_LINE, receiver);
    let mut line = Vec::new();
    while let Ok(true) = next_piece(&mut reader, &mut line).await {
        write(&writer, &line);
        keep(&mut kept, &line);
        line.clear();
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

/// Reads up to a newline, the end, or the longest line. False at the end.
async fn next_piece(
    reader: &mut BufReader<pipe::Receiver>,
    line: &mut Vec<u8>,
) -> io::Result<bool> {
    while line.len() < LONGEST_LINE {
        let available = reader.fill_buf().await?;
        if available.is_empty() {
            return Ok(!line.is_empty());
        }
        let newline = available.iter().position(|byte| *byte == b'\n');
        let taken = newline.map_or(available.len(), |at| at + 1);
        line.extend_from_slice(&available[..taken]);
        reader.consume(taken);
        if newline.is_some() {
            break;
        }
    }
    Ok(true)
}

fn write(writer: &Writer, line: &[u8]) {
    let mut writer = writer.lock().unwrap_or_else(PoisonError::into_inner);
    // A reader that closed is no reason to stop the actor: `| head` must not fail the tree.
    let _ = writer.write_all(line).and_then(|()| writer.flush());
}

fn keep(kept: &mut VecDeque<String>, line: &[u8]) {
    if kept.len() == KEPT_LINES {
        kept.pop_front();
    }
    kept.push_back(String::from_utf8_lossy(line).trim_end().to_owned());
}
