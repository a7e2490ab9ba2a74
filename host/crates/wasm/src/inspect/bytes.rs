//! What a file is, by its first bytes: said before a compiler would say something less helpful.

use super::error::ComponentError;
use wasi_preview1_component_adapter_provider::{
    WASI_SNAPSHOT_PREVIEW1_ADAPTER_NAME, WASI_SNAPSHOT_PREVIEW1_COMMAND_ADAPTER,
};

/// How every WebAssembly binary begins.
const MAGIC: &[u8] = b"\0asm";

/// The component model's only encoding version so far: its preamble's third field.
const COMPONENT_VERSION: u16 = 13;

/// The binary section in which `wit-bindgen` leaves a core module's world.
const WORLD_SECTION: &[u8] = b"component-type";

/// How a core module begins.
const CORE_MODULE: &[u8] = b"\0asm\x01\0\0\0";

/// What a command of preview 1 exports.
const START: &[u8] = b"_start";

/// The module that core modules of WASI preview 1 import from.
const PREVIEW1: &[u8] = b"wasi_snapshot_preview1";

/// Longest first line shown of a text file, in characters.
const FIRST_LINE_CHARS: usize = 40;

/// Signs by which common files are known.
const SIGNS: [(&[u8], &str); 12] = [
    (
        b"\x7fELF",
        "an ELF file, a native program or a component that was compiled ahead of time",
    ),
    (b"MZ", "a Windows program"),
    (b"\xcf\xfa\xed\xfe", "a macOS program"),
    (b"\xca\xfe\xba\xbe", "a macOS program or a Java class"),
    (b"!<arch>\n", "a static library"),
    (b"BC\xc0\xde", "LLVM bitcode"),
    (b"\x1f\x8b", "a gzip archive; unpack it first"),
    (b"PK\x03\x04", "a zip archive; unpack it first"),
    (b"\x28\xb5\x2f\xfd", "a zstd archive; unpack it first"),
    (b"#!", "a script"),
    (b"<!", "an HTML page, perhaps an error of a download"),
    (b"<html", "an HTML page, perhaps an error of a download"),
];

/// Checks that `bytes` begin as a component does. `name` is how errors call it.
///
/// # Errors
///
/// Says what it is instead.
pub fn check_bytes(name: &str, bytes: &[u8]) -> Result<(), ComponentError> {
    let name = name.to_owned();
    let Some(rest) = bytes.strip_prefix(MAGIC) else {
        let seems = appearance(bytes);
        return Err(ComponentError::NotWasm { name, seems });
    };
    let Some(&[v0, v1, l0, l1]) = rest.first_chunk() else {
        let bytes = bytes.len();
        return Err(ComponentError::Incomplete { name, bytes });
    };
    match (u16::from_le_bytes([v0, v1]), u16::from_le_bytes([l0, l1])) {
        (COMPONENT_VERSION, 1) => Ok(()),
        (1, 0) => Err(ComponentError::CoreModule {
            name,
            advice: advice(bytes),
        }),
        (version, layer) => Err(ComponentError::UnknownEncoding {
            name,
            version,
            layer,
        }),
    }
}

/// What `bytes` are as a component: themselves if they are one; a command of WASI preview 1, which many toolchains still make, is made one.
/// `name` is how errors call it.
///
/// # Errors
///
/// Says what it is, if it is neither.
pub fn as_component(name: &str, bytes: Vec<u8>) -> Result<Vec<u8>, ComponentError> {
    match check_bytes(name, &bytes) {
        Ok(()) => Ok(bytes),
        Err(error) if is_preview1_command(&bytes) => adapt(&bytes).map_err(|why| {
            tracing::debug!(%why, "the module cannot be adapted");
            error
        }),
        Err(error) => Err(error),
    }
}

/// A core module with a `_start` and the imports of preview 1. One that declares a world of its own is made a component by whoever wrote that.
fn is_preview1_command(bytes: &[u8]) -> bool {
    let has = |part| contains(bytes, part);
    bytes.starts_with(CORE_MODULE) && has(PREVIEW1) && has(START) && !has(WORLD_SECTION)
}

/// Puts the functions of preview 1 in front of those of WASI 0.2, with the adapter of wasmtime.
fn adapt(module: &[u8]) -> Result<Vec<u8>, String> {
    let encoder = wit_component::ComponentEncoder::default();
    let adapted = encoder.module(module).and_then(|encoder| {
        encoder.adapter(
            WASI_SNAPSHOT_PREVIEW1_ADAPTER_NAME,
            WASI_SNAPSHOT_PREVIEW1_COMMAND_ADAPTER,
        )
    });
    adapted
        .and_then(|mut encoder| encoder.encode())
        .map_err(|error| format!("{error:#}"))
}

/// How to make a component of a core module.
fn advice(module: &[u8]) -> &'static str {
    match (contains(module, WORLD_SECTION), contains(module, PREVIEW1)) {
        (true, false) => "make it one with `wasm-tools component new`",
        (_, true) => {
            "it is for WASI preview 1: build it for wasm32-wasip2, or use `wasm-tools component new --adapt`"
        }
        (false, false) => {
            "it has no WIT world: build it for wasm32-wasip2, or with its language's component tools"
        }
    }
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

fn appearance(bytes: &[u8]) -> String {
    if bytes.is_empty() {
        return "an empty file".to_owned();
    }
    let known = SIGNS.iter().find(|(sign, _)| bytes.starts_with(sign));
    if let Some((_, name)) = known {
        return (*name).to_owned();
    }
    let beginning = &bytes[..bytes.len().min(4096)];
    match beginning.utf8_chunks().next() {
        Some(chunk) if chunk.valid().len() + 4 > beginning.len() => text(chunk.valid()),
        _ => "an unknown binary format".to_owned(),
    }
}

fn text(text: &str) -> String {
    let line = text.trim_start().lines().next().unwrap_or_default();
    if line.starts_with("(component") || line.starts_with("(module") {
        return "WebAssembly text; make it binary with `wasm-tools parse`".to_owned();
    }
    if text
        .chars()
        .any(|char| char.is_control() && !char.is_whitespace())
    {
        return "an unknown binary format".to_owned();
    }
    let line: String = line.chars().take(FIRST_LINE_CHARS).collect();
    format!("text that begins with `{}`", line.trim_end())
}
