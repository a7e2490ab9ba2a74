//! Reading WAVE text.

use crate::value::error::ValueError;
use crate::value::path::Path;
use crate::value::phrase::{
    case_has_no_value, case_needs_value, missing_field, quote, unknown_case, unknown_field,
    unknown_flag,
};
use crate::value::scalar::{float, in_order, integer, is_integer};
use crate::value::shape::Shape;
use std::collections::HashMap;
use wasmtime::component::Val;
use wasmtime::component::wasm_wave::ast::{Node, NodeType};
use wasmtime::component::wasm_wave::parser::ParserError;
use wasmtime::component::wasm_wave::untyped::UntypedValue;

/// Parsed text: values that are not yet typed. wasm-wave refuses nesting beyond 100 levels.
pub(crate) struct Text<'a>(UntypedValue<'a>);

impl<'a> Text<'a> {
    /// Parses one value.
    pub(crate) fn parse(text: &'a str) -> Result<Self, String> {
        let parsed = UntypedValue::parse(text);
        parsed.map(Self).map_err(|error| syntax(&error, text))
    }

    pub(crate) fn node(&self) -> &Node {
        self.0.node()
    }

    /// The elements, if it is a tuple.
    pub(crate) fn elements(&self) -> Option<Vec<&Node>> {
        self.node().as_tuple().map(Iterator::collect).ok()
    }
}

/// Whether `text` gives no arguments: nothing, or an empty pair of parentheses, which WAVE's own grammar lacks.
pub(crate) fn is_unit(text: &str) -> bool {
    let text = text.trim();
    let inner = text
        .strip_prefix('(')
        .and_then(|rest| rest.strip_suffix(')'));
    inner.unwrap_or(text).trim().is_empty()
}

fn syntax(error: &ParserError, text: &str) -> String {
    let what = match error.detail() {
        Some(detail) => format!("{}: {detail}", error.kind()),
        None => error.kind().to_string(),
    };
    let rest = text.get(error.span().start..).unwrap_or_default();
    match rest.is_empty() {
        true => format!("{what} at its end"),
        false => format!("{what} at `{}`", quote(rest)),
    }
}

/// Reads one value; `text` is what `node` was parsed from.
pub(crate) fn value(
    shape: &Shape,
    node: &Node,
    text: &str,
    path: &Path<'_>,
) -> Result<Val, ValueError> {
    match (shape, node.ty()) {
        (Shape::List(element), NodeType::List) => {
            Ok(Val::List(elements(element, node, text, path)?))
        }
        (Shape::Array(element, length), NodeType::List) => {
            let values = elements(element, node, text, path)?;
            match values.len() == *length as usize {
                true => Ok(Val::FixedLengthList(values)),
                false => Err(path.mismatch(shape, format!("{} came", values.len()))),
            }
        }
        (Shape::Map(entry), NodeType::List) => map(entry, node, text, path),
        (Shape::Record(fields), NodeType::Record) => record(shape, fields, node, text, path),
        (Shape::Tuple(shapes), NodeType::Tuple) => tuple(shape, shapes, node, text, path),
        (Shape::Variant(cases), NodeType::Label | NodeType::VariantWithPayload) => {
            variant(shape, cases, node, text, path)
        }
        (Shape::Enum(names), NodeType::Label) => match node.as_enum(text) {
            Ok(name) if names.iter().any(|case| case == name) => Ok(Val::Enum(name.to_owned())),
            _ => Err(path.mismatch(shape, unknown_case(slice(node, text)))),
        },
        (Shape::Option(some), _) => option(some, node, text, path),
        (Shape::Result(ok, err), _) => {
            result(shape, (ok.as_deref(), err.as_deref()), node, text, path)
        }
        (Shape::Flags(names), NodeType::Flags) => flags(shape, names, node, text, path),
        (Shape::Refused(_), _) => Err(path.refused(shape)),
        _ => scalar(shape, node, text).map_err(|found| path.mismatch(shape, found)),
    }
}

