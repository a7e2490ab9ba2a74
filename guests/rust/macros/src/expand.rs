//! The code that an attribute adds beside its function: bindings for a world with one export, and the export.

use crate::case::kebab;
use crate::generate::{Interface, bindings};
use crate::signature::{Type, Uses, is_context};
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{FnArg, ItemFn, Pat, ReturnType, Signature};

/// Expands `#[program]`.
pub(crate) fn program(function: ItemFn) -> syn::Result<TokenStream> {
    let signature = &function.sig;
    check(signature)?;
    if signature.asyncness.is_none() {
        return Err(syn::Error::new(
            signature.fn_token.span,
            "a program is an `async fn`",
        ));
    }
    let name = &signature.ident;
    let call = match signature.inputs.len() {
        0 => quote!(super::#name()),
        1 => quote!(super::#name(arguments)),
        _ => {
            let message = "a program takes its arguments as one `Vec<String>`, or nothing";
            return Err(syn::Error::new(signature.inputs.span(), message));
        }
    };
    let bindings = bindings(&quote!(world: "tractor:actor/program"), Interface::ALL);
    Ok(quote! {
        #function

        #[doc(hidden)]
        mod __tractor_program {
            #bindings
            struct Export;
            impl Guest for Export {
                async fn run(arguments: ::std::vec::Vec<::std::string::String>)
                    -> ::core::result::Result<(), ::tractor_guest::Error>
                {
                    let _ = &arguments;
                    let outcome = ::tractor_guest::task(async move { #call.await }).await;
                    ::tractor_guest::__private::Outcome::into_result(outcome)
                }
            }
            export!(Export);
        }
    })
}

/// Expands `#[export]`.
pub(crate) fn export(function: ItemFn) -> syn::Result<TokenStream> {
    check(&function.sig)?;
    let export = Export::read(&function.sig)?;
    let module = format_ident!("__tractor_export_{}", function.sig.ident.unraw());
    let code = export.expand(&function.sig.ident);
    Ok(quote! {
        #function

        #[doc(hidden)]
        mod #module { #code }
    })
}

fn check(signature: &Signature) -> syn::Result<()> {
    let refused = [
        (
            signature.generics.params.first().map(Spanned::span),
            "be generic",
        ),
        (signature.constness.as_ref().map(|c| c.span), "be `const`"),
        (signature.unsafety.as_ref().map(|u| u.span), "be `unsafe`"),
        (signature.receiver().map(Spanned::span), "be a method"),
    ];
    for (span, what) in refused {
        if let Some(span) = span {
            let message = format!("a function that others call cannot {what}");
            return Err(syn::Error::new(span, message));
        }
    }
    Ok(())
}

/// A function as WIT and Rust see it.
struct Export {
    name: String,
    is_async: bool,
    context: bool,
    /// Names in WIT, and types.
    parameters: Vec<(String, Type)>,
    result: Type,
}

impl Export {
    fn read(signature: &Signature) -> syn::Result<Self> {
        let mut parameters = Vec::new();
        let mut context = false;
        for (index, input) in signature.inputs.iter().enumerate() {
            let FnArg::Typed(input) = input else { continue };
            if index == 0 && is_context(&input.ty) {
                context = true;
                continue;
            }
            let name = match &*input.pat {
                Pat::Ident(pattern) => kebab(&pattern.ident)?,
                _ => format!("p{index}"),
            };
            let ty = Type::read(&input.ty)?;
            if ty.wit.is_none() {
                return Err(syn::Error::new(input.ty.span(), "WIT has no `()` here"));
            }
            parameters.push((name, ty));
        }
        if context && signature.asyncness.is_none() {
            let message = "a context function is an `async fn`";
            return Err(syn::Error::new(signature.fn_token.span, message));
        }
        Ok(Self {
            name: kebab(&signature.ident)?,
            is_async: signature.asyncness.is_some(),
            context,
            parameters,
            result: match &signature.output {
                ReturnType::Default => Type::unit(),
                ReturnType::Type(_, ty) => Type::read(ty)?,
            },
        })
    }

    fn uses(&self) -> Uses {
        let context = Uses {
            context: self.context,
            ..Uses::default()
        };
        self.parameters
            .iter()
            .fold(self.result.uses.and(context), |all, (_, ty)| {
                all.and(ty.uses)
            })
    }

    /// The package with the one world. `%` keeps names that are words of WIT apart from those.
    fn wit(&self) -> String {
        let uses = self.uses();
        let mut world = String::new();
        for (used, what) in [
            (uses.error, "types@0.1.0.{error}"),
            (uses.actor_id, "types@0.1.0.{actor-id}"),
            (uses.context, "context@0.1.0.{context}"),
        ] {
            if used {
                world.push_str(&format!("use tractor:actor/{what};\n"));
            }
        }
        let context = self.context.then(|| "%context: context".to_owned());
        let parameters = self
            .parameters
            .iter()
            .filter_map(|(name, ty)| Some(format!("%{name}: {}", ty.wit.as_ref()?)));
        let parameters: Vec<_> = context.into_iter().chain(parameters).collect();
        let (name, parameters) = (&self.name, parameters.join(", "));
        let keyword = if self.is_async { "async func" } else { "func" };
        let result = self.result.wit.as_ref();
        let result = result.map_or(String::new(), |ty| format!(" -> {ty}"));
        format!(
            "package tractor-guest:export-{name};\n\
             world %{name} {{\n{world}export %{name}: {keyword}({parameters}){result};\n}}\n"
        )
    }

    fn interfaces(&self) -> &'static [Interface] {
        let uses = self.uses();
        if uses.context {
            Interface::OF_CONTEXT
        } else if uses.error || uses.actor_id {
            Interface::OF_TYPES
        } else {
            &[]
        }
    }

    fn expand(&self, function: &Ident) -> TokenStream {
        let wit = self.wit();
        let bindings = bindings(&quote!(inline: #wit), self.interfaces());
        let names: Vec<_> = (0..self.parameters.len())
            .map(|index| format_ident!("p{index}"))
            .collect();
        let types = self.parameters.iter().map(|(_, ty)| &ty.rust);
        let result = &self.result.rust;
        let (context, given) = if self.context {
            (
                quote!(context: ::tractor_guest::wit::context::Context,),
                quote!(::tractor_guest::Context::from(context),),
            )
        } else {
            (quote!(), quote!())
        };
        let method = method_name(function);
        let call = quote!(super::#function(#given #(#names),*));
        let (keyword, body) = if self.is_async {
            (
                quote!(async fn),
                quote!(::tractor_guest::task(async move { #call.await }).await),
            )
        } else {
            (quote!(fn), call)
        };
        quote! {
            #bindings
            struct Export;
            impl Guest for Export {
                #keyword #method(#context #(#names: #types),*) -> #result { #body }
            }
            export!(Export);
        }
    }
}

/// The name that wit-bindgen gives the method: keywords of Rust get an underscore.
fn method_name(function: &Ident) -> Ident {
    let plain = function.unraw().to_string();
    let name = plain.trim_matches('_');
    if syn::parse_str::<Ident>(name).is_ok() {
        format_ident!("{name}")
    } else {
        format_ident!("{name}_")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wit_of(function: &str) -> syn::Result<String> {
        let function: ItemFn = syn::parse_str(function).expect("a function");
        check(&function.sig)?;
        Export::read(&function.sig).map(|export| export.wit())
    }

    #[test]
    fn function_is_written_as_wit() {
        let wit = wit_of("fn add_all(_list: Vec<u32>) -> u32 { 0 }").expect("sound");
        assert!(
            wit.contains("export %add-all: func(%list: list<u32>) -> u32;"),
            "{wit}"
        );
    }

    #[test]
    fn context_function_uses_the_interface_context() {
        let wit = wit_of("async fn serve(ctx: Context, n: u32) -> Result<()> {}").expect("sound");
        assert!(
            wit.contains("use tractor:actor/context@0.1.0.{context};"),
            "{wit}"
        );
        assert!(
            wit.contains("async func(%context: context, %n: u32) -> result<_, error>;"),
            "{wit}"
        );
    }

    #[test]
    fn generic_function_is_refused() {
        assert!(wit_of("fn f<T>(t: u32) {}").is_err());
        assert!(wit_of("fn serve(ctx: Context) {}").is_err());
    }
}
