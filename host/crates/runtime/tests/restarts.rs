//! Restarts of native actors in one process: the real supervisor, the real workers, real socketpairs.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use tractor_protocol::control::{ActorSpec, Code};
use tractor_protocol::{
    CancelReason, Codec, Error, FailureKind, Grants, Limits, Names, Payload, Restart,
    RestartStrategy,
};
use tractor_runtime::code::Invocation;
use tractor_runtime::native::{Native, NativeLoad};
use tractor_runtime::spawn::InProcess;
use tractor_runtime::supervisor::{CodeSource, Config, Output, Supervisor, Transport};
use tractor_runtime::tree::TreeConfig;
use tractor_runtime::worker::{Nursery, NurseryOptions, Portal, Task};

/// Far above what anything here takes.
const DEADLINE: Duration = Duration::from_secs(20);

struct Source;

impl CodeSource for Source {
    fn code(&self, component: &str) -> Result<(Code, Vec<std::os::fd::OwnedFd>), String> {
        Ok((Code::Native(component.to_owned()), Vec::new()))
    }
}

fn text(text: &str) -> Payload {
    Payload::new(Codec::Json, text.to_owned())
}

/// An actor that counts its runs, over all its incarnations.
fn counter(runs: &Arc<AtomicU32>) -> Native {
    let (one, two) = (Arc::clone(runs), Arc::clone(runs));
    let run = move |runs: &AtomicU32| runs.fetch_add(1, Ordering::SeqCst) + 1;
    Native::new()
        .function("echo", |call: Invocation| async move { Ok(call.arguments) })
        .function("who", |call: Invocation| async move {
            Ok(text(&call.task.worker().actor().uuid.to_string()))
        })
        .function("sleep", |call: Invocation| async move {
            call.task.scope().sleep(Duration::from_secs(3600)).await?;
            Ok(call.arguments)
        })
        .function("panic", |call: Invocation| async move {
            panic!("boom {:?}", call.arguments.codec)
        })
        .function("fail", |call: Invocation| async move {
            let worker = call.task.worker();
            Err(worker.failure(FailureKind::Returned, "no luck").into())
        })
        .function("third", move |call: Invocation| {
            let run = run(&one);
            async move {
                assert!(run > 1, "the first run breaks down");
                match run {
                    2 => {
                        let worker = call.task.worker();
                        Err(worker.failure(FailureKind::Returned, "no luck").into())
                    }
                    _ => Ok(text(&run.to_string())),
                }
            }
        })
        .function("count", move |_: Invocation| {
            let run = run(&two);
            async move { Ok(text(&run.to_string())) }
        })
}

fn spec(name: &str) -> ActorSpec {
    ActorSpec {
        component: "counter".to_owned(),
        name: name.to_owned(),
        grants: Grants {
            components: vec!["*".into()],
            links: Vec::new(),
            names: Names {
                find: true,
                list: true,
                register: true,
            },
            ..Grants::default()
        },
        limits: Limits::default(),
        overdue: None,
        spawn_backend: None,
    }
}

/// Runs `body` in the root's task, then sees that the tree goes down to nothing.
async fn in_tree(body: impl AsyncFnOnce(&Task)) {
    let runs = Arc::new(AtomicU32::new(0));
    let load = NativeLoad::new([("counter".to_owned(), counter(&runs))]);
    let config = Config {
        tree: TreeConfig::permissive(["counter".to_owned()]),
        backend: Box::new(InProcess::new(move || Box::new(load.clone()))),
        transport: Transport::default(),
        code: Arc::new(Source),
        output: Output::default(),
        log: Arc::new(|_| {}),
    };
    let (supervisor, _worker, task) = Supervisor::start(config).expect("a supervisor");
    let ended = tokio::time::timeout(DEADLINE, body(&task)).await;
    ended.expect("the body ends");
    supervisor
        .shutdown(CancelReason::Shutdown, None, None)
        .await;
    let down = tokio::time::timeout(DEADLINE, supervisor.finished()).await;
    down.expect("the tree goes down");
}

fn open(task: &Task, rules: Restart) -> Nursery {
    let soon = rules.backoff(Duration::from_millis(5), Duration::from_millis(20));
    let options = NurseryOptions {
        restart: Some(soon),
        ..NurseryOptions::default()
    };
    Nursery::open(&task.scope(), options)
}

