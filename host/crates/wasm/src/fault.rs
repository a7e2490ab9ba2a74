//! What stopped a guest, as the failure that its callers get.

use crate::cache::one_line;
use crate::epoch::Stopped;
use crate::host::LinkedCallError;
use crate::last_words::LastWords;
use crate::limits::{Limiter, Met};
use crate::output::NobodyReads;
use rustc_demangle::try_demangle;
use std::fmt::Write;
use tractor_protocol::{ActorId, Failure, FailureId, FailureKind};
use wasmtime::{FrameInfo, Trap, WasmBacktrace};
use wasmtime_wasi::I32Exit;

/// Beginnings of the names of functions that tell nothing about the guest: the panic machinery, the start of its runtime, and
/// the glue around exported functions.
const NOISE: &[&str] = &[
    "std::",
    "core::",
    "alloc::",
    "<alloc::",
    "<core::",
    "<std::",
    "panic_",
    "rust_",
    "__rust",
    "__rg_",
    "_R",
    "abort",
    "__wasm",
    "__wasi",
    "_start",
    "_initialize",
    "wit_bindgen::",
    "<wit_bindgen::",
    "futures_",
    "_export_",
    "[async-lift]",
    "[callback]",
    "dlmalloc",
    "__component_",
];

/// What is said of a guest that was stopped.
const STOPPED: &str = "the guest was stopped by the host";

/// The failure that is the end of `actor`, whose guest ended with `error`. `limiter` knows the bound that it had met, if any; a guest that trapped
/// has said why in its `last` words, which come before its frames.
pub(crate) fn failure(
    error: &wasmtime::Error,
    limiter: &Limiter,
    last: &LastWords,
    actor: &ActorId,
) -> Failure {
    let (kind, message) = classify(error, limiter.met_by(error));
    let words = matches!(kind, FailureKind::Trap(_)).then(|| last.text());
    let told: Vec<_> = words
        .flatten()
        .into_iter()
        .chain(backtrace(error))
        .collect();
    Failure {
        backtrace: (!told.is_empty()).then(|| told.join("\n")),
        ..Failure::new(FailureId::of_end(actor.uuid), kind, actor.clone(), message)
    }
}

/// The failure that is the end of `actor`, whose guest was stopped while it waited for the host, and so has no frames to show.
pub(crate) fn stopped(actor: &ActorId) -> Failure {
    let id = FailureId::of_end(actor.uuid);
    Failure::new(id, FailureKind::Other, actor.clone(), STOPPED)
}

fn classify(error: &wasmtime::Error, limit: Option<Met>) -> (FailureKind, String) {
    if let Some(I32Exit(code)) = error.downcast_ref() {
        // WASI knows codes of one byte, as processes do.
        let code = u8::try_from(*code).unwrap_or(u8::MAX);
        return (
            FailureKind::Exit(code),
            format!("the guest exited with code {code}"),
        );
    }
    if let Some(nobody_reads) = error.downcast_ref::<NobodyReads>() {
        return (
            FailureKind::Killed(NobodyReads::SIGNAL),
            nobody_reads.to_string(),
        );
    }
    if error.downcast_ref::<Stopped>().is_some() {
        return (FailureKind::Other, STOPPED.to_owned());
    }
    if let Some(linked) = error.downcast_ref::<LinkedCallError>() {
        let text = linked.to_string();
        return (FailureKind::Trap(text.clone()), text);
    }
    match (error.downcast_ref::<Trap>(), limit) {
        (None | Some(Trap::UnreachableCodeReached | Trap::MemoryOutOfBounds), Some(limit)) => {
            (FailureKind::Limit(limit.name.to_owned()), limit.message)
        }
        (Some(trap), _) => {
            let text = trap_text(*trap);
            (
                FailureKind::Trap(text.clone()),
                format!("the guest trapped: {text}"),
            )
        }
        (None, None) => {
            let text = without_backtrace(error);
            (
                FailureKind::Trap(text.clone()),
                format!("the guest broke the rules of the host: {text}"),
            )
        }
    }
}

fn trap_text(trap: Trap) -> String {
    match trap {
        Trap::UnreachableCodeReached => {
            "`unreachable` was executed (a panic or an abort; what it printed is in the actor's output)".to_owned()
        }
        Trap::CannotBlockSyncTask => {
            "a function that is not `async func` may not wait; declare it `async func`".to_owned()
        }
        other => other.to_string().trim_start_matches("wasm trap: ").to_owned(),
    }
}

/// The causes of `error` in one line, but for the backtrace, which is a context of it.
fn without_backtrace(error: &wasmtime::Error) -> String {
    match error.downcast_ref::<WasmBacktrace>() {
        Some(_) => error.root_cause().to_string(),
        None => one_line(error),
    }
}

/// The frames of the guest, one a line, those of its runtime left out unless there are no others.
fn backtrace(error: &wasmtime::Error) -> Option<String> {
    let frames = error.downcast_ref::<WasmBacktrace>()?.frames();
    let lines: Vec<_> = frames.iter().flat_map(lines_of).collect();
    let telling = lines.iter().any(|line| !line.is_noise);
    let shown = lines.iter().filter(|line| !telling || !line.is_noise);
    let text: Vec<_> = shown.map(|line| line.text.as_str()).collect();
    (!text.is_empty()).then(|| text.join("\n"))
}

