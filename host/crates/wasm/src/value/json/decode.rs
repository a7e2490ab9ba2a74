//! Reading JSON.

use crate::value::error::ValueError;
use crate::value::path::Path;
use crate::value::phrase::{
    case_has_no_value, case_needs_value, missing_field, quote, unknown_case, unknown_field,
    unknown_flag,
};
use crate::value::scalar::{float, in_order, integer, is_integer, wrong};
use crate::value::shape::Shape;
use serde_json::{Map, Value};
use wasmtime::component::Val;

/// Parses text into values that are not yet typed. Nesting beyond 128 levels is refused by the parser.
pub(crate) fn parse(bytes: &[u8]) -> Result<Value, String> {
    serde_json::from_slice(bytes).map_err(|error| error.to_string())
}

/// Reads one value.
pub(crate) fn value(shape: &Shape, json: Value, path: &Path<'_>) -> Result<Val, ValueError> {
    match (shape, json) {
        (Shape::List(element), Value::Array(values)) => {
            Ok(Val::List(elements(element, values, path)?))
        }
        (Shape::Array(element, length), Value::Array(values))
            if values.len() == *length as usize =>
        {
            Ok(Val::FixedLengthList(elements(element, values, path)?))
        }
        (Shape::Map(entry), Value::Object(object)) if entry.0 == Shape::String => {
            string_map(&entry.1, object, path)
        }
        (Shape::Map(entry), Value::Array(pairs)) if entry.0 != Shape::String => {
            pair_map(entry, pairs, path)
        }
        (Shape::Record(fields), Value::Object(object)) => record(shape, fields, object, path),
        (Shape::Tuple(shapes), Value::Array(values)) if shapes.len() == values.len() => {
            tuple(shapes, values, path)
        }
        (Shape::Variant(cases), json) => variant(shape, cases, json, path),
        (Shape::Enum(names), Value::String(name)) => match names.contains(&name) {
            true => Ok(Val::Enum(name)),
            false => Err(path.mismatch(shape, unknown_case(&name))),
        },
        (Shape::Option(_), Value::Null) => Ok(Val::Option(None)),
        (Shape::Option(some), json) => {
            let json = unwrap_some(shape, some, json, path)?;
            Ok(Val::Option(Some(Box::new(value(some, json, path)?))))
        }
        (Shape::Result(ok, err), Value::Object(object)) if object.len() == 1 => {
            result(shape, (ok.as_deref(), err.as_deref()), object, path)
        }
        (Shape::Flags(names), Value::Array(set)) => flags(shape, names, &set, path),
        (Shape::Refused(_), _) => Err(path.refused(shape)),
        (leaf, json) => scalar(leaf, json).map_err(|found| path.mismatch(shape, found)),
    }
}

fn scalar(shape: &Shape, json: Value) -> Result<Val, String> {
    match (shape, json) {
        (Shape::Bool, Value::Bool(value)) => Ok(Val::Bool(value)),
        (Shape::String, Value::String(text)) => Ok(Val::String(text)),
        (Shape::Char, Value::String(text)) => one_char(&text),
        (Shape::F32 | Shape::F64, Value::Number(number)) => float(shape, number.as_str()),
        (Shape::F32 | Shape::F64, Value::String(text)) => match text.as_str() {
            "NaN" | "Infinity" | "-Infinity" => float(shape, &text),
            _ => Err(describe(&Value::String(text))),
        },
        (Shape::U64 | Shape::S64, Value::String(text)) => {
            integer(shape, &text).map_err(|_| describe(&Value::String(text)))
        }
        (shape, Value::Number(number)) if is_integer(shape) => integer(shape, number.as_str()),
        (_, json) => Err(describe(&json)),
    }
}

fn one_char(text: &str) -> Result<Val, String> {
    let mut chars = text.chars();
    match (chars.next(), chars.next()) {
        (Some(char), None) => Ok(Val::Char(char)),
        _ => Err(format!(
            "{} has {} characters",
            quote(&Value::from(text).to_string()),
            text.chars().count()
        )),
    }
}

fn elements(element: &Shape, values: Vec<Value>, path: &Path<'_>) -> Result<Vec<Val>, ValueError> {
    let values = values.into_iter().enumerate();
    values
        .map(|(index, json)| value(element, json, &path.index(index)))
        .collect()
}

fn tuple(shapes: &[Shape], values: Vec<Value>, path: &Path<'_>) -> Result<Val, ValueError> {
    let values = shapes.iter().zip(values).enumerate();
    let values = values.map(|(index, (shape, json))| value(shape, json, &path.index(index)));
    Ok(Val::Tuple(values.collect::<Result<_, _>>()?))
}

fn string_map(
    shape: &Shape,
    object: Map<String, Value>,
    path: &Path<'_>,
) -> Result<Val, ValueError> {
    let mut entries = Vec::with_capacity(object.len());
    for (key, json) in object {
        let value = value(shape, json, &path.name(&key))?;
        entries.push((Val::String(key), value));
    }
    Ok(Val::Map(entries))
}

