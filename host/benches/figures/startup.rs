//! The whole program on a component that is in the cache, from start to exit.

use crate::limits::{self, microseconds};
use crate::report::{Aim, Figure, Report, median};
use crate::setting::Setting;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::Instant;

static STARTUP: Figure = Figure {
    name: "`tractor-host run hello.wasm`",
    unit: "ms",
    limit: "start and reap /bin/true",
    aim: Aim::AtMost(15.0),
};

/// Of the same component, of about 3 MB, when nothing is in the cache.
static COLD: Figure = Figure {
    name: "`tractor-host run hello.wasm`, uncached",
    unit: "ms",
    limit: "compiled code from the cache",
    aim: Aim::None,
};

pub(crate) fn run(setting: &Setting, report: &mut Report) -> anyhow::Result<()> {
    let Some(program) = option_env!("CARGO_BIN_EXE_tractor-host") else {
        report.notice("start-up, for the program is not built: the feature `cli` is off");
        return Ok(());
    };
    let hello = setting.guests.join("hello.wasm");
    let mut command = run_of(program, &[], &hello);
    // The first run fills the cache.
    let first = command.output()?;
    if !first.status.success() || first.stdout.is_empty() {
        report.notice(&refused(&first));
        return Ok(());
    }
    let times = setting.effort.spawns / 2;
    let limit = limits::bin_true(times)? / 1e3;
    let mut samples = Vec::new();
    for _ in 0..times {
        let begun = Instant::now();
        let output = command.output()?;
        samples.push(microseconds(begun) / 1e3);
        anyhow::ensure!(output.status.success(), refused(&output));
    }
    let cached = median(&samples);
    report.add(&STARTUP, cached, limit);
    report.add(&COLD, compiled_first(program, &hello)?, cached);
    Ok(())
}

fn run_of(program: &str, flags: &[&str], hello: &Path) -> Command {
    #[expect(
        clippy::disallowed_methods,
        reason = "what is measured is the start of the program; it is waited for right here"
    )]
    let mut command = Command::new(program);
    command.arg("run").args(flags).arg(hello);
    command.stdin(Stdio::null());
    command
}

/// Milliseconds of a run that finds nothing in the cache, and leaves nothing there.
fn compiled_first(program: &str, hello: &Path) -> anyhow::Result<f64> {
    let mut command = run_of(program, &["--no-cache"], hello);
    let begun = Instant::now();
    let output = command.output()?;
    anyhow::ensure!(output.status.success(), refused(&output));
    Ok(microseconds(begun) / 1e3)
}

fn refused(output: &Output) -> String {
    let (status, stderr) = (output.status, String::from_utf8_lossy(&output.stderr));
    format!(
        "start-up, for `tractor-host run hello.wasm` gave {status}: {}",
        stderr.trim()
    )
}
