//! Why an actor is as it is: what it does and for whom, what it waits for, who cancelled it, what it failed with.
//!
//! What an actor waits for is mostly what others do for it: a task of theirs names its caller. So nothing more is asked of workers than
//! what `tree` shows, and one that is busy is told of by the others.

use super::failures::{tell, who, why};
use super::text::{duration, size, visible};
use super::tree::{Look, waiting};
use serde::{Deserialize, Serialize};
use std::time::Duration;
use tractor_protocol::ActorId;
use tractor_protocol::control::{LinkReport, Report, TaskReport};
use tractor_runtime::tree::{ActorSnapshot, ActorState, EndedActor, Wait};

/// Things of one kind that are listed of one actor.
const MOST_LISTED: usize = 8;

/// What there is to say of one actor: that runs, or that ended lately.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// Its name.
    pub name: String,
    /// Its process id; 0 if it never had one.
    pub pid: u32,
    /// Whether it is gone.
    pub ended: bool,
    /// Lines for people, without a final newline. What guests said is shown with its control characters escaped.
    pub story: String,
}

impl Look {
    /// All actors: those that run, owners before what they own, and then those that ended, the last first.
    pub(super) fn accounts(&self) -> Vec<Account> {
        let mut accounts = Vec::new();
        // Without recursion: the last of the list is next.
        let mut left = vec![(&self.tree.root, Vec::new())];
        while let Some((actor, owners)) = left.pop() {
            accounts.push(account(&actor.actor, false, &self.living(actor, &owners)));
            let mut owners = owners;
            owners.insert(0, &actor.actor);
            let below = actor.children.iter().rev();
            left.extend(below.map(|child| (child, owners.clone())));
        }
        let ended = self.tree.ended.iter().rev();
        accounts.extend(ended.map(|ended| account(&ended.actor, true, &gone(ended))));
        accounts
    }

    fn living(&self, actor: &ActorSnapshot, owners: &[&ActorId]) -> Vec<String> {
        let report = self.reports.get(&actor.actor.uuid);
        let mut lines = vec![format!("{} {}", who(&actor.actor), state(actor, report))];
        lines.extend(
            actor
                .cancellation
                .iter()
                .map(|c| format!("cancelled: {}", why(c))),
        );
        lines.extend(actor.failures.iter().map(tell));
        lines.extend(listed(
            report.map_or(&[][..], |report| &report.tasks),
            |task| format!("runs {}", task_of(task)),
        ));
        lines.extend(listed(&self.calls_of(actor), |(callee, task)| {
            let (function, age) = (visible(&task.function), duration(task.age));
            format!("waits for {function} of {callee}, called {age} ago")
        }));
        lines.extend(listed(&actor.waits, waits_for));
        if idle(actor, report) {
            lines.push("waits to be called".to_owned());
        }
        lines.extend(report.and_then(figures));
        lines.extend(report.map_or(Vec::new(), |report| links(&report.links)));
        lines.extend(owns(actor));
        lines.extend(owned(owners));
        lines.push(format!("started {} ago", duration(actor.age)));
        lines
    }

    /// The tasks of others that it called, each with who runs it.
    fn calls_of(&self, caller: &ActorSnapshot) -> Vec<(String, &TaskReport)> {
        let mut calls = Vec::new();
        let mut left = vec![&self.tree.root];
        while let Some(actor) = left.pop() {
            left.extend(actor.children.iter().rev());
            let tasks = self
                .reports
                .get(&actor.actor.uuid)
                .map(|report| &report.tasks);
            let its = tasks
                .into_iter()
                .flatten()
                .filter(|task| task.caller == caller.actor);
            // The root's own task has nobody else to be called by.
            let its = its.filter(|task| task.caller != actor.actor);
            calls.extend(its.map(|task| (who(&actor.actor), task)));
        }
        calls
    }
}

