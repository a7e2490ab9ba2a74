//! What two workers say to each other.

use super::golden;
use super::sample::{cancellation, failure, hello, plain_failure, time};
use crate::id::{DialogId, Side};
use crate::payload::Codec;
use crate::peer::{DialogKind, MessageHead, PeerMessage, Start};

fn dialog() -> DialogId {
    DialogId::new(Side::Second, 100)
}

golden! { peer_message_has_its_golden_bytes, PeerMessage:
    PeerMessage::Hello(_) => {
        "hello": PeerMessage::Hello(hello()) => "08000000 007472616301ac02",
    }
    PeerMessage::Start(_) => {
        "start of a call": PeerMessage::Start(Start {
            dialog: dialog(),
            kind: DialogKind::Call,
            function: "a:b/c#d".into(),
            codec: Codec::Postcard,
            time_left: None,
        }) => "0e000000 01c9010007613a622f6323640000",
        "start of a context": PeerMessage::Start(Start {
            dialog: dialog(),
            kind: DialogKind::Context,
            function: "d".into(),
            codec: Codec::Wave,
            time_left: Some(time()),
        }) => "0b000000 01c9010101640201039003",
    }
    PeerMessage::Started { .. } => {
        "started": PeerMessage::Started { dialog: dialog(), codec: Codec::Json } => "04000000 02c90101",
    }
    PeerMessage::Yield { .. } => {
        "yield": PeerMessage::Yield {
            dialog: dialog(),
            messages: vec![
                MessageHead { codec: Codec::Postcard, bytes: 3 },
                MessageHead { codec: Codec::Json, bytes: 70_000 },
            ],
        } => "0a000000 03c90102000301f0a204",
    }
    PeerMessage::Credit { .. } => {
        "credit": PeerMessage::Credit { dialog: dialog(), messages: 64, bytes: 300 } => "06000000 04c90140ac02",
    }
    PeerMessage::Stop { .. } => {
        "stop": PeerMessage::Stop { dialog: dialog() } => "03000000 05c901",
    }
    PeerMessage::Return { .. } => {
        "return": PeerMessage::Return { dialog: dialog(), codec: Codec::Postcard } => "04000000 06c90100",
    }
    PeerMessage::Failed { .. } => {
        "failed": PeerMessage::Failed {
            dialog: dialog(),
            failures: vec![failure(), plain_failure()],
        } => "60000000 \
            07c90102c80101046f6f707303616e6e101112131415161718191a1b1c1d1e01a01f0103626f6210 \
            1112131415161718191a1b1c1d1e0200016d010262740101035b315d011003616e6e101112131415 \
            161718191a1b1c1d1e01a01f00000000",
    }
    PeerMessage::Cancel { .. } => {
        "cancel": PeerMessage::Cancel {
            dialog: dialog(),
            cancellation: cancellation(),
            time_left: time(),
        } => "22000000 08c9010503626f62101112131415161718191a1b1c1d1e0200020103776879039003",
    }
    PeerMessage::Ping(_) => {
        "ping": PeerMessage::Ping(0) => "02000000 0900",
    }
    PeerMessage::Pong(_) => {
        "pong": PeerMessage::Pong(u64::MAX) => "0b000000 0affffffffffffffffff01",
    }
}
