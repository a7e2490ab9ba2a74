//! The functions of a compiled component, for dispatch.
//!
//! # Invariants
//!
//! 1. Every listed function can be reached by its full name, and by its bare name unless another one has it.
//! 2. A context function's signature leaves its context out: the host passes that, not the caller.
//! 3. Types are taken apart when a function is first used, so that a component of a thousand functions starts as fast as
//!    one of three.

use super::asks::{Ask, asks};
use super::error::ComponentError;
use super::imports::{Import, has_only_types, imports as foreign_imports, is_ours};
use super::messages::{Foreign, Named, foreign};
use super::names::{full, is_callable, matches};
use super::version::actor_version;
use crate::value::{Messages, Shape, Signature, ValueError};
use std::fmt;
use std::sync::{Arc, OnceLock};
use tractor_protocol::Payload;
use wasmtime::component::Val;
use wasmtime::component::types::{ComponentFunc, ComponentInstance, ComponentItem, Type};
use wasmtime::component::{Component, ComponentExportIndex, ResourceType};

/// How a component is to be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// It exports `run: async func(list<string>) -> result<_, error>`: `tractor-host run` starts it. A plain func is taken
    /// too, though it cannot wait.
    Program,
    /// It exports `wasi:cli/run`: an ordinary WASI program.
    Command,
    /// Its functions are called one by one.
    Library,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Program => "program",
            Self::Command => "WASI command",
            Self::Library => "library",
        })
    }
}

/// An exported function.
#[derive(Debug)]
pub struct Function {
    interface: Option<String>,
    name: String,
    index: ComponentExportIndex,
    ty: ComponentFunc,
    context: Option<String>,
    named: Named,
    signature: OnceLock<Signature>,
    error: Option<Arc<Shape>>,
}

impl Function {
    /// Its name without its interface.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its interface, unless the world itself exports it.
    pub fn interface(&self) -> Option<&str> {
        self.interface.as_deref()
    }

    /// Its name in full: `ns:pkg/iface@0.1.0#func`.
    pub fn full_name(&self) -> String {
        full(self.interface(), &self.name)
    }

    /// Where it is in the component.
    pub fn index(&self) -> &ComponentExportIndex {
        &self.index
    }

    /// Its type as wasmtime has it, the context included.
    pub fn ty(&self) -> &ComponentFunc {
        &self.ty
    }

    /// Whether it is an `async func`. One that is not may not wait in `tractor:actor`.
    pub fn is_async(&self) -> bool {
        self.ty.async_()
    }

    /// Whether its first parameter is a context, so that it is called by opening one.
    pub fn is_context(&self) -> bool {
        self.context.is_some()
    }

    /// Whether it is the `run` of a WASI command. Its type has no parameters, and whoever calls it passes the command's arguments; it
    /// may be opened as a context too, for the command's input and output.
    pub fn is_command(&self) -> bool {
        self.name == "run" && self.interface().is_some_and(is_wasi_run)
    }

    /// Reads the arguments of a call. None are an empty list of them to a command.
    ///
    /// # Errors
    ///
    /// Fails when their number, or any of them, does not fit.
    pub fn decode_arguments(&self, arguments: &Payload) -> Result<Vec<Val>, ValueError> {
        let none = Signature {
            parameters: Vec::new(),
            result: None,
        };
        if self.is_command() && none.decode_arguments(&self.name, arguments).is_ok() {
            return Ok(vec![Val::List(Vec::new())]);
        }
        self.signature().decode_arguments(&self.name, arguments)
    }

    /// Whether what it gives can go to another process. What it takes is looked at with the arguments.
    ///
    /// # Errors
    ///
    /// Says what cannot.
    pub fn check_result(&self) -> Result<(), String> {
        let result = self.signature().result.as_ref();
        let Some(what) = result.and_then(Shape::refused) else {
            return Ok(());
        };
        let name = &self.name;
        Err(format!(
            "{name}: the result holds {what}, which cannot leave its component: only plain values go between actors"
        ))
    }

    /// The types of its messages, if it takes a context and its component names any.
    pub fn messages(&self) -> Option<&Arc<Messages>> {
        self.named.messages()
    }

    /// Whether its messages can go to another process.
    ///
    /// # Errors
    ///
    /// Says which cannot.
    pub(crate) fn check_messages(&self) -> Result<(), String> {
        let refused = self.messages().and_then(|messages| messages.refused());
        let Some((direction, what)) = refused else {
            return Ok(());
        };
        let name = &self.name;
        Err(format!(
            "{name}: what it {direction} holds {what}, which cannot leave its component: only plain values go between actors"
        ))
    }

