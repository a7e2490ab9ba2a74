//! What an error says of a value that came, as the end of a sentence, so that JSON and WAVE say it alike.

use super::near::perhaps;
use super::shape::Shape;
use super::text::excerpt_of;

/// Longest value quoted in an error, in characters.
const QUOTED_CHARS: usize = 40;

/// The beginning of what came, as an error quotes it.
pub(crate) fn quote(text: &str) -> String {
    excerpt_of(text, QUOTED_CHARS)
}

pub(crate) fn missing_field(name: &str) -> String {
    format!("field `{name}` is missing")
}

pub(crate) fn unknown_field(name: &str, fields: &[(String, Shape)]) -> String {
    let near = perhaps(name, fields.iter().map(|(field, _)| field.as_str()));
    format!("`{}` is none of its fields{near}", quote(name))
}

pub(crate) fn field_twice(name: &str) -> String {
    format!("field `{name}` is given twice")
}

pub(crate) fn key_twice(key: &str) -> String {
    format!("key `{}` is given twice", quote(key))
}

pub(crate) fn unknown_case(name: &str) -> String {
    format!("`{}` is none of its cases", quote(name))
}

pub(crate) fn unknown_flag(name: &str) -> String {
    format!("`{}` is none of its flags", quote(name))
}

pub(crate) fn case_needs_value(name: &str) -> String {
    format!("case `{name}` needs a value")
}

pub(crate) fn case_has_no_value(name: &str) -> String {
    format!("case `{name}` has no value")
}
