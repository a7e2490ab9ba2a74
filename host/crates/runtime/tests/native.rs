//! Whole trees of native actors in one process: the real supervisor, the real workers, real socketpairs.

use futures::FutureExt;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tractor_protocol::control::{ActorSpec, Code};
use tractor_protocol::{
    ActorId, CancelReason, Cancellation, Codec, Error, Failure, FailureKind, Grants, Limits,
    Payload, Uuid,
};
use tractor_runtime::code::Invocation;
use tractor_runtime::native::{Native, NativeLoad};
use tractor_runtime::spawn::InProcess;
use tractor_runtime::supervisor::{CodeSource, Config, Output, Supervisor, Transport};
use tractor_runtime::tree::TreeConfig;
use tractor_runtime::worker::{Nursery, OpenedContext, Scope, StreamOptions, Task};

struct Source;

impl CodeSource for Source {
    fn code(&self, component: &str) -> Result<(Code, Vec<std::os::fd::OwnedFd>), String> {
        Ok((Code::Native(component.to_owned()), Vec::new()))
    }
}

fn text(text: &str) -> Payload {
    Payload::new(Codec::Json, text.to_owned())
}

fn calc() -> Native {
    Native::new()
        .function("echo", |call: Invocation| async move { Ok(call.arguments) })
        .function("sleep", |call: Invocation| async move {
            call.task.scope().sleep(Duration::from_secs(3600)).await?;
            Ok(call.arguments)
        })
        .function("late", |call: Invocation| async move {
            // It computes: nobody's timers are heard on this thread until the time is up, and this one's end is told.
            let end = Instant::now() + Duration::from_millis(100);
            while Instant::now() < end {
                std::hint::spin_loop();
            }
            Err(Error::Cancelled(Cancellation {
                scope: call.task.scope().id(),
                canceller: call.task.worker().actor().clone(),
                reason: CancelReason::Deadline,
                message: None,
            }))
        })
        .function("stubborn", |call: Invocation| async move {
            let context = call.context.expect("opened as a context");
            context.started(&context.scope(), text("null")).await?;
            std::future::pending().await
        })
        .function("relay", relay)
        .function("fail", |call: Invocation| async move {
            Err(call
                .task
                .worker()
                .failure(FailureKind::Other, "no luck")
                .into())
        })
        .function("panic", |call: Invocation| async move {
            panic!("boom {:?}", call.arguments.codec)
        })
        .function("stream", stream)
        .function("nested", |call: Invocation| async move {
            let nursery = Nursery::open(&call.task.scope(), Default::default());
            let child = nursery
                .run_in_actor(spec("calc"), "echo".into(), call.arguments)
                .await?;
            let output = child.output(&nursery.scope()).await;
            nursery.close(output.as_ref().err().cloned()).await?;
            output
        })
}

async fn stream(call: Invocation) -> Result<Payload, Error> {
    let context = call.context.expect("opened as a context");
    let scope = context.scope();
    context.started(&scope, text("11")).await?;
    let stream = context
        .open_stream(&scope, StreamOptions::default())
        .await?;
    let mut count = 0;
    loop {
        let messages = stream.receive(&scope, 16).await?;
        if messages.is_empty() {
            break;
        }
        count += messages.len();
        stream.send(&scope, messages).await.1?;
    }
    Ok(text(&count.to_string()))
}

/// Opens a context with the actor whose id came, and gives on what that gives.
async fn relay(call: Invocation) -> Result<Payload, Error> {
    let (context, scope) = (call.context.expect("a context"), call.task.scope());
    let id = Uuid(call.arguments.bytes[..].try_into().expect("an id"));
    let stubborn = call.task.worker().connect(&scope, id).await?;
    let opened = stubborn
        .open_context(&scope, "stubborn", text("[]"))
        .await?;
    context.started(&scope, opened.first()).await?;
    let output = opened.output(&scope).await;
    opened.close(output.as_ref().err().cloned()).await?;
    output
}

/// Two actors side by side, of which one waits for the other, which hears nothing. Gives the latter, and the context that the former serves.
async fn relayed(nursery: &Nursery, within: &Scope) -> (ActorId, OpenedContext) {
    let stubborn = nursery.start_actor(spec("calc")).await.expect("started");
    let mut finder = spec("calc");
    finder.grants.names.find = true;
    let relay = nursery.start_actor(finder).await.expect("started");
    let id = Payload::new(Codec::Json, stubborn.actor().uuid.0.to_vec());
    let context = relay.portal().open_context(within, "relay", id).await;
    (stubborn.actor(), context.expect("both have started"))
}

