//! `doctor`: what is there to build guests with, what is missing, and how to get it. Changes nothing.

use anyhow::{Result, bail};

use crate::{language::Language, say};

/// Runs `cargo xtask doctor`; fails if something is missing.
pub(crate) fn run(language: Option<Language>) -> Result<()> {
    let asked = language.map_or_else(|| Language::ALL.to_vec(), |language| vec![language]);
    let mut incomplete = Vec::new();
    for language in asked {
        say::line(language.name());
        let findings = language.findings();
        for finding in &findings {
            say::line(finding);
        }
        if findings.iter().any(|finding| finding.is_missing()) {
            incomplete.push(language.name());
        }
    }
    if incomplete.is_empty() {
        return Ok(());
    }
    bail!("something is missing for {}", incomplete.join(", "));
}
