//! The end of what a guest wrote to its standard error: where it breaks down, that says why in its language's own words.

use std::sync::{Arc, Mutex, PoisonError};

/// Bytes that are kept, 8 KiB: a long traceback of Python's.
const KEPT_BYTES: usize = 8 << 10;

/// What was written last. Clones share it.
#[derive(Clone, Debug, Default)]
pub(crate) struct LastWords(Arc<Mutex<Vec<u8>>>);

impl LastWords {
    /// Takes what was written.
    pub(crate) fn keep(&self, bytes: &[u8]) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.extend_from_slice(bytes);
        let beyond = kept.len().saturating_sub(KEPT_BYTES);
        kept.drain(..beyond);
    }

    /// The whole lines among it, if there are any.
    pub(crate) fn text(&self) -> Option<String> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let whole = match kept.iter().position(|byte| *byte == b'\n') {
            Some(end) if kept.len() == KEPT_BYTES => &kept[end + 1..],
            _ => &kept[..],
        };
        let text = String::from_utf8_lossy(whole).trim_end().to_owned();
        (!text.is_empty()).then_some(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn last_words_are_whole_lines_within_their_bound() {
        let words = LastWords::default();
        assert_eq!(words.text(), None);
        words.keep(b"one\n");
        words.keep(b"two\n");
        assert_eq!(words.text().as_deref(), Some("one\ntwo"));
        for _ in 0..KEPT_BYTES {
            words.keep(b"more\n");
        }
        let text = words.text().expect("there are some");
        assert!(text.len() <= KEPT_BYTES, "{}", text.len());
        assert!(text.lines().all(|line| line == "more"));
    }
}
