//! What a tree is told at its beginning.

use std::collections::BTreeSet;
use std::time::Duration;
use tractor_protocol::control::Level;
use tractor_protocol::{Access, Directory, Grants, Limits, Names};

/// How a tree behaves, and what its root may touch.
#[derive(Clone, Debug)]
pub struct TreeConfig {
    /// The root actor's name.
    pub name: String,
    /// The process id that the root actor shows: the supervisor's own.
    pub pid: u32,
    /// Where the ids of new actors and failures come from. The same seed and the same events give the same effects.
    pub seed: u64,
    /// Time that actors of a nursery have to clean up once cancelled, where the nursery does not say.
    pub grace: Duration,
    /// How much less time each level below has; also how long a worker has to answer `Stop` before it is killed.
    pub allowance: Duration,
    /// How long a worker that has answered `Stop` has to say where its guest was, and all else it has to say: reading the debug
    /// information of a large component takes some ten milliseconds, and more on a busy machine.
    pub stop_allowance: Duration,
    /// How long a worker that has said `Ended`, or lost its link, has to exit before it is killed. The outcome is what it said.
    pub exit_allowance: Duration,
    /// How long a worker has from its spawning to `Ready`. Loading of a large component that is not in the cache counts.
    pub start_allowance: Duration,
    /// The names of the components that can be started.
    pub bundle: BTreeSet<String>,
    /// What the root may hand on. Sources of directories are the machine's paths, targets the names by which the root hands them on.
    pub grants: Grants,
    /// The root's own limits; `None` takes the default.
    pub limits: Limits,
    /// What an actor gets that asks for `None`, if its owner has as much. `None` here takes the built-in default.
    pub defaults: Limits,
    /// The actor of this component that the root starts has the terminal.
    pub terminal_component: Option<String>,
    /// The least loud level that workers log.
    pub log: Level,
}

impl Default for TreeConfig {
    /// A tree with an empty bundle whose root may hand on nothing: grace 500 ms, allowance 20 ms, 200 ms for what is stopped to say where it was, 500 ms to exit, 60 s to start, seed 0, level info.
    fn default() -> Self {
        Self {
            name: "root".to_owned(),
            pid: 0,
            seed: 0,
            grace: Duration::from_millis(500),
            allowance: Duration::from_millis(20),
            stop_allowance: Duration::from_millis(200),
            exit_allowance: Duration::from_millis(500),
            start_allowance: Duration::from_secs(60),
            bundle: BTreeSet::new(),
            grants: Grants::default(),
            limits: Limits::default(),
            defaults: Limits::default(),
            terminal_component: None,
            log: Level::Info,
        }
    }
}

impl TreeConfig {
    /// Makes the default, but for a root that may hand on everything: the whole file system as `/`, any connection, all names, all components.
    pub fn permissive(bundle: impl IntoIterator<Item = String>) -> Self {
        let everything = Directory {
            source: "/".to_owned(),
            target: "/".to_owned(),
            access: Access::ReadWrite,
        };
        Self {
            bundle: bundle.into_iter().collect(),
            grants: Grants {
                directories: vec![everything],
                environment: Vec::new(),
                connect: vec!["*".to_owned()],
                names: Names {
                    find: true,
                    list: true,
                    register: true,
                },
                components: vec!["*".to_owned()],
                links: Vec::new(),
            },
            ..Self::default()
        }
    }
}
