//! What the messages of a context are: the types that a component names beside the context's function.

use super::codec::{decode, encode};
use super::error::{Place, ValueError, leftover_text};
use super::path::Root;
use super::shape::Shape;
use super::text::excerpt;
use std::fmt;
use tractor_protocol::{Codec, Payload};

/// Which way a value of a context goes, as the context's function sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Messages from the opener.
    Receives,
    /// Messages to the opener.
    Sends,
    /// The first value, with which `open-context` returns.
    StartsWith,
}

impl Direction {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Receives, Self::Sends, Self::StartsWith];

    /// What stands behind the function's name in the name of the type: `join-receives`.
    pub fn suffix(self) -> &'static str {
        match self {
            Self::Receives => "receives",
            Self::Sends => "sends",
            Self::StartsWith => "started",
        }
    }
}

impl fmt::Display for Direction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::StartsWith => "starts with",
            other => other.suffix(),
        })
    }
}

/// The types of the messages of a context function, as far as they are named: `receives string; sends u32`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Messages([Option<Shape>; 3]);

/// Two components mean different things by the messages of one function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Conflict {
    pub(crate) direction: Direction,
    /// The type here.
    pub(crate) actual: String,
    /// The type there.
    pub(crate) named: String,
}

impl Messages {
    /// Those of which `shape` knows the type.
    pub fn new(shape: impl FnMut(Direction) -> Option<Shape>) -> Self {
        Self(Direction::ALL.map(shape))
    }

    /// Whether none is named.
    pub fn is_empty(&self) -> bool {
        self.0.iter().all(Option::is_none)
    }

    /// The type of those that go this way, if it is named.
    pub fn shape(&self, direction: Direction) -> Option<&Shape> {
        self.0[direction as usize].as_ref()
    }

    /// Those that are named.
    fn named(&self) -> impl Iterator<Item = (Direction, &Shape)> {
        let directions = Direction::ALL.into_iter();
        directions.filter_map(|direction| Some((direction, self.shape(direction)?)))
    }

    /// What is in them that cannot leave its instance, if anything is.
    pub fn refused(&self) -> Option<(Direction, &'static str)> {
        let mut named = self.named();
        named.find_map(|(direction, shape)| Some((direction, shape.refused()?)))
    }

    /// Looks whether a message of `function` has its type, and gives it in `codec`: as it is, where it has that codec already, or no type.
    ///
    /// # Errors
    ///
    /// Fails when it does not fit.
    pub fn check(
        &self,
        function: &str,
        direction: Direction,
        message: Payload,
        codec: Codec,
    ) -> Result<Payload, ValueError> {
        let Some(shape) = self.shape(direction) else {
            return Ok(message);
        };
        let root = Root::Message(function, direction);
        let value = decode(shape, &message, root).map_err(|error| with_type(error, shape))?;
        match message.codec == codec {
            true => Ok(message),
            false => encode(shape, &value, codec, root),
        }
    }

    /// The first type that is another one in `named`, which is the text of someone else's. What only one of them names does not count.
    pub(crate) fn conflict(&self, named: &str) -> Option<Conflict> {
        let theirs = |direction: Direction| {
            let mut parts = named.split("; ");
            let text = parts.find_map(|part| part.strip_prefix(&direction.to_string()));
            text.map(str::trim_start)
        };
        self.named().find_map(|(direction, shape)| {
            let (actual, named) = (shape.to_string(), theirs(direction)?.to_owned());
            (actual != named).then_some(Conflict {
                direction,
                actual,
                named,
            })
        })
    }
}

/// An error that says what was expected too: arguments have their types listed beside them, messages do not.
fn with_type(error: ValueError, shape: &Shape) -> ValueError {
    let (subject, found) = match error {
        ValueError::Leftover { subject, bytes } => (subject, leftover_text(bytes)),
        ValueError::Syntax {
            subject,
            codec,
            message,
        } => (
            subject,
            format!("what came is not valid {codec}: {message}"),
        ),
        other => return other,
    };
    ValueError::Mismatch {
        place: Place {
            subject,
            steps: String::new(),
        },
        expected: excerpt(&shape.to_string()),
        found,
    }
}

impl fmt::Display for Messages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (direction, shape)) in self.named().enumerate() {
            let separator = if index > 0 { "; " } else { "" };
            write!(f, "{separator}{direction} {shape}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line() -> Shape {
        Shape::Record(vec![("text".to_owned(), Shape::String)])
    }

    fn join() -> Messages {
        Messages::new(|direction| match direction {
            Direction::Receives => Some(line()),
            Direction::Sends => Some(Shape::U32),
            Direction::StartsWith => None,
        })
    }

    fn refused(direction: Direction, codec: Codec, bytes: &'static [u8]) -> String {
        let message = Payload::new(codec, bytes);
        let checked = join().check("join", direction, message, codec);
        checked.expect_err("it does not fit").to_string()
    }

    #[test]
    fn message_that_does_not_fit_is_named_by_function_direction_type_and_what_came() {
        assert_eq!(
            refused(Direction::Sends, Codec::Json, br#""x""#),
            r#"join: what it sends is u32, and "x" is a string"#
        );
        assert_eq!(
            refused(Direction::Receives, Codec::Json, br#"{"text": 5}"#),
            "join: `.text` of what it receives is string, and 5 is a number"
        );
        assert_eq!(
            refused(Direction::Sends, Codec::Postcard, &[1, 2]),
            "join: what it sends is u32, and 1 byte is left over"
        );
        let said = refused(Direction::Receives, Codec::Wave, b"{text: ");
        assert!(
            said.starts_with("join: what it receives is record { text: string }, and what came is not valid wave: "),
            "{said}"
        );
    }

    #[test]
    fn message_comes_in_the_codec_asked_for_and_untouched_if_it_has_it() {
        let check = |message, codec| join().check("join", Direction::Receives, message, codec);
        let spaced = Payload::new(Codec::Json, r#"{ "text": "hi" }"#);
        assert_eq!(check(spaced.clone(), Codec::Json), Ok(spaced.clone()));
        let postcard = Payload::new(Codec::Postcard, &b"\x02hi"[..]);
        assert_eq!(check(spaced, Codec::Postcard), Ok(postcard));
    }

    #[test]
    fn message_of_no_type_is_untouched() {
        let message = Payload::new(Codec::Wave, "no value at all (");
        let checked = join().check("join", Direction::StartsWith, message.clone(), Codec::Json);
        assert_eq!(checked, Ok(message));
    }

    #[test]
    fn text_of_the_same_types_is_no_conflict_and_of_others_names_them() {
        let text = join().to_string();
        assert_eq!(text, "receives record { text: string }; sends u32");
        assert_eq!(join().conflict(&text), None);
        let more = format!("{text}; starts with u8");
        assert_eq!(join().conflict(&more), None);
        assert_eq!(join().conflict(""), None);
        let conflict = join().conflict("receives record { text: string }; sends u64");
        let expected = Conflict {
            direction: Direction::Sends,
            actual: "u32".to_owned(),
            named: "u64".to_owned(),
        };
        assert_eq!(conflict, Some(expected));
    }
}
