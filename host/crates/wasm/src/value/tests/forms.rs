//! The text forms, one by one: what is written, and what else may be read.

use crate::value::{Outcome, Shape, Signature};
use tractor_protocol::{Codec, Payload};
use wasmtime::component::Val;

fn json(shape: &Shape, text: &str) -> Option<Val> {
    let payload = Payload::new(Codec::Json, text.as_bytes().to_vec());
    shape.decode(&payload).ok()
}

fn wave(shape: &Shape, text: &str) -> Option<Val> {
    let payload = Payload::new(Codec::Wave, text.as_bytes().to_vec());
    shape.decode(&payload).ok()
}

fn written(shape: &Shape, value: &Val, codec: Codec) -> String {
    let payload = shape.encode(value, codec).unwrap();
    String::from_utf8(payload.bytes.to_vec()).unwrap()
}

fn option(shape: Shape) -> Shape {
    Shape::Option(Box::new(shape))
}

fn some(value: Val) -> Val {
    Val::Option(Some(Box::new(value)))
}

fn signature(parameters: &[(&str, Shape)]) -> Signature {
    let parameters = parameters.iter();
    Signature {
        parameters: parameters
            .map(|(name, shape)| ((*name).to_owned(), shape.clone()))
            .collect(),
        result: None,
    }
}

