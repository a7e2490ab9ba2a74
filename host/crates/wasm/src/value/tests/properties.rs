//! What holds for all types, all values and all bytes.

use super::random::{deep, shape, value};
use crate::value::{Shape, Signature};
use proptest::prelude::*;
use tractor_protocol::{Codec, Payload};
use wasmtime::component::Val;

const CODECS: [Codec; 3] = [Codec::Postcard, Codec::Json, Codec::Wave];

fn typed_value() -> impl Strategy<Value = (Shape, Val)> {
    shape().prop_flat_map(|shape| {
        let value = value(&shape);
        (Just(shape), value)
    })
}

fn arguments() -> impl Strategy<Value = (Signature, Vec<Val>)> {
    proptest::collection::vec(typed_value(), 0..4).prop_map(|typed| {
        let (shapes, values): (Vec<_>, Vec<_>) = typed.into_iter().unzip();
        let named = shapes.into_iter().enumerate();
        let parameters = named.map(|(i, shape)| (format!("p{i}"), shape)).collect();
        (
            Signature {
                parameters,
                result: None,
            },
            values,
        )
    })
}

fn codec() -> impl Strategy<Value = Codec> {
    proptest::sample::select(&CODECS[..])
}

/// All nine ways from one codec to another, or the same.
fn pairs() -> impl Iterator<Item = (Codec, Codec)> {
    CODECS
        .into_iter()
        .flat_map(|first| CODECS.map(|second| (first, second)))
}

/// Writes, reads, writes in another codec and reads: the same value, and of one codec the same bytes. wasmtime's `==` tells 0.0 from -0.0, and takes all NaN
/// for one.
fn through_all(shape: &Shape, value: &Val) -> Result<(), TestCaseError> {
    for (first, second) in pairs() {
        let payload = shape.encode(value, first).unwrap();
        let read = shape.decode(&payload).unwrap();
        prop_assert_eq!(&read, value, "{:?}", payload);
        let again = shape.encode(&read, second).unwrap();
        prop_assert_eq!(&shape.decode(&again).unwrap(), value, "{:?}", again);
        prop_assert!(first != second || payload == again, "{:?}", again);
    }
    Ok(())
}

proptest! {
    #[test]
    fn value_from_any_codec_to_any_codec_is_unchanged((shape, value) in typed_value()) {
        through_all(&shape, &value)?;
    }

    #[test]
    fn deep_value_from_any_codec_to_any_codec_is_unchanged((shape, value) in deep()) {
        through_all(&shape, &value)?;
    }

    #[test]
    fn arguments_from_any_codec_to_any_codec_are_unchanged((signature, values) in arguments()) {
        for (first, second) in pairs() {
            let payload = signature.encode_arguments("f", &values, first).unwrap();
            let read = signature.decode_arguments("f", &payload).unwrap();
            let payload = signature.encode_arguments("f", &read, second).unwrap();
            prop_assert_eq!(&signature.decode_arguments("f", &payload).unwrap(), &values);
        }
    }

    #[test]
    fn arbitrary_bytes_are_read_or_refused(
        shape in shape(), bytes in proptest::collection::vec(any::<u8>(), 0..64), codec in codec(),
    ) {
        // What can be read can be written, and reads the same again.
        if let Ok(value) = shape.decode(&Payload::new(codec, bytes)) {
            let again = shape.encode(&value, codec).unwrap();
            prop_assert_eq!(shape.decode(&again).unwrap(), value);
        }
    }

    #[test]
    fn damaged_bytes_are_read_or_refused(
        (shape, value) in typed_value(), codec in codec(), place in any::<prop::sample::Index>(),
        new in any::<u8>(), cut in any::<bool>(),
    ) {
        let mut bytes = shape.encode(&value, codec).unwrap().bytes.to_vec();
        if !bytes.is_empty() {
            let place = place.index(bytes.len());
            bytes[place] = new;
            bytes.truncate(if cut { place } else { bytes.len() });
        }
        if let Ok(value) = shape.decode(&Payload::new(codec, bytes)) {
            shape.encode(&value, codec).unwrap();
        }
    }

    #[test]
    fn postcard_with_a_byte_more_or_less_is_refused((shape, value) in typed_value()) {
        let bytes = shape.encode(&value, Codec::Postcard).unwrap().bytes;
        let longer = [&bytes[..], &[0]].concat();
        prop_assert!(shape.decode(&Payload::new(Codec::Postcard, longer)).is_err());
        let shorter = bytes.slice(..bytes.len() - 1);
        prop_assert!(shape.decode(&Payload::new(Codec::Postcard, shorter)).is_err());
    }
}

