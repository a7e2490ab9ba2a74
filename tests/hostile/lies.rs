//! Guests that send lying lengths.

use crate::beside::{assert_limit, beside_sibling, hostile, with, written};
use crate::support::{failed, one_failure};
use tractor_host::{Error, FailureKind};

#[test]
fn lying_lengths_to_the_host_trap_the_liar_alone() {
    let text = include_str!("guests/lying_lengths.wat");
    for function in [
        "too-long",
        "endless",
        "elsewhere",
        "overflowing",
        "result-elsewhere",
        "no-text",
        "log-too-long",
        "log-endless",
        "log-elsewhere",
        "no-level",
    ] {
        let ended: Result<(), Error> = beside_sibling(written("liar", text), async |_, n| {
            let liar = n.start_actor(hostile("liar")).await?;
            liar.call_payload(function, json("[]")).await.map(drop)
        });
        let failure = one_failure(&ended);
        assert_eq!(failure.origin.name, "liar", "{function}: {failure:?}");
        assert!(
            matches!(failure.kind, FailureKind::Trap(_)),
            "{function}: {failure:?}"
        );
    }
}

fn json(text: &str) -> tractor_host::Payload {
    tractor_host::Payload::new(tractor_host::Codec::Json, text.to_owned())
}

/// The varint of 2^63: as many elements as nobody has.
const ENDLESS: [u8; 10] = [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01];

#[test]
fn lying_lengths_to_another_actor_are_ill_typed_and_both_serve_on() {
    let ended = beside_sibling(with("lying-values"), async |_, n| {
        let liar = n.start_actor(hostile("lying-values")).await?;
        for function in ["echo-string", "echo-bytes", "echo-nested", "add"] {
            for bytes in [&ENDLESS[..], &[0xff; 30], &[200, 1], &[]] {
                let arguments = (function, 0u8, bytes.to_vec());
                let called = liar.call::<()>("call", arguments).await;
                let failure = one_failure(&called);
                assert_eq!(failure.kind, FailureKind::IllTyped, "{failure:?}");
                assert_eq!(failure.origin.name, "sibling");
                assert!(failure.message.len() < 1000, "{}", failure.message);
            }
        }
        liar.cancel().await
    });
    assert!(ended.is_ok(), "{ended:?}");
}

#[test]
fn grants_longer_than_anyones_are_refused() {
    let ended: Result<(), Error> = beside_sibling(with("lying-values"), async |_, n| {
        let liar = n.start_actor(hostile("lying-values")).await?;
        let called = liar.call::<()>("grants", (1u32 << 20,)).await;
        let failure = failed(&called)[0].clone();
        assert_limit(&failure, "grants-bytes", "lying-values", "262144 may be");
        liar.cancel().await
    });
    assert!(ended.is_ok(), "{ended:?}");
}
