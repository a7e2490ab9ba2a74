//! Types of Rust as types of WIT: what a signature may be made of.
//!
//! A type is known by the last segment of its path, as the macro sees no more of it: an alias or a type of the same name that means something
//! else is found by the compiler, for the generated code names the real ones.

use proc_macro2::TokenStream;
use quote::quote;
use syn::spanned::Spanned;
use syn::{GenericArgument, PathArguments, PathSegment};

/// A type of Rust together with what it is in WIT.
pub(crate) struct Type {
    /// The type in WIT. `None` for `()`, which WIT writes by leaving it out.
    pub(crate) wit: Option<String>,
    /// The type in Rust, by full path.
    pub(crate) rust: TokenStream,
    /// Whether it is, or contains, a type of the interface `types`.
    pub(crate) uses: Uses,
}

/// Which types of the package `tractor:actor` a signature names.
#[derive(Clone, Copy, Default)]
pub(crate) struct Uses {
    /// `types.error`
    pub(crate) error: bool,
    /// `types.actor-id`
    pub(crate) actor_id: bool,
    /// `context.context`
    pub(crate) context: bool,
}

impl Uses {
    /// Those of both.
    pub(crate) fn and(self, other: Self) -> Self {
        Self {
            error: self.error || other.error,
            actor_id: self.actor_id || other.actor_id,
            context: self.context || other.context,
        }
    }
}

impl Type {
    /// Reads a type as it stands in a signature.
    pub(crate) fn read(ty: &syn::Type) -> syn::Result<Self> {
        match ty {
            syn::Type::Tuple(tuple) => Self::tuple(&tuple.elems.iter().collect::<Vec<_>>()),
            syn::Type::Paren(inner) => Self::read(&inner.elem),
            syn::Type::Group(inner) => Self::read(&inner.elem),
            syn::Type::Path(path) => match path.path.segments.last() {
                Some(segment) => Self::named(segment),
                None => Err(refusal(ty)),
            },
            _ => Err(refusal(ty)),
        }
    }

    /// The type `()`.
    pub(crate) fn unit() -> Self {
        Self::plain(None, quote!(()))
    }

    fn plain(wit: Option<String>, rust: TokenStream) -> Self {
        Self {
            wit,
            rust,
            uses: Uses::default(),
        }
    }

