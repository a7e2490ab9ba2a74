//! What the tests of the whole are made of: a tree of real worker processes that run the test guests, and the check that nothing of it is left.
//!
//! 1. Each tree runs its workers through a link to the program under a name of its own, so that they are known from those of other tests: by
//!    the file they run while they live, and by their command's name as zombies.
//! 2. No test waits without a deadline, and none sleeps to wait.
//! 3. The deadlines are far above what is promised: they find what hangs, not what is slow.

pub(crate) mod backend;
mod busy;
mod failures;
pub(crate) mod guests;
mod left;
mod output;
mod process;
mod supervised;
pub(crate) mod tree;

pub(crate) use busy::computes;
pub(crate) use failures::{cancelled, failed, one_failure};
pub(crate) use guests::guest;
pub(crate) use output::Captured;
pub(crate) use process::Program;
pub(crate) use supervised::Supervised;
pub(crate) use tree::{TestTree, actor, in_tree, in_tree_with, program};

use std::time::{Duration, Instant};

/// No test takes longer, however busy the machine is.
pub(crate) const DEADLINE: Duration = Duration::from_secs(40);

/// Polls until `condition` holds, for at most `time`; gives whether it does.
pub(crate) async fn within(time: Duration, mut condition: impl FnMut() -> bool) -> bool {
    let end = Instant::now() + time;
    while !condition() {
        if Instant::now() > end {
            return false;
        }
        // tidy: the pause of a poll under a deadline
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    true
}
