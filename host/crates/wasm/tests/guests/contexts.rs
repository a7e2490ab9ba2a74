//! Contexts and streams with a guest at the other end.

use crate::tree::{failure, json, with_actor};
use tractor_protocol::FailureKind;
use tractor_runtime::worker::StreamOptions;

#[tokio::test]
async fn context_echoes_each_message_and_gives_their_number() {
    with_actor(async |nursery, child| {
        let scope = nursery.scope();
        let context = child
            .portal()
            .open_context(&scope, "serve-echo", json("[]"))
            .await
            .expect("opened");
        let stream = context
            .open_stream(&scope, StreamOptions::default())
            .await
            .expect("a stream");
        for round in 0..100 {
            let message = json(&round.to_string());
            stream
                .send(&scope, vec![message.clone()])
                .await
                .1
                .expect("sent");
            assert_eq!(stream.receive(&scope, 1).await, Ok(vec![message]));
        }
        stream.stop();
        assert_eq!(context.output(&scope).await, Ok(json("100")));
        assert_eq!(context.close(None).await, Ok(()));
    })
    .await;
}

#[tokio::test]
async fn context_that_is_cancelled_ends_in_silence() {
    with_actor(async |nursery, child| {
        let scope = nursery.scope();
        let opened = child
            .portal()
            .open_context(&scope, "start-and-wait", json("[]"))
            .await;
        let context = opened.expect("opened");
        context.cancel(None);
        assert_eq!(context.close(None).await, Ok(()));
    })
    .await;
}

#[tokio::test]
async fn function_called_in_the_wrong_way_says_so() {
    with_actor(async |nursery, child| {
        let (portal, scope) = (child.portal(), nursery.scope());
        let called = failure(portal.call(&scope, "serve-echo", json("[]")).await);
        assert_eq!(called.kind, FailureKind::Misuse);
        let opened = portal.open_context(&scope, "add", json("[1, 2]")).await;
        let opened = failure(opened.map(|context| context.first()));
        assert_eq!(opened.kind, FailureKind::Misuse);
    })
    .await;
}
