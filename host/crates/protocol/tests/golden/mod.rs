//! The bytes of every message, written down: a change of the protocol shows here, and nowhere by accident.
//!
//! Each table names all variants of a type, so one without its bytes does not compile. If a change is meant, raise
//! `handshake::VERSION` and take over the bytes that the failed test prints.

mod from_worker;
mod greeting;
mod parts;
mod peer;
mod sample;
mod to_worker;
mod zygote;

use crate::frame;
use bytes::{Bytes, BytesMut};
use serde::{Serialize, de::DeserializeOwned};
use std::fmt::Debug;

/// A name, and whether the bytes are as they are written down.
type Line = Result<(), String>;

/// Makes a test of `$type`'s bytes as a frame without body. Each pattern stands for one variant, and has at least one line.
macro_rules! golden {
    ($test:ident, $type:ty: $($pattern:pat => { $($name:literal: $value:expr => $hex:literal,)+ })+) => {
        #[test]
        fn $test() {
            /// Does not compile while a variant has no line.
            const fn _named(value: &$type) {
                match value { $($pattern => {})+ }
            }
            let lines = vec![$($({
                let value: $type = $value;
                assert!(matches!(value, $pattern), "{} stands under another variant", $name);
                $crate::golden::line($name, &value, $hex)
            }),+),+];
            $crate::golden::assert_all(lines);
        }
    };
}
pub(crate) use golden;

/// Compares one value with its bytes, both ways.
fn line<M: Serialize + DeserializeOwned + Debug>(name: &str, value: &M, hex: &str) -> Line {
    let mut encoded = BytesMut::new();
    frame::encode(value, &[], frame::DEFAULT_LIMIT_BYTES, &mut encoded)
        .map_err(|error| format!("{name}: {error}"))?;
    let expected: String = hex.split_whitespace().collect();
    let found = to_hex(&encoded);
    if expected != found {
        return Err(difference(name, &expected, &found));
    }
    let decoded = frame::decode::<M>(&mut encoded, frame::DEFAULT_LIMIT_BYTES)
        .map_err(|error| format!("{name}: {error}"))?
        .ok_or_else(|| format!("{name}: the frame is not whole"))?;
    // Compared as text, because actors are equal by their incarnation alone.
    if format!("{:?}", decoded.message) != format!("{value:?}") || decoded.body != Bytes::new() {
        return Err(format!("{name}: decoded to {decoded:?}"));
    }
    Ok(())
}

fn difference(name: &str, expected: &str, found: &str) -> String {
    let same = expected
        .bytes()
        .zip(found.bytes())
        .take_while(|(expected, found)| expected == found)
        .count();
    let byte = same / 2;
    let mark = " ".repeat(same);
    format!(
        "{name}: differs from byte {byte} on\n  written {expected}\n  found   {found}\n          {mark}^"
    )
}

fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[track_caller]
fn assert_all(lines: Vec<Line>) {
    let wrong: Vec<_> = lines.into_iter().filter_map(Result::err).collect();
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

#[test]
fn frame_with_a_body_has_its_golden_bytes() {
    let mut out = BytesMut::new();
    let message = crate::peer::PeerMessage::Ping(300);
    frame::encode(&message, b"body", 100, &mut out).expect("it is within the limit");
    assert_eq!(
        to_hex(&out),
        "07000000" /* length */
            .to_owned()
            + "09ac02"
            + "626f6479"
    );
}
