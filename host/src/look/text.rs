//! Words and numbers, for people.

use std::fmt::Write;
use std::time::Duration;

/// `text` with its control characters escaped: what a guest says must not steer a terminal. Newlines and tabs are control characters too.
pub(crate) fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for char in text.chars() {
        if char.is_control() || is_direction(char) {
            // Writing to a string cannot fail.
            let _ = write!(shown, "{}", char.escape_default());
        } else {
            shown.push(char);
        }
    }
    shown
}

/// Characters that turn the direction of text, and so make it read as something else.
fn is_direction(char: char) -> bool {
    matches!(char, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// A time, to three digits: `312 ms`, `2 s`, `12.3 s`, `4 min 3 s`, `2 h 5 min`.
pub fn duration(time: Duration) -> String {
    let seconds = time.as_secs();
    match seconds {
        0 => format!("{} ms", time.as_millis()),
        1..60 => match time.subsec_millis() / 100 {
            0 => format!("{seconds} s"),
            tenths => format!("{seconds}.{tenths} s"),
        },
        60..3600 => format!("{} min {} s", seconds / 60, seconds % 60),
        _ => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
    }
}

/// A size, to one decimal: `512 B`, `3.1 MB`. Units are decimal.
pub fn size(bytes: u64) -> String {
    let (unit, scale) = match bytes {
        0..1_000 => return format!("{bytes} B"),
        1_000..1_000_000 => ("kB", 1_000),
        1_000_000..1_000_000_000 => ("MB", 1_000_000),
        _ => ("GB", 1_000_000_000),
    };
    let tenths = bytes.saturating_mul(10) / scale;
    format!("{}.{} {unit}", tenths / 10, tenths % 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn visible_escapes_what_steers_a_terminal() {
        assert_eq!(
            visible("a\x1b[31mb\nc\u{202e}"),
            "a\\u{1b}[31mb\\nc\\u{202e}"
        );
        assert_eq!(visible("schön 😀"), "schön 😀");
    }

    #[test]
    fn duration_and_size_have_three_digits_at_most() {
        let shown = [312, 2_000, 12_345, 243_000].map(|ms| duration(Duration::from_millis(ms)));
        assert_eq!(shown, ["312 ms", "2 s", "12.3 s", "4 min 3 s"]);
        assert_eq!(
            [999, 3_145_728, 1 << 30].map(size),
            ["999 B", "3.1 MB", "1.0 GB"]
        );
    }
}
