//! The command line.

use std::{ffi::OsString, path::PathBuf};

use anyhow::{Context, Result, bail};

const USAGE: &str = "usage: tractor-c PROJECT -o OUT.wasm [--sdk FOLDER]\n\
    PROJECT  a folder with *.c and, for functions of its own, wit/\n\
    --sdk    the folder with tractor.h, tractor.c, src/ and wit/; PROJECT/tractor if left out";

/// What to build, and where to.
pub(crate) struct Arguments {
    pub(crate) project: PathBuf,
    pub(crate) output: PathBuf,
    /// The folder of tractor.h.
    pub(crate) sdk: PathBuf,
}

impl Arguments {
    pub(crate) fn parse(mut given: impl Iterator<Item = OsString>) -> Result<Self> {
        let (mut project, mut output, mut sdk) = (None, None, None);
        while let Some(argument) = given.next() {
            let mut value = || given.next().map(PathBuf::from).context(USAGE);
            match argument.to_str() {
                Some("-o") => output = Some(value()?),
                Some("--sdk") => sdk = Some(value()?),
                Some("--help" | "-h") => bail!(USAGE),
                Some(flag) if flag.starts_with('-') => bail!("no option {flag}\n{USAGE}"),
                _ if project.is_none() => project = Some(PathBuf::from(argument)),
                _ => bail!(USAGE),
            }
        }
        let project = project.context(USAGE)?;
        Ok(Self {
            output: output.context(USAGE)?,
            sdk: sdk.unwrap_or_else(|| project.join("tractor")),
            project,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(given: &[&str]) -> Result<Arguments> {
        Arguments::parse(given.iter().map(OsString::from))
    }

    #[test]
    fn sdk_is_in_the_project_unless_said() {
        let arguments = parse(&["app", "-o", "app.wasm"]).unwrap();
        assert_eq!(arguments.sdk, PathBuf::from("app/tractor"));
        let arguments = parse(&["app", "--sdk", "x", "-o", "app.wasm"]).unwrap();
        assert_eq!(arguments.sdk, PathBuf::from("x"));
    }

    #[test]
    fn arguments_that_are_not_understood_are_an_error() {
        assert!(parse(&["app"]).is_err());
        assert!(parse(&["app", "-o", "x", "--fast"]).is_err());
        assert!(parse(&["app", "-o"]).is_err());
    }
}
