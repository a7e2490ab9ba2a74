//! What a message of a stream costs in allocations, counted over both actors and all that is between them.

#![expect(clippy::print_stdout, reason = "it prints what it counted")]

#[path = "../../transport/tests/support/allocations.rs"]
mod counting;

use bytes::Bytes;
use counting::allocations;
use std::sync::Arc;
use tractor_protocol::control::{ActorSpec, Code};
use tractor_protocol::{CancelReason, Codec, Error, Grants, Limits, Payload};
use tractor_runtime::code::Invocation;
use tractor_runtime::native::{Native, NativeLoad};
use tractor_runtime::spawn::InProcess;
use tractor_runtime::supervisor::{CodeSource, Config, Output, Supervisor, Transport};
use tractor_runtime::tree::TreeConfig;
use tractor_runtime::worker::{Nursery, StreamOptions, Task};

const ACTOR: &str = "drain";

/// Messages that are received at once, as guests do.
const RECEIVED: u32 = 256;

struct Source;

impl CodeSource for Source {
    fn code(&self, component: &str) -> Result<(Code, Vec<std::os::fd::OwnedFd>), String> {
        Ok((Code::Native(component.to_owned()), Vec::new()))
    }
}

/// Takes messages until there are no more.
async fn drain(call: Invocation) -> Result<Payload, Error> {
    let context = call.context.expect("opened as a context");
    let scope = context.scope();
    context.started(&scope, nothing()).await?;
    let options = StreamOptions::default();
    let stream = context.open_stream(&scope, options).await?;
    while !stream.receive(&scope, RECEIVED).await?.is_empty() {}
    Ok(nothing())
}

fn nothing() -> Payload {
    Payload::new(Codec::Json, "null")
}

fn spec() -> ActorSpec {
    ActorSpec {
        component: ACTOR.to_owned(),
        name: ACTOR.to_owned(),
        grants: Grants {
            components: vec!["*".into()],
            ..Grants::default()
        },
        limits: Limits::default(),
        overdue: None,
        spawn_backend: None,
    }
}

/// Allocations for so many messages of 64 bytes, of which so many are sent at once.
async fn allocated(task: &Task, messages: u32, batch: u32) -> u64 {
    let nursery = Nursery::open(&task.scope(), Default::default());
    let child = nursery.start_actor(spec()).await.expect("started");
    let scope = nursery.scope();
    let portal = child.portal();
    let context = portal.open_context(&scope, "drain", nothing());
    let context = context.await.expect("opened");
    let options = StreamOptions::default();
    let stream = context.open_stream(&scope, options).await.expect("opened");
    let message = Payload::new(Codec::Postcard, Bytes::from_static(&[7; 64]));
    let before = allocations();
    for _ in 0..messages / batch {
        let messages = vec![message.clone(); batch as usize];
        assert_eq!(stream.send(&scope, messages).await, (batch, Ok(())));
    }
    stream.stop();
    assert_eq!(context.output(&scope).await, Ok(nothing()));
    let after = allocations();
    assert_eq!(context.close(None).await, Ok(()));
    child.cancel(None).await.expect("cancelled");
    assert_eq!(nursery.close(None).await, Ok(()));
    after - before
}

/// Allocations for one more message, when the stream has run for a while. All of it on one thread, so it is the same each time.
async fn for_each(task: &Task, batch: u32) -> f64 {
    let messages = 12_800;
    let once = allocated(task, messages, batch).await;
    let twice = allocated(task, 2 * messages, batch).await;
    (twice - once) as f64 / f64::from(messages)
}

#[tokio::test]
async fn small_message_costs_a_part_of_an_allocation_when_sent_in_batches() {
    let load = NativeLoad::new([(ACTOR.to_owned(), Native::new().function("drain", drain))]);
    let config = Config {
        tree: TreeConfig::permissive([ACTOR.to_owned()]),
        backend: Box::new(InProcess::new(move || Box::new(load.clone()))),
        transport: Transport::default(),
        code: Arc::new(Source),
        output: Output::default(),
        log: Arc::new(|_| {}),
    };
    let (supervisor, _worker, task) = Supervisor::start(config).expect("a supervisor");
    for (batch, most) in [(64, 0.15), (1, 3.5)] {
        let each = for_each(&task, batch).await;
        println!("{each:.3} allocations for a message, {batch} sent at once");
        assert!(each < most, "{each} for a message, {batch} sent at once");
    }
    supervisor
        .shutdown(CancelReason::Shutdown, None, None)
        .await;
    supervisor.finished().await;
}
