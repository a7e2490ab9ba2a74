//! What the tests of the whole are made of: a tree of real worker processes that run the test guests, and the check that nothing of it is left.
//!
//! 1. Each tree runs its workers through a link to the program under a name of its own, so that they are known from those of other tests: by
//!    the file they run while they live, and by their command's name as zombies.
//! 2. No test waits without a deadline, and none sleeps to wait.
//! 3. The deadlines are far above what is promised: they find what hangs, not what is slow.

mod guests;
mod left;
mod output;
mod process;
mod tree;

pub(crate) use guests::guest;
pub(crate) use output::Captured;
pub(crate) use process::Program;
pub(crate) use tree::{TestTree, in_tree, in_tree_with};

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
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    true
}
