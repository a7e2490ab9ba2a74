//! Which lines of a guest's output go out: whole ones, as many as its rate allows.

use std::sync::{Arc, Mutex, PoisonError};

/// Says whether one more line may go out now. One that may not is counted by whoever answers.
pub(crate) type Admit = Arc<dyn Fn() -> bool + Send + Sync>;

/// What counts as a line where no newline comes, 4 KiB: a long line is not cheaper than the same bytes in many.
const LINE_BYTES: usize = 4 << 10;

/// The lines of one output, which come in pieces. Clones share it.
#[derive(Clone)]
pub(crate) struct Lines {
    admit: Admit,
    line: Arc<Mutex<Line>>,
}

/// The line that is being written.
#[derive(Clone, Copy, Debug)]
struct Line {
    /// Bytes of it that are paid for and still to come; none at the beginning of a line.
    paid: usize,
    /// Some of it went out.
    is_begun: bool,
    is_dropped: bool,
}

impl Line {
    const BEGIN: Self = Self {
        paid: 0,
        is_begun: false,
        is_dropped: false,
    };
}

impl std::fmt::Debug for Lines {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let line = &self.line;
        formatter.debug_struct("Lines").field("line", line).finish()
    }
}

impl Lines {
    pub(crate) fn new(admit: Admit) -> Self {
        let line = Arc::new(Mutex::new(Line::BEGIN));
        Self { admit, line }
    }

    /// The part of `bytes` that may go out. A line that may not is dropped to its end; of one that grows too long the rest is.
    pub(crate) fn admitted(&self, bytes: &[u8]) -> Vec<u8> {
        let mut line = self.line.lock().unwrap_or_else(PoisonError::into_inner);
        let mut out = Vec::with_capacity(bytes.len());
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            self.admit_piece(&mut line, piece, &mut out);
        }
        out
    }

    fn admit_piece(&self, line: &mut Line, piece: &[u8], out: &mut Vec<u8>) {
        let mut rest = piece;
        while !rest.is_empty() && !line.is_dropped {
            if line.paid == 0 {
                line.is_dropped = !(self.admit)();
                line.paid = LINE_BYTES;
            } else {
                let (now, later) = rest.split_at(rest.len().min(line.paid));
                out.extend_from_slice(now);
                line.is_begun = true;
                line.paid -= now.len();
                rest = later;
            }
        }
        if piece.ends_with(b"\n") {
            // What went out of a line that was cut short ends here, and does not run into the next.
            if line.is_dropped && line.is_begun {
                out.push(b'\n');
            }
            *line = Line::BEGIN;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    /// Lines of which so many may go out, and how many were asked for.
    fn lines(allowed: usize) -> (Lines, Arc<AtomicUsize>) {
        let asked = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&asked);
        let admit = move || count.fetch_add(1, Ordering::Relaxed) < allowed;
        (Lines::new(Arc::new(admit)), asked)
    }

    fn text(lines: &Lines, bytes: &[u8]) -> String {
        String::from_utf8(lines.admitted(bytes)).expect("it was text")
    }

    #[test]
    fn lines_in_pieces_go_out_whole_or_not_at_all() {
        let (lines, asked) = lines(2);
        assert_eq!(text(&lines, b"on"), "on");
        assert_eq!(text(&lines, b"e\ntw"), "e\ntw");
        assert_eq!(text(&lines, b"o\nthr"), "o\n");
        assert_eq!(text(&lines, b"ee\nfour\n"), "");
        assert_eq!(asked.load(Ordering::Relaxed), 4);
    }

    #[test]
    fn empty_lines_count_too() {
        let (lines, asked) = lines(2);
        assert_eq!(text(&lines, b"\n\n\n\n"), "\n\n");
        assert_eq!(asked.load(Ordering::Relaxed), 4);
    }

    #[test]
    fn long_line_counts_as_several_and_is_cut_short() {
        let (lines, asked) = lines(2);
        let mut long = vec![b'x'; LINE_BYTES * 5];
        long.push(b'\n');
        let out = lines.admitted(&long);
        assert_eq!(out.len(), LINE_BYTES * 2 + 1);
        assert_eq!(out.last(), Some(&b'\n'));
        assert_eq!(asked.load(Ordering::Relaxed), 3);
    }
}
