//! Sends values through the codecs.

use super::types::{is_distinct, nodes, shape, size, value};
use crate::value::{Outcome, Shape, Signature};
use arbitrary::{Result, Unstructured};
use tractor_protocol::{Codec, Payload};
use wasmtime::component::Val;

const CODECS: [Codec; 3] = [Codec::Postcard, Codec::Json, Codec::Wave];

/// Makes a type of the first bytes, and reads the others as a value of it.
pub(crate) fn run(bytes: &[u8]) {
    let mut input = Unstructured::new(bytes);
    // Bytes that are no type, or too few for a value, are passed over.
    let _ = run_some(&mut input);
}

fn run_some(input: &mut Unstructured<'_>) -> Result<()> {
    let way = input.int_in_range(0..=5_u8)?;
    let shape = shape(input)?;
    assert!(!shape.to_string().is_empty());
    match way {
        0 => {
            let value = value(&shape, input)?;
            assert_unchanged(&shape, &value);
            assert_arguments_unchanged(&shape, &value);
            assert_opened(&shape, &value);
        }
        1 => {
            let other = self::shape(input)?;
            let value = value(&shape, input)?;
            assert_not_mistaken(&other, &value);
        }
        2 => read_arguments(&shape, input)?,
        way => {
            let codec = CODECS[usize::from(way) - 3];
            read(&shape, codec, rest(input));
        }
    }
    Ok(())
}

/// All bytes that are left.
fn rest<'a>(input: &mut Unstructured<'a>) -> &'a [u8] {
    input.bytes(input.len()).unwrap_or_default()
}

/// What is read is as large as its bytes and its type allow, and is written and read again as it is.
fn read(shape: &Shape, codec: Codec, bytes: &[u8]) {
    let payload = Payload::new(codec, bytes.to_vec());
    match shape.decode(&payload) {
        Ok(value) => {
            assert!(size(&value) <= (bytes.len() + 1) * nodes(shape));
            assert_through(shape, &value, codec);
            if is_distinct(&value) {
                assert_unchanged(shape, &value);
            }
        }
        Err(error) => assert_short(&error),
    }
}

/// An error is for people, however long what came is.
fn assert_short(error: &impl std::fmt::Display) {
    let text = error.to_string();
    assert!(!text.is_empty() && text.len() < 4096, "{text}");
}

fn assert_unchanged(shape: &Shape, value: &Val) {
    for codec in CODECS {
        assert_through(shape, value, codec);
    }
}

fn assert_through(shape: &Shape, value: &Val, codec: Codec) {
    let payload = shape.encode(value, codec).expect("it is of its type");
    let again = shape.decode(&payload);
    assert_eq!(again.as_ref(), Ok(value), "{shape} {payload:?}");
}

fn assert_arguments_unchanged(shape: &Shape, value: &Val) {
    let signature = signature(shape);
    let values = [Val::U8(7), value.clone()];
    for codec in CODECS {
        let payload = signature.encode_arguments("f", &values, codec);
        let payload = payload.expect("they are of their types");
        let again = signature.decode_arguments("f", &payload);
        assert_eq!(again.as_deref(), Ok(&values[..]), "{shape} {payload:?}");
        let payload = signature.encode_result("f", Some(value), codec);
        let payload = payload.expect("it is of its type");
        let again = signature.decode_result("f", &payload);
        assert_eq!(again, Ok(Some(value.clone())), "{shape} {payload:?}");
    }
}

fn signature(shape: &Shape) -> Signature {
    Signature {
        parameters: vec![("a".to_owned(), Shape::U8), ("b".to_owned(), shape.clone())],
        result: Some(shape.clone()),
    }
}

/// The sides of a result are read as their own types.
fn assert_opened(shape: &Shape, value: &Val) {
    for codec in CODECS {
        let outcome = signature(shape).encode_outcome("f", Some(value), codec);
        let payload = match outcome.expect("it is of its type") {
            Outcome::Value(payload) | Outcome::Error { value: payload, .. } => payload,
        };
        let (side, inner) = match (shape, value) {
            (Shape::Result(ok, _), Val::Result(Ok(inner))) => (ok.as_deref(), inner.as_deref()),
            (Shape::Result(_, err), Val::Result(Err(inner))) => (err.as_deref(), inner.as_deref()),
            _ => (Some(shape), Some(value)),
        };
        let signature = Signature {
            parameters: Vec::new(),
            result: side.cloned(),
        };
        let again = signature.decode_result("f", &payload);
        assert_eq!(again, Ok(inner.cloned()), "{shape} {payload:?}");
    }
}

/// A value of another type is refused, or is a value of this type too.
fn assert_not_mistaken(shape: &Shape, value: &Val) {
    for codec in [Codec::Postcard, Codec::Json] {
        match shape.encode(value, codec) {
            Ok(payload) => assert_eq!(shape.decode(&payload).as_ref(), Ok(value)),
            Err(error) => assert_short(&error),
        }
    }
}

fn read_arguments(shape: &Shape, input: &mut Unstructured<'_>) -> Result<()> {
    let codec = *input.choose(&CODECS)?;
    let signature = signature(shape);
    let payload = Payload::new(codec, rest(input).to_vec());
    match signature.decode_arguments("f", &payload) {
        Ok(values) => {
            let again = signature.encode_arguments("f", &values, codec);
            let again = again.expect("they are of their types");
            assert_eq!(signature.decode_arguments("f", &again), Ok(values));
        }
        Err(error) => assert_short(&error),
    }
    if let Err(error) = signature.decode_result("f", &payload) {
        assert_short(&error);
    }
    Ok(())
}
