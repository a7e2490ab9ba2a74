//! A command as a list of jobs: numbered as they begin, timed, and summed up.

use std::{
    fmt::Display,
    time::{Duration, Instant},
};

use anyhow::{Result, bail};

use crate::say;

type Work = Box<dyn FnOnce(&Heading) -> Result<()>>;

/// One job of a command.
pub(crate) struct Job {
    name: &'static str,
    work: Work,
    vital: bool,
}

impl Job {
    /// A job that the others can do without: they are done even if it fails.
    pub(crate) fn new(
        name: &'static str,
        work: impl FnOnce(&Heading) -> Result<()> + 'static,
    ) -> Self {
        Self {
            name,
            work: Box::new(work),
            vital: false,
        }
    }

    /// A job without which the later ones make no sense.
    pub(crate) fn vital(
        name: &'static str,
        work: impl FnOnce(&Heading) -> Result<()> + 'static,
    ) -> Self {
        Self {
            vital: true,
            ..Self::new(name, work)
        }
    }
}

/// What a job's own lines begin with: `[2/4] guests: `.
pub(crate) struct Heading(String);

impl Heading {
    /// For a job that is a whole command.
    pub(crate) fn alone(name: &str) -> Self {
        Self(format!("{name}: "))
    }

    /// For a job that is one of several.
    pub(crate) fn numbered(number: usize, total: usize, name: &str) -> Self {
        Self(format!("[{number}/{total}] {name}: "))
    }

    /// Prints a line under this heading.
    pub(crate) fn say(&self, text: impl Display) {
        say::line(format_args!("{}{text}", self.0));
    }
}

/// Does the jobs in order and prints a summary. An error says which failed.
pub(crate) fn run_all(command: &str, jobs: Vec<Job>) -> Result<()> {
    let begun = Instant::now();
    let ledger = work_through(jobs);
    say::line(ledger.times());
    let all = seconds(begun.elapsed());
    if ledger.failed.is_empty() {
        say::line(format_args!("{command}: all good, {all}"));
        return Ok(());
    }
    bail!("{command}: failed: {} ({all})", ledger.failed.join(", "));
}

fn work_through(jobs: Vec<Job>) -> Ledger {
    let mut ledger = Ledger::default();
    let total = jobs.len();
    for (index, job) in jobs.into_iter().enumerate() {
        let heading = Heading::numbered(index + 1, total, job.name);
        let begun = Instant::now();
        let outcome = (job.work)(&heading);
        ledger.times.push((job.name, begun.elapsed()));
        if let Err(error) = outcome {
            say::error(&error.context(job.name));
            ledger.failed.push(job.name);
            if job.vital {
                break;
            }
        }
    }
    ledger
}

#[derive(Default)]
struct Ledger {
    times: Vec<(&'static str, Duration)>,
    failed: Vec<&'static str>,
}

impl Ledger {
    fn times(&self) -> String {
        let times = self.times.iter();
        let times: Vec<String> = times
            .map(|(name, time)| format!("{name} {}", seconds(*time)))
            .collect();
        times.join(", ")
    }
}

/// Shows a duration in seconds with one decimal.
pub(crate) fn seconds(time: Duration) -> String {
    format!("{:.1} s", time.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failing(_: &Heading) -> Result<()> {
        bail!("on purpose")
    }

    #[test]
    fn job_that_fails_lets_the_others_run() {
        let ledger = work_through(vec![Job::new("one", failing), Job::new("two", |_| Ok(()))]);
        assert_eq!(ledger.failed, ["one"]);
        assert_eq!(ledger.times.len(), 2);
    }

    #[test]
    fn vital_job_that_fails_ends_the_command() {
        let ledger = work_through(vec![
            Job::vital("one", failing),
            Job::new("two", |_| Ok(())),
        ]);
        assert_eq!(ledger.failed, ["one"]);
        assert_eq!(ledger.times.len(), 1);
    }

    #[test]
    fn command_with_a_failed_job_fails() {
        let error = run_all("check", vec![Job::new("one", failing)]).unwrap_err();
        assert!(error.to_string().starts_with("check: failed: one"));
    }
}
