//! Why bytes and a type do not fit, said so that the reader knows which argument to mend.

use super::messages::Direction;
use std::fmt;
use tractor_protocol::Codec;

/// Which value an error is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// A parameter of a function.
    Parameter {
        /// The function.
        function: String,
        /// The parameter.
        name: String,
    },
    /// All arguments of a function.
    Arguments {
        /// The function.
        function: String,
    },
    /// The result of a function.
    Result {
        /// The function.
        function: String,
    },
    /// A message of a context, or its first value.
    Message {
        /// The context's function.
        function: String,
        /// Which way it goes, as the function sees it.
        direction: Direction,
    },
    /// A value that belongs to no function.
    Value,
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Parameter { function, name } => write!(f, "{function}: parameter `{name}`"),
            Self::Arguments { function } => write!(f, "{function}: the text of the arguments"),
            Self::Result { function } => write!(f, "{function}: the result"),
            Self::Message {
                function,
                direction,
            } => write!(f, "{function}: what it {direction}"),
            Self::Value => f.write_str("the value"),
        }
    }
}

/// A place within a value: `add: parameter `point.x``.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The value.
    pub subject: Subject,
    /// The way down from it: `.x`, `[3].name`. Empty for the whole.
    pub steps: String,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let steps = &self.steps;
        match &self.subject {
            Subject::Parameter { function, name } => {
                write!(f, "{function}: parameter `{name}{steps}`")
            }
            whole if steps.is_empty() => whole.fmt(f),
            Subject::Result { function } => write!(f, "{function}: `{steps}` of the result"),
            Subject::Message {
                function,
                direction,
            } => write!(f, "{function}: `{steps}` of what it {direction}"),
            _ => write!(f, "`{steps}` of the value"),
        }
    }
}

/// Why a payload could not be read as, or written from, values of the given types.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ValueError {
    /// A value does not fit its type.
    #[error("{place} is {expected}, and {found}")]
    Mismatch {
        /// Where.
        place: Place,
        /// The WIT type there, shortened where it is long.
        expected: String,
        /// What came, as the end of a sentence: `"x" is a string`.
        found: String,
    },
    /// Too few or too many arguments.
    #[error("{}", count_text(function, parameters, *expected, *given))]
    Count {
        /// The function.
        function: String,
        /// Its parameters as text: `(a: u32, b: u32)`.
        parameters: String,
        /// How many it takes.
        expected: usize,
        /// How many came.
        given: usize,
    },
    /// The bytes are not what their codec says.
    #[error("{subject} is not valid {codec}: {message}")]
    Syntax {
        /// Of what.
        subject: Subject,
        /// The codec that was promised.
        codec: Codec,
        /// What its parser says.
        message: String,
    },
    /// More bytes came than the types take.
    #[error("{} {}", leftover_text(*bytes), after_text(subject))]
    Leftover {
        /// After what.
        subject: Subject,
        /// How many.
        bytes: usize,
    },
    /// The type belongs to one instance and cannot be sent.
    #[error("{place} is {ty}, which cannot cross between actors")]
    Refused {
        /// Where.
        place: Place,
        /// The WIT type there.
        ty: String,
    },
}

fn count_text(function: &str, parameters: &str, expected: usize, given: usize) -> String {
    let takes = match expected {
        0 => "no arguments".to_owned(),
        1 => format!("1 argument {parameters}"),
        n => format!("{n} arguments {parameters}"),
    };
    match given {
        0 => format!("{function} takes {takes}, and none was given"),
        1 => format!("{function} takes {takes}, and 1 was given"),
        n => format!("{function} takes {takes}, and {n} were given"),
    }
}

pub(super) fn leftover_text(bytes: usize) -> String {
    match bytes {
        1 => "1 byte is left over".to_owned(),
        n => format!("{n} bytes are left over"),
    }
}

fn after_text(subject: &Subject) -> String {
    match subject {
        Subject::Arguments { function } | Subject::Parameter { function, .. } => {
            format!("after the arguments of {function}")
        }
        Subject::Result { function } => format!("after the result of {function}"),
        Subject::Message {
            function,
            direction,
        } => format!("after what {function} {direction}"),
        Subject::Value => "after the value".to_owned(),
    }
}
