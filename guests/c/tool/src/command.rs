//! The one home of child processes: each is waited for.
#![expect(
    clippy::disallowed_methods,
    reason = "the one home of Command::new in this program; every child is waited for here"
)]

use std::{ffi::OsStr, path::Path, process::Command};

use anyhow::{Context, Result, bail};

/// Begins a command.
pub(crate) fn command(program: impl AsRef<OsStr>) -> Command {
    Command::new(program)
}

/// Runs it with its output on ours.
pub(crate) fn run(mut command: Command) -> Result<()> {
    let status = command.status();
    let status = status.with_context(|| format!("cannot start {}", name(&command)))?;
    if !status.success() {
        bail!("{} failed ({status})", name(&command));
    }
    Ok(())
}

/// Runs it and returns what it wrote to stdout.
pub(crate) fn text(mut command: Command) -> Result<String> {
    let output = command.output();
    let output = output.with_context(|| format!("cannot start {}", name(&command)))?;
    if !output.status.success() {
        bail!("{} failed ({})", name(&command), output.status);
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

fn name(command: &Command) -> String {
    let program = Path::new(command.get_program());
    let name = program.file_name().unwrap_or(program.as_os_str());
    name.to_string_lossy().into_owned()
}
