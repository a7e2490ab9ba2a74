//! What an actor may touch, and how much. Nothing is ambient; a child never has more than its owner.

use crate::id::ActorId;
use serde::{Deserialize, Serialize};

/// Whether a directory may be written to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Access {
    /// Files may be read and folders listed.
    Read,
    /// Files and folders may be made, changed and removed as well.
    ReadWrite,
}

/// A directory that an actor may open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Directory {
    /// In a request: the path as the owner sees it. In a spawn specification: the path on the machine.
    pub source: String,
    /// The path as the actor sees it.
    pub target: String,
    /// What it may do there.
    pub access: Access,
}

/// What an actor may do with the names of a tree.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Names {
    /// Find actors by name, and call them.
    pub find: bool,
    /// List the actors of the tree.
    pub list: bool,
    /// Register under further names.
    pub register: bool,
}

/// An import of an actor's component that another actor satisfies.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Linked {
    /// The interface that it imports: `ns:pkg/iface`, with or without a version.
    pub interface: String,
    /// The actor whose component exports it; any of its late incarnations.
    pub actor: ActorId,
}

/// What an actor may touch. The default is nothing but its output, clocks and random numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grants {
    /// Directories it may open.
    pub directories: Vec<Directory>,
    /// Environment variables it sees.
    pub environment: Vec<(String, String)>,
    /// Hosts and ports it may connect to, as `host:port`; `*` for any.
    pub connect: Vec<String>,
    /// What it may do with names.
    pub names: Names,
    /// Components of the bundle that it may start; `self` is always among them. `*` for all.
    pub components: Vec<String>,
    /// Actors that it may call because they satisfy what its component imports.
    pub links: Vec<Linked>,
}

/// How much an actor may use. In a request `None` asks for the owner's own bound or the default, whichever is less.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Linear memory of its instance, in bytes.
    pub memory_bytes: Option<u64>,
    /// The largest value it may send or receive, in bytes.
    pub message_bytes: Option<u32>,
    /// Actors below it, at any depth.
    pub actors: Option<u32>,
    /// Levels of actors below it.
    pub depth: Option<u32>,
    /// Dialogs that it may have open at once, and each other actor with it.
    pub dialogs: Option<u32>,
    /// Elements over all tables of its instance.
    pub table_elements: Option<u32>,
    /// Core instances that its component is made of.
    pub instances: Option<u32>,
    /// Handles that it may hold at once, those of calls that wait among them.
    pub handles: Option<u32>,
    /// Bytes that may wait in its queues, in each direction.
    pub queue_bytes: Option<u64>,
    /// Lines that it may log and print in a second.
    pub log_rate: Option<u32>,
    /// Actors that may be started below it in a second.
    pub spawn_rate: Option<u32>,
    /// Tasks that may run on although their grace period is over.
    pub overdue_tasks: Option<u32>,
}
