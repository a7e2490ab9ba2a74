//! What a project of each language is made of.

use super::super::args::Lang;
use super::carried;

/// A language's project.
pub(crate) struct Language {
    /// Its name, as people write it.
    pub(crate) title: &'static str,
    /// The folder of its template, in this one.
    pub(crate) template: &'static str,
    /// What of the repository goes where.
    pub(crate) sdk: &'static [(&'static str, &'static str)],
    /// What else is to be written, that is no copy.
    pub(crate) made: fn() -> Vec<(&'static str, String)>,
    /// Builds it.
    pub(crate) build: &'static str,
    /// Runs it.
    pub(crate) run: &'static str,
}

/// That of the command line.
pub(crate) fn language(lang: Lang) -> Language {
    match lang {
        Lang::Rust => RUST,
        Lang::Python => none("Python", "python"),
        Lang::Js => none("JavaScript", "js"),
        Lang::C => none("C", "c"),
    }
}

const RUST: Language = Language {
    title: "Rust",
    template: "rust",
    sdk: &[
        ("guests/rust/sdk", "tractor/sdk"),
        ("guests/rust/macros", "tractor/macros"),
        // Versions that are known to go together.
        ("guests/Cargo.lock", "Cargo.lock"),
        ("LICENSE-APACHE", "tractor/LICENSE-APACHE"),
        ("LICENSE-MIT", "tractor/LICENSE-MIT"),
    ],
    made: || {
        vec![(
            "tractor/Cargo.toml",
            workspace(carried::text("guests/Cargo.toml")),
        )]
    },
    build: "cargo build --release",
    run: "tractor-host run target/wasm32-wasip2/release/{{file}}.wasm",
};

/// A language for which there is nothing to write.
const fn none(title: &'static str, template: &'static str) -> Language {
    Language {
        title,
        template,
        sdk: &[],
        made: Vec::new,
        build: "",
        run: "",
    }
}

/// The workspace of the SDK's two packages, which inherit from it: what `guests/Cargo.toml` says of packages, dependencies and lints.
fn workspace(guests: &str) -> String {
    let shared = guests.find("[workspace.package]").unwrap_or_default();
    let profiles = guests
        .find("# Small, with source lines")
        .unwrap_or(guests.len());
    let shared = guests[shared..profiles].replace("\"rust/", "\"");
    format!(
        "# The SDK, as `tractor-host new` wrote it.\n[workspace]\nmembers = [\"sdk\", \"macros\"]\nresolver = \"3\"\n\n{shared}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn workspace_of_the_sdk_has_its_packages_and_all_that_they_inherit() {
        let text = workspace(carried::text("guests/Cargo.toml"));
        for part in [
            "members = [\"sdk\", \"macros\"]",
            "[workspace.package]",
            "tractor-guest-macros = { path = \"macros\"",
            "wit-bindgen = ",
            "[workspace.lints.clippy]",
        ] {
            assert!(text.contains(part), "{part} is missing in {text}");
        }
        assert!(
            !text.contains("test-actor") && !text.contains("[profile"),
            "{text}"
        );
    }
}
