//! wasmtime's types, taken from a component, against shapes and texts.

use crate::testing::component;
use crate::value::{
    MAX_DEPTH, MAX_NODES, Shape, TypeText, decode_arguments, encode_arguments, encode_value,
};
use tractor_protocol::{Codec, Payload};
use wasmtime::component::Val;
use wasmtime::component::types::{ComponentFunc, ComponentItem};

const WIT: &str = "
    package test:types;
    interface all {
        record point { x: s32, y: s32 }
        variant figure { dot, circle(f32), polygon(list<point>) }
        enum color { red, green }
        flags rights { read, write }
        resource file;
        f: func(a: figure, b: color, c: rights, d: tuple<u8, char>, e: option<list<string>>,
            g: result<_, string>, h: result<u64>, i: result) -> point;
        open: func() -> file;
        use-it: func(file: borrow<file>);
    }
    world w { export all; }
";

fn function(wit: &str, name: &str) -> ComponentFunc {
    let component = component(wit, &[]);
    let (_, instance) = component.get_export(None, "test:types/all").unwrap();
    match component.get_export(Some(&instance), name).unwrap().0 {
        ComponentItem::ComponentFunc(function) => function,
        other => panic!("{other:?}"),
    }
}

#[test]
fn type_text_is_wit() {
    let function = function(WIT, "f");
    let texts: Vec<_> = function
        .params()
        .map(|(name, ty)| format!("{name}: {}", TypeText::new(&ty)))
        .collect();
    assert_eq!(
        texts,
        [
            "a: variant { dot, circle(f32), polygon(list<record { x: s32, y: s32 }>) }",
            "b: enum { red, green }",
            "c: flags { read, write }",
            "d: tuple<u8, char>",
            "e: option<list<string>>",
            "g: result<_, string>",
            "h: result<u64>",
            "i: result",
        ]
    );
}

#[test]
fn arguments_of_a_components_function_are_typed() {
    let function = function(WIT, "f");
    let owned = |(name, ty): (&str, _)| (name.to_owned(), ty);
    let params: Vec<_> = function.params().map(owned).collect();
    let text = r#"(circle(1.5), green, {write}, (1, 'x'), ["a"], err("no"), 5, ok)"#;
    let values = decode_arguments("f", &params, &Payload::new(Codec::Wave, text)).unwrap();
    let json: Vec<_> = params
        .iter()
        .zip(&values)
        .map(|((_, ty), value)| encode_value(ty, value, Codec::Json).unwrap().bytes)
        .collect();
    assert_eq!(
        json,
        [
            r#"{"circle":1.5}"#,
            r#""green""#,
            r#"["write"]"#,
            r#"[1,"x"]"#,
            r#"["a"]"#,
            r#"{"err":"no"}"#,
            r#"{"ok":5}"#,
            r#"{"ok":null}"#,
        ]
    );
}

#[test]
fn resources_are_refused() {
    let open = function(WIT, "open");
    let result = open.results().next().unwrap();
    assert_eq!(Shape::of(&result), Shape::Refused("own<resource>"));
    let (_, file) = function(WIT, "use-it")
        .params()
        .next()
        .map(|(n, t)| (n.to_owned(), t))
        .unwrap();
    assert_eq!(Shape::of(&file), Shape::Refused("borrow<resource>"));
}

#[test]
fn type_that_grows_without_bound_is_cut_short() {
    let mut wit = "package test:types; interface all { type t0 = tuple<u8, u8>;".to_owned();
    for level in 1..14 {
        let below = level - 1;
        wit.push_str(&format!("type t{level} = tuple<t{below}, t{below}>;"));
    }
    wit.push_str("f: func(a: t13); } world w { export all; }");
    let function = function(&wit, "f");
    let (_, ty) = function.params().next().unwrap();
    let text = Shape::of(&ty).to_string();
    assert!(text.contains("a type too large"));
    assert!(text.len() < MAX_NODES * 32, "{}", text.len());
}

/// `f` of one parameter: lists within each other, `depth` levels with the number within.
fn of_lists(depth: usize) -> Vec<(String, wasmtime::component::types::Type)> {
    let ty = format!("{}u8{}", "list<".repeat(depth - 1), ">".repeat(depth - 1));
    let wit = format!(
        "package test:types; interface all {{ f: func(a: {ty}); }} world w {{ export all; }}"
    );
    let function = function(&wit, "f");
    let owned = |(name, ty): (&str, _)| (name.to_owned(), ty);
    function.params().map(owned).collect()
}

#[test]
fn value_of_the_deepest_type_is_read_from_what_is_written() {
    let params = of_lists(MAX_DEPTH);
    let value = (1..MAX_DEPTH).fold(Val::U8(7), |value, _| Val::List(vec![value]));
    for codec in [Codec::Postcard, Codec::Json, Codec::Wave] {
        let payload = encode_arguments("f", &params, std::slice::from_ref(&value), codec).unwrap();
        let again = decode_arguments("f", &params, &payload).unwrap();
        assert_eq!(again, std::slice::from_ref(&value));
    }
}

#[test]
fn type_deeper_than_text_can_be_is_cut_short() {
    let params = of_lists(MAX_DEPTH + 1);
    let text = Shape::of(&params[0].1).to_string();
    assert!(text.contains("a type too large"), "{text}");
}
