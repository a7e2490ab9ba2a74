//! WIT types as the SDK's `values.js` reads them: JavaScript literals, named by one word or by an array that begins with one.

use crate::wit::World;
use anyhow::{Result, bail};
use heck::ToLowerCamelCase;
use wit_parser::{Handle, Type, TypeDefKind, TypeId, TypeOwner};

/// The literal of a type.
pub(crate) fn literal(world: &World, ty: &Type) -> Result<String> {
    Ok(match ty {
        Type::Bool => text("bool"),
        Type::U8 => text("u8"),
        Type::U16 => text("u16"),
        Type::U32 => text("u32"),
        Type::U64 => text("u64"),
        Type::S8 => text("s8"),
        Type::S16 => text("s16"),
        Type::S32 => text("s32"),
        Type::S64 => text("s64"),
        Type::F32 => text("f32"),
        Type::F64 => text("f64"),
        Type::Char => text("char"),
        Type::String => text("string"),
        Type::ErrorContext => bail!("an error-context cannot be passed"),
        Type::Id(id) => named(world, *id)?,
    })
}

/// The literal of a type that may be missing: `null` then.
pub(crate) fn optional(world: &World, ty: Option<&Type>) -> Result<String> {
    ty.map_or(Ok("null".to_owned()), |ty| literal(world, ty))
}

fn named(world: &World, id: TypeId) -> Result<String> {
    if is_of_actor(world, id, "types", "error") {
        return Ok(text("error"));
    }
    let of = |ty: &Type| literal(world, ty);
    Ok(match &world.resolve.types[id].kind {
        TypeDefKind::Record(record) => {
            let fields = record.fields.iter().map(|field| {
                let (name, member) = (text(&field.name), text(&field.name.to_lower_camel_case()));
                Ok(format!("[{name},{member},{}]", of(&field.ty)?))
            });
            array("record", fields)?
        }
        TypeDefKind::Variant(variant) => {
            let cases = variant.cases.iter().map(|case| {
                let payload = optional(world, case.ty.as_ref())?;
                Ok(format!("[{},{payload}]", text(&case.name)))
            });
            array("variant", cases)?
        }
        TypeDefKind::Enum(cases) => {
            array("enum", cases.cases.iter().map(|case| Ok(text(&case.name))))?
        }
        TypeDefKind::Flags(flags) => {
            let flags = flags.flags.iter().map(|flag| {
                let member = text(&flag.name.to_lower_camel_case());
                Ok(format!("[{},{member}]", text(&flag.name)))
            });
            array("flags", flags)?
        }
        TypeDefKind::Tuple(tuple) => array("tuple", tuple.types.iter().map(of))?,
        TypeDefKind::Option(some) => array("option", [of(some)])?,
        TypeDefKind::Result(result) => {
            let (ok, err) = (result.ok.as_ref(), result.err.as_ref());
            array("result", [optional(world, ok), optional(world, err)])?
        }
        TypeDefKind::List(Type::U8) => text("bytes"),
        TypeDefKind::List(element) => array("list", [of(element)])?,
        TypeDefKind::FixedLengthList(element, length) => {
            array("array", [of(element), Ok(length.to_string())])?
        }
        TypeDefKind::Map(key, value) => array("map", [of(key), of(value)])?,
        TypeDefKind::Type(alias) => of(alias)?,
        // Those that only the function itself may use: they go through as the runtime has them.
        TypeDefKind::Handle(Handle::Own(id)) if is_context(world, *id) => text("context"),
        TypeDefKind::Handle(_) | TypeDefKind::Stream(_) | TypeDefKind::Future(_) => text("any"),
        other => bail!("a {} cannot be passed", other.as_str()),
    })
}

fn array(kind: &str, parts: impl IntoIterator<Item = Result<String>>) -> Result<String> {
    let parts = parts.into_iter().collect::<Result<Vec<_>>>()?;
    Ok(format!("[{},{}]", text(kind), parts.join(",")))
}

/// Names of WIT are letters, digits and hyphens: nothing in them needs an escape.
pub(crate) fn text(name: &str) -> String {
    format!("\"{name}\"")
}

fn is_context(world: &World, mut id: TypeId) -> bool {
    // `use` makes an alias of the resource in each interface.
    while let TypeDefKind::Type(Type::Id(aliased)) = &world.resolve.types[id].kind {
        id = *aliased;
    }
    is_of_actor(world, id, "context", "context")
}

fn is_of_actor(world: &World, id: TypeId, interface: &str, name: &str) -> bool {
    let ty = &world.resolve.types[id];
    let TypeOwner::Interface(owner) = ty.owner else {
        return false;
    };
    let owner = &world.resolve.interfaces[owner];
    let package = owner
        .package
        .map(|package| &world.resolve.packages[package].name);
    ty.name.as_deref() == Some(name)
        && owner.name.as_deref() == Some(interface)
        && package.is_some_and(|p| p.namespace == "tractor" && p.name == "actor")
}
