//! How the worker is doing, for `tree` and `why`.

use super::core::Core;
use super::task::Task;
use std::sync::Arc;
use tractor_protocol::control::{Report, TaskReport};

impl Core {
    pub(super) fn report(&self) -> Report {
        let code = self.code();
        let (tasks, links, overdue_tasks) = {
            let state = self.state();
            let tasks = state.tasks.values().cloned().collect::<Vec<_>>();
            let links = state.links.values().map(Arc::clone).collect::<Vec<_>>();
            (tasks, links, state.graces.overdue())
        };
        let counts: Vec<_> = links.iter().map(|link| link.counts()).collect();
        let mut links: Vec<_> = links.iter().map(|link| link.report()).collect();
        links.sort_by_key(|link| (link.peer.pid, link.peer.uuid));
        let mut tasks: Vec<_> = tasks.iter().collect();
        tasks.sort_by_key(|task| task.id());
        Report {
            tasks: tasks
                .into_iter()
                .map(|task| self.task_report(task))
                .collect(),
            queued_messages: counts.iter().map(|(_, queued)| queued).sum(),
            dialogs: counts.iter().map(|(open, _)| open).sum(),
            memory_bytes: code.as_ref().map_or(0, |code| code.memory_bytes()),
            overdue_tasks,
            blocked: code.and_then(|code| code.blocked()).map(str::to_owned),
            links,
        }
    }

    fn task_report(&self, task: &Task) -> TaskReport {
        TaskReport {
            function: task.function().to_owned(),
            caller: task.caller().clone(),
            age: self.now().since(task.started()),
            cancelled: task.scope().cancellation(),
        }
    }
}
