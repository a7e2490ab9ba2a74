//! A tree of real workers that run the test guests.

use super::guests::{cache_folder, guest};
use super::left::Held;
use super::{Captured, DEADLINE, Program};
use std::ops::Deref;
use std::time::Duration;
use tractor_host::{ActorSpec, Error, Level, Tree, TreeBuilder};

/// A tree, what its actors print, and its processes.
pub(crate) struct TestTree {
    tree: Tree,
    /// Where its workers are seen.
    pub(crate) program: Program,
    /// What actors print.
    pub(crate) stdout: Captured,
    /// What actors print as errors.
    pub(crate) stderr: Captured,
}

/// Runs `body` as the root of a tree, and then sees that nothing of the tree is left: no process as soon as the body has ended.
pub(crate) fn in_tree(body: impl AsyncFnOnce(&TestTree)) {
    in_tree_with(|builder| builder, body);
}

/// As [`in_tree`], of a tree that differs.
pub(crate) fn in_tree_with(
    differ: impl FnOnce(TreeBuilder) -> TreeBuilder,
    body: impl AsyncFnOnce(&TestTree),
) {
    let bundle = |builder: TreeBuilder| {
        let builder = builder
            .component("test-actor", guest("test-actor"))
            .component("test-program", guest("test-program"));
        differ(builder)
    };
    in_tree_of(bundle, body);
}

/// As [`in_tree`], of a tree with a bundle of its own, which `bundle` adds.
pub(crate) fn in_tree_of(
    bundle: impl FnOnce(TreeBuilder) -> TreeBuilder,
    body: impl AsyncFnOnce(&TestTree),
) {
    let held = Held::take();
    let runtime = runtime();
    runtime.block_on(async {
        let ended = tokio::time::timeout(DEADLINE, run(bundle, body)).await;
        ended.expect("the test ends in time");
    });
    drop(runtime);
    drop(held);
}

async fn run(bundle: impl FnOnce(TreeBuilder) -> TreeBuilder, body: impl AsyncFnOnce(&TestTree)) {
    let (program, stdout, stderr) = (Program::link(), Captured::default(), Captured::default());
    let builder = Tree::builder()
        .worker_program(program.file())
        .cache_folder(cache_folder())
        .spawn_backend(super::backend::chosen())
        // Unoptimised code on a busy machine takes its time to say where it was.
        .allowance(Duration::from_millis(60))
        .output(stdout.clone(), stderr.clone())
        .log(Level::Warn, |_| {});
    let tree = bundle(builder).start().await.expect("the tree starts");
    let tree = TestTree {
        tree,
        program,
        stdout,
        stderr,
    };
    body(&tree).await;
    // Every nursery is closed, so everything is reaped: there is nothing to wait for.
    assert_eq!(tree.program.processes(), [], "processes are left");
    tree.tree.shutdown(None).await;
    // With the tree its zygotes are gone too.
    assert_eq!(tree.program.everything(), [], "processes are left");
}

pub(super) fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime")
}

/// A test actor of this name.
pub(crate) fn actor(name: &str) -> ActorSpec {
    ActorSpec::new("test-actor").name(name)
}

/// The test program as an actor of this name, to call its functions.
pub(crate) fn program(name: &str) -> ActorSpec {
    ActorSpec::new("test-program").name(name)
}

impl TestTree {
    /// Runs a scenario of the test program as an actor `main`, to its end.
    pub(crate) async fn scenario(&self, arguments: &[&str]) -> Result<(), Error> {
        self.nursery(async |n| {
            let main = n.run_in_actor(program("main"), "run", (arguments,)).await?;
            main.output().await
        })
        .await
    }
}

impl Deref for TestTree {
    type Target = Tree;

    fn deref(&self) -> &Tree {
        &self.tree
    }
}
