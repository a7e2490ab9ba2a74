//! How a call ended, as its caller is told.

use crate::bindings::types;
use crate::host::error_from_wit;
use crate::inspect::Function;
use crate::value::{Outcome, Shape, ValueError, unit};
use tractor_protocol::{Codec, Error, Failure, FailureKind, Payload};
use tractor_runtime::worker::Worker;
use wasmtime::component::Val;

/// The value that `function` gave, or the failure that its error is. An error of our own type goes on as what it is, so that
/// failures keep their ids and origins.
pub(super) fn of(
    function: &Function,
    value: Option<&Val>,
    codec: Codec,
    worker: &Worker,
) -> Result<Payload, Error> {
    let encode = |codec| {
        let outcome = function
            .signature()
            .encode_outcome(function.name(), value, codec);
        outcome
            .map_err(|error| Error::from(worker.failure(FailureKind::IllTyped, error.to_string())))
    };
    match encode(codec)? {
        Outcome::Value(payload) => Ok(payload),
        Outcome::Error { .. } if function.raises() => match encode(Codec::Postcard)? {
            Outcome::Error { value, .. } => Err(raised(&value, worker)),
            Outcome::Value(_) => Err(Error::Closed),
        },
        Outcome::Error { value, text } => Err(returned(function, value, text, worker).into()),
    }
}

fn returned(function: &Function, value: Payload, text: String, worker: &Worker) -> Failure {
    let message = match text.is_empty() {
        true => format!("`{}` returned an error", function.name()),
        false => text,
    };
    Failure {
        value: Some(value),
        ..worker.failure(FailureKind::Returned, message)
    }
}

fn raised(value: &Payload, worker: &Worker) -> Error {
    match postcard::from_bytes::<types::Error>(&value.bytes) {
        Ok(error) => error_from_wit(error, &|kind, message| worker.failure(kind, message)),
        Err(error) => {
            let message = format!("the error that the function returned cannot be read: {error}");
            worker.failure(FailureKind::Other, message).into()
        }
    }
}

/// What a command that was called gave: nothing, or the failure that its exit code is.
pub(super) fn exit(code: u8, codec: Codec, worker: &Worker) -> Result<Payload, Error> {
    match code {
        0 => Ok(unit(codec)),
        _ => {
            let message = format!("the guest exited with code {code}");
            Err(worker.failure(FailureKind::Exit(code), message).into())
        }
    }
}

/// What a command that was opened gave: its exit code.
pub(super) fn exit_code(code: u8, codec: Codec) -> Result<Payload, ValueError> {
    Shape::U8.encode(&Val::U8(code), codec)
}