fn scalar(shape: &Shape, node: &Node, text: &str) -> Result<Val, String> {
    match (shape, node.ty()) {
        (Shape::Bool, NodeType::BoolTrue) => Ok(Val::Bool(true)),
        (Shape::Bool, NodeType::BoolFalse) => Ok(Val::Bool(false)),
        (Shape::Char, NodeType::Char) => {
            let char = node.as_char(text).map(Val::Char);
            char.map_err(|error| syntax(&error, text))
        }
        (Shape::String, NodeType::String | NodeType::MultilineString) => {
            let string = node.as_str(text);
            string
                .map(|string| Val::String(string.into_owned()))
                .map_err(|error| syntax(&error, text))
        }
        (Shape::F32 | Shape::F64, NodeType::Number) => float(shape, slice(node, text)),
        (shape, NodeType::Number) if is_integer(shape) => integer(shape, slice(node, text)),
        _ => Err(describe(node, text)),
    }
}

fn elements(
    element: &Shape,
    node: &Node,
    text: &str,
    path: &Path<'_>,
) -> Result<Vec<Val>, ValueError> {
    let nodes = node.as_list().into_iter().flatten().enumerate();
    nodes
        .map(|(index, node)| value(element, node, text, &path.index(index)))
        .collect()
}

fn map(
    entry: &(Shape, Shape),
    node: &Node,
    text: &str,
    path: &Path<'_>,
) -> Result<Val, ValueError> {
    let pair = Shape::Tuple(vec![entry.0.clone(), entry.1.clone()]);
    let mut entries = Vec::new();
    for value in elements(&pair, node, text, path)? {
        if let Val::Tuple(pair) = value {
            entries.extend(<[Val; 2]>::try_from(pair).map(Into::into));
        }
    }
    Ok(Val::Map(entries))
}

fn tuple(
    shape: &Shape,
    shapes: &[Shape],
    node: &Node,
    text: &str,
    path: &Path<'_>,
) -> Result<Val, ValueError> {
    let nodes: Vec<&Node> = node.as_tuple().into_iter().flatten().collect();
    if nodes.len() != shapes.len() {
        return Err(path.mismatch(shape, describe(node, text)));
    }
    let pairs = shapes.iter().zip(nodes).enumerate();
    let values = pairs.map(|(index, (shape, node))| value(shape, node, text, &path.index(index)));
    Ok(Val::Tuple(values.collect::<Result<_, _>>()?))
}

