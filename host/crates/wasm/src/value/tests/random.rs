//! Random types, and random values of them.

use crate::value::{MAX_DEPTH, Shape};
use proptest::collection::vec;
use proptest::prelude::*;
use std::collections::HashSet;
use wasmtime::component::Val;

/// Names that WIT allows, those that WAVE reads as keywords among them.
const NAMES: [&str; 12] = [
    "a",
    "b-2",
    "none",
    "some",
    "ok",
    "err",
    "true",
    "false",
    "inf",
    "nan",
    "X-ray",
    "long-name",
];

fn names(most: usize) -> impl Strategy<Value = Vec<String>> {
    proptest::sample::subsequence(&NAMES[..], 1..=most.min(NAMES.len()))
        .prop_shuffle()
        .prop_map(|names| names.into_iter().map(str::to_owned).collect())
}

/// Up to so many names: more flags than one byte of a varint holds, and than a component may have.
fn many(most: usize) -> impl Strategy<Value = Vec<String>> {
    (1..=most).prop_map(|count| (0..count).map(|index| format!("f{index}")).collect())
}

fn leaf() -> impl Strategy<Value = Shape> {
    use Shape::*;
    let plain = [
        Bool, U8, U16, U32, U64, S8, S16, S32, S64, F32, F64, Char, String,
    ];
    prop_oneof![
        8 => proptest::sample::select(plain.to_vec()),
        1 => names(8).prop_map(Enum),
        1 => names(12).prop_map(Flags),
        1 => many(64).prop_map(Flags),
    ]
}

fn key() -> impl Strategy<Value = Shape> {
    proptest::sample::select(vec![Shape::String, Shape::U64, Shape::Char, Shape::Bool])
}

/// Any type that can cross.
pub(super) fn shape() -> BoxedStrategy<Shape> {
    let nested = leaf().prop_recursive(4, 24, 4, |inner| {
        let some = inner.clone().prop_map(Box::new);
        let maybe = proptest::option::of(some.clone());
        prop_oneof![
            some.clone().prop_map(Shape::List),
            (some.clone(), 1..4_u32).prop_map(|(element, length)| Shape::Array(element, length)),
            (key(), inner.clone()).prop_map(|entry| Shape::Map(Box::new(entry))),
            (names(4), vec(inner.clone(), 4))
                .prop_map(|(names, shapes)| Shape::Record(names.into_iter().zip(shapes).collect())),
            vec(inner.clone(), 1..4).prop_map(Shape::Tuple),
            (names(4), vec(proptest::option::of(inner), 4)).prop_map(|(names, shapes)| {
                Shape::Variant(names.into_iter().zip(shapes).collect())
            }),
            some.prop_map(Shape::Option),
            (maybe.clone(), maybe).prop_map(|(ok, err)| Shape::Result(ok, err)),
        ]
    });
    nested.boxed()
}

/// A type with one type within another, down to the deepest that is taken, and a value that goes all the way.
pub(super) fn deep() -> impl Strategy<Value = (Shape, Val)> {
    vec(0..8_u8, 0..MAX_DEPTH).prop_map(|kinds| {
        let (mut levels, mut typed) = (1, (Shape::U64, Val::U64((1 << 53) + 1)));
        for kind in kinds {
            // A map takes two.
            levels += if kind == 7 { 2 } else { 1 };
            if levels > MAX_DEPTH {
                break;
            }
            typed = within(kind, typed.0, typed.1);
        }
        typed
    })
}

/// A type around `shape`, and a value of it around `value`.
fn within(kind: u8, shape: Shape, value: Val) -> (Shape, Val) {
    let (boxed, some) = (Box::new(shape.clone()), Some(Box::new(value.clone())));
    let name = "a".to_owned();
    match kind {
        0 => (Shape::List(boxed), Val::List(vec![value])),
        1 => (Shape::Array(boxed, 1), Val::FixedLengthList(vec![value])),
        2 => (
            Shape::Record(vec![(name.clone(), shape)]),
            Val::Record(vec![(name, value)]),
        ),
        3 => (Shape::Tuple(vec![shape]), Val::Tuple(vec![value])),
        4 => (
            Shape::Variant(vec![(name.clone(), Some(shape))]),
            Val::Variant(name, some),
        ),
        5 => (Shape::Option(boxed), Val::Option(some)),
        6 => (Shape::Result(None, Some(boxed)), Val::Result(Err(some))),
        _ => (
            Shape::Map(Box::new((Shape::Bool, shape))),
            Val::Map(vec![(Val::Bool(true), value)]),
        ),
    }
}

