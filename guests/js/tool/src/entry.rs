//! The module that the runtime evaluates: it exports what the world does, each function wrapped by the SDK.

use crate::arguments::Arguments;
use crate::types::{literal, optional, text};
use crate::wit::World;
use anyhow::{Context, Result, bail};
use heck::ToLowerCamelCase;
use std::fmt::Write;
use std::path::Path;
use wit_parser::{Function, FunctionKind, WorldItem};

/// The file of the SDK in whose place the module stands.
pub(crate) const FILE: &str = "entry.js";

/// Writes the module.
pub(crate) fn source(world: &World, arguments: &Arguments) -> Result<String> {
    let main = from_sdk(arguments)?;
    let file = arguments
        .main
        .file_name()
        .unwrap_or_default()
        .to_string_lossy();
    let mut source = format!(
        "import * as guest from \"{main}\";\n\
         import {{ wrap }} from \"./exports.js\";\n\
         const of = (scope, name, wit) => wrap(scope, name, wit, \"{file}\");\n"
    );
    let mut names = Vec::new();
    for (key, item) in &world.resolve.worlds[world.world].exports {
        match item {
            WorldItem::Function(function) => {
                let name = function.name.to_lower_camel_case();
                let wrapped = wrapped(world, "guest", function)?;
                writeln!(source, "export const {name} = {wrapped};")?;
            }
            WorldItem::Interface { id, .. } => {
                let full = world.resolve.name_world_key(key);
                let interface = &world.resolve.interfaces[*id];
                let name = short(&full);
                if names.contains(&name) {
                    bail!("the world exports two interfaces that JavaScript would call `{name}`");
                }
                writeln!(source, "export const {name} = {{")?;
                for function in interface.functions.values() {
                    let wrapped = wrapped(world, &format!("guest.{name}"), function)
                        .with_context(|| full.clone())?;
                    writeln!(
                        source,
                        "  {}: {wrapped},",
                        function.name.to_lower_camel_case()
                    )?;
                }
                writeln!(source, "}};")?;
                names.push(name);
            }
            WorldItem::Type { .. } => {}
        }
    }
    Ok(source)
}

/// `ns:pkg/small-talk@0.1.0` is `smallTalk` in the runtime.
fn short(interface: &str) -> String {
    let name = interface.rsplit('/').next().unwrap_or(interface);
    let name = name.split('@').next().unwrap_or(name);
    name.to_lower_camel_case()
}

/// `of(guest, "add", {...})`: the function of that name, and its type.
fn wrapped(world: &World, scope: &str, function: &Function) -> Result<String> {
    let is_async = match function.kind {
        FunctionKind::Freestanding => false,
        FunctionKind::AsyncFreestanding => true,
        _ => bail!(
            "`{}` is of a resource: those cannot be exported",
            function.name
        ),
    };
    let typed = || -> Result<String> {
        let parameters = function.params.iter().map(|parameter| {
            Ok(format!(
                "[{},{}]",
                text(&parameter.name),
                literal(world, &parameter.ty)?
            ))
        });
        let parameters = parameters.collect::<Result<Vec<_>>>()?.join(",");
        let result = optional(world, function.result.as_ref())?;
        Ok(format!(
            "{{async:{is_async},parameters:[{parameters}],result:{result}}}"
        ))
    };
    let typed = typed().with_context(|| format!("function `{}`", function.name))?;
    Ok(format!("of({scope}, {}, {typed})", text(&function.name)))
}

/// The main module as the SDK's folder sees it.
fn from_sdk(arguments: &Arguments) -> Result<String> {
    let inside = |path: &Path| -> Result<_> {
        let within = path.strip_prefix(&arguments.root);
        let within = within.with_context(|| {
            format!(
                "{} is not within {}",
                path.display(),
                arguments.root.display()
            )
        })?;
        Ok(within.to_path_buf())
    };
    let up = "../".repeat(inside(&arguments.sdk)?.components().count());
    let main = inside(&arguments.main)?;
    let main = main
        .to_str()
        .context("the main module's path is not UTF-8")?;
    if main.contains(['"', '\\', '\n']) {
        bail!("{main}: quotes and backslashes in paths are too much for this tool");
    }
    Ok(format!("{up}{main}"))
}
