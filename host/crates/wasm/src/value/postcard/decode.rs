//! Reading postcard bytes.

use crate::value::error::ValueError;
use crate::value::path::Path;
use crate::value::shape::Shape;
use wasmtime::component::Val;

/// Elements for which room is made before they are read: a length may lie, so the rest is grown into.
const FIRST_ROOM: usize = 1024;

/// What the reader says at the end of its input.
const TOO_SHORT: &str = "its bytes end too early";

/// Reads values one after another.
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
}

/// Why a value could not be read, for the end of a sentence; its place is added outside.
type Found<T> = Result<T, String>;

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// Bytes that no value has taken.
    pub(crate) fn left(&self) -> usize {
        self.rest.len()
    }

    /// Reads one value.
    pub(crate) fn value(&mut self, shape: &Shape, path: &Path<'_>) -> Result<Val, ValueError> {
        match shape {
            Shape::List(element) => {
                let length = self.length(shape, path)?;
                Ok(Val::List(self.elements(element, length, path)?))
            }
            Shape::Array(element, length) => {
                let length = *length as usize;
                Ok(Val::FixedLengthList(self.elements(element, length, path)?))
            }
            Shape::Map(entry) => self.map(shape, entry, path),
            Shape::Record(fields) => self.record(fields, path),
            Shape::Tuple(shapes) => self.tuple(shapes, path),
            Shape::Variant(cases) => self.variant(shape, cases, path),
            Shape::Enum(names) => {
                let case = self.case(shape, names.len(), path)?;
                Ok(Val::Enum(names[case].clone()))
            }
            Shape::Option(some) => match self.case(shape, 2, path)? {
                0 => Ok(Val::Option(None)),
                _ => Ok(Val::Option(Some(Box::new(self.value(some, path)?)))),
            },
            Shape::Result(ok, err) => self.result(shape, (ok.as_deref(), err.as_deref()), path),
            Shape::Flags(names) => self
                .flags(names)
                .map_err(|found| path.mismatch(shape, found)),
            Shape::Refused(_) => Err(path.refused(shape)),
            leaf => self.leaf(leaf).map_err(|found| path.mismatch(shape, found)),
        }
    }

    fn leaf(&mut self, shape: &Shape) -> Found<Val> {
        Ok(match shape {
            Shape::Bool => match self.byte()? {
                0 => Val::Bool(false),
                1 => Val::Bool(true),
                other => return Err(format!("its byte is {other}, neither 0 nor 1")),
            },
            Shape::U8 => Val::U8(self.byte()?),
            Shape::S8 => Val::S8(self.byte()?.cast_signed()),
            Shape::U16 => Val::U16(self.varint(16)? as u16),
            Shape::U32 => Val::U32(self.varint(32)? as u32),
            Shape::U64 => Val::U64(self.varint(64)?),
            Shape::S16 => Val::S16(zigzag(self.varint(16)?) as i16),
            Shape::S32 => Val::S32(zigzag(self.varint(32)?) as i32),
            Shape::S64 => Val::S64(zigzag(self.varint(64)?)),
            Shape::F32 => Val::Float32(f32::from_le_bytes(self.array()?)),
            Shape::F64 => Val::Float64(f64::from_le_bytes(self.array()?)),
            Shape::Char => Val::Char(self.char()?),
            _ => Val::String(self.text()?.to_owned()),
        })
    }

    fn elements(
        &mut self,
        element: &Shape,
        length: usize,
        path: &Path<'_>,
    ) -> Result<Vec<Val>, ValueError> {
        let mut values = Vec::with_capacity(length.min(self.left()).min(FIRST_ROOM));
        for index in 0..length {
            values.push(self.value(element, &path.index(index))?);
        }
        Ok(values)
    }

    fn map(
        &mut self,
        shape: &Shape,
        entry: &(Shape, Shape),
        path: &Path<'_>,
    ) -> Result<Val, ValueError> {
        let length = self.length(shape, path)?;
        let mut entries = Vec::with_capacity(length.min(FIRST_ROOM));
        for index in 0..length {
            let path = path.index(index);
            let key = self.value(&entry.0, &path)?;
            entries.push((key, self.value(&entry.1, &path)?));
        }
        Ok(Val::Map(entries))
    }

    fn record(&mut self, fields: &[(String, Shape)], path: &Path<'_>) -> Result<Val, ValueError> {
        let mut values = Vec::with_capacity(fields.len().min(self.left()));
        for (name, shape) in fields {
            values.push((name.clone(), self.value(shape, &path.name(name))?));
        }
        Ok(Val::Record(values))
    }

    fn tuple(&mut self, shapes: &[Shape], path: &Path<'_>) -> Result<Val, ValueError> {
        let mut values = Vec::with_capacity(shapes.len().min(self.left()));
        for (index, shape) in shapes.iter().enumerate() {
            values.push(self.value(shape, &path.index(index))?);
        }
        Ok(Val::Tuple(values))
    }

    fn variant(
        &mut self,
        shape: &Shape,
        cases: &[(String, Option<Shape>)],
        path: &Path<'_>,
    ) -> Result<Val, ValueError> {
        let (name, payload) = &cases[self.case(shape, cases.len(), path)?];
        let value = self.payload(payload.as_ref(), &path.name(name))?;
        Ok(Val::Variant(name.clone(), value))
    }

    fn result(
        &mut self,
        shape: &Shape,
        (ok, err): (Option<&Shape>, Option<&Shape>),
        path: &Path<'_>,
    ) -> Result<Val, ValueError> {
        Ok(Val::Result(match self.case(shape, 2, path)? {
            0 => Ok(self.payload(ok, &path.name("ok"))?),
            _ => Err(self.payload(err, &path.name("err"))?),
        }))
    }

    fn payload(
        &mut self,
        shape: Option<&Shape>,
        path: &Path<'_>,
    ) -> Result<Option<Box<Val>>, ValueError> {
        shape
            .map(|shape| self.value(shape, path).map(Box::new))
            .transpose()
    }

    fn flags(&mut self, names: &[String]) -> Found<Val> {
        let bits = self.varint(64)?;
        if names.len() < 64 && bits >> names.len() != 0 {
            return Err(format!("its bits {bits:#b} are more than its flags"));
        }
        let set = names.iter().take(64).enumerate();
        let set = set.filter(|(bit, _)| bits >> bit & 1 == 1);
        Ok(Val::Flags(set.map(|(_, name)| name.clone()).collect()))
    }

    /// The number of a case out of `cases`.
    fn case(&mut self, shape: &Shape, cases: usize, path: &Path<'_>) -> Result<usize, ValueError> {
        let found = match self.varint(32) {
            Ok(case) if (case as usize) < cases => return Ok(case as usize),
            Ok(case) => format!("its bytes say case {case}, out of {cases}"),
            Err(found) => found,
        };
        Err(path.mismatch(shape, found))
    }

    /// The length of a list. Each element takes at least a byte, so a length beyond the input's is a lie.
    fn length(&mut self, shape: &Shape, path: &Path<'_>) -> Result<usize, ValueError> {
        let found = match self.varint(64) {
            Ok(length) if length <= self.left() as u64 => return Ok(length as usize),
            Ok(length) => format!("it claims {length} elements in {} bytes", self.left()),
            Err(found) => found,
        };
        Err(path.mismatch(shape, found))
    }

    fn char(&mut self) -> Found<char> {
        let text = self.text()?;
        let mut chars = text.chars();
        match (chars.next(), chars.next()) {
            (Some(char), None) => Ok(char),
            _ => Err(format!("its text has {} characters", text.chars().count())),
        }
    }

    fn text(&mut self) -> Found<&'a str> {
        let length = self.varint(64)?;
        let length = usize::try_from(length).map_err(|_| TOO_SHORT)?;
        std::str::from_utf8(self.take(length)?).map_err(|_| "its bytes are not UTF-8".to_owned())
    }

    fn varint(&mut self, bits: u32) -> Found<u64> {
        let mut value = 0;
        let mut shift = 0;
        while shift < bits {
            let byte = self.byte()?;
            let part = u64::from(byte & 0x7f);
            if shift + 7 > bits && part >> (bits - shift) != 0 {
                break;
            }
            value |= part << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
            shift += 7;
        }
        Err(format!("its number does not fit {bits} bits"))
    }

    fn byte(&mut self) -> Found<u8> {
        Ok(self.array::<1>()?[0])
    }

    fn array<const N: usize>(&mut self) -> Found<[u8; N]> {
        let (first, rest) = self.rest.split_first_chunk().ok_or(TOO_SHORT)?;
        self.rest = rest;
        Ok(*first)
    }

    fn take(&mut self, length: usize) -> Found<&'a [u8]> {
        let (first, rest) = self.rest.split_at_checked(length).ok_or(TOO_SHORT)?;
        self.rest = rest;
        Ok(first)
    }
}

fn zigzag(value: u64) -> i64 {
    (value >> 1).cast_signed() ^ -(value & 1).cast_signed()
}