    /// What a caller passes and gets: its parameters without the context, and its result.
    pub fn signature(&self) -> &Signature {
        self.signature.get_or_init(|| {
            if self.is_command() {
                return command_signature();
            }
            let params = self.ty.params().skip(usize::from(self.is_context()));
            Signature {
                parameters: params
                    .map(|(name, ty)| (name.to_owned(), Shape::of(&ty)))
                    .collect(),
                result: self.ty.results().next().map(|ty| Shape::of(&ty)),
            }
        })
    }

    /// Whether the error that it declares is `tractor:actor/types.error`.
    pub(crate) fn raises(&self) -> bool {
        match (&self.signature().result, &self.error) {
            (Some(Shape::Result(_, Some(err))), Some(raised)) => **err == **raised,
            _ => false,
        }
    }

    /// Its parameters and result as text, a context among them: `(ctx: context, n: u32) -> result<u32, error>`.
    pub(crate) fn types_text(&self) -> String {
        let mut signature = self.signature().clone();
        if let Some(Shape::Result(_, err)) = &mut signature.result
            && err.as_deref() == self.error.as_deref()
            && let Some(err) = err
        {
            **err = Shape::Refused("error");
        }
        let text = signature.to_string();
        match (&self.context, signature.parameters.is_empty()) {
            (None, _) => text,
            (Some(name), true) => text.replacen('(', &format!("({name}: context"), 1),
            (Some(name), false) => text.replacen('(', &format!("({name}: context, "), 1),
        }
    }

    /// Whether it is `run: async func(list<string>) -> result<_, error>` of the world itself.
    fn is_program(&self) -> bool {
        if self.interface.is_some() || self.name != "run" {
            return false;
        }
        let Signature { parameters, result } = self.signature();
        let takes_texts = match &parameters[..] {
            [(_, Shape::List(element))] => **element == Shape::String,
            _ => false,
        };
        let gives_error = match result {
            Some(Shape::Result(None, err @ Some(_))) => err.as_deref() == self.error.as_deref(),
            _ => false,
        };
        takes_texts && gives_error
    }

    pub(crate) fn is_called(&self, name: &str) -> bool {
        matches(name, self.interface(), &self.name)
    }
}

impl fmt::Display for Function {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.name, self.types_text())
    }
}

/// What the `run` of a command takes and gives, as its callers see it.
fn command_signature() -> Signature {
    let arguments = Shape::List(Box::new(Shape::String));
    Signature {
        parameters: vec![("arguments".to_owned(), arguments)],
        result: Some(Shape::Result(None, None)),
    }
}

/// The functions of one component, in the order of its exports.
#[derive(Debug)]
pub struct Functions {
    component: String,
    list: Vec<Function>,
    kind: Kind,
    asks: Vec<Ask>,
    actor_version: Option<String>,
    foreign: Vec<Import>,
    foreign_messages: Vec<Foreign>,
}

impl Functions {
    /// Reads the exports of `component`. `name` is how errors call it.
    ///
    /// # Errors
    ///
    /// Refuses a component that was built against a `tractor:actor` that this host cannot serve.
    pub fn of(name: &str, component: &Component) -> Result<Self, ComponentError> {
        let engine = component.engine();
        let ty = component.component_type();
        let imports = ty.imports(engine).filter(|(_, item)| !is_type(&item.ty));
        let imports: Vec<_> = imports.collect();
        let used = imports
            .iter()
            .filter(|(name, item)| is_ours(name) || !has_only_types(&item.ty, engine));
        let asks = asks(used.map(|(name, _)| *name));
        let imports: Vec<&str> = imports.iter().map(|(name, _)| *name).collect();
        let mut reader = Reader {
            component,
            context: context_resource(component),
            error: error_shape(component),
            list: Vec::new(),
        };
        for (export, _) in ty.exports(engine) {
            reader.export(export);
        }
        let command = ty.exports(engine).any(|(export, _)| is_wasi_run(export));
        Ok(Self {
            component: name.to_owned(),
            kind: kind(&reader.list, command),
            list: reader.list,
            asks,
            actor_version: actor_version(name, imports)?,
            foreign: foreign_imports(component),
            foreign_messages: foreign(component),
        })
    }

    /// The component's name, as errors call it.
    pub fn component(&self) -> &str {
        &self.component
    }

    /// How the component is to be used.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// What the component asks to be granted.
    pub fn asks(&self) -> &[Ask] {
        &self.asks
    }

