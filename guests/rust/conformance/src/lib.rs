//! The Rust side of the conformance suite, the measure for the other languages: `tests/conformance/SCENARIOS.md` says what each scenario is,
//! `wit/world.wit` there what a peer does.

#![expect(missing_docs, reason = "the bindings are written by wit-bindgen")]

mod contexts;
mod driver;
mod peer;

tractor_guest::generate!({
    path: "../../../tests/conformance/wit",
    world: "test:conformance/conformance",
    additional_derives: [PartialEq, serde::Serialize, serde::Deserialize],
    // Those of messages are used by no function.
    generate_unused_types: true,
});

/// The component.
struct Conformance;

export!(Conformance);
