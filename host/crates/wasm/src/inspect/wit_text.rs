//! WIT types by their names, and the definitions of the names that were used.

use std::collections::HashMap;
use wit_parser::{Handle, Resolve, Type, TypeDef, TypeDefKind, TypeId, TypeOwner};

/// Definitions of this package are left out: every reader of an actor's functions knows them.
const KNOWN_PACKAGE: &str = "tractor:actor/";

/// Prints types and remembers which names it used.
pub(crate) struct Printer<'a> {
    resolve: &'a Resolve,
    names: HashMap<TypeId, String>,
    definitions: Vec<String>,
}

impl<'a> Printer<'a> {
    pub(crate) fn new(resolve: &'a Resolve) -> Self {
        Self {
            resolve,
            names: HashMap::new(),
            definitions: Vec::new(),
        }
    }

    /// Definitions of all names in what was printed, and in them: `record point { x: s32, y: s32 }`.
    pub(crate) fn definitions(self) -> Vec<String> {
        self.definitions
    }

    /// The text of `ty`.
    pub(crate) fn text(&mut self, ty: &Type) -> String {
        match ty {
            Type::Bool => "bool".to_owned(),
            Type::U8 => "u8".to_owned(),
            Type::U16 => "u16".to_owned(),
            Type::U32 => "u32".to_owned(),
            Type::U64 => "u64".to_owned(),
            Type::S8 => "s8".to_owned(),
            Type::S16 => "s16".to_owned(),
            Type::S32 => "s32".to_owned(),
            Type::S64 => "s64".to_owned(),
            Type::F32 => "f32".to_owned(),
            Type::F64 => "f64".to_owned(),
            Type::Char => "char".to_owned(),
            Type::String => "string".to_owned(),
            Type::ErrorContext => "error-context".to_owned(),
            Type::Id(id) => self.id(origin(self.resolve, *id)),
        }
    }

    /// What a type is, if its own name says nothing: for `type join-sends = line` it is `line`, for `record join-sends { .. }` that.
    pub(crate) fn stands_for(&mut self, id: TypeId) -> String {
        let id = origin(self.resolve, id);
        match &self.resolve.types[id].kind {
            kind if is_named_kind(kind) => self.id(id),
            kind => self.unnamed(kind),
        }
    }

    fn id(&mut self, id: TypeId) -> String {
        if let Some(name) = self.names.get(&id) {
            return name.clone();
        }
        let resolve = self.resolve;
        let ty = &resolve.types[id];
        let Some(own) = &ty.name else {
            return self.body(&ty.kind);
        };
        let name = self.unused(own, ty);
        self.names.insert(id, name.clone());
        self.define(&name, ty);
        name
    }

    /// The name, with its interface before it where another type has the name already.
    fn unused(&self, own: &str, ty: &TypeDef) -> String {
        let taken = self.names.values().any(|name| name == own);
        match interface_of(self.resolve, ty) {
            Some(interface) if taken => format!("{interface}.{own}"),
            _ => own.to_owned(),
        }
    }

    fn define(&mut self, name: &str, ty: &TypeDef) {
        let known = interface_of(self.resolve, ty);
        if known.is_some_and(|interface| interface.starts_with(KNOWN_PACKAGE)) {
            return;
        }
        // Reserved before the body is printed, so that a type stands before the types it is made of.
        let place = self.definitions.len();
        self.definitions.push(String::new());
        let body = self.body(&ty.kind);
        self.definitions[place] = match body.split_once(" {") {
            Some((keyword, rest)) if is_named_kind(&ty.kind) => {
                format!("{keyword} {name} {{{rest}")
            }
            _ if matches!(ty.kind, TypeDefKind::Resource) => format!("resource {name}"),
            _ => format!("type {name} = {body}"),
        };
    }

