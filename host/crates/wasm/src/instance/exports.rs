//! The functions that a component exports, which are the functions of its actor.

use crate::value::{Shape, Signature};
use std::fmt;
use std::sync::Arc;
use tractor_runtime::worker::Context;
use wasmtime::component::types::{ComponentItem, Type};
use wasmtime::component::{Component, Func, Instance, ResourceType};
use wasmtime::{AsContextMut, Engine};

/// How a function takes its context.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Takes {
    /// It takes none.
    Nothing,
    /// It is given the context for good.
    Context,
    /// It is lent the context for the call.
    Borrow,
}

/// An exported function.
pub(super) struct Function {
    /// Its full name: `ns:pkg/iface@1.0.0#func`, or the bare name of a function of the world.
    pub(super) name: String,
    pub(super) func: Func,
    pub(super) takes: Takes,
    pub(super) signature: Signature,
    /// Whether the error it declares is `tractor:actor/types.error`.
    pub(super) raises: bool,
}

/// The functions of one instance.
pub(super) struct Exports {
    functions: Vec<Arc<Function>>,
}

/// No one function has this name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum NotFound {
    /// None has; these are alike.
    Unknown { asked: String, near: Vec<String> },
    /// These have.
    Ambiguous {
        asked: String,
        candidates: Vec<String>,
    },
}

impl Exports {
    /// Reads them off an instance.
    pub(super) fn of(
        component: &Component,
        instance: Instance,
        mut store: impl AsContextMut,
    ) -> Self {
        let raised = raised(component);
        let functions = names(component)
            .into_iter()
            .filter_map(|(interface, bare)| {
                let interface_index = match &interface {
                    Some(interface) => Some(component.get_export_index(None, interface.as_str())?),
                    None => None,
                };
                let index = component.get_export_index(interface_index.as_ref(), bare.as_str())?;
                let func = instance.get_func(&mut store, index)?;
                let name =
                    interface.map_or(bare.clone(), |interface| format!("{interface}#{bare}"));
                Some(Arc::new(Function::new(
                    name,
                    func,
                    &mut store,
                    raised.as_ref(),
                )))
            });
        Self {
            functions: functions.collect(),
        }
    }

    /// Finds the function that is called `asked`: by its full name, without the version, or by its bare name.
    pub(super) fn find(&self, asked: &str) -> Result<&Arc<Function>, NotFound> {
        let exact = self
            .functions
            .iter()
            .find(|function| function.name == asked);
        let mut candidates = self
            .functions
            .iter()
            .filter(|function| function.is_called(asked));
        match (exact, candidates.next(), candidates.next()) {
            (Some(found), _, _) | (None, Some(found), None) => Ok(found),
            (None, None, _) => Err(self.unknown(asked)),
            (None, Some(one), Some(two)) => Err(NotFound::Ambiguous {
                asked: asked.to_owned(),
                candidates: [one, two]
                    .into_iter()
                    .chain(candidates)
                    .map(|function| function.name.clone())
                    .collect(),
            }),
        }
    }

    fn unknown(&self, asked: &str) -> NotFound {
        let distance = |function: &Function| {
            let bare = strsim::damerau_levenshtein(bare_name(&function.name), bare_name(asked));
            bare.min(strsim::damerau_levenshtein(&function.name, asked))
        };
        let mut near: Vec<_> = self
            .functions
            .iter()
            .map(|function| (distance(function), function))
            .collect();
        near.sort_by_key(|(distance, _)| *distance);
        NotFound::Unknown {
            asked: asked.to_owned(),
            near: near
                .into_iter()
                .take(3)
                .map(|(_, function)| function.name.clone())
                .collect(),
        }
    }
}

impl Function {
    fn new(name: String, func: Func, store: impl AsContextMut, raised: Option<&Shape>) -> Self {
        let ty = func.ty(store);
        let takes = ty
            .params()
            .next()
            .map_or(Takes::Nothing, |(_, first)| takes(&first));
        let skipped = usize::from(takes != Takes::Nothing);
        let parameters: Vec<_> = ty
            .params()
            .skip(skipped)
            .map(|(name, ty)| (name.to_owned(), ty))
            .collect();
        let signature = Signature::new(&parameters, ty.results().next().as_ref());
        let raises = match &signature.result {
            Some(Shape::Result(_, Some(error))) => raised.is_some_and(|raised| **error == *raised),
            _ => false,
        };
        Self {
            name,
            func,
            takes,
            signature,
            raises,
        }
    }

    fn is_called(&self, asked: &str) -> bool {
        self.name == asked || bare_name(&self.name) == asked || without_version(&self.name) == asked
    }
}

impl fmt::Display for NotFound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown { asked, near } if near.is_empty() => {
                write!(f, "no function `{asked}`: the component exports none")
            }
            Self::Unknown { asked, near } => {
                write!(f, "no function `{asked}`; there is `{}`", near.join("`, `"))
            }
            Self::Ambiguous { asked, candidates } => write!(
                f,
                "more than one function is called `{asked}`: say which of `{}`",
                candidates.join("`, `")
            ),
        }
    }
}

fn takes(first: &Type) -> Takes {
    let context = ResourceType::host::<Context>();
    match first {
        Type::Own(resource) if *resource == context => Takes::Context,
        Type::Borrow(resource) if *resource == context => Takes::Borrow,
        _ => Takes::Nothing,
    }
}

fn bare_name(name: &str) -> &str {
    name.rsplit_once('#').map_or(name, |(_, bare)| bare)
}

fn without_version(name: &str) -> String {
    match name.split_once('#') {
        Some((interface, bare)) => {
            let interface = interface
                .split_once('@')
                .map_or(interface, |(interface, _)| interface);
            format!("{interface}#{bare}")
        }
        None => name.to_owned(),
    }
}

/// Interface, if it is in one, and name of each exported function. Methods of resources are left out: a resource
/// belongs to one instance.
fn names(component: &Component) -> Vec<(Option<String>, String)> {
    let engine = component.engine();
    let mut found = Vec::new();
    for (name, export) in component.component_type().exports(engine) {
        match export.ty {
            ComponentItem::ComponentFunc(_) => found.push((None, name.to_owned())),
            ComponentItem::ComponentInstance(interface) => {
                let functions = interface
                    .exports(engine)
                    .filter(|(_, item)| is_function(&item.ty));
                found.extend(functions.map(|(bare, _)| (Some(name.to_owned()), bare.to_owned())));
            }
            _ => {}
        }
    }
    found.retain(|(_, bare)| !bare.starts_with('['));
    found
}

fn is_function(item: &ComponentItem) -> bool {
    matches!(item, ComponentItem::ComponentFunc(_))
}

/// The form of `tractor:actor/types.error`, if the component knows it.
fn raised(component: &Component) -> Option<Shape> {
    let engine: &Engine = component.engine();
    let ty = component.component_type();
    let mut imports = ty.imports(engine);
    let (_, types) = imports.find(|(name, _)| name.starts_with("tractor:actor/types@"))?;
    let ComponentItem::ComponentInstance(types) = types.ty else {
        return None;
    };
    match types.get_export(engine, "error")?.ty {
        ComponentItem::Type(error) => Some(Shape::of(&error)),
        _ => None,
    }
}
