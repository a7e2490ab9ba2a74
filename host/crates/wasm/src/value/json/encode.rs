//! Writing JSON.

use crate::value::error::ValueError;
use crate::value::path::Path;
use crate::value::phrase::key_twice;
use crate::value::scalar::{same_names, wrong};
use crate::value::shape::Shape;
use std::collections::HashSet;
use wasmtime::component::Val;

/// Appends `value` to `out`.
pub(crate) fn write(
    out: &mut String,
    shape: &Shape,
    value: &Val,
    path: &Path<'_>,
) -> Result<(), ValueError> {
    match (shape, value) {
        (Shape::List(element), Val::List(values)) => write_list(out, element, values, path),
        (Shape::Array(element, length), Val::FixedLengthList(values))
            if *length as usize == values.len() =>
        {
            write_list(out, element, values, path)
        }
        (Shape::Map(entry), Val::Map(entries)) => {
            if entry.0 == Shape::String
                && let Some(key) = text_twice(entries)
            {
                return Err(path.mismatch(shape, key_twice(key)));
            }
            write_map(out, entry, entries, path)
        }
        (Shape::Record(fields), Val::Record(values)) if same_names(fields, values) => {
            write_record(out, fields, values, path)
        }
        (Shape::Tuple(shapes), Val::Tuple(values)) if shapes.len() == values.len() => {
            let pairs = shapes.iter().zip(values).enumerate();
            separated(out, ('[', ']'), pairs, |out, (index, (shape, value))| {
                write(out, shape, value, &path.index(index))
            })
        }
        (Shape::Variant(cases), Val::Variant(name, payload)) => {
            let case = cases.iter().find(|(case, _)| case == name);
            match (case.map(|(_, shape)| shape), payload.as_deref()) {
                (Some(None), None) => write_text(out, name),
                (Some(Some(inner)), Some(value)) => {
                    write_tagged(out, name, (Some(inner), Some(value)), path)
                }
                _ => Err(wrong(shape, value, path)),
            }
        }
        (Shape::Enum(names), Val::Enum(name)) if names.contains(name) => write_text(out, name),
        (Shape::Option(_), Val::Option(None)) => {
            out.push_str("null");
            Ok(())
        }
        (Shape::Option(some), Val::Option(Some(value))) => match **some {
            Shape::Option(_) => write_tagged(out, "some", (Some(some), Some(value)), path),
            _ => write(out, some, value, path),
        },
        (Shape::Result(ok, err), Val::Result(value)) => {
            let (name, shape, value) = match value {
                Ok(value) => ("ok", ok, value),
                Err(value) => ("err", err, value),
            };
            write_tagged(out, name, (shape.as_deref(), value.as_deref()), path)
        }
        (Shape::Flags(names), Val::Flags(set)) if set.iter().all(|flag| names.contains(flag)) => {
            separated(out, ('[', ']'), set, |out, name| write_text(out, name))
        }
        (Shape::Refused(_), _) => Err(path.refused(shape)),
        _ => write_leaf(out, shape, value).ok_or_else(|| wrong(shape, value, path)),
    }
}

fn write_leaf(out: &mut String, shape: &Shape, value: &Val) -> Option<()> {
    match (shape, value) {
        (Shape::Bool, Val::Bool(value)) => out.push_str(if *value { "true" } else { "false" }),
        (Shape::U8, Val::U8(value)) => out.push_str(&value.to_string()),
        (Shape::S8, Val::S8(value)) => out.push_str(&value.to_string()),
        (Shape::U16, Val::U16(value)) => out.push_str(&value.to_string()),
        (Shape::S16, Val::S16(value)) => out.push_str(&value.to_string()),
        (Shape::U32, Val::U32(value)) => out.push_str(&value.to_string()),
        (Shape::S32, Val::S32(value)) => out.push_str(&value.to_string()),
        (Shape::U64, Val::U64(value)) => out.push_str(&value.to_string()),
        (Shape::S64, Val::S64(value)) => out.push_str(&value.to_string()),
        (Shape::F32, Val::Float32(value)) => write_float(out, f64::from(*value), *value),
        (Shape::F64, Val::Float64(value)) => write_float(out, *value, *value),
        (Shape::Char, Val::Char(value)) => push_text(out, value.encode_utf8(&mut [0; 4])),
        (Shape::String, Val::String(value)) => push_text(out, value),
        _ => return None,
    }
    Some(())
}