    fn body(&mut self, kind: &TypeDefKind) -> String {
        match kind {
            TypeDefKind::Record(record) => {
                let fields = record.fields.iter();
                let fields =
                    fields.map(|field| format!("{}: {}", field.name, self.text(&field.ty)));
                braces("record", fields)
            }
            TypeDefKind::Variant(variant) => {
                let cases = variant.cases.iter();
                braces(
                    "variant",
                    cases.map(|case| match &case.ty {
                        None => case.name.clone(),
                        Some(ty) => format!("{}({})", case.name, self.text(ty)),
                    }),
                )
            }
            TypeDefKind::Enum(cases) => {
                braces("enum", cases.cases.iter().map(|case| case.name.clone()))
            }
            TypeDefKind::Flags(flags) => {
                braces("flags", flags.flags.iter().map(|flag| flag.name.clone()))
            }
            other => self.unnamed(other),
        }
    }

    fn unnamed(&mut self, kind: &TypeDefKind) -> String {
        match kind {
            TypeDefKind::Tuple(tuple) => {
                let types: Vec<_> = tuple.types.iter().map(|ty| self.text(ty)).collect();
                format!("tuple<{}>", types.join(", "))
            }
            TypeDefKind::Option(some) => format!("option<{}>", self.text(some)),
            TypeDefKind::Result(result) => self.result(result.ok.as_ref(), result.err.as_ref()),
            TypeDefKind::List(element) => format!("list<{}>", self.text(element)),
            TypeDefKind::FixedLengthList(element, length) => {
                format!("list<{}, {length}>", self.text(element))
            }
            TypeDefKind::Map(key, value) => {
                format!("map<{}, {}>", self.text(key), self.text(value))
            }
            TypeDefKind::Future(of) => self.maybe("future", of.as_ref()),
            TypeDefKind::Stream(of) => self.maybe("stream", of.as_ref()),
            TypeDefKind::Handle(Handle::Own(id)) => self.id(origin(self.resolve, *id)),
            TypeDefKind::Handle(Handle::Borrow(id)) => {
                format!("borrow<{}>", self.id(origin(self.resolve, *id)))
            }
            TypeDefKind::Type(ty) => self.text(ty),
            _ => "resource".to_owned(),
        }
    }

    fn maybe(&mut self, keyword: &str, of: Option<&Type>) -> String {
        match of {
            None => keyword.to_owned(),
            Some(ty) => format!("{keyword}<{}>", self.text(ty)),
        }
    }

    fn result(&mut self, ok: Option<&Type>, err: Option<&Type>) -> String {
        let ok = ok.map(|ty| self.text(ty));
        let err = err.map(|ty| self.text(ty));
        match (ok, err) {
            (None, None) => "result".to_owned(),
            (Some(ok), None) => format!("result<{ok}>"),
            (None, Some(err)) => format!("result<_, {err}>"),
            (Some(ok), Some(err)) => format!("result<{ok}, {err}>"),
        }
    }
}

fn braces(keyword: &str, items: impl Iterator<Item = String>) -> String {
    let items: Vec<_> = items.collect();
    format!("{keyword} {{ {} }}", items.join(", "))
}

fn is_named_kind(kind: &TypeDefKind) -> bool {
    matches!(
        kind,
        TypeDefKind::Record(_)
            | TypeDefKind::Variant(_)
            | TypeDefKind::Enum(_)
            | TypeDefKind::Flags(_)
    )
}

/// The type that `id` stands for: `use` makes an alias of the same name, which is followed; `type` one of its own, which stays.
pub(crate) fn origin(resolve: &Resolve, id: TypeId) -> TypeId {
    let ty = &resolve.types[id];
    match ty.kind {
        TypeDefKind::Type(Type::Id(other)) if resolve.types[other].name.is_some() => {
            origin(resolve, other)
        }
        _ => id,
    }
}

/// The full name of the interface that `ty` is declared in.
pub(crate) fn interface_of(resolve: &Resolve, ty: &TypeDef) -> Option<String> {
    match ty.owner {
        TypeOwner::Interface(id) => resolve.id_of(id),
        _ => None,
    }
}
