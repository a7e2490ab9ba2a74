//! Figures beside their limits, for people and as JSON.
#![expect(
    clippy::print_stdout,
    reason = "the one place where the benchmark prints"
)]

use crate::setting::Setting;
use anyhow::Context;
use serde_json::{Value, json};
use std::path::PathBuf;

/// What is measured.
pub(crate) struct Figure {
    pub(crate) name: &'static str,
    pub(crate) unit: &'static str,
    /// What it is measured beside.
    pub(crate) limit: &'static str,
    pub(crate) aim: Aim,
}

/// What a figure should be.
#[derive(Clone, Copy)]
pub(crate) enum Aim {
    /// Nothing was set.
    None,
    /// At most so many times the limit.
    Times(f64),
    /// At most so much.
    AtMost(f64),
}

/// A figure and its limit, as each run gave them.
struct Row {
    figure: &'static Figure,
    values: Vec<f64>,
    limits: Vec<f64>,
}

/// All that was measured.
pub(crate) struct Report {
    rows: Vec<Row>,
    notices: Vec<String>,
    smoke: bool,
}

impl Report {
    pub(crate) fn new(setting: &Setting) -> Self {
        Self {
            rows: Vec::new(),
            notices: Vec::new(),
            smoke: setting.smoke,
        }
    }

    /// Takes what one run gave.
    pub(crate) fn add(&mut self, figure: &'static Figure, value: f64, limit: f64) {
        let known = self
            .rows
            .iter()
            .position(|row| row.figure.name == figure.name);
        let index = known.unwrap_or(self.rows.len());
        if known.is_none() {
            self.rows.push(Row {
                figure,
                values: Vec::new(),
                limits: Vec::new(),
            });
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
            "{:<34} {:>12} {:>24}   {:>12} {:<38} {:>8}  aim",
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

    /// Writes the figures beside what cargo builds.
    pub(crate) fn write(&self) -> anyhow::Result<()> {
        let folder = target().join("bench");
        let file = folder.join("figures.json");
        let rows: Vec<_> = self.rows.iter().map(Row::json).collect();
        let all = json!({ "smoke": self.smoke, "figures": rows, "notices": self.notices });
        std::fs::create_dir_all(&folder)
            .and_then(|()| std::fs::write(&file, format!("{all:#}\n")))
            .with_context(|| format!("cannot write {}", file.display()))?;
        println!("written to {}", file.display());
        Ok(())
    }
}

impl Row {
    fn ratio(&self) -> f64 {
        median(&self.values) / median(&self.limits)
    }

    fn line(&self) -> String {
        let unit = self.figure.unit;
        let show = |number: f64| format!("{} {unit}", digits(number));
        let (least, most) = spread(&self.values);
        format!(
            "{:<34} {:>12} {:>24}   {:>12} {:<38} {:>8}  {}",
            self.figure.name,
            show(median(&self.values)),
            format!("{}..{}", digits(least), digits(most)),
            show(median(&self.limits)),
            self.figure.limit,
            format!("{}x", digits(self.ratio())),
            self.aim()
        )
    }

    fn aim(&self) -> String {
        let unit = self.figure.unit;
        let (met, aim) = match self.figure.aim {
            Aim::None => return "-".to_owned(),
            Aim::Times(times) => (self.ratio() <= times, format!("{times}x")),
            Aim::AtMost(most) => (median(&self.values) <= most, format!("{most} {unit}")),
        };
        format!("{} at most {aim}", if met { "met:" } else { "missed:" })
    }

    fn json(&self) -> Value {
        let sample = |values: &[f64]| {
            let (least, most) = spread(values);
            json!({ "median": median(values), "least": least, "most": most, "runs": values })
        };
        let aim = match self.figure.aim {
            Aim::None => Value::Null,
            Aim::Times(times) => json!({ "ratio": times }),
            Aim::AtMost(most) => json!({ "value": most }),
        };
        json!({
            "name": self.figure.name,
            "unit": self.figure.unit,
            "value": sample(&self.values),
            "limit": { "name": self.figure.limit, "value": sample(&self.limits) },
            "ratio": self.ratio(),
            "aim": aim,
        })
    }
}

/// The middle of all, or the upper of the two in the middle.
pub(crate) fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied().unwrap_or(f64::NAN)
}

fn spread(values: &[f64]) -> (f64, f64) {
    let least = values.iter().copied().fold(f64::INFINITY, f64::min);
    let most = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    (least, most)
}

/// Three digits that count.
fn digits(number: f64) -> String {
    match number {
        number if number >= 1e6 => format!("{:.2}M", number / 1e6),
        number if number >= 1e4 => format!("{:.1}k", number / 1e3),
        number if number >= 100.0 => format!("{number:.0}"),
        number if number >= 10.0 => format!("{number:.1}"),
        number => format!("{number:.2}"),
    }
}

fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("target"),
        PathBuf::from,
    )
}
