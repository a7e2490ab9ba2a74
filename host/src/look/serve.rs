//! The window of a tree: an abstract Unix socket on which whoever may look in gets the tree as text, and behind a zero byte an account of
//! each actor as JSON.
//!
//! 1. Nothing is read from a client, so there is nothing that a client could say wrong.
//! 2. Only the tree's own user and the machine's root get an answer; the kernel says who they are.
//! 3. A client that does not read is dropped, and at most a few are served at once; the tree never waits for one.
//! 4. The socket has no file: nothing is left when the process ends, however it ends.

use super::proc::Sample;
use super::tree::Look;
use rustix::process::geteuid;
use std::io;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixListener as StdListener};
use std::sync::{Arc, Weak};
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::net::{UnixListener, UnixStream};
use tokio::task::{AbortHandle, JoinSet};
use tractor_runtime::supervisor::Supervisor;
use tractor_runtime::tree::ActorSnapshot;

/// How the names of all windows begin; the process id of the tree's root follows.
pub(super) const PREFIX: &str = "tractor-host/";

/// What stands between the text and the accounts. No text holds it: it is a control character.
pub(super) const BETWEEN: u8 = 0;

/// How long a snapshot waits for the reports of workers that are busy.
const REPORT_PATIENCE: Duration = Duration::from_millis(200);

/// How long processor time is watched: ten ticks of the kernel's accounting.
const WATCHED: Duration = Duration::from_millis(100);

/// How long a client has to take its text.
const WRITE_PATIENCE: Duration = Duration::from_secs(1);

/// Clients served at once; others are turned away.
const MOST_CLIENTS: usize = 8;

/// Trees of one process that have a window.
const MOST_TREES: u32 = 64;

/// An open window; closed when dropped.
pub(crate) struct Window(AbortHandle);

impl Drop for Window {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Window {
    /// Opens the window of a tree on the current tokio runtime.
    ///
    /// # Errors
    ///
    /// What the system says where there are no such sockets, or none is left.
    pub(crate) fn open(supervisor: &Arc<Supervisor>) -> io::Result<Self> {
        let listener = UnixListener::from_std(bind()?)?;
        let supervisor = Arc::downgrade(supervisor);
        #[expect(
            clippy::disallowed_methods,
            reason = "owned by the window, which ends it"
        )]
        let task = tokio::spawn(serve(listener, supervisor));
        Ok(Self(task.abort_handle()))
    }
}

/// Takes the name of this process, or with a number behind it if another tree of the process has that.
fn bind() -> io::Result<StdListener> {
    let pid = std::process::id();
    let mut last = io::Error::from(io::ErrorKind::AddrInUse);
    for number in 1..=MOST_TREES {
        let name = match number {
            1 => format!("{PREFIX}{pid}"),
            number => format!("{PREFIX}{pid}/{number}"),
        };
        match StdListener::bind_addr(&SocketAddr::from_abstract_name(name)?) {
            Ok(listener) => {
                listener.set_nonblocking(true)?;
                return Ok(listener);
            }
            Err(error) => last = error,
        }
        if last.kind() != io::ErrorKind::AddrInUse {
            break;
        }
    }
    Err(last)
}

async fn serve(listener: UnixListener, supervisor: Weak<Supervisor>) {
    let mut clients = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((client, _)) if may_look(&client) && clients.len() < MOST_CLIENTS => {
                    clients.spawn(answer(client, Weak::clone(&supervisor)));
                }
                Ok(_) => {}
                // Out of files, most likely: others may give some back.
                Err(_) => tokio::time::sleep(WATCHED).await,
            },
            Some(_) = clients.join_next() => {}
        }
    }
}

fn may_look(client: &UnixStream) -> bool {
    let ours = geteuid().as_raw();
    client
        .peer_cred()
        .is_ok_and(|peer| peer.uid() == ours || peer.uid() == 0)
}

async fn answer(mut client: UnixStream, supervisor: Weak<Supervisor>) {
    let Some(look) = look_at(&supervisor).await else {
        return;
    };
    // What is plain data cannot fail to be written as JSON.
    let accounts = serde_json::to_string(&look.accounts()).unwrap_or_default();
    let text = look.text();
    let write = async {
        client.write_all(text.as_bytes()).await?;
        client.write_all(&[BETWEEN]).await?;
        client.write_all(accounts.as_bytes()).await?;
        client.shutdown().await
    };
    // A client that went away, or does not read, has no claim on us.
    let _ = tokio::time::timeout(WRITE_PATIENCE, write).await;
}

/// The tree as text; `None` if it is gone.
pub(crate) async fn look(supervisor: &Weak<Supervisor>) -> Option<String> {
    Some(look_at(supervisor).await?.text())
}

async fn look_at(supervisor: &Weak<Supervisor>) -> Option<Look> {
    // The supervisor must not be kept: dropping its owner is how a tree ends.
    let before = snapshot(supervisor).await?;
    let watched = Sample::of(pids(&before.0.root));
    tokio::time::sleep(WATCHED).await;
    let (tree, reports) = snapshot(supervisor).await?;
    let busy = watched.until(&Sample::of(pids(&tree.root)));
    Some(Look {
        tree,
        reports,
        busy,
    })
}

async fn snapshot(supervisor: &Weak<Supervisor>) -> Option<Snapshot> {
    supervisor.upgrade()?.snapshot(REPORT_PATIENCE).await
}

type Snapshot = (
    tractor_runtime::tree::TreeSnapshot,
    std::collections::HashMap<tractor_protocol::Uuid, tractor_protocol::control::Report>,
);

fn pids(root: &ActorSnapshot) -> Vec<u32> {
    let mut found = Vec::new();
    let mut left = vec![root];
    while let Some(actor) = left.pop() {
        found.extend((actor.actor.pid != 0).then_some(actor.actor.pid));
        left.extend(&actor.children);
    }
    found
}
