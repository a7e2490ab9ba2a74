//! A WIT type as plain data.
//!
//! wasmtime's `Type` clones shared handles at each step of a walk and hides that two functions share a type. A [`Shape`] is
//! made once per function, and is what the codecs, the texts and the tests work on.
//!
//! # Invariants
//!
//! 1. A shape has at most [`MAX_NODES`] nodes and is at most [`MAX_DEPTH`] deep. Types can share parts, so that a few bytes
//!    of a component describe a tree of millions of nodes: what is beyond the bounds becomes [`Shape::Refused`].
//! 2. Every value of every shape takes at least one byte in every codec, because the component model has no empty
//!    records, tuples or flags.

use wasmtime::component::types;
use wasmtime::component::types::Type;

/// Nodes of the largest type that is taken apart: far above what people write, far below what would hurt.
pub const MAX_NODES: usize = 10_000;

/// Levels of the deepest type, of which a map takes two. WAVE's parser stops at 100 levels and JSON's at 128: whatever is written must be
/// readable, as an argument among others too. wasmtime itself stops at 100.
pub const MAX_DEPTH: usize = 99;

/// A WIT type as plain data.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "named as in WIT")]
pub enum Shape {
    Bool,
    U8,
    U16,
    U32,
    U64,
    S8,
    S16,
    S32,
    S64,
    F32,
    F64,
    Char,
    String,
    List(Box<Shape>),
    /// A list of a length that the type fixes.
    Array(Box<Shape>, u32),
    /// Keys and values.
    Map(Box<(Shape, Shape)>),
    Record(Vec<(String, Shape)>),
    Tuple(Vec<Shape>),
    Variant(Vec<(String, Option<Shape>)>),
    Enum(Vec<String>),
    Option(Box<Shape>),
    /// The types of ok and err.
    Result(Option<Box<Shape>>, Option<Box<Shape>>),
    Flags(Vec<String>),
    /// What cannot leave its instance, by name: `own<resource>`, `stream`, ...
    Refused(&'static str),
}

impl Shape {
    /// Takes `ty` apart.
    pub fn of(ty: &Type) -> Self {
        Builder { left: MAX_NODES }.shape(ty, 0)
    }

    /// What is in it that cannot leave its instance, if anything is.
    pub fn refused(&self) -> Option<&'static str> {
        let some = |shape: &Option<Box<Self>>| shape.as_deref().and_then(Self::refused);
        match self {
            Self::Refused(what) => Some(what),
            Self::List(of) | Self::Array(of, _) | Self::Option(of) => of.refused(),
            Self::Map(entry) => entry.0.refused().or_else(|| entry.1.refused()),
            Self::Record(fields) => fields.iter().find_map(|(_, shape)| shape.refused()),
            Self::Tuple(shapes) => shapes.iter().find_map(Self::refused),
            Self::Variant(cases) => {
                let mut payloads = cases.iter().filter_map(|(_, payload)| payload.as_ref());
                payloads.find_map(Self::refused)
            }
            Self::Result(ok, err) => some(ok).or_else(|| some(err)),
            _ => None,
        }
    }
}

/// Counts down the nodes that may still be made.
struct Builder {
    left: usize,
}

impl Builder {
    fn shape(&mut self, ty: &Type, depth: usize) -> Shape {
        if self.left == 0 || depth >= MAX_DEPTH {
            return Shape::Refused("a type too large");
        }
        self.left -= 1;
        let depth = depth + 1;
        match ty {
            Type::List(list) => Shape::List(self.boxed(&list.ty(), depth)),
            Type::FixedLengthList(list) => Shape::Array(self.boxed(&list.ty(), depth), list.len()),
            // A pair within a list, as text.
            Type::Map(map) => Shape::Map(Box::new((
                self.shape(&map.key(), depth + 1),
                self.shape(&map.value(), depth + 1),
            ))),
            Type::Record(record) => self.record(record, depth),
            Type::Tuple(tuple) => {
                Shape::Tuple(tuple.types().map(|ty| self.shape(&ty, depth)).collect())
            }
            Type::Variant(variant) => self.variant(variant, depth),
            Type::Option(option) => Shape::Option(self.boxed(&option.ty(), depth)),
            Type::Result(result) => Shape::Result(
                result.ok().map(|ty| self.boxed(&ty, depth)),
                result.err().map(|ty| self.boxed(&ty, depth)),
            ),
            Type::Enum(cases) => Shape::Enum(self.names(cases.names())),
            Type::Flags(flags) => Shape::Flags(self.names(flags.names())),
            leaf => leaf_shape(leaf),
        }
    }

    fn boxed(&mut self, ty: &Type, depth: usize) -> Box<Shape> {
        Box::new(self.shape(ty, depth))
    }

    fn record(&mut self, record: &types::Record, depth: usize) -> Shape {
        let fields = record.fields();
        Shape::Record(
            fields
                .map(|field| (field.name.to_owned(), self.shape(&field.ty, depth)))
                .collect(),
        )
    }

    fn variant(&mut self, variant: &types::Variant, depth: usize) -> Shape {
        let cases = variant.cases();
        Shape::Variant(
            cases
                .map(|case| {
                    self.left = self.left.saturating_sub(1);
                    let payload = case.ty.map(|ty| self.shape(&ty, depth));
                    (case.name.to_owned(), payload)
                })
                .collect(),
        )
    }

    fn names<'a>(&mut self, names: impl Iterator<Item = &'a str>) -> Vec<String> {
        let names: Vec<_> = names.map(str::to_owned).collect();
        self.left = self.left.saturating_sub(names.len());
        names
    }
}

fn leaf_shape(ty: &Type) -> Shape {
    match ty {
        Type::Bool => Shape::Bool,
        Type::U8 => Shape::U8,
        Type::U16 => Shape::U16,
        Type::U32 => Shape::U32,
        Type::U64 => Shape::U64,
        Type::S8 => Shape::S8,
        Type::S16 => Shape::S16,
        Type::S32 => Shape::S32,
        Type::S64 => Shape::S64,
        Type::Float32 => Shape::F32,
        Type::Float64 => Shape::F64,
        Type::Char => Shape::Char,
        Type::String => Shape::String,
        Type::Own(_) => Shape::Refused("own<resource>"),
        Type::Borrow(_) => Shape::Refused("borrow<resource>"),
        Type::Future(_) => Shape::Refused("future"),
        Type::Stream(_) => Shape::Refused("stream"),
        Type::ErrorContext => Shape::Refused("error-context"),
        _ => Shape::Refused("a type this host does not know"),
    }
}
