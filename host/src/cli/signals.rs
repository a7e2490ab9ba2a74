//! Signals to this program: the first takes the tree down gracefully, the second at once.

use super::exit;
use super::output::complain;
use std::cell::Cell;
use std::io::{self, IsTerminal};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tractor_host::Tree;

/// Listens from when it is made on.
pub(crate) struct Signals {
    interrupt: Signal,
    terminate: Signal,
    hang_up: Signal,
    look: Signal,
    ended_by: Cell<Option<u8>>,
}

impl Signals {
    pub(crate) fn listen() -> io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hang_up: signal(SignalKind::hangup())?,
            look: signal(SignalKind::user_defined1())?,
            ended_by: Cell::new(None),
        })
    }

    /// Runs `work`, and does to its tree what signals say. Gives the exit code of the signal that ended it, if one did.
    pub(crate) async fn during<T>(
        mut self,
        tree: &Tree,
        work: impl Future<Output = T>,
    ) -> (T, Option<u8>) {
        let result = tokio::select! {
            biased;
            result = work => result,
            never = self.obey(tree) => match never {},
        };
        (result, self.ended_by.get())
    }

    async fn obey(&mut self, tree: &Tree) -> std::convert::Infallible {
        self.ending(tree).await;
        if io::stderr().is_terminal() {
            complain("\ninterrupted: the actors clean up; once more ends them at once");
        }
        tokio::select! {
            () = tree.shutdown(Some("interrupted".to_owned())) => {}
            () = self.ending(tree) => tree.kill().await,
        }
        // All actors are gone, and so the work ends.
        std::future::pending().await
    }

    /// Waits for a signal that ends the program, and meanwhile shows the tree to who asks.
    async fn ending(&mut self, tree: &Tree) {
        let number = loop {
            tokio::select! {
                Some(()) = self.interrupt.recv() => break 2,
                Some(()) = self.terminate.recv() => break 15,
                Some(()) = self.hang_up.recv() => break 1,
                Some(()) = self.look.recv() => complain(tree.look().await.trim_end()),
                else => std::future::pending().await,
            }
        };
        self.ended_by.set(Some(exit::SIGNAL + number));
    }
}
