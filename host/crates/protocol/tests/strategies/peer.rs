//! Messages between two workers.

use super::{cancellation, codec, failures, hello, text, time};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use tractor_protocol::DialogId;
use tractor_protocol::peer::{DialogKind, MessageHead, PeerMessage, Start};

fn dialog() -> impl Strategy<Value = DialogId> {
    any::<u64>().prop_map(DialogId)
}

prop_compose! {
    fn start()(
        dialog in dialog(),
        kind in prop::sample::select(vec![DialogKind::Call, DialogKind::Context]),
        function in text(),
        codec in codec(),
        time_left in option::of(time()),
    ) -> Start {
        Start { dialog, kind, function, codec, time_left }
    }
}

prop_compose! {
    fn head()(codec in codec(), bytes: u32) -> MessageHead {
        MessageHead { codec, bytes }
    }
}

/// Whatever a worker says to another.
pub(crate) fn peer_message() -> BoxedStrategy<PeerMessage> {
    prop_oneof![
        hello().prop_map(PeerMessage::Hello),
        start().prop_map(PeerMessage::Start),
        (dialog(), codec()).prop_map(|(dialog, codec)| PeerMessage::Started { dialog, codec }),
        (dialog(), vec(head(), 0..5))
            .prop_map(|(dialog, messages)| PeerMessage::Yield { dialog, messages }),
        (dialog(), any::<u32>(), any::<u64>()).prop_map(|(dialog, messages, bytes)| {
            PeerMessage::Credit {
                dialog,
                messages,
                bytes,
            }
        }),
        dialog().prop_map(|dialog| PeerMessage::Stop { dialog }),
        (dialog(), codec()).prop_map(|(dialog, codec)| PeerMessage::Return { dialog, codec }),
        (dialog(), failures())
            .prop_map(|(dialog, failures)| PeerMessage::Failed { dialog, failures }),
        (dialog(), cancellation(), time()).prop_map(|(dialog, cancellation, time_left)| {
            PeerMessage::Cancel {
                dialog,
                cancellation,
                time_left,
            }
        }),
        any::<u64>().prop_map(PeerMessage::Ping),
        any::<u64>().prop_map(PeerMessage::Pong),
    ]
    .boxed()
}
