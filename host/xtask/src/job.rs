//! A command as a list of jobs: numbered as they begin, timed, and summed up.

use std::{
    fmt::{self, Display},
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
    budget: Option<Duration>,
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
            budget: None,
        }
    }

    /// States how many minutes it may take on a machine that starts from nothing. Told at the end, and no failure: machines differ.
    pub(crate) fn within_minutes(self, minutes: u64) -> Self {
        let budget = Some(Duration::from_secs(60 * minutes));
        Self { budget, ..self }
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
        ledger.spent.push(Spent {
            name: job.name,
            time: begun.elapsed(),
            budget: job.budget,
        });
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
    spent: Vec<Spent>,
    failed: Vec<&'static str>,
}

/// What a job has taken, beside what it was given.
struct Spent {
    name: &'static str,
    time: Duration,
    budget: Option<Duration>,
}

impl Ledger {
    fn times(&self) -> String {
        let lines: Vec<String> = self.spent.iter().map(Spent::to_string).collect();
        lines.join("\n")
    }
}

impl Display for Spent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "  {:<22}{:>9}", self.name, seconds(self.time))?;
        let Some(budget) = self.budget else {
            return Ok(());
        };
        let over = if self.time > budget { ", OVER" } else { "" };
        write!(f, "  of {} min{over}", budget.as_secs() / 60)
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
        assert_eq!(ledger.spent.len(), 2);
    }

    #[test]
    fn vital_job_that_fails_ends_the_command() {
        let ledger = work_through(vec![
            Job::vital("one", failing),
            Job::new("two", |_| Ok(())),
        ]);
        assert_eq!(ledger.failed, ["one"]);
        assert_eq!(ledger.spent.len(), 1);
    }

    #[test]
    fn job_over_its_budget_is_told() {
        let spent = |secs| Spent {
            name: "guests",
            time: Duration::from_secs(secs),
            budget: Some(Duration::from_secs(60)),
        };
        assert!(spent(59).to_string().ends_with("59.0 s  of 1 min"));
        assert!(spent(61).to_string().ends_with("of 1 min, OVER"));
    }

    #[test]
    fn command_with_a_failed_job_fails() {
        let error = run_all("check", vec![Job::new("one", failing)]).unwrap_err();
        assert!(error.to_string().starts_with("check: failed: one"));
    }
}
