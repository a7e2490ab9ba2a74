//! `setup`: provides the wasm32-wasip2 target for the active Rust.
//!
//! Invariants:
//! * A target that is there and works is never touched.
//! * What is put into the sysroot is built or unpacked beside its place and renamed into it, so that a target is whole or
//!   absent; what an interrupted set-up left is removed by the next.
//! * One set-up at a time: a lock in the cache folder, which the system gives back if the process dies.
//! * Success means that a program was built with it.

mod apt;
mod archive;
mod debian;
mod install;
mod lock;
mod rustup;
mod toolchain;
mod verify;
mod workshop;

use std::{
    env,
    fmt::{self, Display},
    path::PathBuf,
    time::Instant,
};

use anyhow::{Result, bail};

pub(crate) use self::{apt::Apt, lock::Lock, toolchain::Toolchain};

use self::{install::Replaced, workshop::Workshop};
use crate::{
    job::{Heading, seconds},
    language::Language,
    repository::WASM_TARGET,
    say,
};

/// An archive to take the target from, and from nowhere else; as `--from`.
const FROM: &str = "TRACTOR_WASM_TARGET";

/// An archive to take the target from when nothing else worked.
const LAST_RESORT: &str = "TRACTOR_WASM_TARGET_LAST_RESORT";

/// Runs `cargo xtask setup`: what `lang` needs, or all languages. All need the wasm target: `from` is where to take it.
pub(crate) fn run(lang: Option<Language>, from: Option<PathBuf>) -> Result<()> {
    ensure(&Heading::alone("wasm target"), from)?;
    let asked = lang.map_or_else(|| Language::ALL.to_vec(), |language| vec![language]);
    for language in asked.into_iter().filter(|l| *l != Language::Rust) {
        language.provide(&Heading::alone(language.name()))?;
    }
    Ok(())
}

/// Tells whether the target builds programs.
pub(crate) fn works() -> Result<()> {
    verify::builds()
}

/// Provides the target if it is not there, or does not work.
pub(crate) fn ensure(heading: &Heading, from: Option<PathBuf>) -> Result<()> {
    let toolchain = Toolchain::active()?;
    if is_ready(&toolchain, heading) {
        return Ok(());
    }
    let workshop = Workshop::open(heading)?;
    if workshop.had_to_wait() && is_ready(&toolchain, heading) {
        return Ok(());
    }
    let begun = Instant::now();
    let way = provide(&toolchain, &workshop, ways(from))?;
    let time = seconds(begun.elapsed());
    heading.say(format_args!("{WASM_TARGET} is there now, {way}; {time}"));
    Ok(())
}

/// Tells whether the target is there and works, and says so.
fn is_ready(toolchain: &Toolchain, heading: &Heading) -> bool {
    let release = &toolchain.release;
    if !toolchain.has_target() {
        heading.say(format_args!("rustc {release} has no {WASM_TARGET} yet"));
        return false;
    }
    match verify::builds() {
        Ok(()) => {
            heading.say(format_args!(
                "{WASM_TARGET} is there and works, rustc {release}"
            ));
            true
        }
        Err(error) => {
            heading.say(format_args!("{WASM_TARGET} is there and broken: {error:#}"));
            false
        }
    }
}

/// A way to get the target.
enum Way {
    Rustup,
    Debian,
    Archive(PathBuf),
}

impl Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rustup => f.write_str("by rustup"),
            Self::Debian => f.write_str("from Debian's source packages"),
            Self::Archive(file) => write!(f, "from {}", file.display()),
        }
    }
}

/// The ways to try, best first. Who names an archive means it: no network then.
fn ways(from: Option<PathBuf>) -> Vec<Way> {
    if let Some(file) = from.or_else(|| file_in(FROM)) {
        return vec![Way::Archive(file)];
    }
    let mut ways = vec![Way::Rustup, Way::Debian];
    ways.extend(file_in(LAST_RESORT).map(Way::Archive));
    ways
}

fn file_in(variable: &str) -> Option<PathBuf> {
    let file = env::var_os(variable)?;
    (!file.is_empty()).then(|| file.into())
}

/// Tries the ways in turn. Gives the one that worked; a broken target is back in its place if none did.
fn provide(toolchain: &Toolchain, workshop: &Workshop, ways: Vec<Way>) -> Result<Way> {
    install::remove_leftovers(toolchain)?;
    let replaced = Replaced::set_aside(toolchain)?;
    let mut tried = Vec::new();
    for way in ways {
        say::detail(format_args!("trying {way}"));
        match attempt(&way, toolchain, workshop) {
            Ok(()) => {
                replaced.forget()?;
                return Ok(way);
            }
            Err(error) => {
                say::detail(format_args!("that did not work: {}", in_short(&error)));
                tried.push(format!("* {way}: {error:#}"));
            }
        }
    }
    bail!(
        "the target {WASM_TARGET} could not be provided for rustc {} ({}). Tried:\n{}\n\
         What to do: run `rustup target add {WASM_TARGET}` where there is a network, or take an archive of the target \
         that was made for this rustc:\n    cargo xtask setup --from {WASM_TARGET}-rustc-{}.tar.xz",
        toolchain.release,
        toolchain.sysroot.display(),
        tried.join("\n"),
        toolchain.release,
    );
}

/// Gives the end of an error: the last causes in its last line. All of it is told if no way works.
fn in_short(error: &anyhow::Error) -> String {
    let text = format!("{error:#}");
    let last = text.lines().rfind(|line| !line.trim().is_empty());
    let causes: Vec<&str> = last.unwrap_or_default().trim().split(": ").collect();
    causes[causes.len().saturating_sub(2)..].join(": ")
}

/// Tries one way; a target that does not work afterwards is removed.
fn attempt(way: &Way, toolchain: &Toolchain, workshop: &Workshop) -> Result<()> {
    match way {
        Way::Rustup => rustup::add(toolchain, workshop)?,
        Way::Debian => debian::build(toolchain, workshop)?,
        Way::Archive(file) => archive::unpack(file, toolchain, workshop)?,
    }
    verify::builds().inspect_err(|_| install::remove(toolchain))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn error_in_short_is_its_last_causes() {
        let error = anyhow::anyhow!("`rustup` failed:\nerror: no file: cannot connect: refused\n");
        assert_eq!(in_short(&error), "cannot connect: refused");
    }

    #[test]
    fn ways_with_an_archive_need_no_network() {
        let ways = ways(Some("a.tar.xz".into()));
        let shown: Vec<String> = ways.iter().map(Way::to_string).collect();
        assert_eq!(shown, ["from a.tar.xz"]);
    }
}
