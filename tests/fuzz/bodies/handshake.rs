//! The first words of a stranger: who is no tractor-host is told so, and two ends that agree on a version both speak it.

use bytes::BytesMut;
use serde::de::DeserializeOwned;
use tractor_protocol::control::SpawnSpec;
use tractor_protocol::frame::{self, DEFAULT_LIMIT_BYTES};
use tractor_protocol::handshake::{Greeting, HandshakeError, Hello, MAGIC, VersionRange, Welcome};

/// Reads `bytes` as two hellos, one behind the other, as a specification, and as the first word on a link and its answer.
pub(crate) fn run(bytes: &[u8]) {
    if let Some(greeting) = read::<Greeting>(bytes) {
        check_answer(Hello::OURS, greeting.hello);
    }
    match read::<Welcome>(bytes) {
        Some(Welcome::Accepted(greeting)) => check_answer(Hello::OURS, greeting.hello),
        Some(Welcome::Refused { hello, .. }) => check_answer(Hello::OURS, hello),
        None => {}
    }
    if let Some(spec) = read::<SpawnSpec>(bytes) {
        let _ = Hello::OURS.answer(spec.hello);
    }
    let Some((first, second)) = read::<(Hello, Hello)>(bytes) else {
        return;
    };
    for (ours, theirs) in [
        (Hello::OURS, first),
        (first, Hello::OURS),
        (first, second),
        (second, first),
    ] {
        check_answer(ours, theirs);
    }
    let (ours, theirs) = (first.versions, second.versions);
    assert_eq!(ours.agree(theirs).ok(), theirs.agree(ours).ok());
}

fn read<M: DeserializeOwned>(bytes: &[u8]) -> Option<M> {
    let length = u32::try_from(bytes.len()).expect("a fuzzer's input is small");
    let mut buffer = BytesMut::from(&[&length.to_le_bytes(), bytes].concat()[..]);
    let frame = frame::decode(&mut buffer, DEFAULT_LIMIT_BYTES).ok()??;
    Some(frame.message)
}

fn check_answer(ours: Hello, theirs: Hello) {
    let speaks = |range: VersionRange, version| (range.oldest..=range.newest).contains(&version);
    let both = |version| speaks(ours.versions, version) && speaks(theirs.versions, version);
    match ours.answer(theirs) {
        Ok(version) => {
            assert!(theirs.magic == MAGIC && both(version));
            assert!(version == u16::MAX || !both(version + 1));
        }
        Err(error @ HandshakeError::Stranger(magic)) => {
            assert!(magic == theirs.magic && magic != MAGIC);
            assert!(!error.to_string().is_empty());
        }
        Err(error) => {
            let newest = ours.versions.newest.min(theirs.versions.newest);
            assert!(theirs.magic == MAGIC && !both(newest));
            assert!(!error.to_string().is_empty());
        }
    }
}