struct Line {
    text: String,
    is_noise: bool,
}

/// The lines of one frame: more than one where functions were inlined, the innermost first.
fn lines_of(frame: &FrameInfo) -> Vec<Line> {
    if frame.symbols().is_empty() {
        return vec![line(&frame_name(frame), None, None)];
    }
    let outermost = frame.symbols().len() - 1;
    let symbols = frame.symbols().iter().enumerate();
    symbols
        .map(|(index, symbol)| {
            let name = match (symbol.name(), frame.func_name()) {
                // The name of the function itself has its path, which line tables alone do not tell.
                (_, Some(name)) if index == outermost => demangle(name),
                (Some(name), _) => demangle(name),
                _ => frame_name(frame),
            };
            line(&name, symbol.file(), symbol.line())
        })
        .collect()
}

fn line(name: &str, file: Option<&str>, line: Option<u32>) -> Line {
    let mut text = format!("at {name}");
    // Writing to a string cannot fail.
    let _ = match (file, line) {
        (Some(file), Some(line)) => write!(text, " ({}:{line})", short_path(file)),
        (Some(file), None) => write!(text, " ({})", short_path(file)),
        (None, _) => Ok(()),
    };
    let is_noise = NOISE.iter().any(|noise| name.starts_with(noise))
        // The glue of an exported function is called as the export is.
        || name.contains('#')
        || file.is_some_and(is_of_toolchain);
    Line { text, is_noise }
}

fn frame_name(frame: &FrameInfo) -> String {
    frame
        .func_name()
        .map_or_else(|| format!("function {}", frame.func_index()), demangle)
}

/// The name as it is written in the source, without the hash that rustc adds.
fn demangle(name: &str) -> String {
    match try_demangle(name) {
        Ok(demangled) => format!("{demangled:#}"),
        Err(_) => name.to_owned(),
    }
}

fn is_of_toolchain(file: &str) -> bool {
    file.starts_with("/rustc/") || file.contains("/rustlib/src/") || file.contains("/rust-src/")
}

/// The path within its package, as the author of the guest knows it.
fn short_path(file: &str) -> &str {
    match file.rfind("/src/") {
        Some(at) if file.starts_with('/') => &file[at + 1..],
        _ => file,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tractor_protocol::Uuid;
    use wasmtime::ResourceLimiter;

    fn actor() -> ActorId {
        ActorId {
            name: "a".into(),
            uuid: Uuid([1; 16]),
            pid: 1,
        }
    }

    /// A limiter whose guest has met the bound on memory.
    fn limiter() -> Limiter {
        let mut limiter = Limiter::new(&tractor_protocol::Limits::default());
        limiter
            .memory_growing(0, usize::MAX, None)
            .expect("an answer");
        limiter
    }

    #[test]
    fn exit_keeps_its_code() {
        let failure = failure(
            &I32Exit(3).into(),
            &limiter(),
            &LastWords::default(),
            &actor(),
        );
        assert_eq!(failure.kind, FailureKind::Exit(3));
        assert_eq!(failure.id, FailureId::of_end(actor().uuid));
    }

    #[test]
    fn trap_tells_what_the_guest_wrote_last_and_an_exit_does_not() {
        let last = LastWords::default();
        last.keep(b"Traceback: here\n");
        let trap = failure(
            &Trap::UnreachableCodeReached.into(),
            &Limiter::new(&tractor_protocol::Limits::default()),
            &last,
            &actor(),
        );
        assert_eq!(trap.backtrace.as_deref(), Some("Traceback: here"));
        let exit = failure(&I32Exit(3).into(), &limiter(), &last, &actor());
        assert_eq!(exit.backtrace, None);
    }

    #[test]
    fn abort_after_a_limit_is_the_limit() {
        let error = Trap::UnreachableCodeReached.into();
        let failure = failure(&error, &limiter(), &LastWords::default(), &actor());
        assert_eq!(failure.kind, FailureKind::Limit("memory-bytes".into()));
        assert!(
            failure.message.contains("may have 536870912"),
            "{failure:?}"
        );
    }

    #[test]
    fn division_by_zero_after_a_limit_is_the_division() {
        let error = Trap::IntegerDivisionByZero.into();
        let failure = failure(&error, &limiter(), &LastWords::default(), &actor());
        assert!(matches!(failure.kind, FailureKind::Trap(_)));
        assert_eq!(failure.message, "the guest trapped: integer divide by zero");
    }

    #[test]
    fn frame_of_a_rust_function_is_shown_as_in_its_source() {
        let name = demangle("_ZN6primes8is_prime17h0123456789abcdefE");
        let shown = line(&name, Some("/home/me/primes/src/lib.rs"), Some(14));
        assert_eq!(shown.text, "at primes::is_prime (src/lib.rs:14)");
        assert!(!shown.is_noise);
        assert!(line("core::panicking::panic", None, None).is_noise);
    }
}
