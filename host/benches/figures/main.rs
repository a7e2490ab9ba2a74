//! The figures of the project, each beside the limit that the machine sets, measured in the same run.
//!
//! `cargo xtask bench` runs it in release. Arguments: `--runs N` (default 5), `--smoke` (everything once, quickly, for a test), and words: only
//! groups whose name holds one of them are measured. Nothing here fails because a figure is bad; machines differ and are shared.
//!
//! One file for each group of figures; [`limits`] and [`peer`] are what is measured beside them. Each run measures a figure and its limit
//! one right after the other, so that load on the machine meets both. A figure is the median of its runs.

mod affinity;
mod against;
mod call;
mod lang;
mod limits;
mod many;
mod memory;
mod peer;
mod report;
mod setting;
mod spawn;
mod startup;
mod stream;

use report::Report;
use setting::{Arguments, Setting};

fn main() -> anyhow::Result<()> {
    // It is its own worker, and the other side of what is measured raw.
    tractor_host::init_with([call::native()]);
    if let Some(role) = peer::Role::of_this_process() {
        return role.play();
    }
    let arguments = Arguments::parse(std::env::args().skip(1))?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(measure(&arguments))
}

async fn measure(arguments: &Arguments) -> anyhow::Result<()> {
    let setting = Setting::prepare(arguments).await?;
    let mut report = Report::new(&setting);
    for run in 1..=setting.runs {
        report.progress(run, setting.runs);
        one_run(arguments, &setting, &mut report).await?;
    }
    setting.tree.shutdown(None).await;
    report.print();
    report.write()
}

async fn one_run(
    arguments: &Arguments,
    setting: &Setting,
    report: &mut Report,
) -> anyhow::Result<()> {
    if arguments.wants("spawn") {
        spawn::run(setting, report).await?;
    }
    if arguments.wants("call") {
        call::run(setting, report).await?;
    }
    if arguments.wants("stream") {
        stream::run(setting, report).await?;
    }
    if arguments.wants("many") {
        many::run(setting, report).await?;
    }
    if arguments.wants("memory") {
        memory::run(setting, report).await?;
    }
    if arguments.wants("startup") {
        startup::run(setting, report)?;
    }
    if arguments.wants("peers") {
        against::run(setting, report).await?;
    }
    if arguments.wants("lang") {
        lang::run(setting, report).await?;
    }
    Ok(())
}
