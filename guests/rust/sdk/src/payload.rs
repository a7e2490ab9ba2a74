//! Values as payloads.
//!
//! Postcard, because it is small and quick. But it says nothing of types, and the integer literals of Rust are `i32` unless told otherwise:
//! `(1, 2)` for a function of two `u32` would arrive as 2 and 4. So arguments in which an `i32` stands outside a struct or enum go as
//! JSON, which the callee's host reads by the function's real types; the result then comes back as JSON. Write `1u32` and it is postcard.

mod literal;

use crate::error::Error;
use crate::types::{Codec, Failure, FailureKind, Payload};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// The arguments of a function: a tuple of values, one for each parameter. A single one is written `(value,)`.
#[diagnostic::on_unimplemented(
    message = "the arguments of a call are a tuple",
    note = "a single argument is written `(value,)`, none `()`"
)]
pub trait Arguments: Serialize {}

macro_rules! arguments {
    ($($name:ident)*) => {
        impl<$($name: Serialize),*> Arguments for ($($name,)*) {}
    };
}

arguments!();
arguments!(A);
arguments!(A B);
arguments!(A B C);
arguments!(A B C D);
arguments!(A B C D E);
arguments!(A B C D E F);
arguments!(A B C D E F G);
arguments!(A B C D E F G H);

/// Encodes the arguments of a call.
pub(crate) fn encode_arguments(arguments: &impl Arguments) -> Result<Payload, Error> {
    encode(arguments, Format::json(literal::is_in(arguments)))
}

/// How values are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Postcard,
    Json,
}

impl Format {
    /// JSON, if that is asked for.
    pub(crate) fn json(json: bool) -> Self {
        if json { Self::Json } else { Self::Postcard }
    }
}

/// The least room for a value, 64 bytes: most fit, and the room of what does not grows as it is written.
const FIRST_ROOM_BYTES: usize = 64;

/// Encodes a message or a first value: both ends name its type.
pub(crate) fn encode(value: &impl Serialize, format: Format) -> Result<Payload, Error> {
    encode_into(value, format, 0)
}

/// As [`encode`], of a value that takes about so many bytes: growing costs more than all else does for a small one.
pub(crate) fn encode_into(
    value: &impl Serialize,
    format: Format,
    room_bytes: usize,
) -> Result<Payload, Error> {
    let mut bytes = Vec::with_capacity(room_bytes.max(FIRST_ROOM_BYTES));
    let (codec, bytes) = match format {
        Format::Postcard => (
            Codec::Postcard,
            postcard::to_extend(value, bytes).map_err(|error| ill_typed(&error))?,
        ),
        Format::Json => {
            serde_json::to_writer(&mut bytes, value).map_err(|error| ill_typed(&error))?;
            (Codec::Json, bytes)
        }
    };
    Ok(Payload { codec, bytes })
}

/// Decodes what came from another actor.
pub(crate) fn decode<T: DeserializeOwned>(payload: &Payload) -> Result<T, Error> {
    let expected = std::any::type_name::<T>();
    match payload.codec {
        Codec::Postcard => match postcard::take_from_bytes(&payload.bytes) {
            Ok((value, [])) => Ok(value),
            Ok((_, rest)) => Err(ill_typed(&format!(
                "{} bytes are left over behind a {expected}",
                rest.len()
            ))),
            Err(error) => Err(ill_typed(&format!("what came is no {expected}: {error}"))),
        },
        Codec::Json => serde_json::from_slice(&payload.bytes)
            .map_err(|error| ill_typed(&format!("what came is no {expected}: {error}"))),
        Codec::Wave => Err(ill_typed(&"this guest reads no values in WAVE")),
    }
}

fn ill_typed(message: &impl ToString) -> Error {
    Failure::new(FailureKind::IllTyped, message.to_string()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_with_typed_integers_go_as_postcard() {
        let payload = encode_arguments(&(1u32, "two")).expect("encodes");
        assert_eq!(payload.codec, Codec::Postcard);
        assert_eq!(payload.bytes, [1, 3, b't', b'w', b'o']);
    }

    #[test]
    fn arguments_with_integer_literals_go_as_json() {
        let payload = encode_arguments(&(1, "two")).expect("encodes");
        assert_eq!(payload.codec, Codec::Json);
        assert_eq!(payload.bytes, br#"[1,"two"]"#);
        let single = encode_arguments(&(50_000,)).expect("encodes");
        assert_eq!(single.bytes, b"[50000]");
    }

    #[test]
    fn no_arguments_are_no_bytes() {
        let payload = encode_arguments(&()).expect("encodes");
        assert_eq!((payload.codec, payload.bytes.len()), (Codec::Postcard, 0));
    }

    #[test]
    fn decode_reads_what_encode_wrote() {
        let value = (7u64, vec![Some("x".to_owned()), None]);
        for format in [Format::Postcard, Format::Json] {
            let payload = encode(&value, format).expect("encodes");
            assert_eq!(decode(&payload), Ok(value.clone()));
        }
    }

    #[test]
    fn decode_of_another_type_is_ill_typed() {
        let payload = encode(&"text", Format::Postcard).expect("encodes");
        let error = decode::<u8>(&payload).expect_err("a text is no u8");
        assert_eq!(error.failures()[0].kind, FailureKind::IllTyped);
    }

    #[test]
    fn decode_of_a_unit_takes_null_and_nothing() {
        for (codec, bytes) in [(Codec::Json, b"null".to_vec()), (Codec::Postcard, vec![])] {
            assert_eq!(decode(&Payload { codec, bytes }), Ok(()));
        }
    }
}