    /// The version of `tractor:actor` that the component imports, if it does.
    pub fn actor_version(&self) -> Option<&str> {
        self.actor_version.as_deref()
    }

    /// The interfaces that it imports and the host does not have: actors can satisfy them.
    pub fn imports(&self) -> &[Import] {
        &self.foreign
    }

    /// The functions of other components of whose messages this one knows.
    pub(crate) fn foreign_messages(&self) -> &[Foreign] {
        &self.foreign_messages
    }

    /// All functions that can be called.
    pub fn iter(&self) -> std::slice::Iter<'_, Function> {
        self.list.iter()
    }
}

impl<'a> IntoIterator for &'a Functions {
    type Item = &'a Function;
    type IntoIter = std::slice::Iter<'a, Function>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// Whether an import only gives a name to a type of another import, as `use` in a world does.
fn is_type(item: &ComponentItem) -> bool {
    matches!(item, ComponentItem::Type(_) | ComponentItem::Resource(_))
}

pub(crate) fn is_wasi_run(export: &str) -> bool {
    export.starts_with("wasi:cli/run@")
}

fn kind(functions: &[Function], command: bool) -> Kind {
    if functions.iter().any(Function::is_program) {
        return Kind::Program;
    }
    if command {
        Kind::Command
    } else {
        Kind::Library
    }
}

/// What the component imports from `tractor:actor/{interface}` under `name`.
fn actor_import(component: &Component, interface: &str, name: &str) -> Option<ComponentItem> {
    let engine = component.engine();
    let ty = component.component_type();
    let prefix = format!("tractor:actor/{interface}@");
    let mut imports = ty.imports(engine);
    let (_, import) = imports.find(|(import, _)| import.starts_with(&prefix))?;
    match import.ty {
        ComponentItem::ComponentInstance(instance) => Some(instance.get_export(engine, name)?.ty),
        _ => None,
    }
}

/// The resource `context`, if the component imports it.
fn context_resource(component: &Component) -> Option<ResourceType> {
    match actor_import(component, "context", "context")? {
        ComponentItem::Resource(resource) => Some(resource),
        _ => None,
    }
}

/// The type `error`, if the component imports it: by far too long to be spelled out in each function's text.
fn error_shape(component: &Component) -> Option<Arc<Shape>> {
    match actor_import(component, "types", "error")? {
        ComponentItem::Type(error) => Some(Arc::new(Shape::of(&error))),
        _ => None,
    }
}

struct Reader<'a> {
    component: &'a Component,
    context: Option<ResourceType>,
    error: Option<Arc<Shape>>,
    list: Vec<Function>,
}

impl Reader<'_> {
    fn export(&mut self, export: &str) {
        match self.component.get_export(None, export) {
            Some((ComponentItem::ComponentFunc(ty), index)) => {
                self.function(None, export, ty, index);
            }
            Some((ComponentItem::ComponentInstance(instance), index)) => {
                for (name, _) in instance.exports(self.component.engine()) {
                    let item = self.component.get_export(Some(&index), name);
                    if let Some((ComponentItem::ComponentFunc(ty), index)) = item {
                        let of = (export, &instance);
                        self.function(Some(of), name, ty, index);
                    }
                }
            }
            _ => {}
        }
    }

    fn function(
        &mut self,
        of: Option<(&str, &ComponentInstance)>,
        name: &str,
        ty: ComponentFunc,
        index: ComponentExportIndex,
    ) {
        let (interface, instance) = of.unzip();
        if !is_callable(interface, name) {
            return;
        }
        let context = self.context_parameter(&ty);
        let named = match (&context, instance) {
            (Some(_), Some(instance)) => self.named(instance, name),
            _ => Named::default(),
        };
        self.list.push(Function {
            interface: interface.map(str::to_owned),
            name: name.to_owned(),
            index,
            context,
            named,
            ty,
            signature: OnceLock::new(),
            error: self.error.clone(),
        });
    }

    /// The types of messages that stand beside the function `name` in its interface.
    fn named(&self, instance: &ComponentInstance, name: &str) -> Named {
        let engine = self.component.engine();
        Named::of(name, |name| Some(instance.get_export(engine, name)?.ty))
    }

    fn context_parameter(&self, ty: &ComponentFunc) -> Option<String> {
        match (ty.params().next()?, self.context) {
            ((name, Type::Own(first)), Some(context)) if first == context => Some(name.to_owned()),
            _ => None,
        }
    }
}