fn record(
    shape: &Shape,
    fields: &[(String, Shape)],
    node: &Node,
    text: &str,
    path: &Path<'_>,
) -> Result<Val, ValueError> {
    let mut given = HashMap::with_capacity(fields.len());
    for (name, node) in node.as_record(text).into_iter().flatten() {
        if !fields.iter().any(|(field, _)| field == name) {
            return Err(path.mismatch(shape, unknown_field(name, fields)));
        }
        given.insert(name, node);
    }
    let mut values = Vec::with_capacity(fields.len());
    for (name, field) in fields {
        let val = match (given.remove(name.as_str()), field) {
            (Some(node), _) => value(field, node, text, &path.name(name))?,
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
    node: &Node,
    text: &str,
    path: &Path<'_>,
) -> Result<Val, ValueError> {
    let Ok((name, payload)) = node.as_variant(text) else {
        return Err(path.mismatch(shape, describe(node, text)));
    };
    let case = cases.iter().find(|(case, _)| case == name);
    match (case.map(|(_, shape)| shape), payload) {
        (Some(None), None) => Ok(Val::Variant(name.to_owned(), None)),
        (Some(Some(inner)), Some(node)) => {
            let value = value(inner, node, text, &path.name(name))?;
            Ok(Val::Variant(name.to_owned(), Some(Box::new(value))))
        }
        (None, _) => Err(path.mismatch(shape, unknown_case(name))),
        (_, None) => Err(path.mismatch(shape, case_needs_value(name))),
        (_, Some(_)) => Err(path.mismatch(shape, case_has_no_value(name))),
    }
}

/// `some(v)` and `none`, or the bare value where that cannot be mistaken.
fn option(some: &Shape, node: &Node, text: &str, path: &Path<'_>) -> Result<Val, ValueError> {
    let inner = match node.as_option() {
        Ok(None) => return Ok(Val::Option(None)),
        Ok(Some(inner)) => inner,
        Err(_) if is_wrapped(some) => {
            let shape = Shape::Option(Box::new(some.clone()));
            return Err(path.mismatch(&shape, describe(node, text)));
        }
        Err(_) => node,
    };
    let value = value(some, inner, text, path)?;
    Ok(Val::Option(Some(Box::new(value))))
}

/// `ok(v)` and `err(e)`, or the bare value of ok where that cannot be mistaken.
fn result(
    shape: &Shape,
    (ok, err): (Option<&Shape>, Option<&Shape>),
    node: &Node,
    text: &str,
    path: &Path<'_>,
) -> Result<Val, ValueError> {
    let side = |shape: Option<&Shape>, node: Option<&Node>, name| match (shape, node) {
        (None, None) => Ok(None),
        (Some(inner), Some(node)) => {
            let value = value(inner, node, text, &path.name(name))?;
            Ok(Some(Box::new(value)))
        }
        (Some(_), None) => Err(path.mismatch(shape_of(shape), case_needs_value(name))),
        (None, Some(_)) => Err(path.mismatch(&Shape::Result(None, None), case_has_no_value(name))),
    };
    match (node.as_result(), ok) {
        (Ok(Ok(node)), _) => Ok(Val::Result(Ok(side(ok, node, "ok")?))),
        (Ok(Err(node)), _) => Ok(Val::Result(Err(side(err, node, "err")?))),
        (Err(_), Some(inner)) if !is_wrapped(inner) => {
            Ok(Val::Result(Ok(side(ok, Some(node), "ok")?)))
        }
        (Err(_), _) => Err(path.mismatch(shape, describe(node, text))),
    }
}

fn shape_of(shape: Option<&Shape>) -> &Shape {
    shape.unwrap_or(&Shape::Result(None, None))
}

/// Whether a bare value could be mistaken for its own wrapper, so that WAVE asks for `some(..)` or `ok(..)` to be written.
fn is_wrapped(shape: &Shape) -> bool {
    matches!(shape, Shape::Option(_) | Shape::Result(..))
}

fn flags(
    shape: &Shape,
    names: &[String],
    node: &Node,
    text: &str,
    path: &Path<'_>,
) -> Result<Val, ValueError> {
    let given = node.as_flags(text).into_iter().flatten();
    let given: Vec<&str> = given.map(|name| name.trim_start_matches('%')).collect();
    let unknown = given
        .iter()
        .find(|name| !names.iter().any(|flag| flag == *name));
    match unknown {
        None => Ok(Val::Flags(in_order(names, &given))),
        Some(name) => Err(path.mismatch(shape, unknown_flag(name))),
    }
}

fn slice<'a>(node: &Node, text: &'a str) -> &'a str {
    text.get(node.span()).unwrap_or_default()
}

/// What came, as the end of a sentence.
fn describe(node: &Node, text: &str) -> String {
    let kind = match node.ty() {
        NodeType::BoolTrue | NodeType::BoolFalse => "a bool",
        NodeType::Number => "a number",
        NodeType::Char => "a char",
        NodeType::String | NodeType::MultilineString => "a string",
        NodeType::Tuple => "a tuple",
        NodeType::List => "a list",
        NodeType::Record => "a record",
        NodeType::Label => "a name",
        NodeType::VariantWithPayload => "a variant",
        NodeType::OptionSome | NodeType::OptionNone => "an option",
        NodeType::ResultOk | NodeType::ResultErr => "a result",
        NodeType::Flags => "a set of flags",
    };
    format!("{} is {kind}", quote(slice(node, text)))
}
