//! All laws, for workers that are started as this module is called.

mod bounds;
mod cancellation;
mod containment;
mod failures;
mod links;
mod nurseries;
mod orphans;
mod processes;
mod restarts;
mod scarcity;
mod signals;
mod streams;

/// What tests are made of, of trees whose workers are started so.
mod support {
    pub(super) use crate::support::{
        DEADLINE, Program, TestTree, actor, cancelled, computes, failed, guest, one_failure,
        program, within,
    };

    use crate::support::{self, backend::CHOSEN};
    use std::ops::{Deref, DerefMut};
    use tractor_host::{SpawnBackend, TreeBuilder};

    /// How this module is called.
    pub(super) fn spawn_backend() -> SpawnBackend {
        match module_path!().contains("by_fork") {
            true => SpawnBackend::Fork,
            false => SpawnBackend::Exec,
        }
    }

    pub(super) fn in_tree(body: impl AsyncFnOnce(&TestTree)) {
        CHOSEN.set(spawn_backend());
        support::in_tree(body);
    }

    pub(super) fn in_tree_with(
        differ: impl FnOnce(TreeBuilder) -> TreeBuilder,
        body: impl AsyncFnOnce(&TestTree),
    ) {
        CHOSEN.set(spawn_backend());
        support::in_tree_with(differ, body);
    }

    pub(super) struct Supervised(support::Supervised);

    impl Supervised {
        pub(super) fn run(options: &[&str], scenario: &[&str]) -> Self {
            CHOSEN.set(spawn_backend());
            Self(support::Supervised::run(options, scenario))
        }
    }

    impl Deref for Supervised {
        type Target = support::Supervised;

        fn deref(&self) -> &support::Supervised {
            &self.0
        }
    }

    impl DerefMut for Supervised {
        fn deref_mut(&mut self) -> &mut support::Supervised {
            &mut self.0
        }
    }
}
