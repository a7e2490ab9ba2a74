//! Trees of native actors in one process, over each transport that their links can be made of.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use tractor_protocol::control::{ActorSpec, Code};
use tractor_protocol::{CancelReason, Codec, Error, Grants, Limits, Payload};
use tractor_runtime::code::Invocation;
use tractor_runtime::native::{Native, NativeLoad};
use tractor_runtime::spawn::InProcess;
use tractor_runtime::supervisor::{CodeSource, Config, Output, Supervisor, Transport};
use tractor_runtime::tree::TreeConfig;
use tractor_runtime::worker::{Child, Nursery, ScopeOptions, StreamOptions, Task};

/// No test takes longer, however busy the machine is.
const DEADLINE: Duration = Duration::from_secs(40);

struct Source;

impl CodeSource for Source {
    fn code(&self, component: &str) -> Result<(Code, Vec<std::os::fd::OwnedFd>), String> {
        Ok((Code::Native(component.to_owned()), Vec::new()))
    }
}

fn text(text: &str) -> Payload {
    Payload::new(Codec::Json, text.to_owned())
}

fn peer() -> Native {
    Native::new()
        .function("echo", |call: Invocation| async move { Ok(call.arguments) })
        .function("sleep", |call: Invocation| async move {
            call.task.scope().sleep(Duration::from_secs(3600)).await?;
            Ok(call.arguments)
        })
        .function("stream", stream)
        // Streams with one below it: both ends are workers.
        .function("below", |call: Invocation| async move {
            let nursery = Nursery::open(&call.task.scope(), Default::default());
            let child = nursery.start_actor(spec()).await?;
            let echoed = echo_stream(&child, &nursery, 500).await;
            nursery.cancel(None);
            nursery.close(echoed.as_ref().err().cloned()).await?;
            echoed.map(|count| text(&count.to_string()))
        })
}

async fn stream(call: Invocation) -> Result<Payload, Error> {
    let context = call.context.expect("opened as a context");
    let scope = context.scope();
    context.started(&scope, text("0")).await?;
    let stream = context
        .open_stream(&scope, StreamOptions::default())
        .await?;
    let mut count = 0;
    loop {
        let messages = stream.receive(&scope, 16).await?;
        if messages.is_empty() {
            return Ok(text(&count.to_string()));
        }
        count += messages.len();
        stream.send(&scope, messages).await.1?;
    }
}

/// Sends and receives so many messages, some of them large; gives what the other end has counted.
async fn echo_stream(child: &Child, nursery: &Nursery, messages: usize) -> Result<usize, Error> {
    let scope = nursery.scope();
    let portal = child.portal();
    let context = portal.open_context(&scope, "stream", text("[]")).await?;
    let options = StreamOptions::default();
    let stream = context.open_stream(&scope, options).await?;
    for number in 0..messages {
        let bytes = if number % 50 == 0 { 100_000 } else { 1 };
        let message = text(&number.to_string().repeat(bytes));
        stream.send(&scope, vec![message.clone()]).await.1?;
        let mut back = Vec::new();
        while back.is_empty() {
            back = stream.receive(&scope, 8).await?;
        }
        assert!(back == [message], "message {number} comes as it went");
    }
    stream.stop();
    let counted = context.output(&scope).await?;
    context.close(None).await?;
    Ok(String::from_utf8_lossy(&counted.bytes)
        .parse()
        .expect("a number"))
}

fn spec() -> ActorSpec {
    ActorSpec {
        component: "peer".to_owned(),
        name: "peer".to_owned(),
        grants: Grants {
            components: vec!["*".into()],
            ..Grants::default()
        },
        limits: Limits::default(),
        overdue: None,
        spawn_backend: None,
    }
}

/// A tree that runs.
struct Running {
    supervisor: Supervisor,
    task: Task,
}

/// Runs `body` in the root's task, then sees that the tree goes down to nothing.
async fn in_tree(transport: Transport, body: impl AsyncFnOnce(&Running)) {
    let load = NativeLoad::new([("peer".to_owned(), peer())]);
    let config = Config {
        tree: TreeConfig::permissive(["peer".to_owned()]),
        backend: Box::new(InProcess::new(move || Box::new(load.clone()))),
        transport,
        code: Arc::new(Source),
        output: Output::default(),
        log: Arc::new(|_| {}),
    };
    let (supervisor, _worker, task) = Supervisor::start(config).expect("a supervisor");
    let running = Running { supervisor, task };
    tokio::time::timeout(DEADLINE, body(&running))
        .await
        .expect("the body ends");
    running
        .supervisor
        .shutdown(CancelReason::Shutdown, None, None)
        .await;
    tokio::time::timeout(DEADLINE, running.supervisor.finished())
        .await
        .expect("the tree goes down");
}

