//! Writing postcard bytes.

use crate::value::error::ValueError;
use crate::value::path::Path;
use crate::value::scalar::{same_names, wrong};
use crate::value::shape::Shape;
use wasmtime::component::Val;

/// Appends `value` to `out`.
pub(crate) fn write(
    out: &mut Vec<u8>,
    shape: &Shape,
    value: &Val,
    path: &Path<'_>,
) -> Result<(), ValueError> {
    match (shape, value) {
        (Shape::List(element), Val::List(values)) => {
            varint(out, values.len() as u64);
            write_each(out, element, values, path)
        }
        (Shape::Array(element, length), Val::FixedLengthList(values))
            if *length as usize == values.len() =>
        {
            write_each(out, element, values, path)
        }
        (Shape::Map(entry), Val::Map(entries)) => write_map(out, entry, entries, path),
        (Shape::Record(fields), Val::Record(values)) if same_names(fields, values) => {
            write_record(out, fields, values, path)
        }
        (Shape::Tuple(shapes), Val::Tuple(values)) if shapes.len() == values.len() => {
            for (index, (shape, value)) in shapes.iter().zip(values).enumerate() {
                write(out, shape, value, &path.index(index))?;
            }
            Ok(())
        }
        (Shape::Variant(cases), Val::Variant(name, payload)) => {
            let case = cases.iter().position(|(case, _)| case == name);
            let case = case.ok_or_else(|| wrong(shape, value, path))?;
            let payload = (cases[case].1.as_ref(), payload.as_deref());
            write_case(out, (shape, case), payload, &path.name(name))
        }
        (Shape::Enum(names), Val::Enum(name)) => {
            let case = names.iter().position(|case| case == name);
            varint(out, case.ok_or_else(|| wrong(shape, value, path))? as u64);
            Ok(())
        }
        (Shape::Option(_), Val::Option(None)) => write_case(out, (shape, 0), (None, None), path),
        (Shape::Option(some), Val::Option(Some(value))) => {
            write_case(out, (shape, 1), (Some(some), Some(value)), path)
        }
        (Shape::Result(ok, err), Val::Result(value)) => {
            let (case, payload, value) = match value {
                Ok(value) => (0, ok, value),
                Err(value) => (1, err, value),
            };
            let payload = (payload.as_deref(), value.as_deref());
            write_case(out, (shape, case), payload, path)
        }
        (Shape::Flags(names), Val::Flags(set)) => write_flags(out, shape, (names, set), path),
        (Shape::Refused(_), _) => Err(path.refused(shape)),
        _ => write_leaf(out, shape, value).ok_or_else(|| wrong(shape, value, path)),
    }
}

fn write_leaf(out: &mut Vec<u8>, shape: &Shape, value: &Val) -> Option<()> {
    match (shape, value) {
        (Shape::Bool, Val::Bool(value)) => out.push(u8::from(*value)),
        (Shape::U8, Val::U8(value)) => out.push(*value),
        (Shape::S8, Val::S8(value)) => out.push(value.cast_unsigned()),
        (Shape::U16, Val::U16(value)) => varint(out, u64::from(*value)),
        (Shape::U32, Val::U32(value)) => varint(out, u64::from(*value)),
        (Shape::U64, Val::U64(value)) => varint(out, *value),
        (Shape::S16, Val::S16(value)) => varint(out, zigzag(i64::from(*value))),
        (Shape::S32, Val::S32(value)) => varint(out, zigzag(i64::from(*value))),
        (Shape::S64, Val::S64(value)) => varint(out, zigzag(*value)),
        (Shape::F32, Val::Float32(value)) => out.extend(value.to_le_bytes()),
        (Shape::F64, Val::Float64(value)) => out.extend(value.to_le_bytes()),
        (Shape::Char, Val::Char(value)) => write_text(out, value.encode_utf8(&mut [0; 4])),
        (Shape::String, Val::String(value)) => write_text(out, value),
        _ => return None,
    }
    Some(())
}

fn write_each(
    out: &mut Vec<u8>,
    element: &Shape,
    values: &[Val],
    path: &Path<'_>,
) -> Result<(), ValueError> {
    for (index, value) in values.iter().enumerate() {
        write(out, element, value, &path.index(index))?;
    }
    Ok(())
}

fn write_map(
    out: &mut Vec<u8>,
    entry: &(Shape, Shape),
    entries: &[(Val, Val)],
    path: &Path<'_>,
) -> Result<(), ValueError> {
    varint(out, entries.len() as u64);
    for (index, (key, value)) in entries.iter().enumerate() {
        write(out, &entry.0, key, &path.index(index))?;
        write(out, &entry.1, value, &path.index(index))?;
    }
    Ok(())
}

fn write_record(
    out: &mut Vec<u8>,
    fields: &[(String, Shape)],
    values: &[(String, Val)],
    path: &Path<'_>,
) -> Result<(), ValueError> {
    for ((name, shape), (_, value)) in fields.iter().zip(values) {
        write(out, shape, value, &path.name(name))?;
    }
    Ok(())
}

fn write_case(
    out: &mut Vec<u8>,
    (whole, case): (&Shape, usize),
    payload: (Option<&Shape>, Option<&Val>),
    path: &Path<'_>,
) -> Result<(), ValueError> {
    varint(out, case as u64);
    match payload {
        (Some(shape), Some(value)) => write(out, shape, value, path),
        (None, None) => Ok(()),
        (Some(shape), None) => Err(path.mismatch(shape, "no value is there")),
        (None, Some(value)) => Err(wrong(whole, value, path)),
    }
}

fn write_flags(
    out: &mut Vec<u8>,
    shape: &Shape,
    (names, set): (&[String], &[String]),
    path: &Path<'_>,
) -> Result<(), ValueError> {
    let mut bits = 0;
    for name in set {
        match names.iter().position(|flag| flag == name) {
            Some(bit) if bit < 64 => bits |= 1_u64 << bit,
            _ => return Err(path.mismatch(shape, format!("`{name}` is none of its flags"))),
        }
    }
    varint(out, bits);
    Ok(())
}

fn write_text(out: &mut Vec<u8>, text: &str) {
    varint(out, text.len() as u64);
    out.extend_from_slice(text.as_bytes());
}

fn varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

fn zigzag(value: i64) -> u64 {
    (value << 1 ^ value >> 63).cast_unsigned()
}
