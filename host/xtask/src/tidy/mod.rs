//! `tidy`: the rules of the house that no other tool checks.
//!
//! Each rule is a small pure function from what it looks at to the problems it found; this file collects what they look at.
//! A line that must break a rule about lines says why: `// tidy: reason`, on it or above it.

mod crates;
mod forbidden;
mod layout;
mod problem;
mod purity;
mod sizes;
mod source;
mod wit;

use std::fs;

use anyhow::{Context, Result, bail};

use self::{problem::Problem, source::Source};
use crate::{command::Tool, job::Heading, repository::root, say};

/// Runs `cargo xtask tidy`.
pub(crate) fn run() -> Result<()> {
    check(&Heading::alone("tidy"))
}

/// Applies every rule and prints the problems.
pub(crate) fn check(heading: &Heading) -> Result<()> {
    let sources = source::under(&root())?;
    let mut problems: Vec<Problem> = sources.iter().flat_map(of_source).collect();
    problems.extend(crates::check(&metadata()?)?);
    problems.extend(layout::check(&top_level()?));
    if problems.is_empty() {
        heading.say(format_args!("{} files, no problems", sources.len()));
        return Ok(());
    }
    problems.iter().for_each(say::line);
    let (files, count) = (sources.len(), problems.len());
    bail!("tidy: {files} files, problems: {count}");
}

fn of_source(source: &Source) -> Vec<Problem> {
    let rules = [sizes::check, forbidden::check, purity::check, wit::check];
    rules.iter().flat_map(|rule| rule(source)).collect()
}

fn metadata() -> Result<serde_json::Value> {
    let text = Tool::cargo()
        .args(["metadata", "--no-deps", "--format-version", "1"])
        .dir(&root())
        .text()?;
    serde_json::from_str(&text).context("cargo metadata is not JSON")
}

fn top_level() -> Result<Vec<String>> {
    let entries = fs::read_dir(root()).context("cannot read the top of the repository")?;
    let mut names = Vec::new();
    for entry in entries {
        names.push(entry?.file_name().to_string_lossy().into_owned());
    }
    names.sort();
    Ok(names)
}
