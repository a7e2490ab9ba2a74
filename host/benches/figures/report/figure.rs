//! What is measured, what it should be, and what was found.

use super::sample::{digits, median, spread};
use serde_json::{Value, json};

/// What is measured.
pub(crate) struct Figure {
    pub(crate) name: &'static str,
    /// What ends in `/s` should be much, everything else little.
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
    /// At least so many times the limit.
    AtLeastTimes(f64),
    /// At least so much.
    AtLeast(f64),
}

/// A figure and its limit, as each run gave them.
pub(super) struct Row {
    pub(super) figure: &'static Figure,
    /// It stands beside another program that does the same, and not beside a limit of the machine.
    pub(super) is_peer: bool,
    pub(super) values: Vec<f64>,
    pub(super) limits: Vec<f64>,
}

impl Aim {
    /// Whether it is met; nothing where nothing was set.
    fn is_met(self, value: f64, ratio: f64) -> Option<bool> {
        match self {
            Self::None => None,
            Self::Times(most) => Some(ratio <= most),
            Self::AtMost(most) => Some(value <= most),
            Self::AtLeastTimes(least) => Some(ratio >= least),
            Self::AtLeast(least) => Some(value >= least),
        }
    }

    fn said(self, unit: &str) -> String {
        match self {
            Self::None => "-".to_owned(),
            Self::Times(most) => format!("at most {most}x"),
            Self::AtMost(most) => format!("at most {} {unit}", digits(most)),
            Self::AtLeastTimes(least) => format!("at least {least}x"),
            Self::AtLeast(least) => format!("at least {} {unit}", digits(least)),
        }
    }

    fn json(self) -> Value {
        match self {
            Self::None => Value::Null,
            Self::Times(most) => json!({ "at": "most", "ratio": most }),
            Self::AtMost(most) => json!({ "at": "most", "value": most }),
            Self::AtLeastTimes(least) => json!({ "at": "least", "ratio": least }),
            Self::AtLeast(least) => json!({ "at": "least", "value": least }),
        }
    }
}

impl Row {
    pub(super) fn new(figure: &'static Figure, is_peer: bool) -> Self {
        Self {
            figure,
            is_peer,
            values: Vec::new(),
            limits: Vec::new(),
        }
    }

    fn ratio(&self) -> f64 {
        median(&self.values) / median(&self.limits)
    }

    pub(super) fn line(&self) -> String {
        let unit = self.figure.unit;
        let show = |number: f64| format!("{} {unit}", digits(number));
        let (least, most) = spread(&self.values);
        format!(
            "{:<42} {:>12} {:>20}   {:>12} {:<38} {:>8}  {}",
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
        let said = self.figure.aim.said(self.figure.unit);
        match self.figure.aim.is_met(median(&self.values), self.ratio()) {
            None => said,
            Some(true) => format!("met: {said}"),
            Some(false) => format!("missed: {said}"),
        }
    }

    pub(super) fn json(&self) -> Value {
        let sample = |values: &[f64]| {
            let (least, most) = spread(values);
            json!({ "median": median(values), "least": least, "most": most, "runs": values })
        };
        let aim = self.figure.aim;
        json!({
            "name": self.figure.name,
            "unit": self.figure.unit,
            "beside": if self.is_peer { "peer" } else { "limit" },
            "value": sample(&self.values),
            "limit": { "name": self.figure.limit, "value": sample(&self.limits) },
            "ratio": self.ratio(),
            "aim": aim.json(),
            "met": aim.is_met(median(&self.values), self.ratio()),
        })
    }
}
