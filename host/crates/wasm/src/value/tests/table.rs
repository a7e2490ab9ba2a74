//! The table of `host/docs/values.md`, row by row: what is written in each codec, and that the same is read again.

use crate::value::{Shape, Signature};
use tractor_protocol::{Codec, Payload};
use wasmtime::component::Val;

const DOCUMENT: &str = include_str!("../../../../../docs/values.md");

/// A row of the table by its first cell, and a value of such a type in the three codecs.
type Case = (
    &'static str,
    Shape,
    Val,
    &'static [u8],
    &'static str,
    &'static str,
);

fn text(text: &str) -> String {
    text.to_owned()
}

fn boxed<T>(value: T) -> Box<T> {
    Box::new(value)
}

fn named<T>(name: &str, value: T) -> (String, T) {
    (text(name), value)
}

fn option(some: Shape) -> Shape {
    Shape::Option(boxed(some))
}

fn some(value: Val) -> Val {
    Val::Option(Some(boxed(value)))
}

#[expect(clippy::too_many_lines, reason = "it is a table")]
fn scalars() -> Vec<Case> {
    let big = r"9007199254740993";
    vec![
        ("`bool`", Shape::Bool, Val::Bool(true), &[1], "true", "true"),
        ("`u8`, `s8`", Shape::U8, Val::U8(200), &[200], "200", "200"),
        ("`u8`, `s8`", Shape::S8, Val::S8(-1), &[255], "-1", "-1"),
        (
            "`u16`, `u32`, `u64`",
            Shape::U16,
            Val::U16(300),
            &[0xac, 2],
            "300",
            "300",
        ),
        (
            "`u16`, `u32`, `u64`",
            Shape::U32,
            Val::U32(127),
            &[127],
            "127",
            "127",
        ),
        (
            "`u16`, `u32`, `u64`",
            Shape::U64,
            Val::U64((1 << 53) + 1),
            &[0x81, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x10],
            big,
            big,
        ),
        (
            "`s16`, `s32`, `s64`",
            Shape::S16,
            Val::S16(-2),
            &[3],
            "-2",
            "-2",
        ),
        (
            "`s16`, `s32`, `s64`",
            Shape::S32,
            Val::S32(64),
            &[0x80, 1],
            "64",
            "64",
        ),
        (
            "`s16`, `s32`, `s64`",
            Shape::S64,
            Val::S64(1),
            &[2],
            "1",
            "1",
        ),
        (
            "`f32`, `f64`",
            Shape::F32,
            Val::Float32(-0.0),
            &[0, 0, 0, 0x80],
            "-0.0",
            "-0",
        ),
        (
            "`f32`, `f64`",
            Shape::F64,
            Val::Float64(f64::NEG_INFINITY),
            &[0, 0, 0, 0, 0, 0, 0xf0, 0xff],
            r#""-Infinity""#,
            "-inf",
        ),
        (
            "`f32`, `f64`",
            Shape::F64,
            Val::Float64(1.5),
            &[0, 0, 0, 0, 0, 0, 0xf8, 0x3f],
            "1.5",
            "1.5",
        ),
        (
            "`char`",
            Shape::Char,
            Val::Char('é'),
            &[2, 0xc3, 0xa9],
            r#""é""#,
            "'é'",
        ),
        (
            "`string`",
            Shape::String,
            Val::String(text("a\"b")),
            b"\x03a\"b",
            r#""a\"b""#,
            r#""a\"b""#,
        ),
    ]
}

fn collections() -> Vec<Case> {
    let of = |element| Shape::List(boxed(element));
    vec![
        (
            "`list<t>`",
            of(Shape::Bool),
            Val::List(vec![Val::Bool(true), Val::Bool(false)]),
            &[2, 1, 0],
            "[true,false]",
            "[true, false]",
        ),
        (
            "`list<u8>`",
            of(Shape::U8),
            Val::List(vec![Val::U8(1), Val::U8(200)]),
            &[2, 1, 200],
            "[1,200]",
            "[1, 200]",
        ),
        (
            "`list<t, n>`",
            Shape::Array(boxed(Shape::U16), 2),
            Val::FixedLengthList(vec![Val::U16(1), Val::U16(2)]),
            &[1, 2],
            "[1,2]",
            "[1, 2]",
        ),
        (
            "`map<k, v>`",
            Shape::Map(boxed((Shape::String, Shape::U8))),
            Val::Map(vec![(Val::String(text("k")), Val::U8(1))]),
            b"\x01\x01k\x01",
            r#"{"k":1}"#,
            r#"[("k", 1)]"#,
        ),
        (
            "`map<k, v>`",
            Shape::Map(boxed((Shape::U8, Shape::Bool))),
            Val::Map(vec![(Val::U8(7), Val::Bool(true))]),
            &[1, 7, 1],
            "[[7,true]]",
            "[(7, true)]",
        ),
        (
            "record",
            Shape::Record(vec![named("a-b", Shape::U8), named("c", option(Shape::U8))]),
            Val::Record(vec![named("a-b", Val::U8(1)), named("c", some(Val::U8(2)))]),
            &[1, 1, 2],
            r#"{"a-b":1,"c":2}"#,
            "{a-b: 1, c: some(2)}",
        ),
        (
            "`tuple<a, b>`",
            Shape::Tuple(vec![Shape::U8, Shape::Char]),
            Val::Tuple(vec![Val::U8(1), Val::Char('x')]),
            b"\x01\x01x",
            r#"[1,"x"]"#,
            "(1, 'x')",
        ),
    ]
}