fn account(actor: &ActorId, ended: bool, lines: &[String]) -> Account {
    Account {
        name: visible(&actor.name),
        pid: actor.pid,
        ended,
        story: lines.join("\n").replace('\n', "\n  "),
    }
}

fn state(actor: &ActorSnapshot, report: Option<&Report>) -> String {
    match &actor.state {
        ActorState::Waiting { left } => waiting(*left, actor.restarts),
        ActorState::Starting => "is starting".to_owned(),
        ActorState::Serving => match report {
            _ if actor.component.is_none() => "is the root of its tree".to_owned(),
            None => {
                "is busy: it computes, or waits in a system call, and does not answer".to_owned()
            }
            Some(report) if report.tasks.is_empty() => "serves, and runs no task".to_owned(),
            Some(_) => "is running".to_owned(),
        },
        ActorState::Cancelling { left, .. } => {
            format!("is being cancelled: {} left", duration(*left))
        }
        ActorState::Stopping { .. } => "is being stopped: its grace period is over".to_owned(),
        ActorState::Ending => "is ending".to_owned(),
        ActorState::Gone => "has ended, and actors below it have not".to_owned(),
    }
}

fn idle(actor: &ActorSnapshot, report: Option<&Report>) -> bool {
    let serves = matches!(actor.state, ActorState::Serving) && actor.component.is_some();
    serves && report.is_some_and(|report| report.tasks.is_empty())
}

fn task_of(task: &TaskReport) -> String {
    let (function, age) = (visible(&task.function), duration(task.age));
    let cancelled = task.cancelled.as_ref();
    let cancelled = cancelled.map(|cancelled| format!("; cancelled: {}", why(cancelled)));
    format!(
        "{function} for {age}, called by {}{}",
        who(&task.caller),
        cancelled.unwrap_or_default()
    )
}

fn waits_for(wait: &Wait) -> String {
    match wait {
        Wait::Start(actor) => format!("waits for {} to be ready", who(actor)),
        Wait::End(actor) => format!("waits for {} to end, which it cancelled", who(actor)),
        Wait::Link(actor) => format!("waits for a new link to {}", who(actor)),
        Wait::Name(name) => format!("waits for an actor with the name `{}`", visible(name)),
        Wait::Turn => "waits for its turn to start an actor: its limit spawn-rate".to_owned(),
    }
}

fn figures(report: &Report) -> Option<String> {
    let mut parts = Vec::new();
    match report.dialogs {
        0 => {}
        1 => parts.push("1 call or context is open".to_owned()),
        open => parts.push(format!("{open} calls and contexts are open")),
    }
    if let queued @ 1.. = report.queued_messages {
        parts.push(format!("{queued} messages are queued for it"));
    }
    if let memory @ 1.. = report.memory_bytes {
        parts.push(format!("{} of memory", size(memory)));
    }
    (!parts.is_empty()).then(|| parts.join(", "))
}

/// A line for each kind of link.
fn links(links: &[LinkReport]) -> Vec<String> {
    let mut kinds: Vec<(&Option<String>, Vec<String>)> = Vec::new();
    for link in links {
        let peer = who(&link.peer);
        let known = kinds.iter().position(|(kind, _)| **kind == link.transport);
        match known {
            Some(known) => kinds[known].1.push(peer),
            None if kinds.len() < MOST_LISTED => kinds.push((&link.transport, vec![peer])),
            // Only one that lies has links of so many kinds.
            None => {}
        }
    }
    let line = |(kind, peers): (&Option<String>, Vec<String>)| match kind {
        Some(kind) => format!("linked by {} to {}", visible(kind), shortened(&peers)),
        None => format!("is being linked to {}", shortened(&peers)),
    };
    kinds.into_iter().map(line).collect()
}

fn owns(actor: &ActorSnapshot) -> Option<String> {
    let names: Vec<_> = actor
        .children
        .iter()
        .map(|child| who(&child.actor))
        .collect();
    (!names.is_empty()).then(|| format!("owns {}", shortened(&names)))
}