fn pair_map(entry: &(Shape, Shape), pairs: Vec<Value>, path: &Path<'_>) -> Result<Val, ValueError> {
    let pair = Shape::Tuple(vec![entry.0.clone(), entry.1.clone()]);
    let mut entries = Vec::with_capacity(pairs.len());
    for (index, json) in pairs.into_iter().enumerate() {
        let path = path.index(index);
        match value(&pair, json, &path)? {
            Val::Tuple(pair) => entries.extend(<[Val; 2]>::try_from(pair).map(Into::into)),
            other => return Err(wrong(&pair, &other, &path)),
        }
    }
    Ok(Val::Map(entries))
}

fn record(
    shape: &Shape,
    fields: &[(String, Shape)],
    mut object: Map<String, Value>,
    path: &Path<'_>,
) -> Result<Val, ValueError> {
    let mut values = Vec::with_capacity(fields.len());
    for (name, field) in fields {
        let val = match (object.swap_remove(name), field) {
            (Some(json), _) => value(field, json, &path.name(name))?,
            (None, Shape::Option(_)) => Val::Option(None),
            (None, _) => return Err(path.mismatch(shape, missing_field(name))),
        };
        values.push((name.clone(), val));
    }
    match object.keys().next() {
        None => Ok(Val::Record(values)),
        Some(name) => Err(path.mismatch(shape, unknown_field(name))),
    }
}

fn variant(
    shape: &Shape,
    cases: &[(String, Option<Shape>)],
    json: Value,
    path: &Path<'_>,
) -> Result<Val, ValueError> {
    let (name, json) = match json {
        Value::String(name) => (name, None),
        Value::Object(object) if object.len() == 1 => only_entry(object),
        other => return Err(path.mismatch(shape, describe(&other))),
    };
    let payload = cases.iter().find(|(case, _)| *case == name);
    match (payload, json) {
        (Some((_, None)), None) => Ok(Val::Variant(name, None)),
        (Some((_, Some(payload))), Some(json)) => {
            let value = value(payload, json, &path.name(&name))?;
            Ok(Val::Variant(name, Some(Box::new(value))))
        }
        (None, _) => Err(path.mismatch(shape, unknown_case(&name))),
        (_, None) => Err(path.mismatch(shape, case_needs_value(&name))),
        (_, Some(_)) => Err(path.mismatch(shape, case_has_no_value(&name))),
    }
}

fn only_entry(object: Map<String, Value>) -> (String, Option<Value>) {
    let entry = object.into_iter().next();
    let (name, json) = entry.unwrap_or_default();
    (name, Some(json))
}

/// An option within an option is `{"some": value}`, so that its own `null` is told from the outer one's.
fn unwrap_some(
    shape: &Shape,
    some: &Shape,
    json: Value,
    path: &Path<'_>,
) -> Result<Value, ValueError> {
    match (some, json) {
        (Shape::Option(_), Value::Object(object))
            if object.len() == 1 && object.contains_key("some") =>
        {
            Ok(only_entry(object).1.unwrap_or_default())
        }
        (Shape::Option(_), other) => Err(path.mismatch(shape, describe(&other))),
        (_, json) => Ok(json),
    }
}

fn result(
    shape: &Shape,
    (ok, err): (Option<&Shape>, Option<&Shape>),
    object: Map<String, Value>,
    path: &Path<'_>,
) -> Result<Val, ValueError> {
    let (name, json) = only_entry(object);
    let json = json.unwrap_or_default();
    match name.as_str() {
        "ok" => Ok(Val::Result(Ok(side(ok, json, &path.name("ok"))?))),
        "err" => Ok(Val::Result(Err(side(err, json, &path.name("err"))?))),
        _ => Err(path.mismatch(shape, unknown_case(&name))),
    }
}

fn side(
    shape: Option<&Shape>,
    json: Value,
    path: &Path<'_>,
) -> Result<Option<Box<Val>>, ValueError> {
    match (shape, json) {
        (None, Value::Null) => Ok(None),
        (None, other) => Err(path.mismatch(&Shape::Result(None, None), describe(&other))),
        (Some(shape), json) => Ok(Some(Box::new(value(shape, json, path)?))),
    }
}

fn flags(
    shape: &Shape,
    names: &[String],
    set: &[Value],
    path: &Path<'_>,
) -> Result<Val, ValueError> {
    let mut given = Vec::with_capacity(set.len());
    for json in set {
        match json.as_str() {
            Some(name) if names.iter().any(|flag| flag == name) => given.push(name),
            Some(name) => return Err(path.mismatch(shape, unknown_flag(name))),
            None => return Err(path.mismatch(shape, describe(json))),
        }
    }
    Ok(Val::Flags(in_order(names, &given)))
}

/// What came, as the end of a sentence.
pub(crate) fn describe(json: &Value) -> String {
    let kind = match json {
        Value::Null => return "null came".to_owned(),
        Value::Bool(_) => "a bool",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(values) => {
            let text = quote(&json.to_string());
            return format!("{text} is an array of {}", values.len());
        }
        Value::Object(_) => "an object",
    };
    format!("{} is {kind}", quote(&json.to_string()))
}
