//! How much an actor may use: never more than its owner, and what it does not ask for by default.

use tractor_protocol::Limits;

/// Limits with every bound given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Bounds {
    pub(super) memory_bytes: u64,
    pub(super) message_bytes: u32,
    pub(super) actors: u32,
    pub(super) depth: u32,
    pub(super) dialogs: u32,
    pub(super) overdue_tasks: u32,
}

/// What an actor has where neither request nor configuration says: room for an interpreter in wasm, a frame of the default size, a
/// tree that a machine can hold, levels that fit in the default grace with the default allowance, and more dialogs than any sane actor opens.
/// Of those, one in 64 may be held by a task that will not end: a caller that gives up now and then does no harm, one that does so all the time
/// meets an actor that starts anew.
const BUILT_IN: Bounds = Bounds {
    memory_bytes: 1 << 30,
    message_bytes: 16 << 20,
    actors: 1024,
    depth: 64,
    dialogs: 4096,
    overdue_tasks: 4096 / 64,
};

impl Bounds {
    /// Completes `limits` with the built-in defaults.
    pub(super) fn complete(limits: &Limits) -> Self {
        Self {
            memory_bytes: limits.memory_bytes.unwrap_or(BUILT_IN.memory_bytes),
            message_bytes: limits.message_bytes.unwrap_or(BUILT_IN.message_bytes),
            actors: limits.actors.unwrap_or(BUILT_IN.actors),
            depth: limits.depth.unwrap_or(BUILT_IN.depth),
            dialogs: limits.dialogs.unwrap_or(BUILT_IN.dialogs),
            overdue_tasks: limits.overdue_tasks.unwrap_or(BUILT_IN.overdue_tasks),
        }
    }

    /// What a child of an actor with these bounds gets. `Err` says which bound it asked beyond, and both values.
    pub(super) fn for_child(&self, asked: &Limits, defaults: &Self) -> Result<Self, String> {
        let depth_below = self.depth.saturating_sub(1);
        Ok(Self {
            memory_bytes: bound(
                "memory-bytes",
                asked.memory_bytes,
                self.memory_bytes,
                defaults.memory_bytes,
            )?,
            message_bytes: bound(
                "message-bytes",
                asked.message_bytes,
                self.message_bytes,
                defaults.message_bytes,
            )?,
            actors: bound("actors", asked.actors, self.actors, defaults.actors)?,
            depth: bound("depth", asked.depth, depth_below, defaults.depth)?,
            dialogs: bound("dialogs", asked.dialogs, self.dialogs, defaults.dialogs)?,
            overdue_tasks: bound(
                "overdue-tasks",
                asked.overdue_tasks,
                self.overdue_tasks,
                defaults.overdue_tasks,
            )?,
        })
    }

    /// The wire form.
    pub(super) fn to_limits(self) -> Limits {
        Limits {
            memory_bytes: Some(self.memory_bytes),
            message_bytes: Some(self.message_bytes),
            actors: Some(self.actors),
            depth: Some(self.depth),
            dialogs: Some(self.dialogs),
            overdue_tasks: Some(self.overdue_tasks),
        }
    }
}

fn bound<T: Copy + Ord + std::fmt::Display>(
    name: &str,
    asked: Option<T>,
    held: T,
    default: T,
) -> Result<T, String> {
    match asked {
        None => Ok(default.min(held)),
        Some(asked) if asked <= held => Ok(asked),
        Some(asked) => Err(format!(
            "limit {name}: {asked} is asked for, and the owner can give {held} at most"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bound_not_asked_for_is_lesser_of_default_and_owner() {
        let owner = Bounds {
            dialogs: 7,
            ..BUILT_IN
        };
        let child = owner
            .for_child(&Limits::default(), &BUILT_IN)
            .expect("asks for nothing");
        assert_eq!(child.dialogs, 7);
        assert_eq!(child.depth, BUILT_IN.depth - 1);
    }

    #[test]
    fn bound_beyond_owner_is_refused_with_both_values() {
        let asked = Limits {
            memory_bytes: Some(3 << 30),
            ..Limits::default()
        };
        let message = BUILT_IN.for_child(&asked, &BUILT_IN).expect_err("too much");
        assert!(message.contains("memory-bytes"), "{message}");
        assert!(message.contains("3221225472") && message.contains("1073741824"));
    }
}
