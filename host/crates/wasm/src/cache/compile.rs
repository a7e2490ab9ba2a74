//! Compiling, and saying well why it did not go.

use crate::inspect::{ComponentError, check_bytes};
use wasmtime::Engine;

/// Why a component has no compiled code.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CompileError {
    /// The bytes are no component.
    #[error(transparent)]
    Component(#[from] ComponentError),
    /// It is a component, but not one that this version can compile.
    #[error("`{name}` cannot be compiled: {message}")]
    Invalid {
        /// The component's name for people.
        name: String,
        /// wasmtime's reason, in one line.
        message: String,
    },
    /// The machine did not give what compiling or keeping the code needs.
    #[error("the compiled code of `{name}` cannot be kept")]
    Io {
        /// The component's name for people.
        name: String,
        /// What the machine said.
        #[source]
        source: std::io::Error,
    },
}

/// Compiles the component `bytes`.
pub(super) fn compile(engine: &Engine, bytes: &[u8], name: &str) -> Result<Vec<u8>, CompileError> {
    check_bytes(name, bytes)?;
    engine
        .precompile_component(bytes)
        .map_err(|error| CompileError::Invalid {
            name: name.to_owned(),
            message: one_line(&error),
        })
}

/// An error and its causes, each once.
pub(crate) fn one_line(error: &wasmtime::Error) -> String {
    let mut parts: Vec<String> = Vec::new();
    for cause in error.chain().map(ToString::to_string) {
        let cause = cause.trim().replace('\n', " ");
        if !parts.iter().any(|part| part.contains(&cause)) {
            parts.push(cause);
        }
    }
    parts.join(": ")
}