fn kinds(result: Result<Payload, Error>) -> Vec<FailureKind> {
    match result {
        Err(Error::Failed(failures)) => failures.into_iter().map(|f| f.kind).collect(),
        other => panic!("it did not fail: {other:?}"),
    }
}

async fn breaks(portal: &Portal, task: &Task) -> Vec<FailureKind> {
    kinds(portal.call(&task.scope(), "panic", text("[]")).await)
}

async fn who(portal: &Portal, task: &Task) -> String {
    let id = portal.call(&task.scope(), "who", text("[]")).await;
    String::from_utf8(id.expect("it serves").bytes.to_vec()).expect("digits")
}

#[tokio::test]
async fn call_under_way_ends_with_restarted_and_old_handles_reach_the_new_one() {
    in_tree(async |task| {
        let nursery = open(task, Restart::on_failure());
        let child = nursery.start_actor(spec("daemon")).await.expect("started");
        let (portal, before) = (child.portal(), child.actor());
        let scope = task.scope();
        let other = portal.clone();
        let (sleeping, broken) = tokio::join!(
            other.call(&scope, "sleep", text("[]")),
            breaks(&portal, task)
        );
        assert_eq!(kinds(sleeping), [FailureKind::Restarted]);
        assert_eq!(broken, [FailureKind::Restarted]);
        let now = who(&portal, task).await;
        assert_ne!(now, before.uuid.to_string());
        assert_eq!(now, portal.actor().uuid.to_string());
        assert_eq!(child.actor(), portal.actor());
        assert_eq!(child.cancel(None).await, Ok(()));
        assert_eq!(child.ended(&task.scope()).await, Ok(()));
        assert_eq!(nursery.close(None).await, Ok(()));
    })
    .await;
}

#[tokio::test]
async fn portal_of_another_actor_learns_the_new_incarnation_by_calling() {
    in_tree(async |task| {
        let nursery = open(task, Restart::on_failure());
        let child = nursery.start_actor(spec("daemon")).await.expect("started");
        // As one that is handed on, or found by name, which its owner's does not share.
        let worker = task.worker();
        let found = worker.wait_for(&task.scope(), "daemon").await;
        let found = found.expect("it serves");
        let before = found.actor();
        assert_eq!(
            breaks(&child.portal(), task).await,
            [FailureKind::Restarted]
        );
        assert_ne!(who(&found, task).await, before.uuid.to_string());
        assert_eq!(found.actor(), child.actor());
        let again = worker.wait_for(&task.scope(), "daemon").await;
        assert_eq!(again.expect("it serves").actor(), child.actor());
        nursery.cancel(None);
        assert_eq!(nursery.close(None).await, Ok(()));
    })
    .await;
}

#[tokio::test]
async fn failed_function_of_a_serving_actor_is_no_end_of_it() {
    in_tree(async |task| {
        let nursery = open(task, Restart::on_failure());
        let child = nursery.start_actor(spec("daemon")).await.expect("started");
        let before = child.actor();
        let failed = child.portal().call(&task.scope(), "fail", text("[]")).await;
        assert_eq!(kinds(failed), [FailureKind::Returned]);
        assert_eq!(who(&child.portal(), task).await, before.uuid.to_string());
        nursery.cancel(None);
        assert_eq!(nursery.close(None).await, Ok(()));
    })
    .await;
}

#[tokio::test]
async fn one_shot_runs_again_until_it_returns() {
    in_tree(async |task| {
        let nursery = open(task, Restart::on_failure());
        let child = nursery
            .run_in_actor(spec("shot"), "third".into(), text("[]"))
            .await
            .expect("started");
        assert_eq!(child.output(&task.scope()).await, Ok(text("3")));
        assert_eq!(nursery.close(None).await, Ok(()));
        assert_eq!(child.ended(&task.scope()).await, Ok(()));
        assert_eq!(child.output(&task.scope()).await, Ok(text("3")));
    })
    .await;
}

