//! Figures beside their limits, for people and as JSON.
#![expect(
    clippy::print_stdout,
    reason = "the one place where the benchmark prints"
)]

mod figure;
mod machine;
mod sample;

use crate::setting::Setting;
use anyhow::Context;
use figure::Row;
use serde_json::{Value, json};
use std::path::PathBuf;

pub(crate) use figure::{Aim, Figure};
pub(crate) use sample::median;

/// All that was measured.
pub(crate) struct Report {
    rows: Vec<Row>,
    notices: Vec<String>,
    smoke: bool,
    date: Option<String>,
    load_before: Value,
}

impl Report {
    pub(crate) fn new(setting: &Setting) -> Self {
        Self {
            rows: Vec::new(),
            notices: Vec::new(),
            smoke: setting.smoke,
            date: machine::date(),
            load_before: machine::load(),
        }
    }

    /// Takes what one run gave: a figure, and what the machine itself takes.
    pub(crate) fn add(&mut self, figure: &'static Figure, value: f64, limit: f64) {
        self.row(figure, false, value, limit);
    }

    /// Takes what one run gave: a figure, and what another program takes that does the same.
    pub(crate) fn add_against(&mut self, figure: &'static Figure, value: f64, peer: f64) {
        self.row(figure, true, value, peer);
    }

    fn row(&mut self, figure: &'static Figure, is_peer: bool, value: f64, limit: f64) {
        let known = self
            .rows
            .iter()
            .position(|row| row.figure.name == figure.name);
        let index = known.unwrap_or(self.rows.len());
        if known.is_none() {
            self.rows.push(Row::new(figure, is_peer));
        }
        self.rows[index].values.push(value);
        self.rows[index].limits.push(limit);
    }

    /// Says, once, why something was not measured.
    pub(crate) fn notice(&mut self, notice: &str) {
        if !self.notices.iter().any(|said| said == notice) {
            self.notices.push(notice.to_owned());
        }
    }

    pub(crate) fn progress(&self, run: usize, runs: usize) {
        println!("run {run} of {runs}");
    }

    pub(crate) fn print(&self) {
        println!(
            "{:<42} {:>12} {:>20}   {:>12} {:<38} {:>8}  aim",
            "figure", "median", "spread", "limit", "", "ratio"
        );
        for row in &self.rows {
            println!("{}", row.line());
        }
        for notice in &self.notices {
            println!("not measured: {notice}");
        }
        if self.smoke {
            println!("a smoke test: these are no figures");
        }
    }

    /// Writes the figures beside what cargo builds. What a smoke test gives does not take the place of real ones.
    pub(crate) fn write(&self) -> anyhow::Result<()> {
        let folder = target().join("bench");
        let name = if self.smoke { "smoke" } else { "figures" };
        let file = folder.join(name).with_extension("json");
        std::fs::create_dir_all(&folder)
            .and_then(|()| std::fs::write(&file, format!("{:#}\n", self.json())))
            .with_context(|| format!("cannot write {}", file.display()))?;
        println!("written to {}", file.display());
        Ok(())
    }

    fn json(&self) -> Value {
        let rows: Vec<_> = self.rows.iter().map(Row::json).collect();
        json!({
            "smoke": self.smoke,
            "date": self.date,
            "commit": machine::commit(),
            "machine": machine::json(&self.load_before),
            "figures": rows,
            "notices": self.notices,
        })
    }
}

fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("target"),
        PathBuf::from,
    )
}
