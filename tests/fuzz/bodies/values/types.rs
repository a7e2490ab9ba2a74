//! Types and values from a fuzzer's bytes.

use crate::value::{MAX_DEPTH, Shape};
use arbitrary::{Result, Unstructured};
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

/// Nodes of the largest type that is made, so that types are many rather than large.
const NODES: usize = 64;

/// Elements of all arrays that stand within each other: their lengths multiply.
const COPIES: u32 = 64;

/// Makes types that have not too many nodes all together, and whose smallest values are small.
struct Builder {
    left: usize,
    copies: u32,
}

/// Some type that can cross, as deep as types may be.
pub(super) fn shape(input: &mut Unstructured<'_>) -> Result<Shape> {
    let depth = match input.int_in_range(0..=15_u8)? {
        0 => MAX_DEPTH,
        some => usize::from(some),
    };
    let mut builder = Builder {
        left: NODES.max(2 * depth),
        copies: COPIES,
    };
    builder.shape(input, depth)
}

impl Builder {
    /// A type of at most `depth` levels.
    fn shape(&mut self, input: &mut Unstructured<'_>, depth: usize) -> Result<Shape> {
        if depth <= 1 || self.left == 0 {
            return leaf(input);
        }
        self.left -= 1;
        let below = depth - 1;
        Ok(match input.int_in_range(0..=11_u8)? {
            0 | 1 => Shape::List(self.boxed(input, below)?),
            2 => self.array(input, below)?,
            // A map takes two levels.
            3 if below > 1 => Shape::Map(Box::new((key(input)?, self.shape(input, below - 1)?))),
            4 => Shape::Record(self.named(input, below)?),
            5 => Shape::Tuple(self.some(input, below)?),
            6 => Shape::Variant(self.cases(input, below)?),
            7 | 8 => Shape::Option(self.boxed(input, below)?),
            9 => Shape::Result(self.maybe(input, below)?, self.maybe(input, below)?),
            _ => leaf(input)?,
        })
    }

    fn array(&mut self, input: &mut Unstructured<'_>, depth: usize) -> Result<Shape> {
        let before = self.copies;
        let length = input.int_in_range(1..=before.min(4))?;
        self.copies /= length;
        let element = self.boxed(input, depth)?;
        self.copies = before;
        Ok(Shape::Array(element, length))
    }

    fn boxed(&mut self, input: &mut Unstructured<'_>, depth: usize) -> Result<Box<Shape>> {
        self.shape(input, depth).map(Box::new)
    }

    fn maybe(&mut self, input: &mut Unstructured<'_>, depth: usize) -> Result<Option<Box<Shape>>> {
        Ok(match input.arbitrary()? {
            true => Some(self.boxed(input, depth)?),
            false => None,
        })
    }

    fn some(&mut self, input: &mut Unstructured<'_>, depth: usize) -> Result<Vec<Shape>> {
        let count = input.int_in_range(1..=3_u8)?;
        (0..count).map(|_| self.shape(input, depth)).collect()
    }

    fn named(
        &mut self,
        input: &mut Unstructured<'_>,
        depth: usize,
    ) -> Result<Vec<(String, Shape)>> {
        let names = names(input, 4)?.into_iter();
        names
            .map(|name| Ok((name, self.shape(input, depth)?)))
            .collect()
    }

    fn cases(
        &mut self,
        input: &mut Unstructured<'_>,
        depth: usize,
    ) -> Result<Vec<(String, Option<Shape>)>> {
        let names = names(input, 4)?.into_iter();
        names
            .map(|name| Ok((name, self.maybe(input, depth)?.map(|shape| *shape))))
            .collect()
    }
}

/// Between one and `most` names, each once.
fn names(input: &mut Unstructured<'_>, most: usize) -> Result<Vec<String>> {
    let first = input.choose_index(NAMES.len())?;
    let count = input.int_in_range(1..=most.min(NAMES.len()))?;
    let names = NAMES.iter().cycle().skip(first).take(count);
    Ok(names.map(|name| (*name).to_owned()).collect())
}

fn leaf(input: &mut Unstructured<'_>) -> Result<Shape> {
    use Shape::*;
    Ok(match input.int_in_range(0..=15_u8)? {
        0 => Enum(names(input, 8)?),
        1 => Flags(names(input, 12)?),
        2 if input.ratio(1, 8)? => Refused("own<resource>"),
        some => [
            Bool, U8, U16, U32, U64, S8, S16, S32, S64, F32, F64, Char, String, String,
        ][usize::from(some) - 2]
            .clone(),
    })
}

fn key(input: &mut Unstructured<'_>) -> Result<Shape> {
    let keys = [Shape::String, Shape::U64, Shape::Char, Shape::Bool];
    input.choose(&keys).cloned()
}