    fn tuple(elements: &[&syn::Type]) -> syn::Result<Self> {
        if elements.is_empty() {
            return Ok(Self::unit());
        }
        let elements = elements
            .iter()
            .map(|ty| Self::element(ty))
            .collect::<syn::Result<Vec<_>>>()?;
        let rust = elements.iter().map(|ty| &ty.rust);
        let wit: Vec<_> = elements.iter().filter_map(|ty| ty.wit.clone()).collect();
        Ok(Self {
            wit: Some(format!("tuple<{}>", wit.join(", "))),
            rust: quote!((#(#rust,)*)),
            uses: elements
                .iter()
                .fold(Uses::default(), |all, ty| all.and(ty.uses)),
        })
    }

    /// A type inside another, where `()` cannot stand.
    fn element(ty: &syn::Type) -> syn::Result<Self> {
        let read = Self::read(ty)?;
        if read.wit.is_some() {
            return Ok(read);
        }
        Err(syn::Error::new(ty.span(), "WIT has no `()` in this place"))
    }

    fn named(segment: &PathSegment) -> syn::Result<Self> {
        let arguments = arguments(segment);
        match (segment.ident.to_string().as_str(), arguments.as_slice()) {
            ("Vec", [element]) => Self::generic("list", &quote!(::std::vec::Vec), element),
            ("Option", [element]) => {
                Self::generic("option", &quote!(::core::option::Option), element)
            }
            ("Result", [ok]) => Self::result(&Self::read(ok)?, &Self::error()),
            ("Result", [ok, error]) => Self::result(&Self::read(ok)?, &Self::read(error)?),
            (name, []) => Self::simple(name).ok_or_else(|| refusal(segment)),
            _ => Err(refusal(segment)),
        }
    }

    fn generic(wit: &str, rust: &TokenStream, element: &syn::Type) -> syn::Result<Self> {
        let element = Self::element(element)?;
        let (inner, uses) = (&element.rust, element.uses);
        Ok(Self {
            wit: element.wit.as_ref().map(|of| format!("{wit}<{of}>")),
            rust: quote!(#rust<#inner>),
            uses,
        })
    }

    fn result(ok: &Self, error: &Self) -> syn::Result<Self> {
        let wit = match (&ok.wit, &error.wit) {
            (None, None) => "result".to_owned(),
            (Some(ok), None) => format!("result<{ok}>"),
            (None, Some(error)) => format!("result<_, {error}>"),
            (Some(ok), Some(error)) => format!("result<{ok}, {error}>"),
        };
        let (rust_ok, rust_error) = (&ok.rust, &error.rust);
        Ok(Self {
            wit: Some(wit),
            rust: quote!(::core::result::Result<#rust_ok, #rust_error>),
            uses: ok.uses.and(error.uses),
        })
    }

    fn error() -> Self {
        Self {
            wit: Some("error".to_owned()),
            rust: quote!(::tractor_guest::Error),
            uses: Uses {
                error: true,
                ..Uses::default()
            },
        }
    }

    fn actor_id() -> Self {
        Self {
            wit: Some("actor-id".to_owned()),
            rust: quote!(::tractor_guest::ActorId),
            uses: Uses {
                actor_id: true,
                ..Uses::default()
            },
        }
    }

    fn simple(name: &str) -> Option<Self> {
        let (wit, rust) = match name {
            "u8" => ("u8", quote!(u8)),
            "u16" => ("u16", quote!(u16)),
            "u32" => ("u32", quote!(u32)),
            "u64" => ("u64", quote!(u64)),
            "i8" => ("s8", quote!(i8)),
            "i16" => ("s16", quote!(i16)),
            "i32" => ("s32", quote!(i32)),
            "i64" => ("s64", quote!(i64)),
            "f32" => ("f32", quote!(f32)),
            "f64" => ("f64", quote!(f64)),
            "bool" => ("bool", quote!(bool)),
            "char" => ("char", quote!(char)),
            "String" => ("string", quote!(::std::string::String)),
            "Error" => return Some(Self::error()),
            "ActorId" => return Some(Self::actor_id()),
            _ => return None,
        };
        Some(Self::plain(Some(wit.to_owned()), rust))
    }
}

/// Whether `ty` is the type of the first parameter of a context function.
pub(crate) fn is_context(ty: &syn::Type) -> bool {
    match ty {
        syn::Type::Path(path) => path
            .path
            .segments
            .last()
            .is_some_and(|segment| segment.ident == "Context" && arguments(segment).is_empty()),
        _ => false,
    }
}

fn arguments(segment: &PathSegment) -> Vec<&syn::Type> {
    let PathArguments::AngleBracketed(arguments) = &segment.arguments else {
        return Vec::new();
    };
    arguments
        .args
        .iter()
        .filter_map(|argument| match argument {
            GenericArgument::Type(ty) => Some(ty),
            _ => None,
        })
        .collect()
}

fn refusal(at: &(impl Spanned + quote::ToTokens)) -> syn::Error {
    let message = format!(
        "`{}` has no type in WIT that this attribute knows: there are integers up to 64 bits, floats, bool, char, String, Vec, \
         Option, Result, tuples, ActorId and Error; records and enums of your own need a WIT file and `tractor_guest::generate!`",
        quote!(#at)
    );
    syn::Error::new(at.span(), message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wit_of(ty: &str) -> Option<String> {
        Type::read(&syn::parse_str(ty).expect("a type")).ok()?.wit
    }

    #[test]
    fn type_is_read_with_what_it_contains() {
        assert_eq!(
            wit_of("Vec<(u32, Option<String>)>").as_deref(),
            Some("list<tuple<u32, option<string>>>")
        );
        assert_eq!(
            wit_of("Result<i64, String>").as_deref(),
            Some("result<s64, string>")
        );
        assert_eq!(wit_of("Result<(), ()>").as_deref(), Some("result"));
        assert_eq!(
            wit_of("tractor_guest::Result<()>").as_deref(),
            Some("result<_, error>")
        );
    }

    #[test]
    fn type_that_wit_cannot_say_is_refused() {
        for ty in ["usize", "&str", "Point", "Vec<()>", "HashMap<u32, u32>"] {
            assert!(
                Type::read(&syn::parse_str(ty).expect("a type")).is_err(),
                "{ty}"
            );
        }
    }
}
