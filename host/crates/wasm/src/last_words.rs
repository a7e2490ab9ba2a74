//! What a guest writes to its standard error while it starts: the last of it stands in the failure of a start that fails.
//!
//! Later nothing is kept: the supervisor keeps the last lines of every actor, and tells them where one ends without a word of its own.

use std::sync::{Arc, Mutex, PoisonError};
use tractor_protocol::Failure;

/// Lines that a failure tells.
const TOLD_LINES: usize = 5;

/// Bytes that are kept, 4 KiB: more than so many lines have, or anyone reads.
const KEPT_BYTES: usize = 4 << 10;

/// What was written last. Clones share it.
#[derive(Clone, Debug)]
pub(crate) struct LastWords(Arc<Mutex<Option<Vec<u8>>>>);

impl LastWords {
    /// Keeps what is written from now on.
    pub(crate) fn listen() -> Self {
        Self(Arc::new(Mutex::new(Some(Vec::new()))))
    }

    /// Something was written.
    pub(crate) fn hear(&self, bytes: &[u8]) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(kept) = &mut *kept else {
            return;
        };
        kept.extend_from_slice(&bytes[bytes.len().saturating_sub(KEPT_BYTES)..]);
        let beyond = kept.len().saturating_sub(KEPT_BYTES);
        kept.drain(..beyond);
    }

    /// Keeps nothing any more: the guest has started.
    pub(crate) fn forget(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Adds what was said last to the failure of a start.
    pub(crate) fn tell(&self, failure: &mut Failure) {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let text = String::from_utf8_lossy(kept.as_deref().unwrap_or_default());
        let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
        let last = &lines[lines.len().saturating_sub(TOLD_LINES)..];
        if !last.is_empty() {
            let said = format!("; its last words: {}", last.join(" | "));
            failure.message.push_str(&said);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tractor_protocol::{ActorId, FailureId, FailureKind, Uuid};

    fn told(words: &LastWords) -> String {
        let actor = ActorId {
            name: "a".into(),
            uuid: Uuid([1; 16]),
            pid: 1,
        };
        let mut failure = Failure::new(FailureId(1), FailureKind::Other, actor, "fell");
        words.tell(&mut failure);
        failure.message
    }

    #[test]
    fn last_words_are_the_last_lines_and_bounded() {
        let words = LastWords::listen();
        assert_eq!(told(&words), "fell");
        (0..10_000).for_each(|number| words.hear(format!("line {number}\n").as_bytes()));
        let said =
            "fell; its last words: line 9995 | line 9996 | line 9997 | line 9998 | line 9999";
        assert_eq!(told(&words), said);
        words.hear(&[b'x'; 2 * KEPT_BYTES]);
        assert!(told(&words).len() < KEPT_BYTES + 100);
    }

    #[test]
    fn last_words_of_a_guest_that_has_started_are_not_kept() {
        let words = LastWords::listen();
        words.hear(b"starts\n");
        words.forget();
        words.hear(b"runs\n");
        assert_eq!(told(&words), "fell");
    }
}
