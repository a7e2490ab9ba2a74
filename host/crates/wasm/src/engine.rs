//! The settings of the engine, each with its reason.
//!
//! Two engines exist: the supervisor's compiles, a worker's only maps what was compiled. Whatever changes the compiled code is
//! set for both alike, so that the one's code is valid in the other; a test holds them to it.

use std::num::NonZeroUsize;
use wasmtime::{Config, Engine, WasmBacktraceDetails};

/// Bytes of stack for wasm frames, 1 MiB: twice wasmtime's default, because the interpreter loop of CPython nests deep.
/// A guest that needs more traps with a stack overflow.
const WASM_STACK_BYTES: usize = 1 << 20;

/// Bytes of a fiber's stack, 2 MiB: what wasm may use, and as much again for host functions. Only touched pages cost memory.
const FIBER_STACK_BYTES: usize = 2 << 20;

/// Frames in a backtrace, 64: panics of a Rust guest begin with about ten of the panic machinery. More are cut off.
const BACKTRACE_FRAMES: NonZeroUsize = NonZeroUsize::new(64).expect("64 is not zero");

/// What an engine is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Compiling components. Uses all cores.
    Compile,
    /// Running what was compiled. Has no compiler and starts no thread.
    Run,
}

/// Makes an engine.
///
/// # Errors
///
/// wasmtime's, if the machine lacks what the settings need.
pub(crate) fn engine(purpose: Purpose) -> wasmtime::Result<Engine> {
    let mut config = Config::new();
    set_features(&mut config);
    set_code(&mut config);
    match purpose {
        Purpose::Compile => config.parallel_compilation(true),
        // Without a compiler an engine is ready sooner, and a worker stays small.
        Purpose::Run => config.parallel_compilation(false).enable_compiler(false),
    };
    Engine::new(&config)
}

/// What a component may be made of.
fn set_features(config: &mut Config) {
    config
        // `async func`, streams and futures; the further built-ins and the stackful form are what toolchains other than
        // Rust's emit (componentize-py, C with fibers).
        .wasm_component_model_async(true)
        .wasm_component_model_more_async_builtins(true)
        .wasm_component_model_async_stackful(true)
        // componentize-py and Java-like toolchains emit them.
        .wasm_gc(true)
        .wasm_function_references(true)
        .wasm_exceptions(true);
}

/// What the compiled code looks like, and the memory around it.
///
/// Reservations of memory keep their defaults: 4 GiB of address space for each linear memory cost a small process nothing but
/// address space, and spare a bounds check on every access.
fn set_code(config: &mut Config) {
    config
        // Lets a guest that never waits be stopped, and share its thread.
        .epoch_interruption(true)
        // A failure names source lines wherever the component has debug information, not only if a variable is set.
        .wasm_backtrace_details(WasmBacktraceDetails::Enable)
        .wasm_backtrace_max_frames(Some(BACKTRACE_FRAMES))
        // Host unwinders never walk guest frames; the tables would only make cache entries larger.
        .native_unwind_info(false)
        // Initial memory is mapped from the cache entry and shared between workers until written to.
        .memory_init_cow(true)
        .max_wasm_stack(WASM_STACK_BYTES)
        .async_stack_size(FIBER_STACK_BYTES);
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasmtime::component::Component;

    /// The smallest component there is.
    const EMPTY: &[u8] = b"\0asm\x0d\0\x01\0";

    #[test]
    fn compiled_code_of_one_engine_runs_in_the_other() {
        let code = engine(Purpose::Compile)
            .expect("compiles")
            .precompile_component(EMPTY)
            .expect("empty component");
        let file = tempfile::NamedTempFile::new().expect("temp file");
        std::fs::write(file.path(), code).expect("written");
        let run = engine(Purpose::Run).expect("runs");
        crate::compiled::map_path(&run, file.path()).expect("compatible");
    }

    #[test]
    fn engine_for_running_refuses_to_compile() {
        let run = engine(Purpose::Run).expect("runs");
        assert!(Component::new(&run, EMPTY).is_err());
    }
}
