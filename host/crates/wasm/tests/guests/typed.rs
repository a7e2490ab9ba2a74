//! Contexts whose messages have WIT types: guests that keep to them, and peers that do not.

use crate::tree::{NATIVE, failure, in_tree_with, json, spec, with_actor};
use tractor_protocol::control::ActorSpec;
use tractor_protocol::{Codec, Error, Failure, FailureKind, Grants, Names, Payload};
use tractor_runtime::native::Native;
use tractor_runtime::worker::{
    Child, Context, MsgStream, Nursery, OpenedContext, Scope, StreamOptions,
};

const LINE: &str = r#"{"text":"one","at":9007199254740993}"#;

/// Opens a context of the guest and its stream.
async fn opened(child: &Child, scope: &Scope, function: &str) -> (OpenedContext, MsgStream) {
    let portal = child.portal();
    let opening = portal.open_context(scope, function, json("[]"));
    let context = opening.await.expect("opened");
    let stream = context.open_stream(scope, StreamOptions::default());
    let stream = stream.await.expect("a stream");
    (context, stream)
}

fn postcard(value: &impl serde::Serialize) -> Payload {
    let bytes = postcard::to_allocvec(value).expect("it can be written");
    Payload::new(Codec::Postcard, bytes)
}

/// The context has failed with `failure`, for whoever asks, and the actor serves on.
async fn failed_with(failed: &Failure, context: &OpenedContext, child: &Child, scope: &Scope) {
    assert_eq!(&failure(context.output(scope).await), failed);
    let closed = context.close(None).await.map(|()| json("null"));
    assert_eq!(&failure(closed), failed);
    let sum = child.portal().call(scope, "add", json("[1, 2]")).await;
    assert_eq!(sum, Ok(json("3")));
}

#[tokio::test]
async fn messages_go_in_the_codec_that_each_end_speaks() {
    with_actor(async |nursery, child| {
        let scope = nursery.scope();
        let (context, stream) = opened(child, &scope, "echo-lines").await;
        // The guest starts in postcard, and reads what comes in that; we opened with JSON.
        assert_eq!(context.first(), json("7"));
        let at = (1_u64 << 53) + 1;
        let said = [json(LINE), postcard(&("one", at))];
        stream.send(&scope, said.into()).await.1.expect("sent");
        stream.stop();
        let mut back = Vec::new();
        while let Ok(messages) = stream.receive(&scope, 8).await
            && !messages.is_empty()
        {
            back.extend(messages);
        }
        assert_eq!(back, [json(LINE), json(LINE)]);
        assert_eq!(context.output(&scope).await, Ok(json("2")));
        assert_eq!(context.close(None).await, Ok(()));
    })
    .await;
}

