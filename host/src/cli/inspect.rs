//! `tractor-host inspect`.

use super::args::Inspect;
use super::component::{read, signatures};
use super::exit::Exit;
use super::output::print;
use serde_json::{Value, json};
use tractor_wasm::inspect::Signatures;

/// Prints what a component exports and asks for.
pub(crate) fn inspect(arguments: &Inspect) -> Result<(), Exit> {
    let (name, bytes) = read(&arguments.file)?;
    let found = signatures(&name, &bytes)?;
    match arguments.json {
        true => print(&format!("{:#}\n", as_json(&found))),
        false => print(&format!("{found}\n")),
    }
}

fn as_json(found: &Signatures) -> Value {
    let functions = found.functions.iter().map(|function| {
        json!({
            "name": function.name,
            "types": function.types,
            "async": function.is_async,
            "context": function.is_context,
            "messages": function.messages,
        })
    });
    let asks = found
        .asks
        .iter()
        .map(|ask| json!({ "for": ask.to_string(), "flag": ask.flag() }));
    json!({
        "component": found.component,
        "kind": found.kind.to_string(),
        "tractor-actor": found.actor_version,
        "functions": functions.collect::<Value>(),
        "types": found.types,
        "asks": asks.collect::<Value>(),
        "imports": found.imports,
    })
}
