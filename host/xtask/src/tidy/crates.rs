//! Arrows between crates point only downward, and heavy dependencies stay where they belong.

use anyhow::{Context, Result};
use serde_json::Value;

use super::problem::Problem;

/// The crates from the ground up: each may use those before it.
const LAYERS: [&str; 5] = [
    "tractor-protocol",
    "tractor-transport",
    "tractor-runtime",
    "tractor-wasm",
    "tractor-host",
];

/// Crates beside the layers, which use none of them.
const BESIDE: [&str; 1] = ["xtask"];

/// The one crate that links the engine.
const ENGINE_HOME: &str = "tractor-wasm";

/// What protocol, pure data, must not need.
const ASYNC: [&str; 4] = ["tokio", "futures", "async-", "quinn"];

/// Looks at the output of `cargo metadata --no-deps`.
pub(super) fn check(metadata: &Value) -> Result<Vec<Problem>> {
    let root = text(metadata, "workspace_root")?;
    let mut problems = Vec::new();
    for package in list(metadata, "packages")? {
        let name = text(package, "name")?;
        let manifest = text(package, "manifest_path")?;
        let manifest = manifest.strip_prefix(root).unwrap_or(manifest);
        for dependency in list(package, "dependencies")? {
            let on = text(dependency, "name")?;
            problems.extend(breaks(name, on).map(|remedy| Problem {
                file: manifest.trim_start_matches('/').to_owned(),
                line: None,
                what: format!("{name} depends on {on}"),
                remedy,
            }));
        }
    }
    Ok(problems)
}

/// Tells what to do if `name` must not depend on `on`.
fn breaks(name: &str, on: &str) -> Option<&'static str> {
    if is_upward(name, on) {
        return Some("arrows point downward: protocol, transport, runtime, wasm, tractor-host");
    }
    if is_engine(on) && name != ENGINE_HOME {
        return Some("only tractor-wasm links the engine: go through its API");
    }
    let is_async = ASYNC.iter().any(|prefix| on.starts_with(prefix));
    if name == LAYERS[0] && is_async {
        return Some("protocol is pure data: no async, no clock");
    }
    None
}

fn is_upward(name: &str, on: &str) -> bool {
    let layer = |name| LAYERS.iter().position(|layer| *layer == name);
    match (layer(name), layer(on)) {
        (Some(user), Some(used)) => used >= user,
        (None, Some(_)) => BESIDE.contains(&name),
        (_, None) => BESIDE.contains(&on),
    }
}

fn is_engine(name: &str) -> bool {
    name.starts_with("wasmtime") || name.starts_with("cranelift")
}

fn text<'a>(value: &'a Value, key: &str) -> Result<&'a str> {
    value[key]
        .as_str()
        .with_context(|| format!("cargo metadata lacks `{key}`"))
}

fn list<'a>(value: &'a Value, key: &str) -> Result<&'a Vec<Value>> {
    value[key]
        .as_array()
        .with_context(|| format!("cargo metadata lacks `{key}`"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn problems(name: &str, on: &str) -> Vec<Problem> {
        let metadata = json!({
            "workspace_root": "/r",
            "packages": [{
                "name": name,
                "manifest_path": "/r/host/x/Cargo.toml",
                "dependencies": [{ "name": "serde" }, { "name": on }],
            }],
        });
        check(&metadata).unwrap()
    }

    #[test]
    fn arrow_downward_passes() {
        assert_eq!(problems("tractor-runtime", "tractor-protocol"), []);
        assert_eq!(problems("tractor-host", "tractor-wasm"), []);
        assert_eq!(problems("tractor-wasm", "wasmtime-wasi"), []);
        assert_eq!(problems("tractor-runtime", "tokio"), []);
    }

    #[test]
    fn arrow_that_must_not_be_is_found() {
        let arrows = [
            ("tractor-protocol", "tractor-transport"),
            ("tractor-runtime", "tractor-wasm"),
            ("tractor-runtime", "tractor-runtime"),
            ("tractor-host", "wasmtime"),
            ("tractor-runtime", "wasmtime-wasi"),
            ("tractor-protocol", "tokio"),
            ("xtask", "tractor-protocol"),
            ("tractor-host", "xtask"),
        ];
        for (name, on) in arrows {
            let problems = problems(name, on);
            assert_eq!(problems.len(), 1, "{name} -> {on}");
            assert_eq!(problems[0].file, "host/x/Cargo.toml");
        }
    }

    #[test]
    fn metadata_of_another_form_is_an_error() {
        assert!(check(&json!({ "packages": [] })).is_err());
    }
}
