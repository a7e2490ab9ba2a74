//! What is said of several measurements of one thing. Of the benchmark and of `cargo xtask bench`, which compares and draws what it wrote:
//! so its tests run with xtask's, and both say the same of the same numbers.

/// The middle of all, or the upper of the two in the middle. Of nothing, no number.
pub(crate) fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied().unwrap_or(f64::NAN)
}

/// The least and the most.
pub(crate) fn spread(values: &[f64]) -> (f64, f64) {
    let least = values.iter().copied().fold(f64::INFINITY, f64::min);
    let most = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    (least, most)
}

/// Three digits that count.
pub(crate) fn digits(number: f64) -> String {
    match number {
        number if number >= 999_500.0 => format!("{:.2}M", number / 1e6),
        number if number >= 9_995.0 => format!("{:.1}k", number / 1e3),
        number if number >= 99.95 => format!("{number:.0}"),
        number if number >= 9.995 => format!("{number:.1}"),
        number if number >= 0.0995 || number == 0.0 => format!("{number:.2}"),
        number => format!("{number:.4}"),
    }
}

#[cfg(test)]
mod tests {
    // Without an import: the benchmark, which has no harness, compiles none of these.
    #[test]
    fn median_is_the_middle_whatever_the_order() {
        assert_eq!(super::median(&[5.0, 1.0, 3.0]), 3.0);
        assert_eq!(super::median(&[1.0, 2.0]), 2.0);
        assert!(super::median(&[]).is_nan());
    }

    #[test]
    fn spread_is_least_and_most() {
        assert_eq!(super::spread(&[2.0, 1.0, 3.0]), (1.0, 3.0));
    }

    #[test]
    fn digits_are_three_that_count() {
        let shown = [
            (0.0, "0.00"),
            (0.012_34, "0.0123"),
            (1.234, "1.23"),
            (12.34, "12.3"),
            (123.4, "123"),
            (1234.0, "1234"),
            (12_340.0, "12.3k"),
            (999_999.0, "1.00M"),
            (1_234_000.0, "1.23M"),
        ];
        for (number, text) in shown {
            assert_eq!(super::digits(number), text);
        }
    }
}
