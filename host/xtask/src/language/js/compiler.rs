//! The Rust that builds the tool: the active one if it is new enough, or else nightly, which rustup installs where there is none that does.

use std::{
    fmt::{self, Display},
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, anyhow};

use crate::{command::Tool, job::Heading, language::Finding, setup::Toolchain};

/// The oldest Rust that wasmtime 50 takes, which componentize-qjs 0.5 is made with.
const LEAST_MINOR: u32 = 97;

/// What rustup is told; it leaves the active toolchain as it is.
const INSTALL: [&str; 5] = ["toolchain", "install", "nightly", "--profile", "minimal"];

/// A Rust that is new enough.
#[derive(Debug)]
pub(super) struct Compiler {
    release: String,
    /// The rustup that runs it, if it is nightly.
    nightly: Option<Rustup>,
}

/// Says whether there is one, and if not, how to get it.
pub(super) fn finding() -> Finding {
    let rustup = Rustup::of_path();
    let active = Toolchain::active().map(|active| active.release);
    let found = active.and_then(|active| Compiler::choose(&active, &rustup));
    match found {
        Ok(compiler) => Finding::there(compiler),
        Err(error) => Finding::missing(format_args!("{error:#}"), remedy(&rustup)),
    }
}

fn remedy(rustup: &Rustup) -> String {
    let install = INSTALL.join(" ");
    match rustup.is_there() {
        true => format!("rustup {install} (`cargo xtask setup --lang js` does that)"),
        false => format!("a stable Rust of 1.{LEAST_MINOR}; or rustup, and: rustup {install}"),
    }
}

impl Compiler {
    /// Finds one, or has rustup install it.
    pub(super) fn provide(heading: &Heading) -> Result<Self> {
        let active = Toolchain::active()?.release;
        Self::provide_beside(&active, Rustup::of_path(), heading)
    }

    fn provide_beside(active: &str, rustup: Rustup, heading: &Heading) -> Result<Self> {
        let lacking = match Self::choose(active, &rustup) {
            Ok(compiler) => return Ok(compiler),
            Err(lacking) => lacking,
        };
        if !rustup.is_there() {
            return Err(lacking.context(format!("to get it: {}", remedy(&rustup))));
        }
        heading.say(format_args!("{lacking:#}"));
        heading.say(format_args!("getting it: rustup {}", INSTALL.join(" ")));
        let installed = rustup.tool().args(INSTALL).env("RUST_BACKTRACE", "0").run();
        installed.context("rustup cannot install nightly, which has to be downloaded once")?;
        Self::choose(active, &rustup)
    }

    fn choose(active: &str, rustup: &Rustup) -> Result<Self> {
        if is_new_enough(active) {
            return Ok(Self {
                release: active.to_owned(),
                nightly: None,
            });
        }
        let lacking = |nightly: String| {
            anyhow!(
                "Rust 1.{LEAST_MINOR} or newer is needed: the active one is {active}, and {nightly}"
            )
        };
        match rustup.nightly() {
            Some(release) if is_new_enough(&release) => Ok(Self {
                release,
                nightly: Some(rustup.clone()),
            }),
            Some(release) => Err(lacking(format!("nightly is {release}"))),
            None => Err(lacking("there is no nightly".to_owned())),
        }
    }

    /// Begins a command of its cargo.
    pub(super) fn cargo(&self) -> Tool {
        match &self.nightly {
            Some(rustup) => rustup
                .tool()
                .args(["run", "nightly", "cargo"])
                .without_env("RUSTC"),
            None => Tool::cargo(),
        }
    }
}

impl Display for Compiler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "rustc {}", self.release)
    }
}

/// The rustup of this machine, if it has one.
#[derive(Clone, Debug)]
struct Rustup(PathBuf);

impl Rustup {
    fn of_path() -> Self {
        Self(Path::new("rustup").to_owned())
    }

    fn tool(&self) -> Tool {
        Tool::new(&self.0)
    }

    fn is_there(&self) -> bool {
        self.tool().arg("--version").text().is_ok()
    }

    /// The release of its nightly.
    fn nightly(&self) -> Option<String> {
        let said = self.tool().args(["run", "nightly", "rustc", "-vV"]).text();
        let said = said.ok()?;
        let release = said.lines().find_map(|line| line.strip_prefix("release: "));
        release.map(str::to_owned)
    }
}

/// Whether a release such as `1.97.0-nightly` will do.
fn is_new_enough(release: &str) -> bool {
    let mut numbers = release.split(['.', '-']).map(str::parse);
    match (numbers.next(), numbers.next()) {
        (Some(Ok(1)), Some(Ok(minor))) => minor >= LEAST_MINOR,
        (Some(Ok(major)), _) => major > 1u32,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{fs, os::unix::fs::PermissionsExt};

    /// A rustup whose nightly is as the file `nightly` beside it says, and which installs 1.99.
    fn rustup(nightly: Option<&str>) -> (tempfile::TempDir, Rustup) {
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join("rustup");
        let script = r#"#!/bin/sh
here=$(dirname "$0")
case "$*" in
  --version) ;;
  "run nightly rustc -vV") cat "$here/nightly" ;;
  "toolchain install nightly --profile minimal") echo "release: 1.99.0-nightly" > "$here/nightly" ;;
  *) exit 1 ;;
esac
"#;
        fs::write(&program, script).unwrap();
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
        if let Some(release) = nightly {
            let said = format!("rustc\nrelease: {release}\n");
            fs::write(folder.path().join("nightly"), said).unwrap();
        }
        (folder, Rustup(program))
    }

    fn provided(active: &str, rustup: Rustup) -> Result<String> {
        let compiler = Compiler::provide_beside(active, rustup, &Heading::alone("test"))?;
        Ok(compiler.to_string())
    }

    #[test]
    fn release_from_1_97_on_is_new_enough() {
        for release in ["1.97.0-nightly", "1.97.0", "1.100.2", "2.0.0"] {
            assert!(is_new_enough(release), "{release}");
        }
        for release in ["1.95.0", "1.96.0-nightly", "1.9.0", "", "nightly"] {
            assert!(!is_new_enough(release), "{release}");
        }
    }

    #[test]
    fn rust_that_is_new_enough_is_taken_and_nothing_is_installed() {
        let (folder, rustup) = rustup(None);
        assert_eq!(provided("1.97.0", rustup.clone()).unwrap(), "rustc 1.97.0");
        assert!(!folder.path().join("nightly").exists());
        let (_folder, rustup) = self::rustup(Some("1.98.0-nightly"));
        assert_eq!(provided("1.95.0", rustup).unwrap(), "rustc 1.98.0-nightly");
    }

    #[test]
    fn nightly_is_installed_where_no_rust_is_new_enough() {
        for nightly in [None, Some("1.96.0-nightly")] {
            let (_folder, rustup) = rustup(nightly);
            assert_eq!(provided("1.95.0", rustup).unwrap(), "rustc 1.99.0-nightly");
        }
    }

    #[test]
    fn without_rustup_the_error_says_what_is_needed_and_how_to_get_it() {
        let nowhere = Rustup("/nowhere/rustup".into());
        let said = format!("{:#}", provided("1.95.0", nowhere).unwrap_err());
        assert_eq!(
            said,
            "to get it: a stable Rust of 1.97; or rustup, and: rustup toolchain install nightly --profile minimal: \
             Rust 1.97 or newer is needed: the active one is 1.95.0, and there is no nightly"
        );
    }
}