/// Any value of `shape`.
pub(super) fn value(shape: &Shape) -> BoxedStrategy<Val> {
    match shape.clone() {
        Shape::List(element) => vec(value(&element), 0..5).prop_map(Val::List).boxed(),
        Shape::Array(element, length) => vec(value(&element), length as usize)
            .prop_map(Val::FixedLengthList)
            .boxed(),
        Shape::Map(entry) => vec((value(&entry.0), value(&entry.1)), 0..4)
            .prop_map(|entries| Val::Map(with_distinct_keys(entries)))
            .boxed(),
        Shape::Record(fields) => each(fields.iter().map(|(_, shape)| shape))
            .prop_map(move |values| {
                let names = fields.iter().map(|(name, _)| name.clone());
                Val::Record(names.zip(values).collect())
            })
            .boxed(),
        Shape::Tuple(shapes) => each(shapes.iter()).prop_map(Val::Tuple).boxed(),
        Shape::Variant(cases) => (0..cases.len())
            .prop_flat_map(move |case| {
                let (name, payload) = cases[case].clone();
                maybe(payload.as_ref()).prop_map(move |value| Val::Variant(name.clone(), value))
            })
            .boxed(),
        Shape::Enum(names) => proptest::sample::select(names).prop_map(Val::Enum).boxed(),
        Shape::Option(some) => proptest::option::of(value(&some).prop_map(Box::new))
            .prop_map(Val::Option)
            .boxed(),
        Shape::Result(ok, err) => prop_oneof![
            maybe(ok.as_deref()).prop_map(|value| Val::Result(Ok(value))),
            maybe(err.as_deref()).prop_map(|value| Val::Result(Err(value))),
        ]
        .boxed(),
        Shape::Flags(names) => {
            let most = names.len();
            proptest::sample::subsequence(names, 0..=most)
                .prop_map(Val::Flags)
                .boxed()
        }
        leaf => scalar(&leaf),
    }
}

fn scalar(shape: &Shape) -> BoxedStrategy<Val> {
    match shape {
        Shape::Bool => any::<bool>().prop_map(Val::Bool).boxed(),
        Shape::U8 => any::<u8>().prop_map(Val::U8).boxed(),
        Shape::U16 => any::<u16>().prop_map(Val::U16).boxed(),
        Shape::U32 => any::<u32>().prop_map(Val::U32).boxed(),
        Shape::U64 => any::<u64>().prop_map(Val::U64).boxed(),
        Shape::S8 => any::<i8>().prop_map(Val::S8).boxed(),
        Shape::S16 => any::<i16>().prop_map(Val::S16).boxed(),
        Shape::S32 => any::<i32>().prop_map(Val::S32).boxed(),
        Shape::S64 => any::<i64>().prop_map(Val::S64).boxed(),
        Shape::F32 => proptest::num::f32::ANY.prop_map(Val::Float32).boxed(),
        Shape::F64 => proptest::num::f64::ANY.prop_map(Val::Float64).boxed(),
        Shape::Char => any::<char>().prop_map(Val::Char).boxed(),
        Shape::String => any::<String>().prop_map(Val::String).boxed(),
        other => panic!("{other} is no scalar"),
    }
}

fn each<'a>(shapes: impl Iterator<Item = &'a Shape>) -> BoxedStrategy<Vec<Val>> {
    shapes.map(value).collect::<Vec<_>>().boxed()
}

fn maybe(shape: Option<&Shape>) -> BoxedStrategy<Option<Box<Val>>> {
    match shape {
        None => Just(None).boxed(),
        Some(shape) => value(shape).prop_map(|value| Some(Box::new(value))).boxed(),
    }
}

fn with_distinct_keys(entries: Vec<(Val, Val)>) -> Vec<(Val, Val)> {
    let mut seen = HashSet::new();
    let entries = entries.into_iter();
    entries
        .filter(|(key, _)| seen.insert(format!("{key:?}")))
        .collect()
}
