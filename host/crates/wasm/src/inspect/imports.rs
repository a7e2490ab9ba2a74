//! What a component imports beside WASI and our own package: interfaces that other components export, which actors can satisfy.

use super::functions::Functions;
use super::names::{full, is_interface};
use crate::value::{Shape, Signature};
use std::fmt::Write;
use wasmtime::Engine;
use wasmtime::component::Component;
use wasmtime::component::types::{ComponentFunc, ComponentItem};

/// Packages whose interfaces the host itself has.
const OURS: [&str; 2] = ["wasi:", "tractor:actor/"];

/// An imported interface.
#[derive(Clone, Debug)]
pub struct Import {
    /// Its name in full: `ns:pkg/iface@0.1.0`.
    pub interface: String,
    /// The functions that the component imports of it: not more than it uses.
    pub functions: Vec<ImportedFunction>,
    /// What is in it that another process cannot give, if anything is.
    pub obstacle: Option<String>,
}

/// One function of it.
#[derive(Clone, Debug)]
pub struct ImportedFunction {
    /// Its name without the interface.
    pub name: String,
    /// What it takes and gives.
    pub signature: Signature,
    /// Whether it is an `async func`, which lets others run while it waits.
    pub is_async: bool,
}

/// Why an actor cannot satisfy an import.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct LinkError(String);

/// The imports of `component` that are to be satisfied by actors.
pub(crate) fn imports(component: &Component) -> Vec<Import> {
    let engine = component.engine();
    let ty = component.component_type();
    let foreign = ty
        .imports(engine)
        .filter(|(name, item)| !is_ours(name) && !has_only_types(&item.ty, engine));
    let found = foreign.filter_map(|(name, item)| match item.ty {
        ComponentItem::ComponentInstance(instance) => {
            let exports = instance.exports(engine);
            Some(import(name, exports.map(|(name, item)| (name, item.ty))))
        }
        ComponentItem::Type(_) | ComponentItem::Resource(_) => None,
        _ => Some(Import {
            interface: name.to_owned(),
            functions: Vec::new(),
            obstacle: Some("it belongs to no interface".to_owned()),
        }),
    });
    found.collect()
}

/// Whether the host itself has the interface.
pub(crate) fn is_ours(interface: &str) -> bool {
    OURS.iter().any(|package| interface.starts_with(package))
}

/// Whether it is an interface that gives names to types and no more, such as those of messages: nothing has to satisfy it.
pub(crate) fn has_only_types(item: &ComponentItem, engine: &Engine) -> bool {
    match item {
        ComponentItem::ComponentInstance(instance) => {
            let mut exports = instance.exports(engine);
            exports.all(|(_, item)| matches!(item.ty, ComponentItem::Type(_)))
        }
        _ => false,
    }
}

fn import<'a>(name: &str, items: impl Iterator<Item = (&'a str, ComponentItem)>) -> Import {
    let mut import = Import {
        interface: name.to_owned(),
        functions: Vec::new(),
        obstacle: None,
    };
    for (name, item) in items {
        match item {
            ComponentItem::ComponentFunc(ty) if !name.starts_with('[') => {
                let function = function(name, &ty);
                let what = function.signature.refused();
                import.functions.push(function);
                let refusal = what.map(|what| format!("its function `{name}` passes {what}"));
                import.obstacle = import.obstacle.or(refusal);
            }
            ComponentItem::Resource(_) => {
                let text = format!("its resource `{name}` cannot leave its component");
                import.obstacle.get_or_insert(text);
            }
            _ => {}
        }
    }
    import
}

fn function(name: &str, ty: &ComponentFunc) -> ImportedFunction {
    let parameters = ty.params();
    ImportedFunction {
        name: name.to_owned(),
        signature: Signature {
            parameters: parameters
                .map(|(name, ty)| (name.to_owned(), Shape::of(&ty)))
                .collect(),
            result: ty.results().next().map(|ty| Shape::of(&ty)),
        },
        is_async: ty.async_(),
    }
}

impl Import {
    /// Whether it is the interface that `asked` names: `ns:pkg/iface`, with or without a version.
    pub fn is_called(&self, asked: &str) -> bool {
        is_interface(asked, &self.interface)
    }

    /// Looks whether the functions of a component satisfy it: whether each is there, with the same types.
    ///
    /// # Errors
    ///
    /// Says what does not fit.
    pub fn check(&self, exporter: &Functions) -> Result<(), LinkError> {
        self.check_crossing()?;
        for function in &self.functions {
            let asked = function.typed_name(&self.interface);
            if let Err(error) = exporter.resolve_typed(&asked) {
                return Err(LinkError(error.to_string()));
            }
        }
        Ok(())
    }

    /// Looks whether any actor at all can satisfy it.
    ///
    /// # Errors
    ///
    /// Says what cannot go from one process to another.
    pub fn check_crossing(&self) -> Result<(), LinkError> {
        match &self.obstacle {
            None => Ok(()),
            Some(obstacle) => {
                let interface = &self.interface;
                let text = format!("no actor can satisfy the import `{interface}`: {obstacle}");
                Err(LinkError(text))
            }
        }
    }
}

impl ImportedFunction {
    /// How it is called in another actor, whose host looks whether the types are the same: `ns:pkg/iface@0.1.0#add(u32, u32) -> u32`.
    pub fn typed_name(&self, interface: &str) -> String {
        let mut text = full(Some(interface), &self.name);
        // Writing to a string cannot fail.
        let _ = write!(text, "{}", self.signature.types());
        text
    }
}
