//! This program once more, as the other side of what is measured without tractor-host.

use anyhow::{Context, bail};
use std::io::{Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::process::{Child, Command, Stdio};

/// Says in the environment which role to play.
const VARIABLE: &str = "TRACTOR_BENCH_ROLE";

/// What one write to a socket holds at most, when messages are written in batches: what a pipe holds, and what the link's queue writes.
pub(crate) const BATCH_BYTES: usize = 64 << 10;

/// What the process does with the socket that is its stdin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// Ends at once.
    Exit,
    /// Says that it runs, and waits for the end of the socket.
    Idle,
    /// Sends back messages of so many bytes.
    Echo(usize),
    /// Sends so many bytes.
    Pour(usize),
}

impl Role {
    /// The role that this process was started for.
    pub(crate) fn of_this_process() -> Option<Self> {
        let said = std::env::var(VARIABLE).ok()?;
        let (name, number) = said.split_once(' ')?;
        let number = number.parse().ok()?;
        match name {
            "exit" => Some(Self::Exit),
            "idle" => Some(Self::Idle),
            "echo" => Some(Self::Echo(number)),
            "pour" => Some(Self::Pour(number)),
            _ => None,
        }
    }

    fn said(self) -> String {
        match self {
            Self::Exit => "exit 0".to_owned(),
            Self::Idle => "idle 0".to_owned(),
            Self::Echo(bytes) => format!("echo {bytes}"),
            Self::Pour(bytes) => format!("pour {bytes}"),
        }
    }

    pub(crate) fn play(self) -> anyhow::Result<()> {
        if self == Self::Exit {
            return Ok(());
        }
        let mut socket = UnixStream::from(std::io::stdin().as_fd().try_clone_to_owned()?);
        match self {
            Self::Exit => Ok(()),
            Self::Idle => idle(&mut socket),
            Self::Echo(bytes) => echo(&mut socket, bytes),
            Self::Pour(bytes) => pour(&mut socket, bytes),
        }
    }

    /// The command that runs this program in the role.
    pub(crate) fn command(self) -> anyhow::Result<Command> {
        #[expect(
            clippy::disallowed_methods,
            reason = "what is measured is the bare start of a process; it is waited for right here"
        )]
        let mut command = Command::new(std::env::current_exe()?);
        command.env(VARIABLE, self.said());
        Ok(command)
    }
}

fn idle(socket: &mut UnixStream) -> anyhow::Result<()> {
    socket.write_all(b"!")?;
    let _ = socket.read(&mut [0])?;
    Ok(())
}

fn echo(socket: &mut UnixStream, bytes: usize) -> anyhow::Result<()> {
    let mut message = vec![0; bytes];
    while socket.read_exact(&mut message).is_ok() {
        socket.write_all(&message)?;
    }
    Ok(())
}

fn pour(socket: &mut UnixStream, bytes: usize) -> anyhow::Result<()> {
    let batch = vec![7; BATCH_BYTES];
    let mut left = bytes;
    while left > 0 {
        let now = left.min(BATCH_BYTES);
        socket.write_all(&batch[..now])?;
        left -= now;
    }
    Ok(())
}

/// A process that plays a role, and the socket to it. Ends and is reaped when it is dropped.
pub(crate) struct Peer {
    pub(crate) socket: UnixStream,
    child: Child,
}

impl Peer {
    pub(crate) fn start(role: Role) -> anyhow::Result<Self> {
        let (socket, theirs) = UnixStream::pair()?;
        let child = role
            .command()?
            .stdin(Stdio::from(OwnedFd::from(theirs)))
            .spawn()
            .context("this program cannot be started again")?;
        Ok(Self { socket, child })
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Tells it to end, without waiting for that.
    pub(crate) fn tell_to_end(&self) {
        // By the end of the socket; it may be gone already.
        let _ = self.socket.shutdown(std::net::Shutdown::Both);
    }

    /// Waits until it is idle.
    pub(crate) fn wait_until_idle(&mut self) -> anyhow::Result<()> {
        let mut said = [0];
        self.socket.read_exact(&mut said)?;
        if said != *b"!" {
            bail!("the peer said {said:?}");
        }
        Ok(())
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        self.tell_to_end();
        let _ = self.child.wait();
    }
}