fn overdue(failures: &[Failure]) -> Vec<&ActorId> {
    let late = failures
        .iter()
        .filter(|failure| matches!(failure.kind, FailureKind::Overdue(_)));
    late.map(|failure| &failure.origin).collect()
}

fn spec(component: &str) -> ActorSpec {
    ActorSpec {
        component: component.to_owned(),
        name: component.to_owned(),
        grants: Grants {
            components: vec!["*".into()],
            ..Grants::default()
        },
        limits: Limits::default(),
        overdue: None,
        spawn_backend: None,
    }
}

/// Runs `body` in the root's task, then sees that the tree goes down to nothing.
async fn in_tree(body: impl AsyncFnOnce(&Task)) {
    let load = NativeLoad::new([("calc".to_owned(), calc())]);
    let config = Config {
        tree: TreeConfig::permissive(["calc".to_owned()]),
        backend: Box::new(InProcess::new(move || Box::new(load.clone()))),
        transport: Transport::default(),
        code: Arc::new(Source),
        output: Output::default(),
        log: Arc::new(|_| {}),
    };
    let (supervisor, _worker, task) = Supervisor::start(config).expect("a supervisor");
    tokio::time::timeout(Duration::from_secs(20), body(&task))
        .await
        .expect("the body ends");
    supervisor
        .shutdown(CancelReason::Shutdown, None, None)
        .await;
    tokio::time::timeout(Duration::from_secs(20), supervisor.finished())
        .await
        .expect("the tree goes down");
}

#[tokio::test]
async fn one_shot_gives_its_value() {
    in_tree(async |task| {
        let nursery = Nursery::open(&task.scope(), Default::default());
        let child = nursery
            .run_in_actor(spec("calc"), "echo".into(), text("[1]"))
            .await
            .expect("started");
        assert_eq!(child.output(&nursery.scope()).await, Ok(text("[1]")));
        assert_eq!(nursery.close(None).await, Ok(()));
        assert_eq!(
            child.output(&task.scope()).await,
            Ok(text("[1]")),
            "after the close too"
        );
    })
    .await;
}

#[tokio::test]
async fn daemon_serves_until_cancelled() {
    in_tree(async |task| {
        let nursery = Nursery::open(&task.scope(), Default::default());
        let child = nursery.start_actor(spec("calc")).await.expect("started");
        for round in 0..3 {
            let value = text(&format!("[{round}]"));
            assert_eq!(
                child
                    .portal()
                    .call(&nursery.scope(), "echo", value.clone())
                    .await,
                Ok(value)
            );
        }
        assert_eq!(child.cancel(None).await, Ok(()));
        assert_eq!(nursery.close(None).await, Ok(()));
    })
    .await;
}

#[tokio::test]
async fn failing_one_shot_is_raised_once_as_itself() {
    in_tree(async |task| {
        let nursery = Nursery::open(&task.scope(), Default::default());
        let child = nursery
            .run_in_actor(spec("calc"), "fail".into(), text("[]"))
            .await
            .expect("started");
        let error = child.output(&nursery.scope()).await.expect_err("it fails");
        let Err(Error::Failed(failures)) = nursery.close(Some(error)).await else {
            panic!("it raises")
        };
        assert_eq!(failures.len(), 1, "{failures:?}");
        assert_eq!(failures[0].message, "no luck");
        assert_eq!(failures[0].origin, child.actor());
    })
    .await;
}

#[tokio::test]
async fn panic_ends_the_actor_and_cancels_its_sibling() {
    in_tree(async |task| {
        let nursery = Nursery::open(&task.scope(), Default::default());
        nursery
            .run_in_actor(spec("calc"), "sleep".into(), text("[]"))
            .await
            .expect("started");
        nursery
            .run_in_actor(spec("calc"), "panic".into(), text("[]"))
            .await
            .expect("started");
        let cancellation = nursery.scope().cancelled().await;
        assert_eq!(cancellation.reason, CancelReason::SiblingFailed);
        let Err(Error::Failed(failures)) = nursery.close(None).await else {
            panic!("it raises")
        };
        let kinds: Vec<_> = failures.iter().map(|failure| &failure.kind).collect();
        assert!(
            matches!(kinds[..], [FailureKind::Trap(_), FailureKind::Cancelled(_)]),
            "{kinds:?}"
        );
    })
    .await;
}

