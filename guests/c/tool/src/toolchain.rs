//! Where clang and the C library are: a folder laid out as a wasi-sdk, with `bin/clang` and `share/wasi-sysroot`; and rustc's linker.

use std::{
    env,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail, ensure};

use crate::command::{command, text};

/// The folder of the C library's target, below `include` and `lib`.
const TARGET: &str = "wasm32-wasip2";

/// What compiles and links.
pub(crate) struct Toolchain {
    pub(crate) clang: PathBuf,
    pub(crate) include: PathBuf,
    /// With `crt1-reactor.o` and `libc.a`.
    pub(crate) lib: PathBuf,
    /// rustc's `wasm-component-ld`, and the `wasm-ld` that it calls.
    pub(crate) linker: PathBuf,
    pub(crate) wasm_ld: PathBuf,
    /// For what clang leaves to a library, such as 128-bit arithmetic.
    pub(crate) builtins: PathBuf,
}

impl Toolchain {
    /// Looks where `WASI_SDK_PATH` says, or else where `cargo xtask setup --lang c` puts it.
    pub(crate) fn find() -> Result<Self> {
        let folder = folder()?;
        let sysroot = folder.join("share/wasi-sysroot");
        let rustlib = rustlib()?;
        let host = rustlib.join(host()?).join("bin");
        let found = Self {
            clang: folder.join("bin/clang"),
            include: sysroot.join("include").join(TARGET),
            lib: sysroot.join("lib").join(TARGET),
            linker: host.join("wasm-component-ld"),
            wasm_ld: host.join("gcc-ld/wasm-ld"),
            builtins: builtins(&rustlib.join(TARGET).join("lib"))?,
        };
        for part in [&found.clang, &found.include, &found.lib, &found.linker] {
            ensure!(part.exists(), "{} is missing", part.display());
        }
        Ok(found)
    }
}

fn folder() -> Result<PathBuf> {
    if let Some(folder) = env::var_os("WASI_SDK_PATH").filter(|v| !v.is_empty()) {
        return Ok(folder.into());
    }
    let cache = env::var_os("XDG_CACHE_HOME").filter(|v| !v.is_empty());
    let cache = cache.map(PathBuf::from);
    let cache = cache.or_else(|| Some(env::home_dir()?.join(".cache")));
    let tools = cache.map(|cache| cache.join("tractor-host/tools"));
    let entries = tools.and_then(|tools| tools.read_dir().ok());
    let folders = entries.into_iter().flatten().flatten();
    let ours = |folder: &PathBuf| {
        let name = folder.file_name().unwrap_or_default().to_string_lossy();
        name.starts_with("c-wasi-") && folder.join(".ready").exists()
    };
    let newest = folders.map(|entry| entry.path()).filter(ours).max();
    newest.context(
        "there is no clang with a C library for wasm32-wasip2: run `cargo xtask setup --lang c` in a clone of tractor-host, \
         or name the folder of a wasi-sdk in WASI_SDK_PATH",
    )
}

fn rustlib() -> Result<PathBuf> {
    let sysroot = rustc(&["--print", "sysroot"])?;
    Ok(Path::new(sysroot.trim()).join("lib/rustlib"))
}

fn host() -> Result<String> {
    let identity = rustc(&["-vV"])?;
    let host = identity.lines().find_map(|l| l.strip_prefix("host: "));
    Ok(host.context("`rustc -vV` names no host")?.to_owned())
}

fn rustc(arguments: &[&str]) -> Result<String> {
    let program = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let mut rustc = command(program);
    rustc.args(arguments);
    text(rustc).context("rustc links the component")
}

fn builtins(lib: &Path) -> Result<PathBuf> {
    let entries = lib.read_dir().into_iter().flatten().flatten();
    let mut paths = entries.map(|entry| entry.path());
    let found = paths.find(|path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.starts_with("libcompiler_builtins-") && name.ends_with(".rlib")
    });
    match found {
        Some(found) => Ok(found),
        None => bail!(
            "rustc has no target {TARGET}: `rustup target add {TARGET}`, or `cargo xtask setup` in a clone of tractor-host"
        ),
    }
}
