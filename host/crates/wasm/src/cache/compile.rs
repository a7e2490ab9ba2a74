//! Compiling, and saying well why it did not go.

use wasmtime::Engine;

/// Why a component has no compiled code.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CompileError {
    /// The bytes are no WebAssembly at all.
    #[error("`{name}` is not WebAssembly: it begins with {}, not with `\\0asm`", show(.head))]
    NotWasm {
        /// The component's name for people.
        name: String,
        /// The first bytes.
        head: Vec<u8>,
    },
    /// The bytes are a core module.
    #[error(
        "`{name}` is a core WebAssembly module, and an actor must be a component: build it for the target wasm32-wasip2, \
         or wrap it with `wasm-tools component new`"
    )]
    CoreModule {
        /// The component's name for people.
        name: String,
    },
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
    check(bytes, name)?;
    engine
        .precompile_component(bytes)
        .map_err(|error| CompileError::Invalid {
            name: name.to_owned(),
            message: one_line(&error),
        })
}

/// Refuses what is not even a component, with a reason that helps more than a parser's.
pub(super) fn check(bytes: &[u8], name: &str) -> Result<(), CompileError> {
    let name = name.to_owned();
    match bytes {
        // Behind the magic and two bytes of version stands the layer: 0 for modules, 1 for components.
        [0, b'a', b's', b'm', _, _, 0, 0, ..] => Err(CompileError::CoreModule { name }),
        [0, b'a', b's', b'm', ..] => Ok(()),
        _ => Err(CompileError::NotWasm {
            name,
            head: bytes.iter().copied().take(8).collect(),
        }),
    }
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

fn show(head: &[u8]) -> String {
    match head {
        [] => "nothing".to_owned(),
        _ => format!("`{}`", head.escape_ascii()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn module_and_text_are_told_from_components() {
        assert!(matches!(
            check(b"\0asm\x01\0\0\0", "a"),
            Err(CompileError::CoreModule { .. })
        ));
        let text = check(b"(component)", "a").expect_err("text").to_string();
        assert_eq!(
            text,
            "`a` is not WebAssembly: it begins with `(compone`, not with `\\0asm`"
        );
        assert!(check(b"\0asm\x0d\0\x01\0", "a").is_ok());
    }
}
