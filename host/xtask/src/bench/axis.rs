//! A logarithmic axis of ratios: what is twice as much lies as far on one side as what is half as much on the other.

/// From one power of ten to another, 1 among them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Axis {
    least: i32,
    most: i32,
    left: f64,
    width: f64,
}

impl Axis {
    /// An axis between two places, that is wide enough for all of `ratios`.
    pub(super) fn of(ratios: impl Iterator<Item = f64>, left: f64, width: f64) -> Self {
        let logarithms = ratios.filter(|ratio| is_drawn(*ratio)).map(f64::log10);
        let (mut least, mut most) = (0.0_f64, 0.0_f64);
        for logarithm in logarithms {
            least = least.min(logarithm.floor());
            most = most.max(logarithm.ceil());
        }
        // One decade at least, or there is nothing to see.
        let (least, most) = (least as i32, most as i32);
        let most = if most == least { least + 1 } else { most };
        Self {
            least,
            most,
            left,
            width,
        }
    }

    /// Where a ratio lies; those beyond the ends lie at the ends.
    pub(super) fn place(self, ratio: f64) -> f64 {
        let decades = f64::from(self.most - self.least);
        let part = (ratio.log10() - f64::from(self.least)) / decades;
        self.left + part.clamp(0.0, 1.0) * self.width
    }

    /// The powers of ten, each with its text.
    pub(super) fn marks(self) -> impl Iterator<Item = (f64, String)> {
        (self.least..=self.most).map(|power| {
            let ratio = 10_f64.powi(power);
            let decimals = usize::try_from(-power).unwrap_or(0);
            (ratio, format!("{ratio:.decimals$}x"))
        })
    }
}

/// Whether a ratio has a place at all: what was not measured has none.
pub(super) fn is_drawn(ratio: f64) -> bool {
    ratio.is_finite() && ratio > 0.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn axis(ratios: &[f64]) -> Axis {
        Axis::of(ratios.iter().copied(), 100.0, 400.0)
    }

    #[test]
    fn axis_holds_all_ratios_and_one() {
        let axis = axis(&[0.02, 40.0]);
        let marks: Vec<String> = axis.marks().map(|(_, text)| text).collect();
        assert_eq!(marks, ["0.01x", "0.1x", "1x", "10x", "100x"]);
        assert_eq!(axis.place(0.01), 100.0);
        assert_eq!(axis.place(1.0), 300.0);
        assert_eq!(axis.place(100.0), 500.0);
    }

    #[test]
    fn ratio_beyond_the_end_lies_at_the_end() {
        let axis = axis(&[2.0]);
        assert_eq!(axis.place(1e9), 500.0);
        assert_eq!(axis.place(1e-9), 100.0);
    }

    #[test]
    fn axis_of_nothing_is_one_decade() {
        assert_eq!(axis(&[]).marks().count(), 2);
        assert_eq!(axis(&[f64::NAN, 0.0]), axis(&[]));
    }
}
