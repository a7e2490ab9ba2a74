//! Figures, as the benchmark wrote them.

use std::{fs, path::Path};

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

use super::sample::{median, spread};

/// The JSON of one run of the benchmark.
#[derive(Debug)]
pub(super) struct Figures {
    smoke: bool,
    pub(super) date: String,
    pub(super) commit: String,
    pub(super) machine: Machine,
    pub(super) rows: Vec<Row>,
}

/// Where they were measured.
#[derive(Debug, PartialEq)]
pub(super) struct Machine {
    pub(super) cpu: String,
    pub(super) cores: u64,
    pub(super) kernel: String,
}

/// One figure, and what it was measured beside.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) name: String,
    pub(super) unit: String,
    /// It stands beside another program, and not beside a limit of the machine.
    pub(super) is_peer: bool,
    pub(super) limit: String,
    pub(super) aim: Option<Aim>,
    /// What each run gave.
    values: Vec<f64>,
    limits: Vec<f64>,
}

/// What a figure should be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Aim {
    pub(super) at_least: bool,
    /// Times the limit; else in the figure's unit.
    pub(super) is_ratio: bool,
    pub(super) number: f64,
}

impl Figures {
    /// Reads figures that something is to be said of: not those of a smoke test.
    pub(super) fn read(file: &Path) -> Result<Self> {
        let figures = Self::read_any(file)?;
        ensure!(
            !figures.smoke,
            "{} is of a smoke test, whose numbers say nothing",
            file.display()
        );
        Ok(figures)
    }

    pub(super) fn read_any(file: &Path) -> Result<Self> {
        let text = fs::read_to_string(file).with_context(|| {
            format!(
                "cannot read {}: `cargo xtask bench` writes such files",
                file.display()
            )
        })?;
        let foreign = || format!("{} is not of `cargo xtask bench`", file.display());
        Self::parse(&text).with_context(foreign)
    }

    pub(super) fn parse(text: &str) -> Result<Self> {
        let json: Value = serde_json::from_str(text).context("it is not JSON")?;
        let rows = json["figures"].as_array().context("it has no `figures`")?;
        let machine = &json["machine"];
        let known = |value: &Value| value.as_str().unwrap_or("unknown").to_owned();
        Ok(Self {
            smoke: json["smoke"].as_bool().unwrap_or(false),
            date: known(&json["date"]),
            commit: known(&json["commit"]),
            machine: Machine {
                cpu: known(&machine["cpu"]),
                cores: machine["cores"].as_u64().unwrap_or(0),
                kernel: known(&machine["kernel"]),
            },
            rows: rows.iter().map(Row::parse).collect::<Result<_>>()?,
        })
    }

    pub(super) fn row(&self, name: &str) -> Option<&Row> {
        self.rows.iter().find(|row| row.name == name)
    }
}

impl Row {
    fn parse(json: &Value) -> Result<Self> {
        let name = json["name"].as_str().context("a figure has no `name`")?;
        let lacks = |key: &str| format!("`{name}` has no `{key}`");
        let values = runs(&json["value"]).with_context(|| lacks("value"))?;
        let limits = runs(&json["limit"]["value"]).with_context(|| lacks("limit"))?;
        ensure!(
            values.len() == limits.len() && !values.is_empty(),
            "`{name}` has {} runs, and {} of its limit",
            values.len(),
            limits.len()
        );
        Ok(Self {
            name: name.to_owned(),
            unit: json["unit"].as_str().unwrap_or_default().to_owned(),
            is_peer: json["beside"] == "peer",
            limit: json["limit"]["name"]
                .as_str()
                .unwrap_or_default()
                .to_owned(),
            aim: Aim::parse(&json["aim"]).with_context(|| format!("the aim of `{name}`"))?,
            values,
            limits,
        })
    }

    pub(super) fn value(&self) -> f64 {
        median(&self.values)
    }

    /// The figure over its limit.
    pub(super) fn ratio(&self) -> f64 {
        median(&self.values) / median(&self.limits)
    }

    /// The least and the most of the runs' ratios: a figure and its limit are measured one right after the other.
    pub(super) fn ratios(&self) -> (f64, f64) {
        let pairs = self.values.iter().zip(&self.limits);
        let ratios: Vec<f64> = pairs.map(|(value, limit)| value / limit).collect();
        spread(&ratios)
    }

    /// Rates should be much, everything else little.
    pub(super) fn is_rate(&self) -> bool {
        self.unit.ends_with("/s")
    }

    /// The aim as a ratio to the limit.
    pub(super) fn aimed_ratio(&self) -> Option<f64> {
        let aim = self.aim?;
        Some(match aim.is_ratio {
            true => aim.number,
            false => aim.number / median(&self.limits),
        })
    }

    pub(super) fn is_met(&self) -> Option<bool> {
        let aimed = self.aimed_ratio()?;
        Some(match self.aim?.at_least {
            true => self.ratio() >= aimed,
            false => self.ratio() <= aimed,
        })
    }
}

