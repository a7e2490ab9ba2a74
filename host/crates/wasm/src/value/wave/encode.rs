//! Writing WAVE text.

use crate::value::error::ValueError;
use crate::value::path::Path;
use crate::value::scalar::wrong;
use crate::value::shape::Shape;
use wasmtime::component::Val;
use wasmtime::component::wasm_wave::lex::Keyword;

/// Appends `value` to `out`. A value says its own kind, so no type is needed.
pub(crate) fn write(out: &mut String, value: &Val, path: &Path<'_>) -> Result<(), ValueError> {
    match value {
        Val::List(values) | Val::FixedLengthList(values) => {
            separated(out, ('[', ']'), values, |out, value| {
                write(out, value, path)
            })
        }
        Val::Tuple(values) => separated(out, ('(', ')'), values, |out, value| {
            write(out, value, path)
        }),
        Val::Map(entries) => separated(out, ('[', ']'), entries, |out, (key, value)| {
            separated(out, ('(', ')'), [key, value], |out, value| {
                write(out, value, path)
            })
        }),
        Val::Record(fields) => write_record(out, fields, path),
        Val::Variant(name, payload) => write_case(out, &label(name), payload.as_deref(), path),
        Val::Enum(name) => write_case(out, &label(name), None, path),
        Val::Option(None) => write_case(out, "none", None, path),
        Val::Option(payload) => write_case(out, "some", payload.as_deref(), path),
        Val::Result(Ok(payload)) => write_case(out, "ok", payload.as_deref(), path),
        Val::Result(Err(payload)) => write_case(out, "err", payload.as_deref(), path),
        Val::Flags(names) => separated(out, ('{', '}'), names, |out, name| {
            out.push_str(name);
            Ok(())
        }),
        leaf => write_leaf(out, leaf)
            .ok_or_else(|| wrong(&Shape::Refused("a value of text"), value, path)),
    }
}

fn write_leaf(out: &mut String, value: &Val) -> Option<()> {
    match value {
        Val::Bool(value) => out.push_str(&value.to_string()),
        Val::S8(value) => out.push_str(&value.to_string()),
        Val::U8(value) => out.push_str(&value.to_string()),
        Val::S16(value) => out.push_str(&value.to_string()),
        Val::U16(value) => out.push_str(&value.to_string()),
        Val::S32(value) => out.push_str(&value.to_string()),
        Val::U32(value) => out.push_str(&value.to_string()),
        Val::S64(value) => out.push_str(&value.to_string()),
        Val::U64(value) => out.push_str(&value.to_string()),
        Val::Float32(value) if value.is_nan() => out.push_str("nan"),
        Val::Float64(value) if value.is_nan() => out.push_str("nan"),
        Val::Float32(value) => out.push_str(&value.to_string()),
        Val::Float64(value) => out.push_str(&value.to_string()),
        Val::Char(value) => quoted(out, '\'', std::iter::once(*value)),
        Val::String(value) => quoted(out, '"', value.chars()),
        _ => return None,
    }
    Some(())
}

/// Options that are none are left out, as WAVE does.
fn write_record(
    out: &mut String,
    fields: &[(String, Val)],
    path: &Path<'_>,
) -> Result<(), ValueError> {
    let fields = fields.iter();
    let mut fields = fields
        .filter(|(_, value)| !matches!(value, Val::Option(None)))
        .peekable();
    if fields.peek().is_none() {
        out.push_str("{:}");
        return Ok(());
    }
    separated(out, ('{', '}'), fields, |out, (name, value)| {
        out.push_str(name);
        out.push_str(": ");
        write(out, value, &path.name(name))
    })
}

fn write_case(
    out: &mut String,
    name: &str,
    payload: Option<&Val>,
    path: &Path<'_>,
) -> Result<(), ValueError> {
    out.push_str(name);
    if let Some(payload) = payload {
        out.push('(');
        write(out, payload, path)?;
        out.push(')');
    }
    Ok(())
}

/// The name of a case, marked where it would be read as a keyword.
fn label(name: &str) -> String {
    match Keyword::decode(name) {
        Some(_) => format!("%{name}"),
        None => name.to_owned(),
    }
}

fn quoted(out: &mut String, mark: char, chars: impl Iterator<Item = char>) {
    out.push(mark);
    for char in chars {
        match char {
            '\\' | '"' | '\'' | '\t' | '\r' | '\n' => out.extend(char.escape_default()),
            char if char.is_control() => out.extend(char.escape_unicode()),
            char => out.extend(char.escape_debug()),
        }
    }
    out.push(mark);
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
            out.push_str(", ");
        }
        write(out, item)?;
    }
    out.push(close);
    Ok(())
}
