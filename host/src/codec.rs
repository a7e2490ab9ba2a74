//! Rust values as payloads.
//!
//! Arguments and results travel as JSON: the callee's types decide what a number is, so `(1, 2)` is right for a function of two `u32`.
//! Messages of streams travel as postcard, for both ends name their type.

use crate::error::Error;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tractor_protocol::{Codec, Payload};

/// The arguments of a call: a tuple of values, one for each parameter. A single one is written `(value,)`, none `()`.
#[diagnostic::on_unimplemented(
    message = "the arguments of a call are a tuple",
    note = "a single argument is written `(value,)`, none `()`"
)]
pub trait Arguments: Serialize {}

macro_rules! arguments {
    ($($($name:ident)+),*) => {
        $(impl<$($name: Serialize),+> Arguments for ($($name,)+) {})*
    };
}

impl Arguments for () {}
arguments!(A, A B, A B C, A B C D, A B C D E, A B C D E F, A B C D E F G, A B C D E F G H);

pub(crate) fn arguments(arguments: &impl Arguments) -> Result<Payload, Error> {
    // A unit is `null` to serde, and no arguments to us.
    let json = serde_json::to_vec(arguments).map_err(|error| Error::Value(error.to_string()))?;
    let bytes = if json == b"null" {
        b"[]".to_vec()
    } else {
        json
    };
    Ok(Payload::new(Codec::Json, bytes))
}

/// What a call was made with. No arguments are `[]` to us, and `null` to serde.
pub(crate) fn decode_arguments<T: DeserializeOwned>(arguments: &Payload) -> Result<T, Error> {
    let none = arguments.codec == Codec::Json && arguments.bytes == b"[]"[..];
    let unit = none.then(|| serde_json::from_slice(b"null").ok()).flatten();
    unit.map_or_else(|| decode(arguments), Ok)
}

/// What a call returns, in the codec of its arguments.
pub(crate) fn output(codec: Codec, value: &impl Serialize) -> Result<Payload, Error> {
    match codec {
        Codec::Json => serde_json::to_vec(value)
            .map(|bytes| Payload::new(codec, bytes))
            .map_err(|error| Error::Value(error.to_string())),
        Codec::Postcard => message(value),
        Codec::Wave => Err(Error::Value(
            "functions of Rust have no WIT types, which WAVE text needs".to_owned(),
        )),
    }
}

pub(crate) fn message(value: &impl Serialize) -> Result<Payload, Error> {
    let bytes = postcard::to_stdvec(value).map_err(|error| Error::Value(error.to_string()))?;
    Ok(Payload::new(Codec::Postcard, bytes))
}

pub(crate) fn decode<T: DeserializeOwned>(payload: &Payload) -> Result<T, Error> {
    let wanted = std::any::type_name::<T>();
    let refused = |why: String| Error::Value(format!("what came is no {wanted}: {why}"));
    match payload.codec {
        Codec::Json => {
            serde_json::from_slice(&payload.bytes).map_err(|error| refused(error.to_string()))
        }
        Codec::Postcard => {
            postcard::from_bytes(&payload.bytes).map_err(|error| refused(error.to_string()))
        }
        Codec::Wave => Err(refused("it is WAVE text, which is for people".to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_a_json_array() {
        assert_eq!(
            arguments(&(1, "two")).expect("encodes").bytes,
            r#"[1,"two"]"#
        );
        assert_eq!(arguments(&()).expect("encodes").bytes, "[]");
        assert_eq!(arguments(&((),)).expect("encodes").bytes, "[null]");
    }

    #[test]
    fn arguments_come_back_as_they_were() {
        fn again<T: Arguments + DeserializeOwned>(given: &T) -> T {
            decode_arguments(&arguments(given).expect("encodes")).expect("decodes")
        }
        again(&());
        assert_eq!(again(&(7,)), (7,));
        assert_eq!(again(&(1, "two".to_owned())), (1, "two".to_owned()));
    }

    #[test]
    fn decode_of_another_type_names_the_wanted_one() {
        let error =
            decode::<u32>(&Payload::new(Codec::Json, r#""x""#)).expect_err("a text is no u32");
        assert!(error.to_string().contains("u32"), "{error}");
    }
}
