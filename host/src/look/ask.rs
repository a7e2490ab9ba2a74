//! Looking at the trees of other processes, through their windows.

use super::serve::{BETWEEN, PREFIX};
use super::text::visible;
use super::why::Account;
use rustix::net::sockopt;
use rustix::process::geteuid;
use std::io::{self, Read};
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixStream};
use std::time::{Duration, Instant};

/// How long a tree has to answer. Its own patience with busy workers is less.
const PATIENCE: Duration = Duration::from_secs(3);

/// Between two tries.
const PAUSE: Duration = Duration::from_millis(20);

/// The most that is read of one tree: a line and an account of each of as many actors as a tree may have.
const MOST_BYTES: usize = 16 << 20;

/// A tree that runs on this machine and may be looked at.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Running {
    pid: u32,
    window: String,
}

impl Running {
    /// Finds all trees, sorted by the process id of their roots.
    ///
    /// # Errors
    ///
    /// If the kernel does not tell what sockets there are.
    pub fn all() -> io::Result<Vec<Self>> {
        let mut found = windows(&std::fs::read_to_string("/proc/net/unix")?);
        found.sort();
        found.dedup();
        Ok(found)
    }

    /// The process id of its root.
    pub fn pid(&self) -> u32 {
        self.pid
    }

    /// Asks for the tree as text, one line for each actor. Waits at most 3 s.
    ///
    /// # Errors
    ///
    /// If it is gone, belongs to someone else, or does not answer.
    pub fn look(&self) -> io::Result<String> {
        let answer = self.answer()?;
        let text = answer.split(|byte| *byte == BETWEEN).next();
        let text = String::from_utf8_lossy(text.unwrap_or_default());
        Ok(text.lines().map(|line| visible(line) + "\n").collect())
    }

    /// Asks for an account of each actor: those that run, owners before what they own, and then those that ended lately, the last first.
    /// Waits at most 3 s.
    ///
    /// # Errors
    ///
    /// As [`look`](Self::look), or if it is of another version of this program.
    pub fn accounts(&self) -> io::Result<Vec<Account>> {
        let answer = self.answer()?;
        let accounts = answer.iter().position(|byte| *byte == BETWEEN);
        let accounts = accounts.and_then(|at| serde_json::from_slice(&answer[at + 1..]).ok());
        let accounts: Vec<Account> =
            accounts.ok_or_else(|| io::Error::other("its answer is not that of this version"))?;
        Ok(accounts.into_iter().map(harmless).collect())
    }

    fn answer(&self) -> io::Result<Vec<u8>> {
        let end = Instant::now() + PATIENCE;
        loop {
            match self.ask(end) {
                // It turns askers away while there are many.
                Ok(text) if text.is_empty() && Instant::now() < end => std::thread::sleep(PAUSE),
                Ok(text) if text.is_empty() => return Err(io::Error::other("it gives no answer")),
                answer => return answer,
            }
        }
    }

    fn ask(&self, end: Instant) -> io::Result<Vec<u8>> {
        let address = SocketAddr::from_abstract_name(&self.window)?;
        let mut socket = UnixStream::connect_addr(&address)?;
        check_owner(&socket)?;
        read(&mut socket, end)
    }
}

/// The names of listening sockets that are windows.
fn windows(table: &str) -> Vec<Running> {
    /// Of a socket that accepts connections.
    const LISTENS: &str = "00010000";
    let lines = table.lines().skip(1);
    lines
        .filter_map(|line| {
            let fields: Vec<&str> = line.split_whitespace().collect();
            let (flags, name) = (fields.get(3)?, fields.get(7)?);
            let window = name.strip_prefix('@')?;
            let pid = window
                .strip_prefix(PREFIX)?
                .split('/')
                .next()?
                .parse()
                .ok()?;
            (*flags == LISTENS).then(|| Running {
                pid,
                window: window.to_owned(),
            })
        })
        .collect()
}

/// Anyone can take such a name, and only its own user and root get an answer of a tree.
fn check_owner(socket: &UnixStream) -> io::Result<()> {
    let peer = sockopt::socket_peercred(socket)?;
    let ours = geteuid();
    if peer.uid == ours || ours.is_root() {
        return Ok(());
    }
    let message = format!(
        "it belongs to user {}, and only that user and root may look at it",
        peer.uid.as_raw()
    );
    Err(io::Error::new(io::ErrorKind::PermissionDenied, message))
}

/// What the tree wrote is escaped already; of one that only says it is a tree nothing is taken on trust.
fn harmless(account: Account) -> Account {
    let lines = account.story.lines().map(visible);
    Account {
        name: visible(&account.name),
        story: lines.collect::<Vec<_>>().join("\n"),
        ..account
    }
}

fn read(socket: &mut UnixStream, end: Instant) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut buffer = vec![0; 64 << 10];
    while bytes.len() < MOST_BYTES {
        let left = end.saturating_duration_since(Instant::now());
        socket.set_read_timeout(Some(left.max(Duration::from_millis(1))))?;
        match socket.read(&mut buffer) {
            Ok(0) => break,
            // Closed with what we sent unread, which is nothing: turned away.
            Err(error) if error.kind() == io::ErrorKind::ConnectionReset => break,
            Ok(count) => bytes.extend_from_slice(&buffer[..count]),
            Err(error) => return Err(error),
        }
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_are_found_among_other_sockets() {
        let table = "Num       RefCount Protocol Flags    Type St Inode Path\n\
            0: 00000002 00000000 00010000 0001 01 18 @tractor-host/42\n\
            0: 00000003 00000000 00000000 0001 03 19 @tractor-host/42\n\
            0: 00000002 00000000 00010000 0001 01 20 @tractor-host/7/2\n\
            0: 00000002 00000000 00010000 0001 01 21 @tractor-host/x\n\
            0: 00000002 00000000 00010000 0001 01 22 /run/systemd/notify\n\
            0: 00000002 00000000 00010000 0001 01 23\n";
        let pids: Vec<u32> = windows(table).iter().map(Running::pid).collect();
        assert_eq!(pids, [42, 7]);
    }
}
