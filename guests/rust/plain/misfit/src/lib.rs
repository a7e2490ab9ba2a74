//! A component that was built against another version of an interface than the one that is there.

#![expect(missing_docs, reason = "the bindings are written by wit-bindgen")]

wit_bindgen::generate!({ path: "wit", world: "plain:misfit/misfit", generate_all });

struct Misfit;

export!(Misfit);

impl Guest for Misfit {
    fn more(a: u64, b: u64) -> u64 {
        plain::calc::sums::add(a, b) + 1
    }
}