#[tokio::test]
async fn one_shot_that_never_returns_gives_its_last_failure_with_the_restarts() {
    for (function, kind) in [
        ("fail", FailureKind::Returned),
        ("panic", FailureKind::Trap("boom Json".into())),
    ] {
        in_tree(async |task| {
            let rules = Restart::on_failure().intensity(2, Duration::from_secs(60));
            let nursery = open(task, rules);
            let child = nursery
                .run_in_actor(spec("shot"), function.into(), text("[]"))
                .await
                .expect("started");
            let output = child.output(&task.scope()).await;
            let Err(Error::Failed(failures)) = output else {
                panic!("{output:?}");
            };
            assert_eq!(failures[0].kind, kind);
            let message = &failures[0].message;
            assert!(message.contains("started anew 2 times"), "{message}");
            let raised = Err(Error::Failed(failures));
            assert_eq!(child.ended(&task.scope()).await, raised);
            assert_eq!(nursery.close(None).await, raised);
        })
        .await;
    }
}

#[tokio::test]
async fn one_shot_runs_again_and_again_under_always_until_it_is_cancelled() {
    in_tree(async |task| {
        let rules = Restart::always().intensity(u32::MAX, Duration::from_secs(1));
        let nursery = open(task, rules);
        let counting = nursery
            .run_in_actor(spec("counting"), "count".into(), text("[]"))
            .await
            .expect("started");
        let other = nursery
            .run_in_actor(spec("other"), "count".into(), text("[]"))
            .await
            .expect("started");
        let first = counting.actor();
        let moved = tokio::time::timeout(DEADLINE, async {
            while counting.actor() == first {
                tokio::task::yield_now().await;
            }
        });
        moved.await.expect("it is started anew");
        assert_eq!(counting.cancel(None).await, Ok(()));
        assert_eq!(other.cancel(None).await, Ok(()));
        assert!(counting.output(&task.scope()).await.is_ok());
        assert_eq!(nursery.close(None).await, Ok(()));
    })
    .await;
}

#[tokio::test]
async fn one_for_all_ends_calls_to_the_siblings_with_restarted() {
    in_tree(async |task| {
        let nursery = open(
            task,
            Restart::on_failure().strategy(RestartStrategy::OneForAll),
        );
        let one = nursery.start_actor(spec("one")).await.expect("started");
        let two = nursery.start_actor(spec("two")).await.expect("started");
        let before = [one.actor(), two.actor()];
        let (scope, portal, first) = (task.scope(), two.portal(), one.portal());
        let (sleeping, broken) = tokio::join!(
            portal.call(&scope, "sleep", text("[]")),
            breaks(&first, task)
        );
        assert_eq!(kinds(sleeping), [FailureKind::Restarted]);
        assert_eq!(broken, [FailureKind::Restarted]);
        for (child, before) in [&one, &two].into_iter().zip(before) {
            assert_ne!(who(&child.portal(), task).await, before.uuid.to_string());
        }
        nursery.cancel(None);
        assert_eq!(nursery.close(None).await, Ok(()));
    })
    .await;
}

#[tokio::test]
async fn restarted_that_a_body_passes_on_is_the_bodys_failure() {
    in_tree(async |task| {
        let nursery = open(task, Restart::on_failure());
        let child = nursery.start_actor(spec("daemon")).await.expect("started");
        let (portal, scope) = (child.portal(), nursery.scope());
        let broken = portal.call(&scope, "panic", text("[]")).await;
        let error = broken.expect_err("it breaks down");
        let raised = nursery.close(Some(error.clone())).await;
        let Err(Error::Failed(failures)) = raised else {
            panic!("{raised:?}");
        };
        assert_eq!(failures[0].kind, FailureKind::Restarted);
        assert_eq!(failures.iter().filter(|f| !f.is_cancelled()).count(), 1);
    })
    .await;
}

#[tokio::test]
async fn actor_given_up_ends_its_calls_with_the_true_failure() {
    in_tree(async |task| {
        let rules = Restart::on_failure().intensity(0, Duration::from_secs(5));
        let nursery = open(task, rules);
        let child = nursery.start_actor(spec("daemon")).await.expect("started");
        let broken = breaks(&child.portal(), task).await;
        assert_eq!(broken, [FailureKind::Trap("boom Json".into())]);
        let raised = nursery.close(None).await;
        assert!(matches!(raised, Err(Error::Failed(f)) if f.len() == 1));
    })
    .await;
}
