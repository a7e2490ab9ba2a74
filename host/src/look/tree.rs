//! A tree of actors, as text.

use super::failures::why;
use super::text::{duration, size, visible};
use std::collections::HashMap;
use std::time::Duration;
use tractor_protocol::Uuid;
use tractor_protocol::control::Report;
use tractor_runtime::tree::{ActorSnapshot, ActorState, TreeSnapshot};

/// Functions named of one actor.
const MOST_FUNCTIONS: usize = 3;

/// A tree at one moment, and what is known of its workers.
pub(super) struct Look {
    pub(super) tree: TreeSnapshot,
    pub(super) reports: HashMap<Uuid, Report>,
    /// How busy each process is, in percent of one processor.
    pub(super) busy: HashMap<u32, u32>,
}

impl Look {
    /// One line for each actor, each with a newline.
    pub(super) fn text(&self) -> String {
        let mut rows = Vec::new();
        let going_down = if self.tree.shutting_down {
            "   going down"
        } else {
            ""
        };
        let root = &self.tree.root;
        rows.push(Row {
            name: visible(&root.actor.name),
            pid: root.actor.pid,
            rest: format!("{}{going_down}", duration(root.age)),
        });
        self.below(root, "", &mut rows);
        let width = |row: &Row| row.name.chars().count();
        let column = rows.iter().map(width).max().unwrap_or(0).max(20);
        let digits = rows
            .iter()
            .map(|row| row.pid.to_string().len())
            .max()
            .unwrap_or(0);
        let lines = rows.iter().map(|row| row.line(column, digits));
        lines.collect()
    }

    /// Recursion is as deep as the limit on depth lets the tree be.
    fn below(&self, parent: &ActorSnapshot, indent: &str, rows: &mut Vec<Row>) {
        for (index, actor) in parent.children.iter().enumerate() {
            let last = index + 1 == parent.children.len();
            let (branch, below) = if last {
                ("└─ ", "   ")
            } else {
                ("├─ ", "│  ")
            };
            rows.push(Row {
                name: format!("{indent}{branch}{}", visible(&actor.actor.name)),
                pid: actor.actor.pid,
                rest: self.state(actor),
            });
            self.below(actor, &format!("{indent}{below}"), rows);
        }
    }

    fn state(&self, actor: &ActorSnapshot) -> String {
        match &actor.state {
            ActorState::Waiting { left } => waiting(*left, actor.restarts),
            ActorState::Starting => "starting".to_owned(),
            ActorState::Serving => self.serving(actor),
            ActorState::Cancelling { left, cancellation } => {
                format!(
                    "cancelling, {} left: {}",
                    duration(*left),
                    why(cancellation)
                )
            }
            ActorState::Stopping { cancellation } => match cancellation {
                Some(cancellation) => format!("stopping: {}", why(cancellation)),
                None => "stopping".to_owned(),
            },
            ActorState::Ending => "ending".to_owned(),
            ActorState::Gone => "gone; those below it are not yet".to_owned(),
        }
    }

    fn serving(&self, actor: &ActorSnapshot) -> String {
        let mut parts = Vec::new();
        let report = self.reports.get(&actor.actor.uuid);
        parts.push(match report {
            None => format!(
                "busy  {}",
                actor.one_shot.as_deref().map(visible).unwrap_or_default()
            ),
            Some(report) if report.tasks.is_empty() => "serving".to_owned(),
            Some(report) => format!("running  {}", tasks(report)),
        });
        if let Some(queued @ 1..) = report.map(|report| report.queued_messages) {
            parts.push(format!("{queued} queued"));
        }
        match actor.restarts {
            0 => {}
            1 => parts.push("1 restart".to_owned()),
            restarts => parts.push(format!("{restarts} restarts")),
        }
        if let Some(overdue @ 1..) = report.map(|report| report.overdue_tasks) {
            parts.push(format!("{overdue} overdue"));
        }
        if let Some(call) = report.and_then(|report| report.blocked.as_deref()) {
            parts.push(format!("blocked in {}", visible(call)));
        }
        if let Some(busy @ 1..) = self.busy.get(&actor.actor.pid) {
            parts.push(format!("cpu {busy}%"));
        }
        if let Some(memory @ 1..) = report.map(|report| report.memory_bytes) {
            parts.push(size(memory));
        }
        parts.join("   ")
    }
}

/// One that has no process between two.
pub(super) fn waiting(left: Option<Duration>, restarts: u32) -> String {
    let when = match left {
        Some(left) => format!("in {}", duration(left)),
        None => "after others".to_owned(),
    };
    format!("starts anew {when} (restart {restarts})")
}

