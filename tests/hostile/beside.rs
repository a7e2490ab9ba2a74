//! A sibling that answers before, while and after something bad happens beside it, and the memory of all processes meanwhile.

use crate::support::{DEADLINE, TestTree, actor, guest, in_tree_with, within};
use std::cell::Cell;
use std::fs;
use std::time::Duration;
use tractor_host::{
    ActorSpec, Child, ComponentSource, Error, Failure, FailureKind, Limits, Names, Nursery,
    TreeBuilder,
};

/// What the hostile ones may have for their memory, where a test does not say.
pub(crate) const MEMORY_BYTES: u64 = 64 << 20;

/// What a worker may take: the memory of its guest, the code, and as much for what the host keeps of a guest that has 64 MiB.
const WORKER_BYTES: u64 = 384 << 20;

/// What the supervisor may take: it is this process, where other tests run as well, and where components are compiled.
const SUPERVISOR_BYTES: u64 = 2 << 30;

/// How long the sibling may take to answer, on a machine where all else computes.
const ANSWER: Duration = Duration::from_secs(10);

/// A component of `guests/rust/hostile` as an actor of its own name, which may find others.
pub(crate) fn hostile(name: &str) -> ActorSpec {
    limited(name, |_| {})
}

/// As [`hostile`], with other limits.
pub(crate) fn limited(name: &str, limit: impl FnOnce(&mut Limits)) -> ActorSpec {
    let mut limits = Limits {
        memory_bytes: Some(MEMORY_BYTES),
        ..Limits::default()
    };
    limit(&mut limits);
    let names = Names {
        find: true,
        ..Names::default()
    };
    ActorSpec::new(name).limits(limits).names(names)
}

/// Adds a component of `guests/rust/hostile`.
pub(crate) fn with(name: &'static str) -> impl FnOnce(TreeBuilder) -> TreeBuilder {
    move |builder| builder.component(name, guest(&format!("hostile-{name}")))
}

/// Adds a component that is written here, as text.
pub(crate) fn written(
    name: &'static str,
    text: &'static str,
) -> impl FnOnce(TreeBuilder) -> TreeBuilder {
    let bytes = wat::parse_str(text).expect("a component");
    move |builder| builder.component(name, ComponentSource::from(bytes))
}

/// Runs `body` in a nursery of its own, beside a sibling that answers all the while; gives how that nursery ended.
pub(crate) fn beside_sibling<T>(
    add: impl FnOnce(TreeBuilder) -> TreeBuilder,
    body: impl AsyncFnOnce(&TestTree, &Nursery) -> Result<T, Error>,
) -> Result<T, Error> {
    let mut outcome = None;
    in_tree_with(add, async |tree| {
        let ended = tree.nursery(async |n| {
            let sibling = n.start_actor(actor("sibling")).await?;
            answers(&sibling).await;
            let is_over = Cell::new(false);
            let bad = async {
                let ended = tree.nursery(async |inner| body(tree, inner).await).await;
                is_over.set(true);
                ended
            };
            let (ended, ()) = tokio::join!(bad, watch(tree, &sibling, &is_over));
            outcome = Some(ended);
            answers(&sibling).await;
            sibling.cancel().await
        });
        let ended = ended.await;
        assert!(ended.is_ok(), "the sibling is unharmed: {ended:?}");
    });
    outcome.expect("it has ended")
}

/// Asks the sibling again and again, and looks at the memory of all.
async fn watch(tree: &TestTree, sibling: &Child, is_over: &Cell<bool>) {
    while !is_over.get() {
        answers(sibling).await;
        for process in tree.program.processes() {
            let bytes = resident_bytes(process.pid);
            assert!(bytes < WORKER_BYTES, "{process:?} takes {bytes} bytes");
        }
        let bytes = resident_bytes(std::process::id());
        assert!(bytes < SUPERVISOR_BYTES, "{bytes} bytes");
        // tidy: the pause of a poll that ends with the body
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

async fn answers(sibling: &Child) {
    let call = sibling.call::<u32>("add", (1u32, 2u32));
    let answer = tokio::time::timeout(ANSWER, call).await;
    assert!(matches!(answer, Ok(Ok(3))), "the sibling says {answer:?}");
}

/// The most that a process ever had in memory; 0 of one that is gone.
pub(crate) fn resident_bytes(pid: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let number = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse::<u64>().ok());
    number.unwrap_or(0) << 10
}

/// That a failure is for this limit, of this actor, and says what was asked and what is allowed.
#[track_caller]
pub(crate) fn assert_limit(failure: &Failure, name: &str, origin: &str, said: &str) {
    assert_eq!(
        failure.kind,
        FailureKind::Limit(name.to_owned()),
        "{failure:?}"
    );
    assert_eq!(failure.origin.name, origin, "{failure:?}");
    assert!(failure.message.contains(said), "{}", failure.message);
}

/// That a failure is a trap of this actor whose text has this in it.
#[track_caller]
pub(crate) fn assert_trap(failure: &Failure, origin: &str, said: &str) {
    assert!(
        matches!(&failure.kind, FailureKind::Trap(text) if text.contains(said)),
        "{failure:?}"
    );
    assert_eq!(failure.origin.name, origin, "{failure:?}");
}

/// That a failure is of an actor that was cancelled and did not end.
#[track_caller]
pub(crate) fn assert_overdue(failure: &Failure, origin: &str) {
    assert!(
        matches!(failure.kind, FailureKind::Overdue(_)),
        "{failure:?}"
    );
    assert_eq!(failure.origin.name, origin, "{failure:?}");
}

/// Waits until a guest has said that it has begun: one that is cancelled before does nothing at all.
pub(crate) async fn begun(tree: &TestTree) {
    let said = || tree.stdout.lines().contains(&"begun".to_owned());
    assert!(within(DEADLINE, said).await, "it begins");
}

/// Waits for something that hangs if the host is not what it should be.
pub(crate) async fn soon<T>(work: impl Future<Output = T>) -> T {
    let done = tokio::time::timeout(DEADLINE / 2, work).await;
    done.expect("it comes to its end")
}
