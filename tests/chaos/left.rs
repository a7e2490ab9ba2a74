//! That nothing of a round is left.

use crate::process::Process;
use crate::reach::Reach;
use crate::stage::Stage;
use rustix::process::{Signal, WaitOptions, wait};
use std::fs;
use std::time::{Duration, Instant};

/// A second is promised; four times that on a busy machine.
const BOUND: Duration = Duration::from_secs(4);

/// Waits until the program has exited and no process of it runs; gives how long that took. Zombies that the kernel handed to this process,
/// as their supervisor is dead, are reaped by it.
pub(crate) fn nothing_runs(stage: &mut Stage, since: Instant) -> Result<Duration, String> {
    loop {
        let exited = stage.status().is_some();
        let processes = stage.program.everything();
        let supervisor = stage.pid();
        if exited {
            reap_orphans();
            let others = processes.iter().filter(|process| process.pid != supervisor);
            others
                .filter(|process| !process.zombie)
                .for_each(thaw_if_unborn);
        }
        if exited && processes.is_empty() {
            return Ok(since.elapsed());
        }
        if since.elapsed() > BOUND {
            return Err(format!(
                "exited: {exited}; left after {BOUND:?}: {processes:?}"
            ));
        }
        // tidy: the pause of a poll under a deadline
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// A process that was frozen on its way to being a worker, before it could ask for the signal at its parent's death, cannot be ended by
/// anyone but whoever froze it: it sees that its link has ended when it is thawed. One that has a reactor has asked.
fn thaw_if_unborn(process: &Process) {
    let began = process.command.starts_with("tractor-worker ") && has_reactor(process.pid);
    if !began
        && is_frozen(process.pid)
        && let Some(reach) = Reach::open(process.pid)
    {
        reach.signal(Signal::CONT);
    }
}

fn has_reactor(pid: u32) -> bool {
    let entries = fs::read_dir(format!("/proc/{pid}/fd"))
        .into_iter()
        .flatten();
    let mut targets = entries.filter_map(|entry| fs::read_link(entry.ok()?.path()).ok());
    targets.any(|target| target.to_string_lossy().contains("eventpoll"))
}

fn is_frozen(pid: u32) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rfind(')')
        .is_some_and(|end| stat[end + 1..].trim_start().starts_with('T'))
}

/// Reaps the workers that the kernel handed to this process. The supervisor was its one child besides, and is reaped.
fn reap_orphans() {
    // Of `waitpid` nobody means one's own process group.
    while let Ok(Some(_)) = wait(WaitOptions::NOHANG) {}
}

/// While the supervisor lives it reaps: none of the zombies there are now is one for long.
pub(crate) fn zombies_are_reaped(stage: &Stage) -> Result<(), String> {
    let zombies = || {
        let all = stage.program.processes().into_iter();
        all.filter(|process| process.zombie)
            .map(|process| process.pid)
    };
    let mut left: Vec<u32> = zombies().collect();
    let gone = crate::within(BOUND, || {
        let now: Vec<u32> = zombies().collect();
        left.retain(|pid| now.contains(pid));
        left.is_empty()
    });
    gone.then_some(())
        .ok_or_else(|| format!("zombies after {BOUND:?}: {left:?}"))
}

/// Who has lost many children has no links of theirs: of those that it has, each goes to someone who lives.
pub(crate) fn links_of_the_dead_are_closed(stage: &Stage) -> Result<(), String> {
    let mut most = String::new();
    let few = crate::within(BOUND, || {
        let workers = stage.workers();
        let links = workers.iter().map(|worker| {
            let links = Reach::open(worker.pid).map_or(0, |reach| reach.links(stage.pid()));
            (links, worker.command.clone())
        });
        let (links, who) = links.max().unwrap_or_default();
        most = format!("{who} has {links} links, and {} workers run", workers.len());
        // One to the supervisor. Some start and end all the while.
        links <= workers.len() + 3
    });
    few.then_some(()).ok_or(most)
}

/// Sockets with names, and files.
pub(crate) fn nothing_is_named(stage: &Stage) -> Result<(), String> {
    let sockets = fs::read_to_string("/proc/net/unix").unwrap_or_default();
    let name = format!("@tractor-host/{}", stage.pid());
    let mut names = sockets
        .lines()
        .filter_map(|line| line.split_whitespace().nth(7));
    if let Some(socket) = names.find(|socket| *socket == name) {
        return Err(format!("the socket {socket} is left"));
    }
    match stage.strange_files().as_slice() {
        [] => Ok(()),
        files => Err(format!("files are left: {files:?}")),
    }
}

/// How many descriptors this process has open.
pub(crate) fn own_descriptors() -> usize {
    fs::read_dir("/proc/self/fd").map_or(0, Iterator::count)
}