#[tokio::test]
async fn message_that_the_guest_cannot_have_fails_the_context_for_both_ends() {
    with_actor(async |nursery, child| {
        let scope = nursery.scope();
        let (context, stream) = opened(child, &scope, "echo-lines").await;
        let said = [json(LINE), json(r#"{"text": 5, "at": 1}"#), json(LINE)];
        stream.send(&scope, said.into()).await.1.expect("sent");
        let failed = failure(context.output(&scope).await);
        assert_eq!(failed.kind, FailureKind::IllTyped);
        assert_eq!(
            failed.message,
            "echo-lines: `.text` of what it receives is string, and 5 is a number"
        );
        assert_eq!(failed.origin, *context.callee());
        failed_with(&failed, &context, child, &scope).await;
    })
    .await;
}

#[tokio::test]
async fn guest_cannot_swallow_that_a_message_did_not_fit() {
    with_actor(async |nursery, child| {
        let scope = nursery.scope();
        let (context, stream) = opened(child, &scope, "swallow-lines").await;
        let said = vec![json(LINE), json("[]")];
        stream.send(&scope, said).await.1.expect("sent");
        let failed = failure(context.output(&scope).await);
        assert_eq!(failed.kind, FailureKind::IllTyped);
        assert!(failed.message.contains("[] is an array"), "{failed:?}");
        failed_with(&failed, &context, child, &scope).await;
    })
    .await;
}

#[tokio::test]
async fn message_of_the_guest_that_does_not_fit_is_an_error_of_its_send_and_loses_nothing() {
    with_actor(async |nursery, child| {
        let scope = nursery.scope();
        let (context, stream) = opened(child, &scope, "wrong-lines").await;
        assert_eq!(context.first(), json("7"));
        let line = |text| json(&LINE.replace("one", text));
        let mut came = Vec::new();
        while let Ok(messages) = stream.receive(&scope, 8).await
            && !messages.is_empty()
        {
            came.extend(messages);
        }
        assert_eq!(came, [line("one"), line("three")]);
        let output = context.output(&scope).await.expect("it went well");
        let said = String::from_utf8_lossy(&output.bytes).into_owned();
        for expected in [
            "wrong-lines: what it starts with is u32, and 5 bytes are left over",
            r#"wrong-lines: what it sends is record { text: string, at: u64 }, and \"none\" is a string"#,
        ] {
            assert!(said.contains(expected), "{said}");
        }
        assert_eq!(context.close(None).await, Ok(()));
    })
    .await;
}

#[tokio::test]
async fn opener_that_means_other_types_is_refused_before_anything_runs() {
    with_actor(async |nursery, child| {
        let (portal, scope) = (child.portal(), nursery.scope());
        let asked = "test:actor/contexts#echo-lines{receives string}";
        let opened = portal.open_context(&scope, asked, json("[]"));
        let failed = failure(opened.await.map(|context| context.first()));
        assert_eq!(failed.kind, FailureKind::IllTyped);
        let expected =
            "receives record { text: string, at: u64 }, and whoever opens it takes that for string";
        assert!(failed.message.ends_with(expected), "{}", failed.message);
    })
    .await;
}

/// An actor whose `echo-lines` is not what the guest knows by that name.
fn liar(first: &'static str, message: &'static str) -> Native {
    let echo = "test:actor/contexts@0.1.0#echo-lines";
    Native::new().function(echo, move |invocation| async move {
        let context: Context = invocation.context.ok_or(Error::Closed)?;
        let scope = context.scope();
        context.started(&scope, json(first)).await?;
        let stream = context
            .open_stream(&scope, StreamOptions::default())
            .await?;
        let came = stream.receive(&scope, 1).await?;
        let said = if message.is_empty() {
            came
        } else {
            vec![json(message)]
        };
        stream.send(&scope, said).await.1?;
        while !stream.receive(&scope, 1).await?.is_empty() {}
        Ok(json("null"))
    })
}

/// What the guest makes of an actor that says this.
async fn talked(native: Native, wrong: bool) -> Result<Payload, Error> {
    let mut talked = None;
    in_tree_with(native, async |task| {
        let nursery = Nursery::open(&task.scope(), Default::default());
        let liar = ActorSpec {
            component: NATIVE.to_owned(),
            name: "liar".to_owned(),
            ..spec()
        };
        let names = Names {
            find: true,
            ..Names::default()
        };
        let guest = ActorSpec {
            grants: Grants {
                names,
                ..Grants::default()
            },
            ..spec()
        };
        nursery.start_actor(liar).await.expect("started");
        let guest = nursery.start_actor(guest).await.expect("started");
        let arguments = json(&format!(r#"["liar", {wrong}]"#));
        let portal = guest.portal();
        talked = Some(portal.call(&nursery.scope(), "talk", arguments).await);
        nursery.cancel(None);
        let closed = nursery.close(None).await;
        assert_eq!(closed, Ok(()), "whatever came, both go on");
    })
    .await;
    talked.expect("it ran")
}

#[tokio::test]
async fn opener_looks_at_what_comes_by_the_types_that_it_knows() {
    assert_eq!(talked(liar("7", ""), false).await, Ok(json(LINE)));
    for (first, message, expected) in [
        (
            "7",
            "5",
            "echo-lines: what it sends is record { text: string, at: u64 }, and 5 is a number",
        ),
        (
            r#""x""#,
            "",
            r#"echo-lines: what it starts with is u32, and "x" is a string"#,
        ),
    ] {
        let failed = failure(talked(liar(first, message), false).await);
        assert_eq!(failed.kind, FailureKind::IllTyped);
        assert_eq!(failed.message, expected);
        assert_eq!(failed.origin.name, "guest");
    }
}

#[tokio::test]
async fn opener_is_told_at_once_of_what_it_cannot_send() {
    let failed = failure(talked(liar("7", ""), true).await);
    assert_eq!(failed.kind, FailureKind::IllTyped);
    let expected = "echo-lines: `.at` of what it receives is u64, and its bytes end too early";
    assert_eq!(failed.message, expected);
    assert_eq!(failed.origin.name, "guest");
}
