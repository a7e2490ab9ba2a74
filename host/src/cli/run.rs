//! `tractor-host run`.

use super::args::{Flags, Run};
use super::component::Compiler;
use super::exit::{self, Exit};
use super::links;
use super::session::{Ended, Session, not_started};
use std::path::Path;
use tractor_host::{Codec, Payload};
use tractor_wasm::Prepared;
use tractor_wasm::inspect::{Functions, Kind};

/// Functions listed of what is no program.
const MOST_LISTED: usize = 8;

/// The function that a program exports.
const RUN: &str = "run";

/// Runs a program.
pub(crate) fn run(arguments: Run) -> Result<(), Exit> {
    let Run {
        flags,
        restarts,
        program,
    } = arguments;
    let (file, rest) = program
        .split_first()
        .ok_or_else(|| Exit::quiet(exit::USAGE))?;
    // As elsewhere a `--` may say that what follows is the program's; one that is for the program itself is written twice.
    let rest = match rest {
        [first, rest @ ..] if first == "--" => rest,
        rest => rest,
    };
    let mut texts = Vec::with_capacity(rest.len());
    for argument in rest {
        let text = argument.to_str().ok_or_else(|| {
            let shown = argument.to_string_lossy();
            Exit::new(
                exit::USAGE,
                format!("the argument `{shown}` is not valid UTF-8, as a program's arguments are"),
            )
        })?;
        texts.push(text);
    }
    let json = serde_json::to_vec(&[texts])
        .map_err(|error| Exit::new(exit::INTERNAL, error.to_string()))?;
    let (main, bundle) = prepare(Path::new(file), &flags)?;
    let function = entry(&main)?;
    let session = Session {
        flags: &flags,
        main,
        bundle,
        actor: "main".to_owned(),
        function,
        arguments: Payload::new(Codec::Json, json),
        restart: restarts.restart(),
    };
    match session.run()? {
        Ended::Value(_) => Ok(()),
        Ended::NotStarted(failure) => Err(not_started(&failure, &flags)),
        Ended::Failed { error, main } => Err(exit::of_error(&error, &main)),
        Ended::Cut(exit) => Err(exit),
    }
}

/// Compiles what the command line names: the component and its bundle.
pub(crate) fn prepare(
    file: &Path,
    flags: &Flags,
) -> Result<(Prepared, Vec<(String, Prepared)>), Exit> {
    let mut compiler = Compiler::new(flags)?;
    let main = compiler.prepare(file)?;
    let mut bundle = Vec::new();
    for named in &flags.grants.actors {
        if bundle.iter().any(|(name, _)| *name == named.name) {
            let text = format!(
                "two components are named `{}`: give each --actor a name of its own",
                named.name
            );
            return Err(Exit::new(exit::USAGE, text));
        }
        bundle.push((named.name.clone(), compiler.prepare(&named.file)?));
    }
    links::check(&main, &bundle, &flags.grants.links)?;
    Ok((main, bundle))
}

/// The function that is the program. Refuses what has none, and says what it is instead.
fn entry(main: &Prepared) -> Result<String, Exit> {
    let (name, functions) = (main.name(), main.functions());
    let command = functions.iter().find(|function| function.is_command());
    match (functions.kind(), command) {
        (Kind::Program, _) => return Ok(RUN.to_owned()),
        (_, Some(command)) => return Ok(command.full_name()),
        _ => {}
    }
    let advice = match functions.iter().next() {
        None => "it exports no functions".to_owned(),
        Some(_) => exports(functions),
    };
    let wanted = "run: async func(arguments: list<string>) -> result<_, error>";
    let text = format!("{name} is no program: it exports no `{wanted}`\n  {advice}");
    Err(Exit::new(exit::BAD_COMPONENT, text))
}

fn exports(functions: &Functions) -> String {
    let mut text = format!(
        "call its functions with `tractor-host call {} 'FUNCTION(ARGUMENTS)'`:",
        functions.component()
    );
    for function in functions.iter().take(MOST_LISTED) {
        text.push_str(&format!("\n    {function}"));
    }
    match functions.iter().count().saturating_sub(MOST_LISTED) {
        0 => text,
        more => format!("{text}\n    and {more} more, which `tractor-host inspect` lists"),
    }
}