impl Aim {
    fn parse(json: &Value) -> Result<Option<Self>> {
        if json.is_null() {
            return Ok(None);
        }
        let at_least = match json["at"].as_str() {
            Some("least") => true,
            Some("most") => false,
            _ => bail!("an aim is `at` most or least"),
        };
        let (is_ratio, number) = match (json["ratio"].as_f64(), json["value"].as_f64()) {
            (Some(ratio), None) => (true, ratio),
            (None, Some(value)) => (false, value),
            _ => bail!("an aim is a `ratio` or a `value`"),
        };
        Ok(Some(Self {
            at_least,
            is_ratio,
            number,
        }))
    }
}

/// What each run gave. What could not be measured is null, and no number here.
fn runs(sample: &Value) -> Option<Vec<f64>> {
    let runs = sample["runs"].as_array()?;
    let number = |run: &Value| run.as_f64().unwrap_or(f64::NAN);
    Some(runs.iter().map(number).collect())
}

#[cfg(test)]
pub(super) mod tests {
    use serde_json::json;

    use super::*;

    /// Makes the JSON of a figure.
    pub(in super::super) fn row(name: &str, unit: &str, values: &[f64], limits: &[f64]) -> Value {
        json!({
            "name": name, "unit": unit, "beside": "limit",
            "value": { "runs": values },
            "limit": { "name": "a limit", "value": { "runs": limits } },
            "aim": null,
        })
    }

    /// Makes figures of the JSON of each.
    pub(in super::super) fn figures(rows: &[Value]) -> Figures {
        let text = json!({
            "smoke": false, "date": "2026-11-28T21:00:00Z", "commit": "0123456789abcdef",
            "machine": { "cpu": "a <cpu>", "cores": 2, "kernel": "6.1" },
            "figures": rows,
        });
        Figures::parse(&text.to_string()).unwrap()
    }

    fn written(text: &str) -> (tempfile::TempDir, std::path::PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.json");
        fs::write(&file, text).unwrap();
        (folder, file)
    }

    #[test]
    fn file_that_is_not_there_is_named() {
        let error = Figures::read(Path::new("/no/such.json")).unwrap_err();
        let text = format!("{error:#}");
        assert!(
            text.starts_with("cannot read /no/such.json: `cargo xtask bench`"),
            "{text}"
        );
        assert!(text.contains("No such file"), "{text}");
    }

    #[test]
    fn file_of_something_else_is_refused_with_the_reason() {
        let foreign = [
            ("figures: none", "it is not JSON"),
            ("{}", "it has no `figures`"),
            (r#"{"figures":[{}]}"#, "a figure has no `name`"),
            (r#"{"figures":[{"name":"a"}]}"#, "`a` has no `value`"),
            (
                r#"{"figures":[{"name":"a","value":{"runs":[1]},"limit":{"value":{"runs":[]}}}]}"#,
                "`a` has 1 runs, and 0 of its limit",
            ),
            (
                r#"{"figures":[{"name":"a","value":{"runs":[1]},"limit":{"value":{"runs":[1]}},"aim":{"ratio":1}}]}"#,
                "an aim is `at` most or least",
            ),
        ];
        for (text, reason) in foreign {
            let (_folder, file) = written(text);
            let error = format!("{:#}", Figures::read(&file).unwrap_err());
            assert!(error.contains("is not of `cargo xtask bench`"), "{error}");
            assert!(error.contains(reason), "{error}");
        }
    }

    #[test]
    fn smoke_test_is_no_base_for_a_comparison() {
        let (_folder, file) = written(r#"{"smoke":true,"figures":[]}"#);
        let error = Figures::read(&file).unwrap_err().to_string();
        assert!(error.contains("smoke test"), "{error}");
        assert!(Figures::read_any(&file).is_ok());
    }

    #[test]
    fn aim_in_the_unit_of_the_figure_is_compared_as_a_ratio() {
        let mut json = row("a", "ms", &[30.0], &[10.0]);
        json["aim"] = json!({ "at": "most", "value": 20.0 });
        let row = Row::parse(&json).unwrap();
        assert_eq!((row.aimed_ratio(), row.is_met()), (Some(2.0), Some(false)));
        json["aim"] = json!({ "at": "least", "ratio": 3.0 });
        assert_eq!(Row::parse(&json).unwrap().is_met(), Some(true));
        json["aim"] = Value::Null;
        assert_eq!(Row::parse(&json).unwrap().is_met(), None);
    }

    #[test]
    fn ratios_are_of_pairs_and_not_of_extremes() {
        let row = Row::parse(&row("a", "us", &[2.0, 9.0, 4.0], &[1.0, 3.0, 2.0])).unwrap();
        assert_eq!(row.ratios(), (2.0, 3.0));
        assert_eq!(row.ratio(), 2.0);
    }
}
