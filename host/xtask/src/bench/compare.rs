//! What is otherwise than in earlier figures.
//!
//! Ratios are compared and not figures: what the machine does otherwise meets both a figure and its limit. A change counts when no run
//! of one measurement lies among those of the other; a machine that is shared moves everything else.

use super::{
    figures::{Figures, Row},
    sample::digits,
};

/// What has become of a figure.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Change {
    Better,
    Worse,
    /// The runs of one lie among those of the other.
    WithinSpread,
}

/// The comparison, line by line.
pub(super) fn lines(earlier: &Figures, now: &Figures) -> Vec<String> {
    let mut lines = vec![
        format!("against {}", said(earlier)),
        format!("now     {}", said(now)),
    ];
    if earlier.machine != now.machine {
        lines.push("on another machine: what ratios say of that is little".to_owned());
    }
    lines.push(format!(
        "{:<42} {:>26} {:>26} {:>8}",
        "ratio", "then", "now", "change"
    ));
    lines.extend(now.rows.iter().map(|row| line(earlier.row(&row.name), row)));
    let gone = earlier
        .rows
        .iter()
        .filter(|row| now.row(&row.name).is_none());
    lines.extend(
        gone.map(|row| format!("{:<42} {:>26} {:>26}", row.name, shown(row), "not measured")),
    );
    lines
}

fn said(figures: &Figures) -> String {
    let machine = &figures.machine;
    let commit: String = figures.commit.chars().take(12).collect();
    format!(
        "{} of {commit}, on {} cores of {}, Linux {}",
        figures.date, machine.cores, machine.cpu, machine.kernel
    )
}

fn line(then: Option<&Row>, now: &Row) -> String {
    let Some(then) = then else {
        return format!("{:<42} {:>26} {:>26}", now.name, "not measured", shown(now));
    };
    let factor = now.ratio() / then.ratio();
    format!(
        "{:<42} {:>26} {:>26} {:>8}  {}",
        now.name,
        shown(then),
        shown(now),
        format!("{}x", digits(factor)),
        match change(then, now) {
            Change::Better => "better, beyond the spread",
            Change::Worse => "WORSE, beyond the spread",
            Change::WithinSpread => "within the spread",
        }
    )
}

fn shown(row: &Row) -> String {
    let (least, most) = row.ratios();
    format!(
        "{}x ({}..{})",
        digits(row.ratio()),
        digits(least),
        digits(most)
    )
}

fn change(then: &Row, now: &Row) -> Change {
    let ((then_least, then_most), (least, most)) = (then.ratios(), now.ratios());
    match (least > then_most, most < then_least) {
        (true, _) if now.is_rate() => Change::Better,
        (true, _) => Change::Worse,
        (_, true) if now.is_rate() => Change::Worse,
        (_, true) => Change::Better,
        (false, false) => Change::WithinSpread,
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::figures::tests::{figures, row},
        *,
    };

    const ONE: [f64; 3] = [1.0, 1.0, 1.0];

    fn compared(unit: &str, then: &[f64], now: &[f64]) -> Change {
        let then = figures(&[row("a", unit, then, &ONE)]);
        let now = figures(&[row("a", unit, now, &ONE)]);
        change(&then.rows[0], &now.rows[0])
    }

    #[test]
    fn change_counts_only_beyond_the_spread_of_both() {
        assert_eq!(
            compared("us", &[1.0, 2.0, 3.0], &[3.0, 4.0, 5.0]),
            Change::WithinSpread
        );
        assert_eq!(
            compared("us", &[1.0, 2.0, 3.0], &[3.1, 4.0, 5.0]),
            Change::Worse
        );
        assert_eq!(
            compared("us", &[3.1, 4.0, 5.0], &[1.0, 2.0, 3.0]),
            Change::Better
        );
    }

    #[test]
    fn rate_that_grows_is_better() {
        assert_eq!(
            compared("/s", &[1.0, 2.0, 3.0], &[3.1, 4.0, 5.0]),
            Change::Better
        );
        assert_eq!(
            compared("/s", &[3.1, 4.0, 5.0], &[1.0, 2.0, 3.0]),
            Change::Worse
        );
    }

    #[test]
    fn slower_machine_is_no_change() {
        let then = figures(&[row("a", "us", &[2.0], &[1.0])]);
        let now = figures(&[row("a", "us", &[4.0], &[2.0])]);
        let lines = lines(&then, &now);
        assert!(
            lines[3].contains("1.00x  within the spread"),
            "{}",
            lines[3]
        );
    }

    #[test]
    fn figure_of_one_side_alone_is_shown_as_such() {
        let then = figures(&[row("old", "us", &[2.0], &[1.0])]);
        let now = figures(&[row("new", "us", &[3.0], &[1.0])]);
        let lines = lines(&then, &now);
        let words = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
        assert_eq!(words(&lines[3]), "new not measured 3.00x (3.00..3.00)");
        assert_eq!(words(&lines[4]), "old 2.00x (2.00..2.00) not measured");
    }

    #[test]
    fn other_machine_is_told() {
        let then = figures(&[]);
        let mut now = figures(&[]);
        assert!(
            !lines(&then, &now)
                .iter()
                .any(|line| line.contains("another machine"))
        );
        now.machine.cores += 1;
        assert!(
            lines(&then, &now)
                .iter()
                .any(|line| line.contains("another machine"))
        );
    }
}