/// Runs each of the named tests over each transport.
macro_rules! over_each {
    ($tests:tt) => {
        over_each!(@over unix Unix $tests);
        over_each!(@over auto Auto $tests);
        over_each!(@over shared_memory SharedMemory $tests);
        #[cfg(feature = "network")]
        over_each!(@over tcp Tcp $tests);
        #[cfg(feature = "network")]
        over_each!(@over quic Quic $tests);
    };
    (@over $module:ident $transport:ident [$($test:ident),* $(,)?]) => {
        mod $module {
            $(#[tokio::test]
            async fn $test() {
                super::$test(super::Transport::$transport).await;
            })*
        }
    };
}

over_each!([
    links_are_of_the_kind_that_was_asked_for,
    one_shot_gives_its_value,
    streams_between_workers_lose_nothing,
    cancelled_call_ends_and_the_actor_goes_on,
]);

/// What the links of a tree say that they are.
async fn kinds(supervisor: &Supervisor) -> BTreeSet<String> {
    let looked = supervisor.snapshot(DEADLINE).await;
    let (_, reports) = looked.expect("it answers");
    let links = reports.values().flat_map(|report| &report.links);
    links
        .map(|link| link.transport.clone().unwrap_or_default())
        .collect()
}

async fn links_are_of_the_kind_that_was_asked_for(transport: Transport) {
    in_tree(transport, async |tree| {
        let nursery = Nursery::open(&tree.task.scope(), Default::default());
        let child = nursery.start_actor(spec()).await.expect("started");
        let portal = child.portal();
        let called = portal.call(&nursery.scope(), "echo", text("[1]")).await;
        assert_eq!(called, Ok(text("[1]")));
        let kind = match transport {
            Transport::Unix => "socket",
            Transport::Auto | Transport::SharedMemory => "shared memory",
            Transport::Tcp => "tcp",
            Transport::Quic => "quic",
        };
        assert_eq!(kinds(&tree.supervisor).await, [kind.to_owned()].into());
        nursery.cancel(None);
        assert_eq!(nursery.close(None).await, Ok(()));
    })
    .await;
}

async fn one_shot_gives_its_value(transport: Transport) {
    in_tree(transport, async |tree| {
        let nursery = Nursery::open(&tree.task.scope(), Default::default());
        // Its value is under way when its worker leaves.
        for number in 0..20 {
            let value = text(&"1".repeat(1 + number * 10_000));
            let child = nursery
                .run_in_actor(spec(), "echo".into(), value.clone())
                .await
                .expect("started");
            assert!(child.output(&nursery.scope()).await == Ok(value));
        }
        assert_eq!(nursery.close(None).await, Ok(()));
    })
    .await;
}

async fn streams_between_workers_lose_nothing(transport: Transport) {
    in_tree(transport, async |tree| {
        let nursery = Nursery::open(&tree.task.scope(), Default::default());
        let child = nursery
            .run_in_actor(spec(), "below".into(), text("[]"))
            .await
            .expect("started");
        assert_eq!(child.output(&nursery.scope()).await, Ok(text("500")));
        assert_eq!(nursery.close(None).await, Ok(()));
    })
    .await;
}

async fn cancelled_call_ends_and_the_actor_goes_on(transport: Transport) {
    in_tree(transport, async |tree| {
        let nursery = Nursery::open(&tree.task.scope(), Default::default());
        let child = nursery.start_actor(spec()).await.expect("started");
        let short = nursery.scope().child(ScopeOptions {
            deadline: Some(Duration::from_millis(30)),
            shield: false,
        });
        // The first thing that is said on the link, over a network before it is made.
        let called = child.portal().call(&short, "sleep", text("[]")).await;
        assert!(matches!(called, Err(Error::Cancelled(_))), "{called:?}");
        let scope = nursery.scope();
        let called = child.portal().call(&scope, "echo", text("[2]")).await;
        assert_eq!(called, Ok(text("[2]")));
        nursery.cancel(None);
        assert_eq!(nursery.close(None).await, Ok(()));
    })
    .await;
}
