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
use tractor_protocol::control::{Report, TaskReport};
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
