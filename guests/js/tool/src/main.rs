//! Builds JavaScript modules and a WIT world into a component.
//!
//! `tractor-js --wit DIR --root DIR [--world NAME] [--sdk DIR] MAIN.js -o OUT.wasm`
//!
//! The component's exports are those of the world; each is a function that `MAIN.js` exports, wrapped by the SDK, which is told the types:
//! it checks values, turns exceptions into failures and ends each task with its function. The imports are those of the world, all of
//! `tractor:actor`, and standard output and error.

mod arguments;
mod entry;
mod types;
mod wit;

use anyhow::{Context, Result};
use arguments::{Arguments, Request};
use componentize_qjs::{ComponentizeOpts, Runtime, componentize};
use std::process::ExitCode;
use std::{env, fs};

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<()> {
    match Request::read(env::args().skip(1))? {
        Request::Version => {
            println!("tractor-js {}", env!("CARGO_PKG_VERSION"));
            Ok(())
        }
        Request::Help => {
            println!("{}", arguments::USAGE);
            Ok(())
        }
        Request::Build(arguments) => build(&arguments),
    }
}

fn build(arguments: &Arguments) -> Result<()> {
    let packages = wit::Packages::gather(arguments)?;
    let world = packages.resolve()?;
    let source = entry::source(&world, arguments)?;
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    let component = runtime.block_on(componentize(&ComponentizeOpts {
        wit_path: packages.folder(),
        world_name: Some(wit::WORLD),
        js_source: &source,
        js_path: Some(&arguments.sdk.join(entry::FILE)),
        module_root: Some(&arguments.root),
        stub_wasi: false,
        disable_gc: false,
        runtime: Runtime::Default,
    }))?;
    fs::write(&arguments.output, component)
        .with_context(|| format!("cannot write {}", arguments.output.display()))
}
