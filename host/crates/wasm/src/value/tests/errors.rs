//! What people read when a value does not fit.

use crate::value::{Shape, Signature};
use tractor_protocol::{Codec, Payload};
use wasmtime::component::Val;

fn add() -> Signature {
    Signature {
        parameters: vec![("a".to_owned(), Shape::U32), ("b".to_owned(), Shape::U32)],
        result: Some(Shape::U32),
    }
}

fn draw() -> Signature {
    let point = Shape::Record(vec![
        ("x".to_owned(), Shape::S32),
        ("y".to_owned(), Shape::S32),
    ]);
    let points = Shape::List(Box::new(point));
    Signature {
        parameters: vec![("points".to_owned(), points)],
        result: None,
    }
}

fn refused(signature: &Signature, name: &str, codec: Codec, bytes: &[u8]) -> String {
    let payload = Payload::new(codec, bytes.to_vec());
    let error = signature.decode_arguments(name, &payload).unwrap_err();
    error.to_string()
}

#[test]
fn ill_typed_argument_is_named_with_its_type_and_what_came() {
    let expected = r#"add: parameter `b` is u32, and "x" is a string"#;
    assert_eq!(
        refused(&add(), "add", Codec::Wave, br#"(1, "x")"#),
        expected
    );
    assert_eq!(
        refused(&add(), "add", Codec::Json, br#"[1, "x"]"#),
        expected
    );
    let expected = "add: parameter `b` is u32, and -1 is negative";
    assert_eq!(refused(&add(), "add", Codec::Json, b"[1, -1]"), expected);
    let expected = "add: parameter `b` is u32, and its bytes end too early";
    assert_eq!(refused(&add(), "add", Codec::Postcard, &[1]), expected);
}

#[test]
fn ill_typed_part_is_named_by_its_path() {
    let expected = "draw: parameter `points[1].y` is s32, and 2.5 is not a whole number";
    let text = br#"[[{"x": 1, "y": 2}, {"x": 1, "y": 2.5}]]"#;
    assert_eq!(refused(&draw(), "draw", Codec::Json, text), expected);
    let text = b"([{x: 1, y: 2}, {x: 1, y: 2.5}])";
    assert_eq!(refused(&draw(), "draw", Codec::Wave, text), expected);
    let expected =
        "draw: parameter `points[0]` is record { x: s32, y: s32 }, and field `y` is missing";
    assert_eq!(
        refused(&draw(), "draw", Codec::Wave, b"([{x: 1}])"),
        expected
    );
}

#[test]
fn field_given_twice_is_named() {
    let expected =
        "draw: parameter `points[0]` is record { x: s32, y: s32 }, and field `x` is given twice";
    let text = br#"[[{"x": 1, "y": 2, "x": 1}]]"#;
    assert_eq!(refused(&draw(), "draw", Codec::Json, text), expected);
    let text = br#"[[{"x": 1, "y": 2, "\u0078": 3}]]"#;
    assert_eq!(refused(&draw(), "draw", Codec::Json, text), expected);
    let said = refused(&draw(), "draw", Codec::Wave, b"([{x: 1, y: 2, x: 1}])");
    assert!(said.contains("duplicate field"), "{said}");
}

#[test]
fn field_that_is_unknown_is_named_with_those_that_are_near() {
    let fields = ["user-name", "user-names", "age"].map(|name| (name.to_owned(), Shape::U8));
    let shape = Shape::Record(fields.into());
    let said = |codec, text: &str| {
        let payload = Payload::new(codec, text.as_bytes().to_vec());
        shape.decode(&payload).unwrap_err().to_string()
    };
    let expected = "the value is record { user-name: u8, user-names: u8, age: u8 }, \
        and `user_name` is none of its fields; did you mean `user-name` or `user-names`?";
    assert_eq!(said(Codec::Json, r#"{"user_name": 1, "age": 2}"#), expected);
    let said = said(Codec::Wave, "{height: 1, age: 2}");
    assert!(said.ends_with("`height` is none of its fields"), "{said}");
}

#[test]
fn key_that_a_json_object_would_hold_twice_is_refused_both_ways() {
    let shape = Shape::Map(Box::new((Shape::String, Shape::U8)));
    let expected = "the value is map<string, u8>, and key `k` is given twice";
    let payload = Payload::new(Codec::Json, r#"{"k": 1, "k": 1}"#.to_owned());
    let said = shape.decode(&payload).unwrap_err().to_string();
    assert_eq!(said, expected);
    let entry = (Val::String("k".to_owned()), Val::U8(1));
    let value = Val::Map(vec![entry.clone(), entry]);
    let said = shape.encode(&value, Codec::Json).unwrap_err().to_string();
    assert_eq!(said, expected);
    let payload = shape.encode(&value, Codec::Postcard).unwrap();
    assert_eq!(
        shape.decode(&payload),
        Ok(value),
        "postcard has room for both"
    );
}

#[test]
fn case_or_side_given_twice_is_refused() {
    let variant = Shape::Variant(vec![("a".to_owned(), Some(Shape::U8))]);
    let result = Shape::Result(Some(Box::new(Shape::U8)), None);
    let nested = Shape::Option(Box::new(Shape::Option(Box::new(Shape::U8))));
    for (shape, text) in [
        (variant, r#"{"a":1,"a":1}"#),
        (result, r#"{"ok":1,"ok":1}"#),
        (nested, r#"{"some":1,"some":1}"#),
    ] {
        let payload = Payload::new(Codec::Json, text.to_owned());
        let said = shape.decode(&payload).unwrap_err().to_string();
        assert!(said.contains(text), "{said}");
    }
}

#[test]
fn wrong_count_lists_the_parameters() {
    let expected = "add takes 2 arguments (a: u32, b: u32), and 1 was given";
    assert_eq!(refused(&add(), "add", Codec::Json, b"[1]"), expected);
    assert_eq!(refused(&add(), "add", Codec::Wave, b"(1)"), expected);
    let expected = "add takes 2 arguments (a: u32, b: u32), and none was given";
    assert_eq!(refused(&add(), "add", Codec::Wave, b"()"), expected);
    let expected = "add takes 2 arguments (a: u32, b: u32), and 3 were given";
    assert_eq!(refused(&add(), "add", Codec::Wave, b"(1, 2, 3)"), expected);
    let expected = "1 byte is left over after the arguments of add";
    assert_eq!(
        refused(&add(), "add", Codec::Postcard, &[1, 2, 3]),
        expected
    );
}

#[test]
fn text_that_cannot_be_parsed_says_where() {
    let said = refused(&add(), "add", Codec::Json, b"[1,");
    let expected = "add: the text of the arguments is not valid json: EOF while parsing";
    assert!(said.starts_with(expected), "{said}");
    let said = refused(&add(), "add", Codec::Wave, b"(1, 2");
    assert!(
        said.starts_with("add: the text of the arguments is not valid wave: "),
        "{said}"
    );
    let said = refused(&add(), "add", Codec::Json, br#"{"a": 1}"#);
    assert!(
        said.ends_with("it must be an array, and {\"a\":1} is an object"),
        "{said}"
    );
}

#[test]
fn handle_in_a_type_is_refused_by_name() {
    let signature = Signature {
        parameters: vec![("file".to_owned(), Shape::Refused("own<resource>"))],
        result: None,
    };
    let expected = "f: parameter `file` is own<resource>, which cannot cross between actors";
    assert_eq!(refused(&signature, "f", Codec::Json, b"[1]"), expected);
    assert_eq!(refused(&signature, "f", Codec::Postcard, b"1"), expected);
}

#[test]
fn long_values_and_types_are_shortened() {
    let fields = (0..100).map(|i| (format!("field{i}"), Shape::U32));
    let shape = Shape::Record(fields.collect());
    let payload = Payload::new(Codec::Json, format!("\"{}\"", "é".repeat(10_000)));
    let said = shape.decode(&payload).unwrap_err().to_string();
    assert!(said.contains('…') && said.chars().count() < 200, "{said}");
}
