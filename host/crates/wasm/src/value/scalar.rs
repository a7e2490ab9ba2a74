//! Numbers read from text, shared by JSON and WAVE, and names for what came.

use super::error::ValueError;
use super::path::Path;
use super::phrase::quote;
use super::shape::Shape;
use std::str::FromStr;
use wasmtime::component::Val;

/// The flags that are set, in the order of their type, each once.
pub(crate) fn in_order(names: &[String], set: &[&str]) -> Vec<String> {
    let names = names.iter();
    names
        .filter(|name| set.contains(&name.as_str()))
        .cloned()
        .collect()
}

/// A value of the wrong kind came to be encoded: the component model would not let a guest do that, native code can.
pub(crate) fn wrong(shape: &Shape, value: &Val, path: &Path<'_>) -> ValueError {
    path.mismatch(shape, format!("the value is {}", kind(value)))
}

/// Whether `values` are the fields of a record, in its order.
pub(crate) fn same_names(fields: &[(String, Shape)], values: &[(String, Val)]) -> bool {
    let names = fields.iter().map(|(name, _)| name);
    names.eq(values.iter().map(|(name, _)| name))
}

/// Whether values of `shape` are integers.
pub(crate) fn is_integer(shape: &Shape) -> bool {
    matches!(
        shape,
        Shape::U8
            | Shape::U16
            | Shape::U32
            | Shape::U64
            | Shape::S8
            | Shape::S16
            | Shape::S32
            | Shape::S64
    )
}

/// Reads the integer that `text` says, exactly.
///
/// # Errors
///
/// Says what is wrong with a number that has a fraction or exponent or is out of range, as the end of a sentence.
pub(crate) fn integer(shape: &Shape, text: &str) -> Result<Val, String> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(format!("{} is not a whole number", quote(text)));
    }
    let value = match shape {
        Shape::U8 => text.parse().map(Val::U8),
        Shape::U16 => text.parse().map(Val::U16),
        Shape::U32 => text.parse().map(Val::U32),
        Shape::U64 => text.parse().map(Val::U64),
        Shape::S8 => text.parse().map(Val::S8),
        Shape::S16 => text.parse().map(Val::S16),
        Shape::S32 => text.parse().map(Val::S32),
        _ => text.parse().map(Val::S64),
    };
    value.map_err(|_| match (text.starts_with('-'), shape) {
        (true, Shape::U8 | Shape::U16 | Shape::U32 | Shape::U64) => {
            format!("{} is negative", quote(text))
        }
        _ => format!("{} is out of its range", quote(text)),
    })
}

/// Reads the float that `text` says, rounded once to the nearest.
///
/// # Errors
///
/// Says that a finite number beyond the type's range is out of range, as the end of a sentence.
pub(crate) fn float(shape: &Shape, text: &str) -> Result<Val, String> {
    let finite = text.bytes().any(|byte| byte.is_ascii_digit());
    let (value, infinite) = match shape {
        Shape::F32 => parsed(text).map(|value: f32| (Val::Float32(value), value.is_infinite())),
        _ => parsed(text).map(|value: f64| (Val::Float64(value), value.is_infinite())),
    }?;
    match finite && infinite {
        true => Err(format!("{} is out of its range", quote(text))),
        false => Ok(value),
    }
}

fn parsed<T: FromStr>(text: &str) -> Result<T, String> {
    text.parse()
        .map_err(|_| format!("{} is not a number", quote(text)))
}

fn kind(value: &Val) -> &'static str {
    match value {
        Val::Bool(_) => "a bool",
        Val::S8(_) => "s8",
        Val::U8(_) => "u8",
        Val::S16(_) => "s16",
        Val::U16(_) => "u16",
        Val::S32(_) => "s32",
        Val::U32(_) => "u32",
        Val::S64(_) => "s64",
        Val::U64(_) => "u64",
        Val::Float32(_) => "f32",
        Val::Float64(_) => "f64",
        Val::Char(_) => "a char",
        Val::String(_) => "a string",
        Val::List(_) => "a list",
        Val::Map(_) => "a map",
        Val::Record(_) => "another record",
        Val::Tuple(_) => "another tuple",
        Val::Variant(..) => "another variant",
        Val::Enum(_) => "another enum",
        Val::Option(_) => "an option",
        Val::Result(_) => "a result",
        Val::Flags(_) => "flags",
        Val::FixedLengthList(_) => "a list of fixed length",
        _ => "a handle",
    }
}
