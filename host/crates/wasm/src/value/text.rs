//! Types and signatures as people write them in WIT.

use super::shape::Shape;
use std::fmt;
use wasmtime::component::types::Type;

/// Prints a wasmtime type as WIT text: `list<string>`, `record { x: s32, y: s32 }`. Named types are spelled out, because a
/// compiled component has no names for them.
#[derive(Clone, Debug)]
pub struct TypeText(Shape);

impl TypeText {
    /// The text of `ty`.
    pub fn new(ty: &Type) -> Self {
        Self(Shape::of(ty))
    }
}

impl fmt::Display for TypeText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::List(element) => write!(f, "list<{element}>"),
            Self::Array(element, length) => write!(f, "list<{element}, {length}>"),
            Self::Map(entry) => write!(f, "map<{}, {}>", entry.0, entry.1),
            Self::Record(fields) => braces(f, "record", fields, write_named),
            Self::Tuple(types) => {
                f.write_str("tuple<")?;
                separated(f, types, |f, ty| ty.fmt(f))?;
                f.write_str(">")
            }
            Self::Variant(cases) => braces(f, "variant", cases, write_case),
            Self::Enum(names) => braces(f, "enum", names, |f, name| f.write_str(name)),
            Self::Flags(names) => braces(f, "flags", names, |f, name| f.write_str(name)),
            Self::Option(some) => write!(f, "option<{some}>"),
            Self::Result(ok, err) => write_result(f, ok.as_deref(), err.as_deref()),
            Self::Refused(name) => f.write_str(name),
            leaf => f.write_str(leaf_name(leaf)),
        }
    }
}

fn leaf_name(shape: &Shape) -> &'static str {
    match shape {
        Shape::Bool => "bool",
        Shape::U8 => "u8",
        Shape::U16 => "u16",
        Shape::U32 => "u32",
        Shape::U64 => "u64",
        Shape::S8 => "s8",
        Shape::S16 => "s16",
        Shape::S32 => "s32",
        Shape::S64 => "s64",
        Shape::F32 => "f32",
        Shape::F64 => "f64",
        Shape::Char => "char",
        _ => "string",
    }
}

fn write_result(
    f: &mut fmt::Formatter<'_>,
    ok: Option<&Shape>,
    err: Option<&Shape>,
) -> fmt::Result {
    match (ok, err) {
        (None, None) => f.write_str("result"),
        (Some(ok), None) => write!(f, "result<{ok}>"),
        (None, Some(err)) => write!(f, "result<_, {err}>"),
        (Some(ok), Some(err)) => write!(f, "result<{ok}, {err}>"),
    }
}

fn write_named(f: &mut fmt::Formatter<'_>, (name, shape): &(String, Shape)) -> fmt::Result {
    write!(f, "{name}: {shape}")
}

fn write_case(
    f: &mut fmt::Formatter<'_>,
    (name, payload): &(String, Option<Shape>),
) -> fmt::Result {
    match payload {
        None => f.write_str(name),
        Some(payload) => write!(f, "{name}({payload})"),
    }
}

fn braces<T>(
    f: &mut fmt::Formatter<'_>,
    keyword: &str,
    items: &[T],
    write: impl Fn(&mut fmt::Formatter<'_>, &T) -> fmt::Result,
) -> fmt::Result {
    write!(f, "{keyword} {{ ")?;
    separated(f, items, write)?;
    f.write_str(" }")
}

fn separated<T>(
    f: &mut fmt::Formatter<'_>,
    items: &[T],
    write: impl Fn(&mut fmt::Formatter<'_>, &T) -> fmt::Result,
) -> fmt::Result {
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            f.write_str(", ")?;
        }
        write(f, item)?;
    }
    Ok(())
}

/// What a function takes and gives, without its name: `(a: u32, b: u32) -> u32`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// Names and types of the parameters, a leading context not among them.
    pub parameters: Vec<(String, Shape)>,
    /// The type of the result.
    pub result: Option<Shape>,
}

impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(")?;
        separated(f, &self.parameters, write_named)?;
        f.write_str(")")?;
        match &self.result {
            None => Ok(()),
            Some(result) => write!(f, " -> {result}"),
        }
    }
}

impl Signature {
    /// What is in it that cannot leave its instance, if anything is.
    pub fn refused(&self) -> Option<&'static str> {
        let parameters = self.parameters.iter().map(|(_, shape)| shape);
        parameters.chain(&self.result).find_map(Shape::refused)
    }

    /// Its types alone, without the names of the parameters: `(u32, list<u8>) -> u32`.
    pub fn types(&self) -> String {
        let parameters = self.parameters.iter();
        let parameters: Vec<_> = parameters.map(|(_, shape)| shape.to_string()).collect();
        let parameters = parameters.join(", ");
        match &self.result {
            None => format!("({parameters})"),
            Some(result) => format!("({parameters}) -> {result}"),
        }
    }
}

/// Longest type or value quoted in an error, in characters: one line of a terminal is enough to recognise it.
const EXCERPT_CHARS: usize = 100;

/// The beginning of `text`, with an ellipsis where something is missing.
pub(crate) fn excerpt(text: &str) -> String {
    excerpt_of(text, EXCERPT_CHARS)
}

/// The first `chars` characters of `text`, with an ellipsis where something is missing.
pub(crate) fn excerpt_of(text: &str, chars: usize) -> String {
    match text.char_indices().nth(chars) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", &text[..end]),
    }
}
