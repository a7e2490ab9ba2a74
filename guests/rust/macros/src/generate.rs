//! Calls of `wit_bindgen::generate!` that take the types of `tractor:actor` from the crate `tractor_guest`.

use crate::WIT;
use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::quote;
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::{LitStr, Token, braced};

/// An interface of `tractor:actor`.
#[derive(Clone, Copy)]
pub(crate) struct Interface(&'static str);

impl Interface {
    /// All, as the worlds `actor` and `program` import them.
    pub(crate) const ALL: &'static [Self] = &[
        Self("types"),
        Self("task"),
        Self("context"),
        Self("capability"),
        Self("portal"),
        Self("nursery"),
        Self("registrar"),
    ];
    /// Those that come with the interface `context`.
    pub(crate) const OF_CONTEXT: &'static [Self] = &[Self("types"), Self("task"), Self("context")];
    /// Those that come with the interface `types`.
    pub(crate) const OF_TYPES: &'static [Self] = &[Self("types")];

    fn remapping(self) -> TokenStream {
        let key = format!("tractor:actor/{}@0.1.0", self.0);
        let module = Ident::new(self.0, proc_macro2::Span::call_site());
        quote!(#key: ::tractor_guest::wit::#module)
    }
}

/// Bindings for the world that `source` names, which imports `interfaces`.
pub(crate) fn bindings(source: &TokenStream, interfaces: &[Interface]) -> TokenStream {
    let with = interfaces.iter().map(|interface| interface.remapping());
    quote! {
        // tidy: which of these the generated code breaks depends on the user's WIT, so none can be expected.
        #![allow(
            missing_docs, unreachable_pub, unsafe_code, clippy::all, clippy::pedantic, clippy::undocumented_unsafe_blocks,
            reason = "written by wit-bindgen"
        )]
        ::tractor_guest::__private::wit_bindgen::generate!({
            path: #WIT,
            #source,
            runtime_path: "::tractor_guest::__private::wit_bindgen::rt",
            with: { #(#with),* },
        });
    }
}

/// What stands in `tractor_guest::generate!({ ... })`.
pub(crate) struct Options {
    path: LitStr,
    with: TokenStream,
    rest: TokenStream,
}

impl Parse for Options {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let fields;
        braced!(fields in input);
        let mut options = Self {
            path: LitStr::new("wit", input.span()),
            with: TokenStream::new(),
            rest: TokenStream::new(),
        };
        while !fields.is_empty() {
            options.field(&fields)?;
        }
        Ok(options)
    }
}

impl Options {
    fn field(&mut self, fields: ParseStream<'_>) -> syn::Result<()> {
        let name = fields.call(Ident::parse_any)?;
        match name.to_string().as_str() {
            "path" => {
                fields.parse::<Token![:]>()?;
                self.path = fields.parse()?;
            }
            "with" => {
                fields.parse::<Token![:]>()?;
                let with;
                braced!(with in fields);
                self.with = with.parse()?;
            }
            "inline" | "runtime_path" => {
                let message = "`tractor_guest::generate!` sets this option itself";
                return Err(syn::Error::new(name.span(), message));
            }
            _ => {
                let value = until_comma(fields)?;
                self.rest.extend(quote!(#name #value,));
            }
        }
        fields.parse::<Option<Token![,]>>()?;
        Ok(())
    }

    /// The call of wit-bindgen's macro.
    pub(crate) fn expand(&self) -> TokenStream {
        let Self { path, with, rest } = self;
        let ours = Interface::ALL.iter().map(|interface| interface.remapping());
        quote! {
            ::tractor_guest::__private::wit_bindgen::generate!({
                path: [#WIT, #path],
                runtime_path: "::tractor_guest::__private::wit_bindgen::rt",
                generate_all,
                with: { #(#ours,)* #with },
                #rest
            });
        }
    }
}

fn until_comma(fields: ParseStream<'_>) -> syn::Result<TokenStream> {
    let mut value = TokenStream::new();
    while !fields.is_empty() && !fields.peek(Token![,]) {
        value.extend([fields.parse::<TokenTree>()?]);
    }
    Ok(value)
}
