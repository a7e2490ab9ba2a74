//! Parsed JSON that keeps all fields of an object. serde_json's own tree keeps the last of two with the same name, and says nothing.

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde::ser::{Serialize, Serializer};
use serde_json::Number;
use std::fmt;

/// As an object with this one field serde_json hands out a number that it keeps as text (`arbitrary_precision`: all but 64-bit integers). It names it
/// nowhere in public. An object that has such a field of its own is told from it by where the name stands: in the text that is read, or not.
const NUMBER: &str = "$serde_json::private::Number";

/// A value that is not yet typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Json {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// As it is written.
    Number(Number),
    /// Without its escapes.
    String(String),
    /// In order.
    Array(Vec<Json>),
    /// In order, and as often as they stand there.
    Object(Vec<(String, Json)>),
}

/// Parses text. Nesting beyond 128 levels is refused by the parser.
pub(crate) fn parse(bytes: &[u8]) -> Result<Json, String> {
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let json = Reader(bytes).deserialize(&mut deserializer);
    let json = json.and_then(|json| deserializer.end().map(|()| json));
    json.map_err(|error| error.to_string())
}

/// Reads a value out of this text.
#[derive(Clone, Copy)]
struct Reader<'a>(&'a [u8]);

impl<'de> DeserializeSeed<'de> for Reader<'_> {
    type Value = Json;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Json, D::Error> {
        deserializer.deserialize_any(self)
    }
}

/// Reads the name of a field out of this text.
struct NameReader<'a>(&'a [u8]);

/// What stands where the name of a field does.
enum Name {
    Field(String),
    /// None: what is handed out as an object is a number.
    OfNumber,
}

impl<'de> DeserializeSeed<'de> for NameReader<'_> {
    type Value = Name;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Name, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for NameReader<'_> {
    type Value = Name;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a field")
    }

    fn visit_borrowed_str<E>(self, name: &'de str) -> Result<Name, E> {
        match name == NUMBER && !self.0.as_ptr_range().contains(&name.as_ptr()) {
            true => Ok(Name::OfNumber),
            false => Ok(Name::Field(name.to_owned())),
        }
    }

    // With escapes in it, so it is none of serde_json's own.
    fn visit_str<E>(self, name: &str) -> Result<Name, E> {
        Ok(Name::Field(name.to_owned()))
    }
}

impl<'de> Visitor<'de> for Reader<'_> {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json, E> {
        Ok(Json::Bool(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Json, E> {
        Ok(Json::Number(value.into()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Json, E> {
        Ok(Json::Number(value.into()))
    }

    fn visit_str<E>(self, text: &str) -> Result<Json, E> {
        Ok(Json::String(text.to_owned()))
    }

    fn visit_string<E>(self, text: String) -> Result<Json, E> {
        Ok(Json::String(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Json, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = elements.next_element_seed(self)? {
            values.push(value);
        }
        Ok(Json::Array(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Json, A::Error> {
        let mut object = Vec::new();
        while let Some(name) = fields.next_key_seed(NameReader(self.0))? {
            match name {
                Name::Field(name) => object.push((name, fields.next_value_seed(self)?)),
                Name::OfNumber => {
                    let text: String = fields.next_value()?;
                    return text.parse().map(Json::Number).map_err(A::Error::custom);
                }
            }
        }
        Ok(Json::Object(object))
    }
}

impl Serialize for Json {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::Number(number) => number.serialize(serializer),
            Self::String(text) => serializer.serialize_str(text),
            Self::Array(values) => serializer.collect_seq(values),
            Self::Object(fields) => {
                serializer.collect_map(fields.iter().map(|(name, value)| (name, value)))
            }
        }
    }
}

/// As text without spaces, for errors.
impl fmt::Display for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&serde_json::to_string(self).map_err(|_| fmt::Error)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_kept_as_it_was_written_fields_twice_included() {
        for text in [
            "null",
            "[true,false,[]]",
            r#"{"b":1,"a":"\"é","b":{},"":[{"a":null}]}"#,
            "[18446744073709551616,-0.10,1e+400,1.0]",
        ] {
            assert_eq!(parse(text.as_bytes()).unwrap().to_string(), text);
        }
    }

    #[test]
    fn object_with_the_field_by_which_serde_json_hands_out_numbers_is_an_object() {
        for (text, kept) in [
            (r#"{"$serde_json::private::Number":"1.5"}"#, None),
            (r#"[{"$serde_json::private::Number":{},"a":1.5},2.5]"#, None),
            (
                r#"{"\u0024serde_json::private::Number":1e400}"#,
                Some(r#"{"$serde_json::private::Number":1e+400}"#),
            ),
        ] {
            let parsed = parse(text.as_bytes()).unwrap();
            assert_eq!(parsed.to_string(), kept.unwrap_or(text));
        }
    }

    #[test]
    fn text_that_is_no_json_is_refused() {
        for text in [
            "",
            "[1,",
            "{\"a\":1,}",
            "1 2",
            "nul",
            "01",
            "{1:2}",
            "\"\\x\"",
        ] {
            assert!(parse(text.as_bytes()).is_err(), "{text}");
        }
        assert!(parse("[".repeat(200).as_bytes()).is_err());
    }
}
