//! The bytes that serde's derives give for the Rust types that wit-bindgen makes, and ours.

use crate::value::Shape;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt::Debug;
use tractor_protocol::{Codec, Payload};
use wasmtime::component::Val;

#[derive(Serialize, Deserialize, Debug, PartialEq)]
struct Point {
    x: i32,
    y: i16,
}

#[derive(Serialize, Deserialize, Debug, PartialEq)]
enum Figure {
    Dot,
    Circle(f32),
    Polygon(Vec<Point>),
}

#[derive(Serialize, Deserialize, Debug, PartialEq)]
enum Color {
    Red,
    Green,
}

fn text(text: &str) -> String {
    text.to_owned()
}

fn point_shape() -> Shape {
    Shape::Record(vec![(text("x"), Shape::S32), (text("y"), Shape::S16)])
}

fn point(x: i32, y: i16) -> Val {
    Val::Record(vec![(text("x"), Val::S32(x)), (text("y"), Val::S16(y))])
}

fn figure_shape() -> Shape {
    Shape::Variant(vec![
        (text("dot"), None),
        (text("circle"), Some(Shape::F32)),
        (text("polygon"), Some(Shape::List(Box::new(point_shape())))),
    ])
}

fn some(value: Val) -> Option<Box<Val>> {
    Some(Box::new(value))
}

/// Asserts that serde's bytes of `native` are ours of `value`, and that each side reads the other's.
fn same<T>(native: T, shape: &Shape, value: &Val)
where
    T: Serialize + for<'de> Deserialize<'de> + Debug + PartialEq,
{
    let theirs = postcard::to_allocvec(&native).unwrap();
    let ours = shape.encode(value, Codec::Postcard).unwrap();
    assert_eq!(&ours.bytes[..], &theirs[..], "{native:?}");
    assert_eq!(&shape.decode(&ours).unwrap(), value);
    assert_eq!(postcard::from_bytes::<T>(&ours.bytes).unwrap(), native);
}

#[test]
fn postcard_of_integers_equals_serdes() {
    for value in [0, 1, 127, 128, 255] {
        same(value, &Shape::U8, &Val::U8(value));
    }
    for value in [0, -1, i8::MIN, i8::MAX] {
        same(value, &Shape::S8, &Val::S8(value));
    }
    for value in [0, 127, 128, u16::MAX] {
        same(value, &Shape::U16, &Val::U16(value));
    }
    for value in [0, 16_384, u32::MAX] {
        same(value, &Shape::U32, &Val::U32(value));
    }
    for value in [0, 1 << 35, u64::MAX] {
        same(value, &Shape::U64, &Val::U64(value));
    }
    for value in [0, -1, 63, -64, i16::MIN, i16::MAX] {
        same(value, &Shape::S16, &Val::S16(value));
    }
    for value in [0, -1, i32::MIN, i32::MAX] {
        same(value, &Shape::S32, &Val::S32(value));
    }
    for value in [0, -1, i64::MIN, i64::MAX] {
        same(value, &Shape::S64, &Val::S64(value));
    }
}

#[test]
fn postcard_of_scalars_equals_serdes() {
    same(true, &Shape::Bool, &Val::Bool(true));
    same(1.5_f32, &Shape::F32, &Val::Float32(1.5));
    same(-0.1_f64, &Shape::F64, &Val::Float64(-0.1));
    for char in ['a', 'é', '😂'] {
        same(char, &Shape::Char, &Val::Char(char));
    }
    for string in ["", "two", "zwölf"] {
        same(text(string), &Shape::String, &Val::String(text(string)));
    }
}

#[test]
fn postcard_of_named_types_equals_serdes() {
    same(Point { x: -3, y: 300 }, &point_shape(), &point(-3, 300));
    let case = |name, payload| Val::Variant(text(name), payload);
    same(Figure::Dot, &figure_shape(), &case("dot", None));
    same(
        Figure::Circle(2.5),
        &figure_shape(),
        &case("circle", some(Val::Float32(2.5))),
    );
    let points = Val::List(vec![point(1, 2), point(3, 4)]);
    same(
        Figure::Polygon(vec![Point { x: 1, y: 2 }, Point { x: 3, y: 4 }]),
        &figure_shape(),
        &case("polygon", some(points)),
    );
    let colors = Shape::Enum(vec![text("red"), text("green")]);
    same(Color::Red, &colors, &Val::Enum(text("red")));
    same(Color::Green, &colors, &Val::Enum(text("green")));
}

#[test]
fn postcard_of_options_and_results_equals_serdes() {
    let option = Shape::Option(Box::new(Shape::U32));
    same(None::<u32>, &option, &Val::Option(None));
    same(Some(7_u32), &option, &Val::Option(some(Val::U32(7))));
    let result = Shape::Result(None, Some(Box::new(Shape::String)));
    same(Ok::<(), String>(()), &result, &Val::Result(Ok(None)));
    let error = Val::Result(Err(some(Val::String(text("no")))));
    same(Err::<(), String>(text("no")), &result, &error);
}

#[test]
fn postcard_of_collections_equals_serdes() {
    let bytes: Vec<u8> = (0..=255).collect();
    let values = Val::List(bytes.iter().copied().map(Val::U8).collect());
    same(bytes, &Shape::List(Box::new(Shape::U8)), &values);
    let array = Val::FixedLengthList(vec![Val::U16(1), Val::U16(300)]);
    same([1_u16, 300], &Shape::Array(Box::new(Shape::U16), 2), &array);
    let map = BTreeMap::from([(text("a"), 1_u32), (text("b"), 2)]);
    let entry = |key, value| (Val::String(text(key)), Val::U32(value));
    same(
        map,
        &Shape::Map(Box::new((Shape::String, Shape::U32))),
        &Val::Map(vec![entry("a", 1), entry("b", 2)]),
    );
    let shape = Shape::Tuple(vec![Shape::U32, Shape::String]);
    let tuple = Val::Tuple(vec![Val::U32(1), Val::String(text("two"))]);
    same((1_u32, text("two")), &shape, &tuple);
}

#[test]
fn postcard_of_flags_is_a_varint_of_the_bits() {
    let names: Vec<_> = (0..32).map(|bit| format!("f{bit}")).collect();
    let shape = Shape::Flags(names);
    let value = Val::Flags(vec![text("f0"), text("f3"), text("f31")]);
    let payload = shape.encode(&value, Codec::Postcard).unwrap();
    let bits = postcard::to_allocvec(&(1_u64 | 1 << 3 | 1 << 31)).unwrap();
    assert_eq!(&payload.bytes[..], &bits[..]);
    let beyond = postcard::to_allocvec(&(1_u64 << 32)).unwrap();
    let beyond = Payload::new(Codec::Postcard, beyond);
    assert!(shape.decode(&beyond).is_err());
}

#[test]
fn varint_longer_than_its_type_is_refused_like_serdes() {
    for bytes in [&[0xff, 0xff, 0x04][..], &[0x80, 0x80, 0x80, 0x00]] {
        assert!(postcard::from_bytes::<u16>(bytes).is_err());
        let payload = Payload::new(Codec::Postcard, bytes.to_vec());
        assert!(Shape::U16.decode(&payload).is_err());
    }
}
