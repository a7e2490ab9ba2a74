//! Reading JSON.

use super::tree::Json;
use crate::value::error::ValueError;
use crate::value::path::Path;
use crate::value::phrase::{
    case_has_no_value, case_needs_value, field_twice, key_twice, missing_field, quote,
    unknown_case, unknown_field, unknown_flag,
};
use crate::value::scalar::{float, in_order, integer, is_integer, wrong};
use crate::value::shape::Shape;
use std::collections::HashSet;
use wasmtime::component::Val;

/// Reads one value.
pub(crate) fn value(shape: &Shape, json: Json, path: &Path<'_>) -> Result<Val, ValueError> {
    match (shape, json) {
        (Shape::List(element), Json::Array(values)) => {
            Ok(Val::List(elements(element, values, path)?))
        }
        (Shape::Array(element, length), Json::Array(values))
            if values.len() == *length as usize =>
        {
            Ok(Val::FixedLengthList(elements(element, values, path)?))
        }
        (Shape::Map(entry), Json::Object(object)) if entry.0 == Shape::String => {
            string_map(shape, &entry.1, object, path)
        }
        (Shape::Map(entry), Json::Array(pairs)) if entry.0 != Shape::String => {
            pair_map(entry, pairs, path)
        }
        (Shape::Record(fields), Json::Object(object)) => record(shape, fields, object, path),
        (Shape::Tuple(shapes), Json::Array(values)) if shapes.len() == values.len() => {
            tuple(shapes, values, path)
        }
        (Shape::Variant(cases), json) => variant(shape, cases, json, path),
        (Shape::Enum(names), Json::String(name)) => match names.contains(&name) {
            true => Ok(Val::Enum(name)),
            false => Err(path.mismatch(shape, unknown_case(&name))),
        },
        (Shape::Option(_), Json::Null) => Ok(Val::Option(None)),
        (Shape::Option(some), json) => {
            let json = unwrap_some(shape, some, json, path)?;
            Ok(Val::Option(Some(Box::new(value(some, json, path)?))))
        }
        (Shape::Result(ok, err), Json::Object(object)) if object.len() == 1 => {
            result(shape, (ok.as_deref(), err.as_deref()), object, path)
        }
        (Shape::Flags(names), Json::Array(set)) => flags(shape, names, &set, path),
        (Shape::Refused(_), _) => Err(path.refused(shape)),
        (leaf, json) => scalar(leaf, json).map_err(|found| path.mismatch(shape, found)),
    }
}

fn scalar(shape: &Shape, json: Json) -> Result<Val, String> {
    match (shape, json) {
        (Shape::Bool, Json::Bool(value)) => Ok(Val::Bool(value)),
        (Shape::String, Json::String(text)) => Ok(Val::String(text)),
        (Shape::Char, Json::String(text)) => one_char(&text),
        (Shape::F32 | Shape::F64, Json::Number(number)) => float(shape, number.as_str()),
        (Shape::F32 | Shape::F64, Json::String(text)) => match text.as_str() {
            "NaN" | "Infinity" | "-Infinity" => float(shape, &text),
            _ => Err(describe(&Json::String(text))),
        },
        (Shape::U64 | Shape::S64, Json::String(text)) => {
            integer(shape, &text).map_err(|_| describe(&Json::String(text)))
        }
        (shape, Json::Number(number)) if is_integer(shape) => integer(shape, number.as_str()),
        (_, json) => Err(describe(&json)),
    }
}

fn one_char(text: &str) -> Result<Val, String> {
    let mut chars = text.chars();
    match (chars.next(), chars.next()) {
        (Some(char), None) => Ok(Val::Char(char)),
        _ => Err(format!(
            "{} has {} characters",
            quote(&Json::String(text.to_owned()).to_string()),
            text.chars().count()
        )),
    }
}

fn elements(element: &Shape, values: Vec<Json>, path: &Path<'_>) -> Result<Vec<Val>, ValueError> {
    let values = values.into_iter().enumerate();
    values
        .map(|(index, json)| value(element, json, &path.index(index)))
        .collect()
}

fn tuple(shapes: &[Shape], values: Vec<Json>, path: &Path<'_>) -> Result<Val, ValueError> {
    let values = shapes.iter().zip(values).enumerate();
    let values = values.map(|(index, (shape, json))| value(shape, json, &path.index(index)));
    Ok(Val::Tuple(values.collect::<Result<_, _>>()?))
}