#[expect(clippy::too_many_lines, reason = "it is a table")]
fn cases() -> Vec<Case> {
    let variant = || Shape::Variant(vec![(text("dot"), None), (text("at"), Some(Shape::U8))]);
    let result = || Shape::Result(Some(boxed(Shape::U8)), None);
    let names = || ["r", "w", "x"].map(text).to_vec();
    let nested = || option(option(Shape::U8));
    let variant_of = |name, value| Val::Variant(text(name), value);
    vec![
        (
            "variant",
            variant(),
            variant_of("dot", None),
            &[0],
            r#""dot""#,
            "dot",
        ),
        (
            "variant",
            variant(),
            variant_of("at", Some(boxed(Val::U8(3)))),
            &[1, 3],
            r#"{"at":3}"#,
            "at(3)",
        ),
        (
            "enum",
            Shape::Enum(names()),
            Val::Enum(text("w")),
            &[1],
            r#""w""#,
            "w",
        ),
        (
            "`option<t>`",
            option(Shape::U8),
            Val::Option(None),
            &[0],
            "null",
            "none",
        ),
        (
            "`option<t>`",
            option(Shape::U8),
            some(Val::U8(3)),
            &[1, 3],
            "3",
            "some(3)",
        ),
        (
            "`option<option<t>>`",
            nested(),
            Val::Option(None),
            &[0],
            "null",
            "none",
        ),
        (
            "`option<option<t>>`",
            nested(),
            some(Val::Option(None)),
            &[1, 0],
            r#"{"some":null}"#,
            "some(none)",
        ),
        (
            "`option<option<t>>`",
            nested(),
            some(some(Val::U8(3))),
            &[1, 1, 3],
            r#"{"some":3}"#,
            "some(some(3))",
        ),
        (
            "`result<t, e>`",
            result(),
            Val::Result(Ok(Some(boxed(Val::U8(7))))),
            &[0, 7],
            r#"{"ok":7}"#,
            "ok(7)",
        ),
        (
            "`result<t, e>`",
            result(),
            Val::Result(Err(None)),
            &[1],
            r#"{"err":null}"#,
            "err",
        ),
        (
            "flags",
            Shape::Flags(names()),
            Val::Flags(vec![text("r"), text("x")]),
            &[5],
            r#"["r","x"]"#,
            "{r, x}",
        ),
    ]
}

/// Rows that are not about one value, with the tests that are theirs.
const OTHERS: [&str; 4] = [
    "resource, `stream`, `future`, `error-context`", // below
    "arguments",                                     // below, and in `forms`
    "no arguments",                                  // `forms`
    "no result",                                     // `forms`
];

fn all() -> Vec<Case> {
    [scalars(), collections(), cases()].concat()
}

#[test]
fn each_row_of_the_table_is_tested_here() {
    let rows = DOCUMENT.lines().filter(|line| line.starts_with("| "));
    let rows = rows.filter_map(|line| line.split(" | ").next());
    let documented: Vec<_> = rows.map(|cell| &cell[2..]).skip(2).collect();
    let mut tested: Vec<_> = all().iter().map(|case| case.0).collect();
    tested.dedup();
    tested.extend(OTHERS);
    assert_eq!(documented, tested);
}

#[test]
fn value_of_each_row_is_written_as_the_table_says_and_read_again() {
    for (row, shape, value, postcard, json, wave) in all() {
        for (codec, expected) in [
            (Codec::Postcard, postcard),
            (Codec::Json, json.as_bytes()),
            (Codec::Wave, wave.as_bytes()),
        ] {
            let payload = shape.encode(&value, codec).unwrap();
            assert_eq!(payload.bytes, expected, "{row} in {codec}");
            assert_eq!(shape.decode(&payload).as_ref(), Ok(&value), "{row}");
        }
    }
}

#[test]
fn what_belongs_to_an_instance_is_refused_in_every_codec() {
    for what in ["own<resource>", "stream", "future", "error-context"] {
        let shape = Shape::Refused(what);
        for (codec, bytes) in [
            (Codec::Postcard, &[1][..]),
            (Codec::Json, b"1"),
            (Codec::Wave, b"1"),
        ] {
            let refused = shape.decode(&Payload::new(codec, bytes)).unwrap_err();
            assert!(refused.to_string().contains(what), "{refused}");
        }
        assert!(shape.encode(&Val::U8(1), Codec::Postcard).is_err());
        assert!(shape.encode(&Val::U8(1), Codec::Json).is_err());
    }
}

#[test]
fn arguments_are_written_as_the_table_says_and_read_again() {
    let parameters = [("a", Shape::U8), ("b", option(Shape::String))];
    let signature = Signature {
        parameters: parameters.map(|(name, shape)| (text(name), shape)).to_vec(),
        result: None,
    };
    let values = [Val::U8(1), some(Val::String(text("two")))];
    for (codec, expected) in [
        (Codec::Postcard, &b"\x01\x01\x03two"[..]),
        (Codec::Json, br#"[1,"two"]"#),
        (Codec::Wave, br#"(1, some("two"))"#),
    ] {
        let payload = signature.encode_arguments("f", &values, codec).unwrap();
        assert_eq!(payload.bytes, expected, "{codec}");
        let again = signature.decode_arguments("f", &payload).unwrap();
        assert_eq!(again, values);
    }
}
