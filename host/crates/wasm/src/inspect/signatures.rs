//! What a component's bytes say of it, for people.

use super::asks::{Ask, asks};
use super::bytes::check_bytes;
use super::error::ComponentError;
use super::functions::{Kind, is_wasi_run};
use super::names::{full, is_callable};
use super::version::actor_version;
use super::wit_text::{Printer, interface_of, origin};
use crate::value::Direction;
use std::fmt;
use wit_component::DecodedWasm;
use wit_parser::{Function, Handle, Resolve, Type, TypeDefKind, TypeId, World, WorldItem};

/// An exported function as text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Its name in full: `ns:pkg/iface@0.1.0#func`.
    pub name: String,
    /// Its parameters and result: `(a: u32, b: point) -> u32`.
    pub types: String,
    /// Whether it is an `async func`.
    pub is_async: bool,
    /// Whether its first parameter is a context.
    pub is_context: bool,
    /// The types of its messages, those that are named: `receives line; sends u32`. Empty where none is.
    pub messages: String,
}

impl fmt::Display for Listed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_async = if self.is_async { "async " } else { "" };
        write!(f, "{is_async}{}{}", self.name, self.types)?;
        match self.messages.is_empty() {
            true => Ok(()),
            false => write!(f, "\n      {}", self.messages),
        }
    }
}

/// What a component exports and imports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signatures {
    /// The component's name or file.
    pub component: String,
    /// How it is to be used.
    pub kind: Kind,
    /// The version of `tractor:actor` that it imports, if it does.
    pub actor_version: Option<String>,
    /// Its functions, in the order of its exports. What belongs to a resource cannot be called and is left out.
    pub functions: Vec<Listed>,
    /// Definitions of the types that they name: `record point { x: s32, y: s32 }`. Those of `tractor:actor` are left out.
    pub types: Vec<String>,
    /// What it asks to be granted.
    pub asks: Vec<Ask>,
    /// The names of all its imports.
    pub imports: Vec<String>,
}

impl Signatures {
    /// Reads a component. `name` is how errors call it. Costs about as much as validating it: not for the start of an actor.
    ///
    /// # Errors
    ///
    /// Fails on bytes that are no component, or one that this host cannot serve.
    pub fn of(name: &str, bytes: &[u8]) -> Result<Self, ComponentError> {
        check_bytes(name, bytes)?;
        match wit_component::decode(bytes) {
            Ok(DecodedWasm::Component(resolve, world)) => {
                Self::of_world(name, &resolve, &resolve.worlds[world])
            }
            Ok(DecodedWasm::WitPackage(..)) => Err(ComponentError::WitPackage {
                name: name.to_owned(),
            }),
            Err(error) => Err(ComponentError::Damaged {
                name: name.to_owned(),
                message: format!("{error:#}"),
            }),
        }
    }

    fn of_world(name: &str, resolve: &Resolve, world: &World) -> Result<Self, ComponentError> {
        let imports = world.imports.iter();
        let imports = imports.filter(|(_, item)| !matches!(item, WorldItem::Type { .. }));
        let imports: Vec<_> = imports
            .map(|(key, _)| resolve.name_world_key(key))
            .collect();
        let imported = || imports.iter().map(String::as_str);
        let asking = world.imports.iter();
        let asking = asking.filter(|(_, item)| !has_only_types(resolve, item));
        let asking: Vec<_> = asking.map(|(key, _)| resolve.name_world_key(key)).collect();
        let mut reader = Reader {
            resolve,
            printer: Printer::new(resolve),
            functions: Vec::new(),
            kind: Kind::Library,
        };
        reader.world(world);
        Ok(Self {
            component: name.to_owned(),
            kind: reader.kind,
            actor_version: actor_version(name, imported())?,
            functions: reader.functions,
            types: reader.printer.definitions(),
            asks: asks(asking.iter().map(String::as_str)),
            imports,
        })
    }

    /// Functions that cannot wait in `tractor:actor`, though the component imports it: they should be `async func`.
    pub fn cannot_wait(&self) -> impl Iterator<Item = &Listed> {
        let uses_actor = self.actor_version.is_some();
        let functions = self.functions.iter();
        functions.filter(move |function| uses_actor && !function.is_async)
    }
}

impl fmt::Display for Signatures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.component, self.kind)?;
        if let Some(version) = &self.actor_version {
            write!(f, ", tractor:actor@{version}")?;
        }
        section(f, "exports", self.functions.iter())?;
        section(f, "types", self.types.iter())?;
        section(f, "asks for", self.asks.iter())?;
        let stuck = self.cannot_wait().map(|function| {
            let name = &function.name;
            format!("`{name}` is a plain func: to wait in tractor:actor it must be an `async func`")
        });
        section(f, "notes", stuck)
    }
}

/// A heading and its lines; nothing where there are none.
fn section<T: fmt::Display>(
    f: &mut fmt::Formatter<'_>,
    heading: &str,
    lines: impl Iterator<Item = T>,
) -> fmt::Result {
    for (index, line) in lines.enumerate() {
        if index == 0 {
            write!(f, "\n  {heading}:")?;
        }
        write!(f, "\n    {line}")?;
    }
    Ok(())
}

