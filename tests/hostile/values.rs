//! Huge and deeply nested values.

use crate::beside::{assert_limit, beside_sibling, hostile, limited, with};
use crate::support::{actor, failed, one_failure};
use tractor_host::{Codec, Error, FailureKind, Payload};

#[test]
fn value_larger_than_a_message_fails_at_its_sender_who_serves_on() {
    let ended = beside_sibling(with("huge"), async |_, n| {
        let spec = limited("huge", |limits| limits.message_bytes = Some(100_000));
        let bad = n.start_actor(spec).await?;
        for function in ["bytes", "text", "texts"] {
            let called = bad.call_payload(function, json("[200000]")).await;
            assert_limit(&one_failure(&called), "message-bytes", "huge", "100000");
        }
        assert_eq!(bad.call::<Vec<u8>>("bytes", (1000u32,)).await?.len(), 1000);
        bad.cancel().await
    });
    assert!(ended.is_ok(), "{ended:?}");
}

/// wasmtime lets a guest hand over 128 MiB of taken-apart values, which a list of 5 MB of bytes was too large for.
#[test]
fn list_as_long_as_a_message_may_be_is_given() {
    let ended = beside_sibling(with("huge"), async |_, n| {
        let bad = n.start_actor(hostile("huge")).await?;
        let bytes = bad.call::<Vec<u8>>("bytes", (6_000_000u32,)).await?;
        assert_eq!(bytes.len(), 6_000_000);
        bad.cancel().await
    });
    assert!(ended.is_ok(), "{ended:?}");
}

#[test]
fn value_too_large_to_be_copied_ends_its_actor() {
    let ended: Result<(), Error> = beside_sibling(with("huge"), async |_, n| {
        let spec = limited("huge", |limits| limits.message_bytes = Some(100_000));
        let bad = n.start_actor(spec).await?;
        bad.call_payload("bytes", json("[50000000]"))
            .await
            .map(drop)
    });
    assert_limit(
        &one_failure(&ended),
        "message-bytes",
        "huge",
        "may have 100000",
    );
}

#[test]
fn failures_too_large_to_be_told_are_told_in_short() {
    let ended = beside_sibling(with("huge"), async |_, n| {
        let bad = n.start_actor(hostile("huge")).await?;
        for (function, size) in [("failure", 30_000_000u32), ("failures", 5_000)] {
            let called = bad.call::<()>(function, (size,)).await;
            let failures = failed(&called);
            assert!(!failures.is_empty());
            assert_eq!(failures[0].kind, FailureKind::Other);
            let bytes: usize = failures.iter().map(|failure| failure.message.len()).sum();
            assert!(bytes < 17 << 20, "{bytes} bytes");
        }
        bad.cancel().await
    });
    assert!(ended.is_ok(), "{ended:?}");
}

fn json(text: &str) -> Payload {
    Payload::new(Codec::Json, text.to_owned())
}

/// Values a hundred thousand levels deep, in each codec, where nothing of the sort is expected.
fn deep() -> Vec<Payload> {
    const DEPTH: usize = 100_000;
    let nested = |open: &str, close: &str| open.repeat(DEPTH) + &close.repeat(DEPTH);
    let text = [
        (Codec::Json, nested("[", "]")),
        (Codec::Json, nested("{\"some\":", "}")),
        (Codec::Json, format!("[{}]", nested("[", "]"))),
        (Codec::Wave, nested("(", ")")),
        (Codec::Wave, format!("({})", nested("[", "]"))),
        (Codec::Wave, format!("({})", nested("some(", ")"))),
        (Codec::Wave, format!("({})", nested("{a: ", "}"))),
    ];
    let text = text.map(|(codec, text)| Payload::new(codec, text));
    let bytes = [1u8, 0xff].map(|byte| Payload::new(Codec::Postcard, vec![byte; DEPTH]));
    text.into_iter().chain(bytes).collect()
}

#[test]
fn deeply_nested_values_are_ill_typed_and_nobody_breaks_down() {
    let ended = beside_sibling(with("lying-values"), async |_, n| {
        let victim = n.start_actor(actor("victim")).await?;
        let liar = n.start_actor(hostile("lying-values")).await?;
        for payload in deep() {
            for function in ["echo-nested", "echo-option"] {
                let called = victim.call_payload(function, payload.clone()).await;
                assert_ill_typed(&called, "victim");
            }
            let (codec, bytes) = (payload.codec as u8, payload.bytes.to_vec());
            let arguments = ("echo-nested", codec, bytes);
            let called = liar.call::<()>("call", arguments).await;
            assert_ill_typed(&called, "sibling");
        }
        assert_eq!(victim.call::<u32>("add", (1u32, 2u32)).await?, 3);
        victim.cancel().await?;
        liar.cancel().await
    });
    assert!(ended.is_ok(), "{ended:?}");
}

#[track_caller]
fn assert_ill_typed<T: std::fmt::Debug>(called: &Result<T, Error>, origin: &str) {
    let failure = one_failure(called);
    assert_eq!(failure.kind, FailureKind::IllTyped, "{failure:?}");
    assert_eq!(failure.origin.name, origin);
    assert!(failure.message.len() < 2000, "{}", failure.message.len());
}
