//! How a function ended, by its declared result.

use super::codec::{encode, unit};
use super::error::ValueError;
use super::path::Root;
use super::scalar::wrong;
use super::shape::Shape;
use super::text::Signature;
use tractor_protocol::{Codec, Payload};
use wasmtime::component::Val;
use wasmtime::component::types::Type;

/// How a function ended: a function that declares `result<t, e>` gives a `t`, or fails with an `e`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It gave this value.
    Value(Payload),
    /// It returned its declared error.
    Error {
        /// The error; the codec's unit where the type has none.
        value: Payload,
        /// The error as WAVE text, for people: `too-slow({after: 3})`. Empty where the type has none.
        text: String,
    },
}

/// An error came from a function that declares none.
fn not_declared(function: &str, value: &Payload) -> ValueError {
    ValueError::Leftover {
        subject: Root::Result(function).subject(),
        bytes: value.bytes.len(),
    }
}

/// Writes what `function`, declared to give `ty`, returned. A `result` is opened: its ok is the value, its err the error.
///
/// # Errors
///
/// Fails when the value does not fit the type.
pub fn encode_outcome(
    function: &str,
    ty: Option<&Type>,
    value: Option<&Val>,
    codec: Codec,
) -> Result<Outcome, ValueError> {
    Signature::new(&[], ty).encode_outcome(function, value, codec)
}

impl Signature {
    /// Reads what `function` gave: its value, which is the ok of a `result`; or the error that it declares. `None` where it gives nothing.
    ///
    /// # Errors
    ///
    /// Fails when it does not fit the type.
    pub fn decode_outcome(
        &self,
        function: &str,
        outcome: &Outcome,
    ) -> Result<Option<Val>, ValueError> {
        let Some(Shape::Result(ok, err)) = &self.result else {
            return match outcome {
                Outcome::Value(value) => self.decode_result(function, value),
                Outcome::Error { value, .. } => Err(not_declared(function, value)),
            };
        };
        let side = |shape: &Option<Box<Shape>>, value: &Payload| -> Result<_, ValueError> {
            let side = Self {
                parameters: Vec::new(),
                result: shape.as_deref().cloned(),
            };
            Ok(side.decode_result(function, value)?.map(Box::new))
        };
        Ok(Some(Val::Result(match outcome {
            Outcome::Value(value) => Ok(side(ok, value)?),
            Outcome::Error { value, .. } => Err(side(err, value)?),
        })))
    }

    /// Writes what `function` returned. A `result` is opened: its ok is the value, its err the error.
    ///
    /// # Errors
    ///
    /// Fails when the value does not fit the type.
    pub fn encode_outcome(
        &self,
        function: &str,
        value: Option<&Val>,
        codec: Codec,
    ) -> Result<Outcome, ValueError> {
        let side = |shape: Option<&Shape>, value: Option<&Val>, codec| match (shape, value) {
            (Some(shape), Some(value)) => encode(shape, value, codec, Root::Result(function)),
            _ => Ok(unit(codec)),
        };
        match (&self.result, value) {
            (Some(Shape::Result(ok, _)), Some(Val::Result(Ok(value)))) => Ok(Outcome::Value(side(
                ok.as_deref(),
                value.as_deref(),
                codec,
            )?)),
            (Some(Shape::Result(_, err)), Some(Val::Result(Err(value)))) => {
                let (err, value) = (err.as_deref(), value.as_deref());
                let text = side(err, value, Codec::Wave)?;
                Ok(Outcome::Error {
                    value: side(err, value, codec)?,
                    text: String::from_utf8_lossy(&text.bytes).into_owned(),
                })
            }
            (Some(shape @ Shape::Result(..)), Some(other)) => Err(wrong(
                shape,
                other,
                &super::path::Path::Root(Root::Result(function)),
            )),
            _ => self
                .encode_result(function, value, codec)
                .map(Outcome::Value),
        }
    }
}
