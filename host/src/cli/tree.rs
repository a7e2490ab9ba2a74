//! `tractor-host tree`, and what it has in common with others that look at trees.

use super::args::Tree;
use super::exit::{self, Exit};
use super::output::{complain, print};
use std::io;
use tractor_host::look::Running;

/// Prints the trees that run, or the one of a process.
pub(crate) fn tree(arguments: &Tree) -> Result<(), Exit> {
    let wanted = running(arguments.pid)?;
    let (mut shown, mut others) = (0_usize, 0_usize);
    for running in &wanted {
        match running.look() {
            Ok(text) => {
                let gap = if shown == 0 { "" } else { "\n" };
                print(&format!("{gap}{text}"))?;
                shown += 1;
            }
            // Nobody asked for these.
            Err(error) if arguments.pid.is_none() && is_none_of_ours(&error) => others += 1,
            Err(error) => complain(&unseen(running, &error)),
        }
    }
    match shown {
        1.. => Ok(()),
        0 if wanted.len() == others => Err(Exit::new(
            exit::UNAVAILABLE,
            "no tree of yours runs on this machine",
        )),
        0 => Err(Exit::quiet(exit::UNAVAILABLE)),
    }
}

/// The trees that run, or those of one process: usually one.
pub(super) fn running(pid: Option<u32>) -> Result<Vec<Running>, Exit> {
    let all = Running::all().map_err(|error| {
        Exit::new(
            exit::SYSTEM,
            format!("the running trees cannot be found: {error}"),
        )
    })?;
    let Some(pid) = pid else {
        return Ok(all);
    };
    let (wanted, others): (Vec<_>, Vec<_>) =
        all.into_iter().partition(|running| running.pid() == pid);
    match wanted.is_empty() {
        true => Err(no_such(pid, &others)),
        false => Ok(wanted),
    }
}

/// Whether it is a tree of another user, or has ended since it was found.
pub(super) fn is_none_of_ours(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionRefused, PermissionDenied};
    matches!(error.kind(), PermissionDenied | ConnectionRefused)
}

/// That a tree gives no answer.
pub(super) fn unseen(running: &Running, error: &io::Error) -> String {
    format!(
        "warning: the tree of process {} cannot be seen: {error}",
        running.pid()
    )
}

fn no_such(pid: u32, all: &[Running]) -> Exit {
    let pids: Vec<_> = all
        .iter()
        .map(|running| running.pid().to_string())
        .collect();
    let others = match pids.is_empty() {
        true => "no tree runs on this machine".to_owned(),
        false => format!("trees run in: {}", pids.join(", ")),
    };
    Exit::new(
        exit::UNAVAILABLE,
        format!("process {pid} runs no tree\n  {others}"),
    )
}