struct Reader<'a> {
    resolve: &'a Resolve,
    printer: Printer<'a>,
    functions: Vec<Listed>,
    kind: Kind,
}

impl Reader<'_> {
    fn world(&mut self, world: &World) {
        for (key, item) in &world.exports {
            match item {
                WorldItem::Function(function) => {
                    if is_program(self.resolve, function) {
                        self.kind = Kind::Program;
                    }
                    // The engine does not tell types of the world: nobody could look at messages by them.
                    self.function(None, function, |_| None);
                }
                WorldItem::Interface { id, .. } => {
                    let interface = self.resolve.name_world_key(key);
                    if is_wasi_run(&interface) && self.kind == Kind::Library {
                        self.kind = Kind::Command;
                    }
                    let declared = &self.resolve.interfaces[*id];
                    for function in declared.functions.values() {
                        let find = |name: &str| declared.types.get(name).copied();
                        self.function(Some(&interface), function, find);
                    }
                }
                WorldItem::Type { .. } => {}
            }
        }
    }

    /// `find` gives the types that stand beside it.
    fn function(
        &mut self,
        interface: Option<&str>,
        function: &Function,
        find: impl Fn(&str) -> Option<TypeId>,
    ) {
        if !is_callable(interface, &function.name) {
            return;
        }
        let params = function.params.iter();
        let params =
            params.map(|param| format!("{}: {}", param.name, self.printer.text(&param.ty)));
        let params = params.collect::<Vec<_>>().join(", ");
        let result = match &function.result {
            None => String::new(),
            Some(ty) => format!(" -> {}", self.printer.text(ty)),
        };
        let is_context = is_context(self.resolve, function);
        let messages = match is_context {
            true => self.messages(&function.name, find),
            false => String::new(),
        };
        self.functions.push(Listed {
            name: full(interface, &function.name),
            types: format!("({params}){result}"),
            is_async: function.kind.is_async(),
            is_context,
            messages,
        });
    }

    /// The types of the messages of the context function `name`.
    fn messages(&mut self, name: &str, find: impl Fn(&str) -> Option<TypeId>) -> String {
        let named = Direction::ALL.into_iter().filter_map(|direction| {
            let ty = find(&format!("{name}-{}", direction.suffix()))?;
            let text = self.printer.stands_for(ty);
            Some(format!("{direction} {text}"))
        });
        named.collect::<Vec<_>>().join("; ")
    }
}

/// Whether an import gives names to types and no more, so that nothing has to satisfy it.
fn has_only_types(resolve: &Resolve, item: &WorldItem) -> bool {
    let is_resource = |id: &TypeId| matches!(resolve.types[*id].kind, TypeDefKind::Resource);
    match item {
        WorldItem::Type { .. } => true,
        WorldItem::Function(_) => false,
        WorldItem::Interface { id, .. } => {
            let interface = &resolve.interfaces[*id];
            interface.functions.is_empty() && !interface.types.values().any(is_resource)
        }
    }
}

/// Whether the first parameter is the resource `context` of `tractor:actor/context`, handed over.
fn is_context(resolve: &Resolve, function: &Function) -> bool {
    let Some(Type::Id(id)) = function.params.first().map(|param| param.ty) else {
        return false;
    };
    match resolve.types[origin(resolve, id)].kind {
        TypeDefKind::Handle(Handle::Own(resource)) => {
            is_actor_type(resolve, resource, "context", "context")
        }
        _ => false,
    }
}

/// Whether it is `run: async func(list<string>) -> result<_, error>`.
fn is_program(resolve: &Resolve, function: &Function) -> bool {
    let kind = |ty: &Type| match ty {
        Type::Id(id) => Some(&resolve.types[origin(resolve, *id)].kind),
        _ => None,
    };
    let parameter = match &function.params[..] {
        [only] => kind(&only.ty),
        _ => None,
    };
    let takes_texts = matches!(parameter, Some(TypeDefKind::List(Type::String)));
    let gives_error = match function.result.as_ref().and_then(kind) {
        Some(TypeDefKind::Result(result)) => match (result.ok, result.err) {
            (None, Some(Type::Id(id))) => is_actor_type(resolve, id, "types", "error"),
            _ => false,
        },
        _ => false,
    };
    function.name == "run" && takes_texts && gives_error
}

/// Whether `id` is the type `name` of the interface `tractor:actor/{interface}`.
fn is_actor_type(resolve: &Resolve, id: TypeId, interface: &str, name: &str) -> bool {
    let ty = &resolve.types[origin(resolve, id)];
    let declared = interface_of(resolve, ty).unwrap_or_default();
    let declared = declared
        .split_once('@')
        .map_or("", |(declared, _)| declared);
    ty.name.as_deref() == Some(name) && declared.strip_prefix("tractor:actor/") == Some(interface)
}
