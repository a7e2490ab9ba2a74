//! Looks for an `i32` in arguments, outside structs and enums: what an integer literal of no stated type is.
//!
//! A serializer that writes nothing. Finding one ends the walk with an error, as the quickest way out.

use serde::ser::{Impossible, Serialize, SerializeSeq, SerializeTuple, Serializer};
use std::fmt;

/// Whether there is one.
pub(super) fn is_in(arguments: &impl Serialize) -> bool {
    matches!(arguments.serialize(Probe), Err(Found::Literal))
}

#[derive(Debug)]
enum Found {
    Literal,
    /// A type refused to be serialized; the real serializer will say so.
    Refusal,
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Literal => "an i32",
            Self::Refusal => "a value that cannot be serialized",
        })
    }
}

impl std::error::Error for Found {}

impl serde::ser::Error for Found {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self::Refusal
    }
}

#[derive(Clone, Copy)]
struct Probe;

macro_rules! pass {
    ($($method:ident($($ty:ty),*);)*) => {
        $(fn $method(self $(, _: $ty)*) -> Result<(), Found> { Ok(()) })*
    };
}

impl Serializer for Probe {
    type Ok = ();
    type Error = Found;
    type SerializeSeq = Self;
    type SerializeTuple = Self;
    type SerializeTupleStruct = Impossible<(), Found>;
    type SerializeTupleVariant = Impossible<(), Found>;
    type SerializeMap = Impossible<(), Found>;
    type SerializeStruct = Impossible<(), Found>;
    type SerializeStructVariant = Impossible<(), Found>;

    pass! {
        serialize_bool(bool);
        serialize_i8(i8);
        serialize_i16(i16);
        serialize_i64(i64);
        serialize_u8(u8);
        serialize_u16(u16);
        serialize_u32(u32);
        serialize_u64(u64);
        serialize_f32(f32);
        serialize_f64(f64);
        serialize_char(char);
        serialize_str(&str);
        serialize_bytes(&[u8]);
        serialize_none();
        serialize_unit();
        serialize_unit_struct(&'static str);
        serialize_unit_variant(&'static str, u32, &'static str);
    }

    fn serialize_i32(self, _: i32) -> Result<(), Found> {
        Err(Found::Literal)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Found> {
        value.serialize(self)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: &T,
    ) -> Result<(), Found> {
        Ok(())
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Result<(), Found> {
        Ok(())
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Self, Found> {
        Ok(self)
    }

    fn serialize_tuple(self, _: usize) -> Result<Self, Found> {
        Ok(self)
    }

    // The fields of what has a name have types that were written down: no need to look inside. An error other than `Literal` ends the
    // walk of this value, and of what follows it; see `Element`.
    fn serialize_tuple_struct(
        self,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleStruct, Found> {
        Err(Found::Refusal)
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleVariant, Found> {
        Err(Found::Refusal)
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Self::SerializeMap, Found> {
        Err(Found::Refusal)
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Self::SerializeStruct, Found> {
        Err(Found::Refusal)
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeStructVariant, Found> {
        Err(Found::Refusal)
    }
}

/// Goes on behind an element that was not looked into.
fn element<T: Serialize + ?Sized>(value: &T) -> Result<(), Found> {
    match value.serialize(Probe) {
        Err(Found::Literal) => Err(Found::Literal),
        Ok(()) | Err(Found::Refusal) => Ok(()),
    }
}

impl SerializeSeq for Probe {
    type Ok = ();
    type Error = Found;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Found> {
        element(value)
    }

    fn end(self) -> Result<(), Found> {
        Ok(())
    }
}

impl SerializeTuple for Probe {
    type Ok = ();
    type Error = Found;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Found> {
        element(value)
    }

    fn end(self) -> Result<(), Found> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(serde::Serialize)]
    struct Point {
        x: i32,
    }

    #[test]
    fn literal_is_found_at_any_depth_of_plain_values() {
        assert!(is_in(&(1,)));
        assert!(is_in(&("a", vec![Some((2u32, 3))])));
        assert!(is_in(&(Point { x: 1 }, 2)));
    }

    #[test]
    fn literal_is_not_found_where_types_are_stated() {
        assert!(!is_in(&(1u32, "a", 2.5, -3i64)));
        assert!(!is_in(&(Point { x: 1 }, 2u8)));
        assert!(!is_in(&()));
    }
}