#[tokio::test]
async fn context_streams_both_ways() {
    in_tree(async |task| {
        let nursery = Nursery::open(&task.scope(), Default::default());
        let scope = nursery.scope();
        let child = nursery.start_actor(spec("calc")).await.expect("started");
        let context = child
            .portal()
            .open_context(&scope, "stream", text("[]"))
            .await
            .expect("opened");
        assert_eq!(context.first(), text("11"));
        let stream = context
            .open_stream(&scope, StreamOptions::default())
            .await
            .expect("a stream");
        for round in 0..100 {
            let ping = text(&round.to_string());
            assert_eq!(stream.send(&scope, vec![ping.clone()]).await, (1, Ok(())));
            assert_eq!(stream.receive(&scope, 8).await, Ok(vec![ping]));
        }
        stream.stop();
        assert_eq!(context.output(&scope).await, Ok(text("100")));
        assert_eq!(context.close(None).await, Ok(()));
        child.cancel(None).await.expect("cancelled");
        assert_eq!(nursery.close(None).await, Ok(()));
    })
    .await;
}

#[tokio::test]
async fn deadline_cancels_a_call_and_the_actor_goes_on() {
    in_tree(async |task| {
        let nursery = Nursery::open(&task.scope(), Default::default());
        let child = nursery.start_actor(spec("calc")).await.expect("started");
        let options = tractor_runtime::worker::ScopeOptions {
            deadline: Some(Duration::from_millis(30)),
            shield: false,
        };
        let short = nursery.scope().child(options);
        let Err(Error::Cancelled(cancellation)) =
            child.portal().call(&short, "sleep", text("[]")).await
        else {
            panic!("it is cancelled")
        };
        assert_eq!(cancellation.reason, CancelReason::Deadline);
        assert_eq!(
            child
                .portal()
                .call(&nursery.scope(), "echo", text("[2]"))
                .await,
            Ok(text("[2]"))
        );
        nursery.cancel(None);
        assert_eq!(nursery.close(None).await, Ok(()));
    })
    .await;
}

#[tokio::test]
async fn law_6_actor_that_is_cancelled_beside_its_callee_is_not_late_because_of_it() {
    in_tree(async |task| {
        let nursery = Nursery::open(&task.scope(), Default::default());
        let (stubborn, context) = relayed(&nursery, &nursery.scope()).await;
        nursery.cancel(None);
        let ended = nursery.close(None).await;
        let Err(Error::Failed(failures)) = &ended else {
            panic!("one of them was late: {ended:?}")
        };
        let late = overdue(failures);
        assert!(late.contains(&&stubborn), "{failures:?}");
        assert!(late.iter().all(|late| **late == stubborn), "{failures:?}");
        context.close(None).await.expect_err("as the nursery says");
    })
    .await;
}

#[tokio::test]
async fn law_6_task_that_is_cancelled_is_not_late_because_of_its_callee() {
    in_tree(async |task| {
        let nursery = Nursery::open(&task.scope(), Default::default());
        let within = task.scope().child(Default::default());
        let (stubborn, context) = relayed(&nursery, &within).await;
        within.cancel(None);
        let ended = context.close(None).await;
        let Err(Error::Failed(failures)) = &ended else {
            panic!("one of them was late: {ended:?}")
        };
        assert_eq!(overdue(failures), [&stubborn], "{failures:?}");
        nursery.cancel(None);
        nursery.close(None).await.expect_err("it hears nothing");
    })
    .await;
}

#[tokio::test]
async fn call_that_ends_leaves_the_context_of_the_same_number_on_another_link_to_its_scope() {
    in_tree(async |task| {
        let nursery = Nursery::open(&task.scope(), Default::default());
        let scope = nursery.scope().child(Default::default());
        let held = nursery.start_actor(spec("calc")).await.expect("started");
        let called = nursery.start_actor(spec("calc")).await.expect("started");
        // The first dialog of either link.
        let held = held.portal();
        let held = held.call(&scope, "sleep", text("[]"));
        let echo = called.portal();
        let ends = async {
            let echoed = echo.call(&scope, "echo", text("[1]")).await;
            scope.cancel(None);
            echoed
        };
        let (held, echoed) = tokio::join!(held, ends);
        assert_eq!(echoed, Ok(text("[1]")));
        assert!(matches!(held, Err(Error::Cancelled(_))), "{held:?}");
        nursery.cancel(None);
        assert_eq!(nursery.close(None).await, Ok(()));
    })
    .await;
}

