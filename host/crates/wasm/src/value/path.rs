//! Where in a value a walk stands, kept on the stack so that it costs nothing until there is an error to report.

use super::error::{Place, Subject, ValueError};
use super::messages::Direction;
use super::shape::Shape;
use super::text::excerpt;

/// A whole value: what [`Subject`] says, borrowed.
#[derive(Clone, Copy)]
pub(crate) enum Root<'a> {
    /// A function and one of its parameters.
    Parameter(&'a str, &'a str),
    /// All arguments of a function.
    Arguments(&'a str),
    /// The result of a function.
    Result(&'a str),
    /// A message of a context function, and which way it goes.
    Message(&'a str, Direction),
    /// A value that belongs to no function.
    Value,
}

impl Root<'_> {
    pub(crate) fn subject(self) -> Subject {
        let owned = str::to_owned;
        match self {
            Self::Parameter(function, name) => Subject::Parameter {
                function: owned(function),
                name: owned(name),
            },
            Self::Arguments(function) => Subject::Arguments {
                function: owned(function),
            },
            Self::Result(function) => Subject::Result {
                function: owned(function),
            },
            Self::Message(function, direction) => Subject::Message {
                function: owned(function),
                direction,
            },
            Self::Value => Subject::Value,
        }
    }
}

/// A place within a value, linked to the place around it.
#[derive(Clone, Copy)]
pub(crate) enum Path<'a> {
    /// The whole value.
    Root(Root<'a>),
    /// A field of a record, a case of a variant, or `ok` and `err` of a result.
    Name(&'a Path<'a>, &'a str),
    /// An element of a list, or of a tuple.
    Index(&'a Path<'a>, usize),
}

impl<'a> Path<'a> {
    pub(crate) fn name<'b>(&'b self, name: &'b str) -> Path<'b> {
        Path::Name(self, name)
    }

    pub(crate) fn index(&self, index: usize) -> Path<'_> {
        Path::Index(self, index)
    }

    fn place(&self) -> Place {
        let mut steps = String::new();
        let subject = self.write(&mut steps).subject();
        Place { subject, steps }
    }

    fn write(&self, steps: &mut String) -> Root<'a> {
        match self {
            Self::Root(root) => *root,
            Self::Name(outer, name) => {
                let root = outer.write(steps);
                steps.push('.');
                steps.push_str(name);
                root
            }
            Self::Index(outer, index) => {
                let root = outer.write(steps);
                steps.push_str(&format!("[{index}]"));
                root
            }
        }
    }

    /// The value here does not fit `shape`: `found` ends the sentence "it is `shape`, and ...".
    pub(crate) fn mismatch(&self, shape: &Shape, found: impl Into<String>) -> ValueError {
        ValueError::Mismatch {
            place: self.place(),
            expected: excerpt(&shape.to_string()),
            found: found.into(),
        }
    }

    /// Values of `shape` cannot cross between actors.
    pub(crate) fn refused(&self, shape: &Shape) -> ValueError {
        ValueError::Refused {
            place: self.place(),
            ty: excerpt(&shape.to_string()),
        }
    }
}