/// The shortest text that reads back as the same float; Rust's debug format keeps `1.0` and `-0.0` floats.
fn write_float(out: &mut String, wide: f64, value: impl std::fmt::Debug) {
    if wide.is_nan() {
        out.push_str("\"NaN\"");
    } else if wide.is_infinite() {
        out.push_str(if wide > 0.0 {
            "\"Infinity\""
        } else {
            "\"-Infinity\""
        });
    } else {
        out.push_str(&format!("{value:?}"));
    }
}

fn write_list(
    out: &mut String,
    element: &Shape,
    values: &[Val],
    path: &Path<'_>,
) -> Result<(), ValueError> {
    let values = values.iter().enumerate();
    separated(out, ('[', ']'), values, |out, (index, value)| {
        write(out, element, value, &path.index(index))
    })
}

fn write_map(
    out: &mut String,
    entry: &(Shape, Shape),
    entries: &[(Val, Val)],
    path: &Path<'_>,
) -> Result<(), ValueError> {
    let by_name = entry.0 == Shape::String;
    let outer = if by_name { ('{', '}') } else { ('[', ']') };
    let entries = entries.iter().enumerate();
    separated(out, outer, entries, |out, (index, (key, value))| {
        let path = path.index(index);
        if !by_name {
            out.push('[');
        }
        write(out, &entry.0, key, &path)?;
        out.push(if by_name { ':' } else { ',' });
        write(out, &entry.1, value, &path)?;
        if !by_name {
            out.push(']');
        }
        Ok(())
    })
}

/// A key that is text and stands there twice: an object could not hold both.
fn text_twice(entries: &[(Val, Val)]) -> Option<&str> {
    let mut known = HashSet::new();
    let mut texts = entries.iter().filter_map(|(key, _)| match key {
        Val::String(key) => Some(key.as_str()),
        _ => None,
    });
    texts.find(|key| !known.insert(*key))
}

fn write_record(
    out: &mut String,
    fields: &[(String, Shape)],
    values: &[(String, Val)],
    path: &Path<'_>,
) -> Result<(), ValueError> {
    let pairs = fields.iter().zip(values);
    separated(
        out,
        ('{', '}'),
        pairs,
        |out, ((name, shape), (_, value))| {
            push_text(out, name);
            out.push(':');
            write(out, shape, value, &path.name(name))
        },
    )
}

/// `{"name": value}`, with `null` where there is no value by the type.
fn write_tagged(
    out: &mut String,
    name: &str,
    payload: (Option<&Shape>, Option<&Val>),
    path: &Path<'_>,
) -> Result<(), ValueError> {
    out.push('{');
    push_text(out, name);
    out.push(':');
    match payload {
        (Some(shape), Some(value)) => write(out, shape, value, &path.name(name))?,
        (None, None) => out.push_str("null"),
        (Some(shape), None) => return Err(path.mismatch(shape, "no value is there")),
        (None, Some(value)) => return Err(wrong(&Shape::Result(None, None), value, path)),
    }
    out.push('}');
    Ok(())
}

#[expect(clippy::unnecessary_wraps, reason = "an arm of `write`")]
fn write_text(out: &mut String, text: &str) -> Result<(), ValueError> {
    push_text(out, text);
    Ok(())
}

fn push_text(out: &mut String, text: &str) {
    out.push_str(&serde_json::to_string(text).expect("any text can be written as JSON"));
}

fn separated<T>(
    out: &mut String,
    (open, close): (char, char),
    items: impl IntoIterator<Item = T>,
    mut write: impl FnMut(&mut String, T) -> Result<(), ValueError>,
) -> Result<(), ValueError> {
    out.push(open);
    for (index, item) in items.into_iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        write(out, item)?;
    }
    out.push(close);
    Ok(())
}