/// The functions that run, those that run more than once with their number.
fn tasks(report: &Report) -> String {
    let mut functions: Vec<(&str, usize)> = Vec::new();
    for task in &report.tasks {
        match functions
            .iter_mut()
            .find(|(name, _)| *name == task.function)
        {
            Some((_, count)) => *count += 1,
            None => functions.push((&task.function, 1)),
        }
    }
    let named = functions
        .iter()
        .take(MOST_FUNCTIONS)
        .map(|(name, count)| match count {
            1 => visible(name),
            count => format!("{} ({count} tasks)", visible(name)),
        });
    let mut text = named.collect::<Vec<_>>().join(", ");
    if functions.len() > MOST_FUNCTIONS {
        text.push_str(&format!(" and {} more", functions.len() - MOST_FUNCTIONS));
    }
    text
}

struct Row {
    name: String,
    pid: u32,
    rest: String,
}

impl Row {
    fn line(&self, column: usize, digits: usize) -> String {
        let Self { name, pid, rest } = self;
        let line = format!("{name:column$} pid {pid:<digits$}   {rest}");
        format!("{}\n", line.trim_end())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tractor_protocol::control::TaskReport;
    use tractor_protocol::{ActorId, CancelReason, Cancellation, ScopeId};

    fn id(name: &str, pid: u32) -> ActorId {
        ActorId {
            name: name.into(),
            uuid: Uuid::from_random(u128::from(pid)),
            pid,
        }
    }

    fn actor(
        name: &str,
        pid: u32,
        state: ActorState,
        children: Vec<ActorSnapshot>,
    ) -> ActorSnapshot {
        ActorSnapshot {
            actor: id(name, pid),
            component: Some(name.into()),
            state,
            one_shot: None,
            age: Duration::from_millis(12_300),
            restarts: 0,
            cancellation: None,
            failures: Vec::new(),
            waits: Vec::new(),
            children,
        }
    }

    fn running(function: &str, count: usize) -> Report {
        let task = TaskReport {
            function: function.into(),
            caller: id("main", 4122),
            age: Duration::ZERO,
            cancelled: None,
        };
        Report {
            tasks: vec![task; count],
            memory_bytes: 3_145_728,
            overdue_tasks: count as u32 - 1,
            blocked: (count > 1).then(|| "wasi:io/poll".to_owned()),
            ..Report::default()
        }
    }

    #[test]
    fn tree_is_aligned_and_says_what_each_does() {
        let cancelling = ActorState::Cancelling {
            left: Duration::from_millis(312),
            cancellation: Cancellation {
                scope: ScopeId(0),
                canceller: id("main", 4122),
                reason: CancelReason::Deadline,
                message: None,
            },
        };
        let left = Some(Duration::from_millis(312));
        let again = |name, pid, state, restarts| ActorSnapshot {
            restarts,
            ..actor(name, pid, state, vec![])
        };
        let workers = vec![
            actor("worker_0", 4130, ActorState::Serving, vec![]),
            actor("worker_1", 4131, cancelling, vec![]),
            actor("feed\x1b", 4132, ActorState::Serving, vec![]),
            again("store", 4133, ActorState::Serving, 1),
            again("cache", 0, ActorState::Waiting { left }, 2),
            again("view", 0, ActorState::Waiting { left: None }, 3),
        ];
        let main = actor("main", 4122, ActorState::Serving, workers);
        let look = Look {
            tree: TreeSnapshot {
                root: actor("root", 4121, ActorState::Serving, vec![main]),
                shutting_down: false,
                ended: Vec::new(),
            },
            reports: [
                (id("", 4122).uuid, running("run", 1)),
                (id("", 4130).uuid, running("is-prime", 2)),
                (
                    id("", 4132).uuid,
                    Report {
                        queued_messages: 40,
                        ..Report::default()
                    },
                ),
            ]
            .into(),
            busy: [(4130, 98), (4132, 0)].into(),
        };
        insta::assert_snapshot!(look.text(), @r"
        root                 pid 4121   12.3 s
        └─ main              pid 4122   running  run   3.1 MB
           ├─ worker_0       pid 4130   running  is-prime (2 tasks)   1 overdue   blocked in wasi:io/poll   cpu 98%   3.1 MB
           ├─ worker_1       pid 4131   cancelling, 312 ms left: deadline, by main
           ├─ feed\u{1b}     pid 4132   serving   40 queued
           ├─ store          pid 4133   busy     1 restart
           ├─ cache          pid 0      starts anew in 312 ms (restart 2)
           └─ view           pid 0      starts anew after others (restart 3)
        ");
    }
}