fn string_map(
    shape: &Shape,
    entry: &Shape,
    object: Vec<(String, Json)>,
    path: &Path<'_>,
) -> Result<Val, ValueError> {
    let mut keys = HashSet::new();
    let twice = object.iter().find(|(key, _)| !keys.insert(key));
    if let Some((key, _)) = twice {
        return Err(path.mismatch(shape, key_twice(key)));
    }
    let mut entries = Vec::with_capacity(object.len());
    for (key, json) in object {
        let value = value(entry, json, &path.name(&key))?;
        entries.push((Val::String(key), value));
    }
    Ok(Val::Map(entries))
}

fn pair_map(entry: &(Shape, Shape), pairs: Vec<Json>, path: &Path<'_>) -> Result<Val, ValueError> {
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
    object: Vec<(String, Json)>,
    path: &Path<'_>,
) -> Result<Val, ValueError> {
    let mut given: Vec<Option<Json>> = fields.iter().map(|_| None).collect();
    for (name, json) in object {
        let Some(at) = fields.iter().position(|(field, _)| *field == name) else {
            return Err(path.mismatch(shape, unknown_field(&name, fields)));
        };
        if given[at].replace(json).is_some() {
            return Err(path.mismatch(shape, field_twice(&name)));
        }
    }
    let mut values = Vec::with_capacity(fields.len());
    for ((name, field), json) in fields.iter().zip(given) {
        let val = match (json, field) {
            (Some(json), _) => value(field, json, &path.name(name))?,
            (None, Shape::Option(_)) => Val::Option(None),
            (None, _) => return Err(path.mismatch(shape, missing_field(name))),
        };
        values.push((name.clone(), val));
    }
    Ok(Val::Record(values))
}

fn variant(
    shape: &Shape,
    cases: &[(String, Option<Shape>)],
    json: Json,
    path: &Path<'_>,
) -> Result<Val, ValueError> {
    let (name, json) = match json {
        Json::String(name) => (name, None),
        Json::Object(object) if object.len() == 1 => only_entry(object),
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

fn only_entry(mut object: Vec<(String, Json)>) -> (String, Option<Json>) {
    match object.pop() {
        Some((name, json)) => (name, Some(json)),
        None => (String::new(), None),
    }
}

/// An option within an option is `{"some": value}`, so that its own `null` is told from the outer one's.
fn unwrap_some(
    shape: &Shape,
    some: &Shape,
    json: Json,
    path: &Path<'_>,
) -> Result<Json, ValueError> {
    match (some, json) {
        (Shape::Option(_), Json::Object(object)) if matches!(&object[..], [(name, _)] if name == "some") => {
            Ok(only_entry(object).1.unwrap_or(Json::Null))
        }
        (Shape::Option(_), other) => Err(path.mismatch(shape, describe(&other))),
        (_, json) => Ok(json),
    }
}

fn result(
    shape: &Shape,
    (ok, err): (Option<&Shape>, Option<&Shape>),
    object: Vec<(String, Json)>,
    path: &Path<'_>,
) -> Result<Val, ValueError> {
    let (name, json) = only_entry(object);
    let json = json.unwrap_or(Json::Null);
    match name.as_str() {
        "ok" => Ok(Val::Result(Ok(side(ok, json, &path.name("ok"))?))),
        "err" => Ok(Val::Result(Err(side(err, json, &path.name("err"))?))),
        _ => Err(path.mismatch(shape, unknown_case(&name))),
    }
}

fn side(
    shape: Option<&Shape>,
    json: Json,
    path: &Path<'_>,
) -> Result<Option<Box<Val>>, ValueError> {
    match (shape, json) {
        (None, Json::Null) => Ok(None),
        (None, other) => Err(path.mismatch(&Shape::Result(None, None), describe(&other))),
        (Some(shape), json) => Ok(Some(Box::new(value(shape, json, path)?))),
    }
}

fn flags(
    shape: &Shape,
    names: &[String],
    set: &[Json],
    path: &Path<'_>,
) -> Result<Val, ValueError> {
    let mut given = Vec::with_capacity(set.len());
    for json in set {
        match json {
            Json::String(name) if names.contains(name) => given.push(name.as_str()),
            Json::String(name) => return Err(path.mismatch(shape, unknown_flag(name))),
            other => return Err(path.mismatch(shape, describe(other))),
        }
    }
    Ok(Val::Flags(in_order(names, &given)))
}

/// What came, as the end of a sentence.
pub(crate) fn describe(json: &Json) -> String {
    let kind = match json {
        Json::Null => return "null came".to_owned(),
        Json::Bool(_) => "a bool",
        Json::Number(_) => "a number",
        Json::String(_) => "a string",
        Json::Array(values) => {
            let text = quote(&json.to_string());
            return format!("{text} is an array of {}", values.len());
        }
        Json::Object(_) => "an object",
    };
    format!("{} is {kind}", quote(&json.to_string()))
}