/// What texts are made of: arbitrary bytes seldom get past a parser's first character.
const TOKENS: [&str; 40] = [
    "(", ")", "[", "]", "{", "}", ":", ",", "\"", "\"\"\"", "'", "\\", "\\u{", "\\u00e9", "\\n",
    "\n", " ", "0", "1", "-", ".", "e9", "%", "a", "some", "none", "ok", "err", "inf", "nan",
    "true", "null", "\"a\"", "\"some\"", "'c'", "é", "\u{301}", "//", "[1, 2]", "{a: 1}",
];

fn tokens() -> impl Strategy<Value = String> {
    let token = proptest::sample::select(&TOKENS[..]);
    proptest::collection::vec(token, 0..12).prop_map(|tokens| tokens.concat())
}

fn texts() -> impl Strategy<Value = Shape> {
    let list = Shape::List(Box::new(Shape::String));
    let option = Shape::Option(Box::new(Shape::Char));
    let some = vec![Shape::String, Shape::Char, list, option];
    prop_oneof![shape(), proptest::sample::select(some)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn arbitrary_tokens_are_read_or_refused(shape in texts(), text in tokens(), codec in codec()) {
        if let Ok(value) = shape.decode(&Payload::new(codec, text)) {
            let again = shape.encode(&value, codec).unwrap();
            prop_assert_eq!(shape.decode(&again).unwrap(), value);
        }
    }
}

#[test]
fn list_length_beyond_the_input_is_refused_at_once() {
    let shape = Shape::List(Box::new(Shape::U64));
    for (bytes, claim) in [
        (&[3, 1, 1][..], "3 elements in 2 bytes"),
        (
            &[0xff, 0xff, 0xff, 0xff, 0x0f, 1],
            "4294967295 elements in 1 bytes",
        ),
    ] {
        let payload = Payload::new(Codec::Postcard, bytes);
        let said = shape.decode(&payload).unwrap_err().to_string();
        let expected = format!("the value is list<u64>, and it claims {claim}");
        assert_eq!(said, expected);
    }
}

#[test]
fn deep_text_is_refused_without_overflow() {
    let shape = Shape::List(Box::new(Shape::U8));
    for codec in [Codec::Json, Codec::Wave] {
        let error = shape.decode(&Payload::new(codec, vec![b'['; 1_000_000]));
        assert!(error.is_err());
    }
}

#[test]
fn bits_of_a_nan_are_kept_by_postcard_alone() {
    for bits in [0x7fc0_0001, 0xffc0_0000, 0x7f80_0001_u32] {
        let value = Val::Float32(f32::from_bits(bits));
        for codec in CODECS {
            let payload = Shape::F32.encode(&value, codec).unwrap();
            let Ok(Val::Float32(read)) = Shape::F32.decode(&payload) else {
                panic!("{payload:?}")
            };
            assert!(read.is_nan());
            assert!(codec != Codec::Postcard || read.to_bits() == bits);
        }
    }
    let bits = 0xfff0_0000_0000_0001;
    let value = Val::Float64(f64::from_bits(bits));
    let payload = Shape::F64.encode(&value, Codec::Postcard).unwrap();
    assert_eq!(payload.bytes, bits.to_le_bytes()[..]);
}
