//! `tractor-host tree`.

use super::args::Tree;
use super::exit::{self, Exit};
use super::output::{complain, print};
use tractor_host::look::Running;

/// Prints the trees that run, or the one of a process.
pub(crate) fn tree(arguments: &Tree) -> Result<(), Exit> {
    let all = Running::all().map_err(|error| {
        Exit::new(
            exit::SYSTEM,
            format!("the running trees cannot be found: {error}"),
        )
    })?;
    let wanted: Vec<_> = all
        .iter()
        .filter(|running| arguments.pid.is_none_or(|pid| running.pid() == pid))
        .collect();
    let mut shown = 0_usize;
    for running in &wanted {
        match running.look() {
            Ok(text) => {
                let gap = if shown == 0 { "" } else { "\n" };
                print(&format!("{gap}{text}"))?;
                shown += 1;
            }
            Err(error) => complain(&format!(
                "warning: the tree of process {} cannot be seen: {error}",
                running.pid()
            )),
        }
    }
    match (shown, arguments.pid) {
        (1.., _) => Ok(()),
        (0, Some(pid)) if wanted.is_empty() => Err(no_such(pid, &all)),
        (0, None) if wanted.is_empty() => {
            Err(Exit::new(exit::UNAVAILABLE, "no tree runs on this machine"))
        }
        (0, _) => Err(Exit::quiet(exit::UNAVAILABLE)),
    }
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