/// Some value of `shape`; without more bytes a small one.
pub(super) fn value(shape: &Shape, input: &mut Unstructured<'_>) -> Result<Val> {
    Ok(match shape {
        Shape::List(element) => Val::List(values(element, input, 0, 5)?),
        Shape::Array(element, length) => {
            let length = *length as usize;
            Val::FixedLengthList(values(element, input, length, length)?)
        }
        Shape::Map(entry) => {
            let keys = values(&entry.0, input, 0, 4)?;
            let entries = keys
                .into_iter()
                .map(|key| Ok((key, value(&entry.1, input)?)));
            Val::Map(with_distinct_keys(entries.collect::<Result<_>>()?))
        }
        Shape::Record(fields) => {
            let fields = fields.iter();
            let fields = fields.map(|(name, shape)| Ok((name.clone(), value(shape, input)?)));
            Val::Record(fields.collect::<Result<_>>()?)
        }
        Shape::Tuple(shapes) => {
            let values = shapes.iter().map(|shape| value(shape, input));
            Val::Tuple(values.collect::<Result<_>>()?)
        }
        Shape::Variant(cases) => {
            let (name, shape) = input.choose(cases)?;
            Val::Variant(name.clone(), maybe(shape.as_ref(), input)?)
        }
        Shape::Enum(names) => Val::Enum(input.choose(names)?.clone()),
        Shape::Option(some) => Val::Option(match input.arbitrary()? {
            true => Some(Box::new(value(some, input)?)),
            false => None,
        }),
        Shape::Result(ok, err) => Val::Result(match input.arbitrary()? {
            true => Ok(maybe(ok.as_deref(), input)?),
            false => Err(maybe(err.as_deref(), input)?),
        }),
        Shape::Flags(names) => {
            let bits: u16 = input.arbitrary()?;
            let set = names.iter().enumerate();
            let set = set.filter(|(bit, _)| bits >> bit & 1 == 1);
            Val::Flags(set.map(|(_, name)| name.clone()).collect())
        }
        leaf => scalar(leaf, input)?,
    })
}

fn values(
    element: &Shape,
    input: &mut Unstructured<'_>,
    least: usize,
    most: usize,
) -> Result<Vec<Val>> {
    let count = input.int_in_range(least..=most)?;
    (0..count).map(|_| value(element, input)).collect()
}

fn maybe(shape: Option<&Shape>, input: &mut Unstructured<'_>) -> Result<Option<Box<Val>>> {
    shape
        .map(|shape| value(shape, input).map(Box::new))
        .transpose()
}

fn scalar(shape: &Shape, input: &mut Unstructured<'_>) -> Result<Val> {
    Ok(match shape {
        Shape::Bool => Val::Bool(input.arbitrary()?),
        Shape::U8 => Val::U8(input.arbitrary()?),
        Shape::U16 => Val::U16(input.arbitrary()?),
        Shape::U32 => Val::U32(input.arbitrary()?),
        Shape::U64 => Val::U64(input.arbitrary()?),
        Shape::S8 => Val::S8(input.arbitrary()?),
        Shape::S16 => Val::S16(input.arbitrary()?),
        Shape::S32 => Val::S32(input.arbitrary()?),
        Shape::S64 => Val::S64(input.arbitrary()?),
        Shape::F32 => Val::Float32(input.arbitrary()?),
        Shape::F64 => Val::Float64(input.arbitrary()?),
        Shape::Char => Val::Char(input.arbitrary()?),
        Shape::String => Val::String(input.arbitrary::<&str>()?.to_owned()),
        // Only a value that no guest can have.
        _ => return Err(arbitrary::Error::IncorrectFormat),
    })
}

/// The last of each key, as a guest's map would have it.
pub(super) fn with_distinct_keys(entries: Vec<(Val, Val)>) -> Vec<(Val, Val)> {
    let mut distinct: Vec<(Val, Val)> = Vec::with_capacity(entries.len());
    for entry in entries {
        if distinct.iter().all(|(key, _)| *key != entry.0) {
            distinct.push(entry);
        }
    }
    distinct
}

/// Whether no map in it has a key twice.
pub(super) fn is_distinct(value: &Val) -> bool {
    match value {
        Val::List(values) | Val::FixedLengthList(values) | Val::Tuple(values) => {
            values.iter().all(is_distinct)
        }
        Val::Map(entries) => {
            let values = entries.iter().all(|(_, value)| is_distinct(value));
            values && with_distinct_keys(entries.clone()).len() == entries.len()
        }
        Val::Record(fields) => fields.iter().all(|(_, value)| is_distinct(value)),
        Val::Variant(_, Some(value)) | Val::Option(Some(value)) => is_distinct(value),
        Val::Result(Ok(Some(value)) | Err(Some(value))) => is_distinct(value),
        _ => true,
    }
}

/// Values in a value, itself among them.
pub(super) fn size(value: &Val) -> usize {
    1 + match value {
        Val::List(values) | Val::FixedLengthList(values) | Val::Tuple(values) => {
            values.iter().map(size).sum()
        }
        Val::Map(entries) => entries.iter().map(|(k, v)| size(k) + size(v)).sum(),
        Val::Record(fields) => fields.iter().map(|(_, value)| size(value)).sum(),
        Val::Variant(_, Some(value)) | Val::Option(Some(value)) => size(value),
        Val::Result(Ok(Some(value)) | Err(Some(value))) => size(value),
        Val::Flags(names) => names.len(),
        _ => 0,
    }
}

/// Nodes of a type.
pub(super) fn nodes(shape: &Shape) -> usize {
    1 + match shape {
        Shape::List(element) | Shape::Option(element) | Shape::Array(element, _) => nodes(element),
        Shape::Map(entry) => nodes(&entry.0) + nodes(&entry.1),
        Shape::Record(fields) => fields.iter().map(|(_, shape)| nodes(shape)).sum(),
        Shape::Tuple(shapes) => shapes.iter().map(nodes).sum(),
        Shape::Variant(cases) => cases
            .iter()
            .filter_map(|(_, s)| s.as_ref())
            .map(nodes)
            .sum(),
        Shape::Result(ok, err) => [ok, err].into_iter().flatten().map(|s| nodes(s)).sum(),
        Shape::Enum(names) | Shape::Flags(names) => names.len(),
        _ => 0,
    }
}
