//! The command line.

use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};

/// How it is called.
pub(crate) const USAGE: &str = "\
usage: tractor-js --wit DIR [--world NAME] [--root DIR] [--sdk DIR] MAIN.js -o OUT.wasm

  --wit DIR     the WIT package whose world the component implements; packages that it uses are in DIR/deps
  --world NAME  that world, if the package has several
  --root DIR    the folder that holds all modules; paths in stack traces begin there (default: that of MAIN.js)
  --sdk DIR     the SDK, within the root (default: tractor, in the root)
  -o OUT.wasm   the component";

/// What is asked for.
pub(crate) enum Request {
    Build(Arguments),
    Help,
    Version,
}

/// What to build. All paths of modules are absolute, and within the root.
pub(crate) struct Arguments {
    pub(crate) wit: PathBuf,
    pub(crate) world: Option<String>,
    pub(crate) root: PathBuf,
    pub(crate) sdk: PathBuf,
    pub(crate) main: PathBuf,
    pub(crate) output: PathBuf,
}

impl Request {
    pub(crate) fn read(mut words: impl Iterator<Item = String>) -> Result<Self> {
        let (mut wit, mut world, mut root, mut sdk, mut main, mut output) =
            (None, None, None, None, None, None);
        while let Some(word) = words.next() {
            let place = match word.as_str() {
                "--help" | "-h" => return Ok(Self::Help),
                "--version" | "-V" => return Ok(Self::Version),
                "--wit" => &mut wit,
                "--world" => &mut world,
                "--root" => &mut root,
                "--sdk" => &mut sdk,
                "-o" | "--output" => &mut output,
                flag if flag.starts_with('-') => bail!("no such flag: {flag}\n{USAGE}"),
                _ => {
                    main = Some(word);
                    continue;
                }
            };
            *place = Some(
                words
                    .next()
                    .with_context(|| format!("{word} needs a value"))?,
            );
        }
        let main = existing(&main.context(USAGE)?)?;
        let root = match root {
            Some(root) => existing(&root)?,
            None => main.parent().unwrap_or(Path::new("/")).to_path_buf(),
        };
        let sdk = match sdk {
            Some(sdk) => existing(&sdk)?,
            None => existing(root.join("tractor"))?,
        };
        Ok(Self::Build(Arguments {
            wit: existing(&wit.context(USAGE)?)?,
            world,
            root,
            sdk,
            main,
            output: output.context(USAGE)?.into(),
        }))
    }
}

fn existing(path: impl AsRef<Path>) -> Result<PathBuf> {
    let path = path.as_ref();
    path.canonicalize()
        .with_context(|| format!("{}", path.display()))
}
