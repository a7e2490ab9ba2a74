//! What to start, with what it may touch and use.

use super::restart::Restart;
use crate::scope::nanoseconds;
use crate::wit::{capability, nursery};
use std::time::Duration;

pub use capability::{Access, Names};
pub use nursery::Overdue;

/// An actor to be started: its component, and what it is given. Nothing is inherited but what is named here.
#[derive(Clone, Debug)]
pub struct ActorSpec(nursery::ActorSpec);

impl ActorSpec {
    /// Names the component to start: one of the bundle, or `self` for the one that is running.
    ///
    /// Defaults: named as its component; no directories, environment, connections or names; no components to start but `self`; the limits
    /// of its owner or the default ones, whichever are less.
    pub fn new(component: impl Into<String>) -> Self {
        Self(nursery::ActorSpec {
            component: component.into(),
            name: String::new(),
            grants: capability::Grants {
                directories: Vec::new(),
                environment: Vec::new(),
                connect: Vec::new(),
                names: Names {
                    find: false,
                    list: false,
                    register: false,
                },
                components: Vec::new(),
            },
            limits: capability::Limits {
                memory_bytes: None,
                message_bytes: None,
                actors: None,
                depth: None,
                dialogs: None,
                table_elements: None,
                instances: None,
                handles: None,
                queue_bytes: None,
                log_rate: None,
                spawn_rate: None,
                overdue_tasks: None,
            },
            overdue: None,
        })
    }

    /// Names the actor. Names need not be unique.
    #[must_use]
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.0.name = name.into();
        self
    }

    /// Lets it open a directory: `source` as this actor sees it, `target` as the new one will.
    #[must_use]
    pub fn grant_dir(
        mut self,
        source: impl Into<String>,
        target: impl Into<String>,
        access: Access,
    ) -> Self {
        self.0.grants.directories.push(capability::Directory {
            source: source.into(),
            target: target.into(),
            access,
        });
        self
    }

    /// Gives it an environment variable.
    #[must_use]
    pub fn grant_env(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.0.grants.environment.push((name.into(), value.into()));
        self
    }

    /// Lets it connect to `host:port`; `*` for any.
    #[must_use]
    pub fn grant_connect(mut self, peer: impl Into<String>) -> Self {
        self.0.grants.connect.push(peer.into());
        self
    }

    /// Lets it use names of the tree.
    #[must_use]
    pub fn grant_names(mut self, names: Names) -> Self {
        self.0.grants.names = names;
        self
    }

    /// Lets it start a component of the bundle.
    #[must_use]
    pub fn grant_component(mut self, name: impl Into<String>) -> Self {
        self.0.grants.components.push(name.into());
        self
    }

    /// Limits the linear memory of its instance.
    #[must_use]
    pub fn limit_memory(mut self, bytes: u64) -> Self {
        self.0.limits.memory_bytes = Some(bytes);
        self
    }

    /// Limits the size of a value that it sends or receives.
    #[must_use]
    pub fn limit_message(mut self, bytes: u32) -> Self {
        self.0.limits.message_bytes = Some(bytes);
        self
    }

    /// Limits how many actors there may be below it, at any depth.
    #[must_use]
    pub fn limit_actors(mut self, actors: u32) -> Self {
        self.0.limits.actors = Some(actors);
        self
    }

    /// Limits the levels of actors below it.
    #[must_use]
    pub fn limit_depth(mut self, levels: u32) -> Self {
        self.0.limits.depth = Some(levels);
        self
    }

    /// Limits how many calls and contexts it may have open at once, and each other actor with it.
    #[must_use]
    pub fn limit_dialogs(mut self, dialogs: u32) -> Self {
        self.0.limits.dialogs = Some(dialogs);
        self
    }

    /// Limits the elements over all tables of its instance.
    #[must_use]
    pub fn limit_table(mut self, elements: u32) -> Self {
        self.0.limits.table_elements = Some(elements);
        self
    }

    /// Limits the core instances that its component is made of.
    #[must_use]
    pub fn limit_instances(mut self, instances: u32) -> Self {
        self.0.limits.instances = Some(instances);
        self
    }

    /// Limits the handles that it may hold at once, those of calls that wait among them.
    #[must_use]
    pub fn limit_handles(mut self, handles: u32) -> Self {
        self.0.limits.handles = Some(handles);
        self
    }

    /// Limits the bytes that may wait in its queues, in each direction.
    #[must_use]
    pub fn limit_queue(mut self, bytes: u64) -> Self {
        self.0.limits.queue_bytes = Some(bytes);
        self
    }

    /// Limits the lines that it may log and print in a second.
    #[must_use]
    pub fn limit_log_rate(mut self, lines: u32) -> Self {
        self.0.limits.log_rate = Some(lines);
        self
    }

    /// Limits the actors that may be started below it in a second; more wait for their turn.
    #[must_use]
    pub fn limit_spawn_rate(mut self, starts: u32) -> Self {
        self.0.limits.spawn_rate = Some(starts);
        self
    }

    /// Limits how many of its tasks may run on although they were cancelled and their grace period is over. One more ends it.
    #[must_use]
    pub fn limit_overdue_tasks(mut self, tasks: u32) -> Self {
        self.0.limits.overdue_tasks = Some(tasks);
        self
    }

    /// Says what becomes of it when one of its tasks is overdue. Default: an actor that ends with its function ends with it, one that serves goes on.
    #[must_use]
    pub fn overdue(mut self, overdue: Overdue) -> Self {
        self.0.overdue = Some(overdue);
        self
    }

    pub(crate) fn into_raw(self) -> nursery::ActorSpec {
        self.0
    }
}

impl From<&str> for ActorSpec {
    fn from(component: &str) -> Self {
        Self::new(component)
    }
}

impl From<String> for ActorSpec {
    fn from(component: String) -> Self {
        Self::new(component)
    }
}

/// For code that works on the WIT itself.
impl From<ActorSpec> for nursery::ActorSpec {
    fn from(spec: ActorSpec) -> Self {
        spec.into_raw()
    }
}

/// How a nursery treats its children.
#[derive(Clone, Copy, Debug, Default)]
pub struct NurseryOptions {
    grace: Option<Duration>,
    restart: Option<Restart>,
}

impl NurseryOptions {
    /// Defaults: the grace period of the tree, 500 ms; no restarts, the first failure cancels all.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the time that children have to clean up once cancelled. Never more than this actor has left itself.
    #[must_use]
    pub fn grace(mut self, time: Duration) -> Self {
        self.grace = Some(time);
        self
    }

    /// Starts children anew when they end, rather than failing.
    #[must_use]
    pub fn restart(mut self, restart: Restart) -> Self {
        self.restart = Some(restart);
        self
    }

    pub(crate) fn into_raw(self) -> nursery::NurseryOptions {
        nursery::NurseryOptions {
            grace: self.grace.map(nanoseconds),
            restart: self.restart.map(Restart::into_raw),
        }
    }
}
