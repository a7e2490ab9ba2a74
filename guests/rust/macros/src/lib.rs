//! The attributes of `tractor-guest`, whose documentation has the examples.
//!
//! Each attribute stands on one function and writes a WIT world of its own with that one export; the linker of the wasm target merges the
//! worlds of a component. So functions may be exported anywhere in a crate, and no WIT file is needed. What a
//! signature cannot say in WIT is refused here, with the place in the source.

mod case;
mod expand;
mod generate;
mod signature;

use proc_macro::TokenStream;
use syn::parse_macro_input;

/// The folder of the package `tractor:actor`, which is part of this crate.
const WIT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/wit");

/// Makes a function the program that `tractor-host run` starts.
///
/// The function is `async`, takes the arguments as a `Vec<String>` or nothing, and gives `()` or a `Result<(), E>` with an `E`
/// that converts into `tractor_guest::Error`. It can still be called as it is written.
#[proc_macro_attribute]
pub fn program(attribute: TokenStream, item: TokenStream) -> TokenStream {
    refuse_arguments(&attribute)
        .and_then(|()| expand::program(syn::parse(item)?))
        .unwrap_or_else(syn::Error::into_compile_error)
        .into()
}

/// Makes a function one that other actors can call.
///
/// Its name in WIT is its own in kebab-case. An `async fn` may wait for calls of `tractor_guest`; a plain `fn` must not. With a
/// `tractor_guest::Context` as its first parameter it is a context function.
///
/// Parameters and result are made of integers, floats, `bool`, `char`, `String`, `Vec`, `Option`, `Result`, tuples, and of
/// `ActorId` and `Error` of `tractor_guest`; records and enums of one's own need a WIT file and `tractor_guest::generate!`. The error of a
/// `Result<T, E>` is declared in WIT too; with `tractor_guest::Error` as `E`, or left out, failures are passed on as they are.
#[proc_macro_attribute]
pub fn export(attribute: TokenStream, item: TokenStream) -> TokenStream {
    refuse_arguments(&attribute)
        .and_then(|()| expand::export(syn::parse(item)?))
        .unwrap_or_else(syn::Error::into_compile_error)
        .into()
}

/// Generates bindings for a WIT world of one's own that includes `tractor:actor/actor`.
///
/// The world is named with its package: `world: "my:calculator/calculator"`. `path` is the folder of the WIT files, `wit` if left out; they need no
/// copy of `tractor:actor` in `deps`. Types of the world that only have plain fields can be given derives by `additional_derives`.
///
/// Types that stand for messages of contexts only (`type join-sends = line` beside a function `join`) are made with `generate_unused_types: true`.
///
/// It is `wit_bindgen::generate!` with the package `tractor:actor` at hand and its types taken from `tractor_guest`; all options of that
/// macro but `path` as a list, `inline` and `runtime_path` may be given.
#[proc_macro]
pub fn generate(input: TokenStream) -> TokenStream {
    let options = parse_macro_input!(input as generate::Options);
    options.expand().into()
}

fn refuse_arguments(attribute: &TokenStream) -> syn::Result<()> {
    if attribute.is_empty() {
        return Ok(());
    }
    let message = "this attribute takes no arguments";
    Err(syn::Error::new(proc_macro2::Span::call_site(), message))
}