#[test]
fn json_integers_are_never_rounded() {
    assert_eq!(
        json(&Shape::U64, "18446744073709551615"),
        Some(Val::U64(u64::MAX))
    );
    assert_eq!(
        json(&Shape::S64, "-9223372036854775808"),
        Some(Val::S64(i64::MIN))
    );
    assert_eq!(
        json(&Shape::U64, r#""18446744073709551615""#),
        Some(Val::U64(u64::MAX))
    );
    for text in [
        "18446744073709551616",
        "1.5",
        "1.0",
        "1e3",
        "-1",
        r#""x""#,
        r#""""#,
    ] {
        assert_eq!(json(&Shape::U64, text), None, "{text}");
    }
    assert_eq!(json(&Shape::U32, r#""1""#), None);
    assert_eq!(json(&Shape::U8, "256"), None);
}

#[test]
fn json_integers_beyond_what_floats_hold_stay_exact_within_other_values() {
    let shape = Shape::Record(vec![("a".to_owned(), Shape::List(Box::new(Shape::U64)))]);
    let exact = [(1 << 53) + 1, u64::MAX - 1];
    let value = Val::List(exact.map(Val::U64).into());
    let value = Val::Record(vec![("a".to_owned(), value)]);
    let text = r#"{"a":[9007199254740993,18446744073709551614]}"#;
    assert_eq!(written(&shape, &value, Codec::Json), text);
    assert_eq!(json(&shape, text), Some(value.clone()));
    let texts = r#"{"a":["9007199254740993","18446744073709551614"]}"#;
    assert_eq!(json(&shape, texts), Some(value));
    assert_eq!(
        written(&Shape::S64, &Val::S64(-9_007_199_254_740_993), Codec::Json),
        "-9007199254740993"
    );
}

#[test]
fn json_floats_have_three_names() {
    let written = |value| written(&Shape::F64, &Val::Float64(value), Codec::Json);
    assert_eq!(written(f64::NAN), r#""NaN""#);
    assert_eq!(written(f64::INFINITY), r#""Infinity""#);
    assert_eq!(written(f64::NEG_INFINITY), r#""-Infinity""#);
    assert_eq!(written(1.0), "1.0");
    assert_eq!(json(&Shape::F32, "3"), Some(Val::Float32(3.0)));
    assert_eq!(json(&Shape::F32, "1e39"), None);
    assert_eq!(json(&Shape::F64, r#""inf""#), None);
}

#[test]
fn json_option_within_option_tells_its_nulls_apart() {
    let shape = option(option(Shape::U8));
    for (value, text) in [
        (Val::Option(None), "null"),
        (some(Val::Option(None)), r#"{"some":null}"#),
        (some(some(Val::U8(3))), r#"{"some":3}"#),
    ] {
        assert_eq!(written(&shape, &value, Codec::Json), text);
        assert_eq!(json(&shape, text), Some(value));
    }
    assert_eq!(json(&shape, "3"), None);
}

#[test]
fn json_record_may_lack_options_only() {
    let shape = Shape::Record(vec![
        ("a".to_owned(), Shape::U8),
        ("b".to_owned(), option(Shape::U8)),
    ]);
    assert!(json(&shape, r#"{"a":1}"#).is_some());
    assert!(json(&shape, r#"{"b":1}"#).is_none());
    assert!(json(&shape, r#"{"a":1,"c":1}"#).is_none());
}

#[test]
fn json_map_is_an_object_where_its_keys_are_text() {
    let entry = |key, value| Val::Map(vec![(key, Val::U8(value))]);
    let by_name = Shape::Map(Box::new((Shape::String, Shape::U8)));
    let value = entry(Val::String("k".to_owned()), 1);
    assert_eq!(written(&by_name, &value, Codec::Json), r#"{"k":1}"#);
    let by_number = Shape::Map(Box::new((Shape::U8, Shape::U8)));
    let value = entry(Val::U8(2), 1);
    assert_eq!(written(&by_number, &value, Codec::Json), "[[2,1]]");
    assert_eq!(json(&by_number, "[[2,1]]"), Some(value));
}

#[test]
fn json_flags_are_names_in_any_order_and_number() {
    let shape = Shape::Flags(vec!["r".to_owned(), "w".to_owned()]);
    let both = Val::Flags(vec!["r".to_owned(), "w".to_owned()]);
    assert_eq!(json(&shape, r#"["w","r","w"]"#), Some(both));
    assert_eq!(json(&shape, r#"["x"]"#), None);
}

#[test]
fn wave_takes_bare_values_for_options_and_results() {
    assert_eq!(wave(&option(Shape::U8), "3"), Some(some(Val::U8(3))));
    assert_eq!(wave(&option(option(Shape::U8)), "3"), None);
    let result = Shape::Result(Some(Box::new(Shape::U8)), None);
    assert_eq!(
        wave(&result, "3"),
        Some(Val::Result(Ok(Some(Box::new(Val::U8(3))))))
    );
    assert_eq!(wave(&result, "err"), Some(Val::Result(Err(None))));
    assert_eq!(wave(&result, "ok"), None);
}

#[test]
fn wave_writes_what_people_type() {
    let shape = Shape::Record(vec![
        ("name".to_owned(), Shape::String),
        ("tags".to_owned(), Shape::List(Box::new(Shape::Char))),
        ("none".to_owned(), option(Shape::U8)),
    ]);
    let text = r#"{name: "it\'s", tags: ['a', '\'']}"#;
    let value = wave(&shape, text).unwrap();
    assert_eq!(written(&shape, &value, Codec::Wave), text);
    // Ours and wasm-wave's own writer agree.
    assert_eq!(value.to_wave().unwrap(), text);
}

#[test]
fn text_arguments_may_lack_options_at_the_end() {
    let signature = signature(&[("a", Shape::U8), ("b", option(Shape::U8))]);
    for (codec, text) in [(Codec::Json, "[1]"), (Codec::Wave, "(1)")] {
        let values = signature.decode_arguments("f", &Payload::new(codec, text));
        assert_eq!(values.unwrap(), [Val::U8(1), Val::Option(None)]);
    }
}

#[test]
fn no_arguments_are_empty_in_every_codec() {
    for (codec, texts) in [
        (Codec::Postcard, &[""][..]),
        (Codec::Json, &["[]"]),
        (Codec::Wave, &["", "()", " ( ) "]),
    ] {
        for text in texts {
            let values = signature(&[]).decode_arguments("f", &Payload::new(codec, *text));
            assert_eq!(values.unwrap(), [], "{text}");
        }
    }
}

#[test]
fn function_without_result_gives_the_codecs_unit() {
    let none = signature(&[]);
    for (codec, text) in [
        (Codec::Postcard, ""),
        (Codec::Json, "null"),
        (Codec::Wave, ""),
    ] {
        let payload = none.encode_result("f", None, codec).unwrap();
        assert_eq!(payload.bytes, text);
        assert_eq!(none.decode_result("f", &payload).unwrap(), None);
    }
    assert!(
        none.decode_result("f", &Payload::new(Codec::Json, "1"))
            .is_err()
    );
}

#[test]
fn declared_result_is_opened_into_value_or_error() {
    let case = |name: &str, shape| vec![(name.to_owned(), Some(shape))];
    let error = Shape::Variant(case(
        "too-slow",
        Shape::Record(vec![("after".to_owned(), Shape::U8)]),
    ));
    let signature = Signature {
        parameters: Vec::new(),
        result: Some(Shape::Result(
            Some(Box::new(Shape::U8)),
            Some(Box::new(error.clone())),
        )),
    };
    let returned = Val::Result(Ok(Some(Box::new(Val::U8(3)))));
    let outcome = signature.encode_outcome("f", Some(&returned), Codec::Json);
    assert_eq!(outcome, Ok(Outcome::Value(Payload::new(Codec::Json, "3"))));
    let slow = wave(&error, "too-slow({after: 3})").unwrap();
    let returned = Val::Result(Err(Some(Box::new(slow))));
    let outcome = signature.encode_outcome("f", Some(&returned), Codec::Json);
    let Ok(Outcome::Error { value, text }) = outcome else {
        panic!("{outcome:?}")
    };
    assert_eq!(value.bytes, r#"{"too-slow":{"after":3}}"#);
    assert_eq!(text, "too-slow({after: 3})");
}
