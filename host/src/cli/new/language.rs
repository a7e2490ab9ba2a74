//! What a project of each language is made of.

use super::super::args::Lang;
use super::carried;

/// A language's project.
pub(crate) struct Language {
    /// Its name, as people write it.
    pub(crate) title: &'static str,
    /// The folder of its template.
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
        Lang::Python => PYTHON,
        Lang::Js => JAVASCRIPT,
        Lang::C => C,
    }
}

const RUST: Language = Language {
    title: "Rust",
    template: "host/src/cli/new/rust",
    sdk: &[
        ("guests/rust/sdk", "tractor/sdk"),
        ("guests/rust/macros", "tractor/macros"),
        // Versions that are known to go together.
        ("guests/Cargo.lock", "Cargo.lock"),
        ("LICENSE-APACHE", "tractor/LICENSE-APACHE"),
        ("LICENSE-MIT", "tractor/LICENSE-MIT"),
    ],
    made: || {
        let guests = carried::text("guests/Cargo.toml");
        vec![("tractor/Cargo.toml", workspace(guests))]
    },
    build: "cargo build --release",
    run: "tractor-host run target/wasm32-wasip2/release/{{file}}.wasm",
};

const PYTHON: Language = Language {
    title: "Python",
    template: "host/src/cli/new/python",
    sdk: &[
        ("guests/python/tractor_guest", "tractor_guest"),
        ("guests/python/tractor_build", "tractor_build"),
        ("guests/python/template/build.py", "build.py"),
        ("wit", "wit"),
        ("LICENSE-APACHE", "tractor_guest/LICENSE-APACHE"),
        ("LICENSE-MIT", "tractor_guest/LICENSE-MIT"),
    ],
    made: Vec::new,
    build: "python3 build.py",
    run: "tractor-host run {{name}}.wasm",
};

const JAVASCRIPT: Language = Language {
    title: "JavaScript",
    template: "host/src/cli/new/js",
    sdk: &[
        ("guests/js/tractor", "tractor"),
        ("guests/js/tool", "tool"),
        ("LICENSE-APACHE", "tractor/LICENSE-APACHE"),
        ("LICENSE-MIT", "tractor/LICENSE-MIT"),
    ],
    made: Vec::new,
    build: "sh build.sh",
    run: "tractor-host run {{file}}.wasm",
};

const C: Language = Language {
    title: "C",
    template: "guests/c/template",
    sdk: &[
        ("guests/c/tractor.h", "tractor/tractor.h"),
        ("guests/c/tractor.c", "tractor/tractor.c"),
        ("guests/c/src", "tractor/src"),
        ("guests/c/tool", "tractor/tool"),
        ("wit", "tractor/wit"),
        ("LICENSE-APACHE", "tractor/LICENSE-APACHE"),
        ("LICENSE-MIT", "tractor/LICENSE-MIT"),
    ],
    made: Vec::new,
    build: "sh build.sh",
    run: "tractor-host run build/{{file}}.wasm",
};

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
