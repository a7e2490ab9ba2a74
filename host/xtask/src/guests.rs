//! `guests`: builds the guest components, which stay where cargo puts them.
//!
//! Cargo does not see it when the wasm target in the sysroot is made anew, and rustc then says "can't find crate". So the
//! fingerprint of the target is kept beside what was built with it, and what another target built is thrown away.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};

use crate::{
    command::Tool,
    job::Heading,
    language::Language,
    repository::{WASM_TARGET, guests_components, guests_manifest, guests_target, shown},
    setup::Toolchain,
};

/// The file in the guests' target folder that names the wasm target it was built with.
const STAMP: &str = ".wasm-target";

/// Runs `cargo xtask guests`: of `lang`, or of all languages.
pub(crate) fn run(lang: Option<Language>) -> Result<()> {
    let asked = lang.map_or_else(|| Language::ALL.to_vec(), |language| vec![language]);
    for language in asked {
        let heading = Heading::alone(language.name());
        language.provide(&heading)?;
        language.build(&heading)?;
    }
    Ok(())
}

/// Builds the guests; the wasm target must be there.
pub(crate) fn build(heading: &Heading) -> Result<()> {
    if !guests_manifest().is_file() {
        bail!("{} is missing", shown(&guests_manifest()));
    }
    let toolchain = Toolchain::active()?;
    discard_foreign(&guests_target(), &toolchain.fingerprint()?)?;
    heading.say("building");
    cargo("build").arg("--release").run()?;
    let count = components(&guests_components())?.len();
    heading.say(format_args!(
        "{count} components in {}",
        shown(&guests_components())
    ));
    Ok(())
}

/// Begins a cargo command on the guests' workspace for the wasm target.
pub(crate) fn cargo(command: &str) -> Tool {
    Tool::cargo()
        .arg(command)
        .args(["--workspace", "--target", WASM_TARGET])
        .arg("--manifest-path")
        .arg(guests_manifest())
        .arg("--target-dir")
        .arg(guests_target())
}

/// Throws away what was built for wasm if it was with another target than the one `fingerprint` names, and stamps the folder.
fn discard_foreign(target: &Path, fingerprint: &str) -> Result<()> {
    let stamp = target.join(STAMP);
    if fs::read_to_string(&stamp).is_ok_and(|old| old == fingerprint) {
        return Ok(());
    }
    let built = target.join(WASM_TARGET);
    if built.exists() {
        fs::remove_dir_all(&built).with_context(|| format!("cannot remove {}", built.display()))?;
    }
    fs::create_dir_all(target)
        .and_then(|()| fs::write(&stamp, fingerprint))
        .with_context(|| format!("cannot write {}", stamp.display()))
}

fn components(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries =
        fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?;
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    Ok(paths
        .filter(|path| path.extension().is_some_and(|e| e == "wasm"))
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target_with_a_component() -> (tempfile::TempDir, PathBuf) {
        let target = tempfile::tempdir().unwrap();
        let component = target.path().join(WASM_TARGET).join("release/demo.wasm");
        fs::create_dir_all(component.parent().unwrap()).unwrap();
        fs::write(&component, "").unwrap();
        (target, component)
    }

    #[test]
    fn guests_of_the_same_target_stay() {
        let (target, component) = target_with_a_component();
        fs::write(target.path().join(STAMP), "one").unwrap();
        discard_foreign(target.path(), "one").unwrap();
        assert!(component.exists());
    }

    #[test]
    fn guests_of_another_target_are_thrown_away() {
        let (target, component) = target_with_a_component();
        fs::write(target.path().join(STAMP), "one").unwrap();
        discard_foreign(target.path(), "two").unwrap();
        assert!(!component.exists());
        assert_eq!(
            fs::read_to_string(target.path().join(STAMP)).unwrap(),
            "two"
        );
    }

    #[test]
    fn guests_without_a_stamp_are_thrown_away() {
        let (target, component) = target_with_a_component();
        discard_foreign(target.path(), "one").unwrap();
        assert!(!component.exists());
    }

    #[test]
    fn components_are_the_wasm_files() {
        let (target, component) = target_with_a_component();
        let folder = component.parent().unwrap();
        fs::write(folder.join("demo.d"), "").unwrap();
        assert_eq!(components(folder).unwrap(), [component.as_path()]);
        drop(target);
    }
}