fn owned(owners: &[&ActorId]) -> Option<String> {
    let names: Vec<_> = owners.iter().map(|owner| who(owner)).collect();
    (!names.is_empty()).then(|| format!("owned by {}", names.join(", owned by ")))
}

fn shortened(names: &[String]) -> String {
    let shown = names.iter().take(MOST_LISTED).cloned();
    let shown = shown.collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(MOST_LISTED) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

/// A line for each, and how many more there are.
fn listed<T>(all: &[T], line: impl Fn(&T) -> String) -> Vec<String> {
    let mut lines: Vec<_> = all.iter().take(MOST_LISTED).map(line).collect();
    if all.len() > MOST_LISTED {
        lines.push(format!("and {} more such", all.len() - MOST_LISTED));
    }
    lines
}

fn gone(ended: &EndedActor) -> Vec<String> {
    let mut lines = vec![format!(
        "{} ended {} ago",
        who(&ended.actor),
        duration(ended.ago)
    )];
    lines.extend(ended.failures.iter().map(tell));
    if ended.more_failures > 0 {
        lines.push(format!("and {} more failures", ended.more_failures));
    }
    lines.extend(
        ended
            .cancellation
            .iter()
            .map(|c| format!("cancelled: {}", why(c))),
    );
    if ended.failures.is_empty() && ended.cancellation.is_none() {
        lines.push(match &ended.one_shot {
            Some(function) => format!("its function {} was done", visible(function)),
            None => "it left by itself".to_owned(),
        });
    }
    lines.extend(owned(&ended.owners.iter().collect::<Vec<_>>()));
    lines.push(lived(ended.lived));
    lines
}

fn lived(time: Duration) -> String {
    format!("was there for {}", duration(time))
}

#[cfg(test)]
mod tests {
    use super::*;
    use tractor_protocol::{
        CancelReason, Cancellation, Failure, FailureId, FailureKind, ScopeId, Uuid,
    };
    use tractor_runtime::tree::TreeSnapshot;

    fn id(name: &str, pid: u32) -> ActorId {
        ActorId {
            name: name.into(),
            uuid: Uuid::from_random(u128::from(pid)),
            pid,
        }
    }

    fn deadline() -> Cancellation {
        Cancellation {
            scope: ScopeId(0),
            canceller: id("main", 410),
            reason: CancelReason::Deadline,
            message: None,
        }
    }

    fn actor(name: &str, pid: u32, children: Vec<ActorSnapshot>) -> ActorSnapshot {
        ActorSnapshot {
            actor: id(name, pid),
            component: Some(name.into()),
            state: ActorState::Serving,
            one_shot: None,
            restarts: 0,
            age: Duration::from_millis(12_300),
            cancellation: None,
            failures: Vec::new(),
            waits: Vec::new(),
            children,
        }
    }

    fn task(function: &str, caller: ActorId) -> TaskReport {
        TaskReport {
            function: function.into(),
            caller,
            age: Duration::from_millis(3_200),
            cancelled: None,
        }
    }

    fn ended() -> EndedActor {
        let trap = FailureKind::Trap("integer divide by zero".into());
        EndedActor {
            actor: id("worker_2", 413),
            component: None,
            one_shot: Some("is-prime".into()),
            owners: vec![id("main", 410), id("root", 400)],
            lived: Duration::from_millis(5_000),
            ago: Duration::from_millis(2_100),
            cancellation: None,
            failures: vec![Failure {
                backtrace: Some("at primes::is_prime (src/lib.rs:14)".into()),
                ..Failure::new(FailureId(1), trap, id("worker_2", 413), "")
            }],
            more_failures: 0,
        }
    }

    /// Main waits for a worker that is cancelled, and for one that idles; another has failed.
    fn look() -> Look {
        let cancelled = ActorSnapshot {
            state: ActorState::Cancelling {
                left: Duration::from_millis(312),
                cancellation: deadline(),
            },
            cancellation: Some(deadline()),
            ..actor("worker_1", 412, Vec::new())
        };
        let main = ActorSnapshot {
            waits: vec![Wait::Name("feed\x1b".into())],
            ..actor("main", 410, vec![cancelled, actor("idle", 411, Vec::new())])
        };
        let running = |tasks| Report {
            tasks,
            ..Report::default()
        };
        let reports = [
            (
                id("", 410).uuid,
                running(vec![task("run", id("root", 400))]),
            ),
            (id("", 411).uuid, Report::default()),
            (
                id("", 412).uuid,
                Report {
                    dialogs: 1,
                    queued_messages: 40,
                    memory_bytes: 3_145_728,
                    links: [
                        ("root", 400, "tcp"),
                        ("idle", 411, "tcp"),
                        ("main", 410, ""),
                    ]
                    .map(|(name, pid, kind)| LinkReport {
                        peer: id(name, pid),
                        transport: (!kind.is_empty()).then(|| kind.into()),
                    })
                    .into(),
                    ..running(vec![TaskReport {
                        cancelled: Some(deadline()),
                        ..task("is-prime", id("main", 410))
                    }])
                },
            ),
        ];
        Look {
            tree: TreeSnapshot {
                root: ActorSnapshot {
                    component: None,
                    ..actor("root", 400, vec![main])
                },
                shutting_down: false,
                ended: vec![ended()],
            },
            reports: reports.into(),
            busy: [].into(),
        }
    }

    fn story(name: &str) -> String {
        let accounts = look().accounts().into_iter();
        let mut of_it = accounts.filter(|account| account.name == name);
        of_it.next().expect("it is told of").story
    }

    #[test]
    fn account_of_who_waits_names_what_for() {
        insta::assert_snapshot!(story("main"), @r"
        main (pid 410) is running
          runs run for 3.2 s, called by root (pid 400)
          waits for is-prime of worker_1 (pid 412), called 3.2 s ago
          waits for an actor with the name `feed\u{1b}`
          owns worker_1 (pid 412), idle (pid 411)
          owned by root (pid 400)
          started 12.3 s ago
        ");
        insta::assert_snapshot!(story("idle"), @"
        idle (pid 411) serves, and runs no task
          waits to be called
          owned by main (pid 410), owned by root (pid 400)
          started 12.3 s ago
        ");
    }

    #[test]
    fn account_of_who_is_cancelled_says_by_whom_and_how_long_it_has() {
        insta::assert_snapshot!(story("worker_1"), @"
        worker_1 (pid 412) is being cancelled: 312 ms left
          cancelled: deadline, by main
          runs is-prime for 3.2 s, called by main (pid 410); cancelled: deadline, by main
          1 call or context is open, 40 messages are queued for it, 3.1 MB of memory
          linked by tcp to root (pid 400), idle (pid 411)
          is being linked to main (pid 410)
          owned by main (pid 410), owned by root (pid 400)
          started 12.3 s ago
        ");
    }

    #[test]
    fn account_of_who_ended_tells_its_failure() {
        insta::assert_snapshot!(story("worker_2"), @"
        worker_2 (pid 413) ended 2.1 s ago
          worker_2 (pid 413) trapped: integer divide by zero
            at primes::is_prime (src/lib.rs:14)
          owned by main (pid 410), owned by root (pid 400)
          was there for 5 s
        ");
    }

    #[test]
    fn accounts_are_of_owners_first_and_then_of_who_ended() {
        let accounts = look().accounts();
        let names: Vec<_> = accounts.iter().map(|account| &*account.name).collect();
        assert_eq!(names, ["root", "main", "worker_1", "idle", "worker_2"]);
        assert!(accounts[4].ended && !accounts[3].ended);
    }
}