#[tokio::test]
async fn deadline_that_the_callee_hears_first_is_the_callers() {
    in_tree(async |task| {
        let nursery = Nursery::open(&task.scope(), Default::default());
        let child = nursery.start_actor(spec("calc")).await.expect("started");
        let options = tractor_runtime::worker::ScopeOptions {
            deadline: Some(Duration::from_millis(20)),
            shield: false,
        };
        let short = nursery.scope().child(options);
        let portal = child.portal();
        let slept = portal.call(&short, "late", text("[]")).await;
        let Err(Error::Cancelled(cancellation)) = slept else {
            panic!("it is cancelled, and not {slept:?}")
        };
        assert_eq!(cancellation.scope, short.id());
        nursery.cancel(None);
        assert_eq!(nursery.close(None).await, Ok(()));
    })
    .await;
}

#[tokio::test]
async fn nested_actor_gives_its_value() {
    in_tree(async |task| {
        let nursery = Nursery::open(&task.scope(), Default::default());
        let child = nursery
            .run_in_actor(spec("calc"), "nested".into(), text("[5]"))
            .await
            .expect("started");
        assert_eq!(child.output(&nursery.scope()).await, Ok(text("[5]")));
        assert_eq!(nursery.close(None).await, Ok(()));
    })
    .await;
}

#[tokio::test]
async fn unknown_component_names_what_there_is() {
    in_tree(async |task| {
        let nursery = Nursery::open(&task.scope(), Default::default());
        let Err(Error::Failed(failures)) = nursery.start_actor(spec("clac")).await else {
            panic!("not found")
        };
        assert_eq!(failures[0].kind, FailureKind::NotFound);
        assert!(
            failures[0].message.contains("calc"),
            "{}",
            failures[0].message
        );
        assert_eq!(nursery.close(None).await, Ok(()));
    })
    .await;
}

#[tokio::test]
async fn one_shot_that_is_called_besides_ends_with_its_own_function() {
    in_tree(async |task| {
        let nursery = Nursery::open(&task.scope(), Default::default());
        let scope = nursery.scope();
        let child = nursery
            .run_in_actor(spec("calc"), "sleep".into(), text("[]"))
            .await
            .expect("started");
        for round in ["[1]", "[2]"] {
            let value = child.portal().call(&scope, "echo", text(round)).await;
            assert_eq!(value, Ok(text(round)), "it is still there");
        }
        nursery.cancel(None);
        assert_eq!(nursery.close(None).await, Ok(()));
    })
    .await;
}

/// What a task opens and closes, again and again, leaves nothing: neither scopes nor anything else that is kept for each.
#[tokio::test]
async fn task_that_opens_and_closes_for_long_keeps_no_scopes() {
    const TIMES: usize = 1_000;
    in_tree(async |task| {
        let nursery = Nursery::open(&task.scope(), Default::default());
        let peer = nursery.start_actor(spec("calc")).await.expect("started");
        let portal = peer.portal();
        let (before, scope) = (task.worker().open_scopes(), task.scope());
        for _ in 0..TIMES {
            let empty = Nursery::open(&task.scope(), Default::default());
            assert_eq!(empty.close(None).await, Ok(()));
            let context = portal.open_context(&scope, "stream", text("[]"));
            let context = context.await.expect("started");
            context.cancel(None);
            assert_eq!(context.close(None).await, Ok(()));
        }
        let call = portal.open_context(&scope, "sleep", text("[]"));
        assert!(call.now_or_never().is_none(), "it waits, and is given up");
        let refused = portal.open_context(&scope, "fail", text("[]"));
        assert!(refused.await.is_err());
        assert_eq!(task.worker().open_scopes(), before);
        peer.cancel(None).await.expect("gone");
        assert_eq!(nursery.close(None).await, Ok(()));
    })
    .await;
}

/// A nursery whose body ends with `closed` used to wait for actors that serve.
#[tokio::test]
async fn nursery_whose_body_ends_with_closed_cancels_its_actors() {
    in_tree(async |task| {
        let nursery = Nursery::open(&task.scope(), Default::default());
        nursery.start_actor(spec("calc")).await.expect("started");
        assert_eq!(nursery.close(Some(Error::Closed)).await, Err(Error::Closed));
    })
    .await;
}
