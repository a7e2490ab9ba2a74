//! `tractor-host call`: values are checked against the function's types before anything is started.

use super::args::Call;
use super::exit::{self, Exit};
use super::output::print;
use super::run::prepare;
use super::session::{Ended, Session, not_started};
use tractor_host::{Codec, Payload};
use tractor_wasm::{Prepared, value};

/// Calls a function and prints what it gives: nothing, where it gives nothing.
pub(crate) fn call(arguments: Call) -> Result<(), Exit> {
    let Call {
        flags,
        json,
        file,
        call,
    } = arguments;
    let call = parse(&call)?;
    let codec = if json { Codec::Json } else { Codec::Wave };
    let (main, bundle) = prepare(&file, &flags)?;
    let payload = call.arguments(codec);
    let function = check(&main, call.function(), &payload)?;
    let actor = file.file_stem().unwrap_or_default().to_string_lossy();
    let session = Session {
        flags: &flags,
        main,
        bundle,
        actor: actor.into_owned(),
        function,
        arguments: payload,
        restart: None,
    };
    match session.run()? {
        Ended::Value(value) => show(&value),
        Ended::NotStarted(failure) => Err(not_started(&failure, &flags)),
        Ended::Failed { error, main } => Err(exit::of_error(&error, &main)),
        Ended::Cut(exit) => Err(exit),
    }
}

fn parse(text: &str) -> Result<value::Call<'_>, Exit> {
    value::Call::parse(text).ok_or_else(|| {
        let text = text.trim();
        Exit::new(
            exit::USAGE,
            format!(
                "`{text}` is no call\n  write the function and its arguments, such as 'add(1, 2)'"
            ),
        )
    })
}

/// Finds the function and reads its arguments, as the worker will. Gives its full name.
fn check(main: &Prepared, function: &str, arguments: &Payload) -> Result<String, Exit> {
    let usage = |error: &dyn std::fmt::Display| Exit::new(exit::USAGE, error.to_string());
    let found = main
        .functions()
        .resolve(function)
        .map_err(|error| usage(&error))?;
    if found.is_context() {
        let text = format!(
            "`{function}` takes a context, which only an actor can open: it cannot be called from here"
        );
        return Err(Exit::new(exit::USAGE, text));
    }
    found.check_result().map_err(|error| usage(&error))?;
    found
        .decode_arguments(arguments)
        .map_err(|error| usage(&error))?;
    Ok(found.full_name())
}

fn show(value: &Payload) -> Result<(), Exit> {
    let text = String::from_utf8_lossy(&value.bytes);
    let nothing = text.is_empty() || value.codec == Codec::Json && text == "null";
    match nothing {
        true => Ok(()),
        false => print(&format!("{text}\n")),
    }
}
