//! How much an actor may use: never more than its owner, and what it does not ask for by default.

use tractor_protocol::Limits;

/// Makes [`Bounds`] of a list of limits, each with its name for people and its built-in default, and why that.
macro_rules! bounds {
    ($($(#[doc = $why:literal])+ $field:ident: $type:ty = $name:literal, $default:expr;)+) => {
        /// Limits with every bound given.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(super) struct Bounds {
            $($(#[doc = $why])+ pub(super) $field: $type,)+
        }

        /// What an actor has where neither request nor configuration says.
        const BUILT_IN: Bounds = Bounds { $($field: $default,)+ };

        impl Bounds {
            /// Completes `limits` with the built-in defaults.
            pub(super) fn complete(limits: &Limits) -> Self {
                Self { $($field: limits.$field.unwrap_or(BUILT_IN.$field),)+ }
            }

            /// What a child of an actor with these bounds gets. `Err` says which bound it asked beyond, and both values.
            pub(super) fn for_child(&self, asked: &Limits, defaults: &Self) -> Result<Self, String> {
                let held = Self { depth: self.depth.saturating_sub(1), ..*self };
                Ok(Self { $($field: bound($name, asked.$field, held.$field, defaults.$field)?,)+ })
            }

            /// The wire form.
            pub(super) fn to_limits(self) -> Limits {
                Limits { $($field: Some(self.$field),)+ }
            }
        }
    };
}

bounds! {
    /// 1 GiB: room for an interpreter in wasm, and less than a machine has.
    memory_bytes: u64 = "memory-bytes", 1 << 30;
    /// 16 MiB: a frame of the default size.
    message_bytes: u32 = "message-bytes", 16 << 20;
    /// 1024: a tree that a machine can hold, at some MiB for each.
    actors: u32 = "actors", 1024;
    /// 64: more than twice as many levels as fit in the default grace with the default allowance.
    depth: u32 = "depth", 64;
    /// 4096: more dialogs than any sane actor opens.
    dialogs: u32 = "dialogs", 4096;
    /// 1 million (8 MiB): ten times what a CPython component has.
    table_elements: u32 = "table-elements", 1 << 20;
    /// 1,000: a component has a handful for each language it is written in.
    instances: u32 = "instances", 1000;
    /// 65,536: each open dialog takes a few, and each costs the host some hundred bytes.
    handles: u32 = "handles", 1 << 16;
    /// 64 MiB: four of the largest messages.
    queue_bytes: u64 = "queue-bytes", 64 << 20;
    /// 10,000: far more than anyone reads, and about a tenth of a core's time to write.
    log_rate: u32 = "log-rate", 10_000;
    /// 200: about as many as one core starts in a second.
    spawn_rate: u32 = "spawn-rate", 200;
    /// 64: one in 64 of the dialogs. A caller that gives up now and then does no harm, one that does so all the time meets an actor that
    /// starts anew.
    overdue_tasks: u32 = "overdue-tasks", 4096 / 64;
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

    /// Whatever limits there are, none is forgotten: each is bounded by the owner's, and said to the worker.
    #[test]
    fn every_bound_of_a_child_is_its_owners_at_most() {
        let more = Bounds::complete(&Limits::default()).to_limits();
        let least = Bounds {
            memory_bytes: 1,
            message_bytes: 1,
            actors: 1,
            depth: 2,
            dialogs: 1,
            table_elements: 1,
            instances: 1,
            handles: 1,
            queue_bytes: 1,
            log_rate: 1,
            spawn_rate: 1,
            overdue_tasks: 1,
        };
        let refused = least.for_child(&more, &BUILT_IN);
        assert!(refused.expect_err("more").contains("memory-bytes"));
        let child = least.for_child(&Limits::default(), &BUILT_IN);
        let child = child.expect("asks for nothing");
        assert_eq!(child, Bounds { depth: 1, ..least });
        assert_eq!(Bounds::complete(&child.to_limits()), child);
    }
}
