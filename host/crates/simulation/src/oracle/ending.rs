//! What must not be left when a world has come to its end.

use super::Oracle;
use tractor_runtime::time::Time;
use tractor_runtime::tree::Tree;

impl Oracle {
    /// Looks at what is left of a tree.
    pub(crate) fn check_end(&mut self, tree: &Tree, now: Time) {
        self.close_books();
        let finished = self.finished;
        self.expect(finished, || "the tree never finishes".to_owned());
        let snapshot = tree.snapshot(now);
        let is_bare = snapshot.root.children.is_empty() && tree.next_timeout().is_none();
        self.expect(is_bare, || format!("something is left: {snapshot:?}"));
    }

    /// Bodies that ended and nurseries that never closed, of the root.
    fn close_books(&mut self) {
        let stuck: Vec<_> = self
            .nurseries
            .iter()
            .filter(|((owner, _), book)| {
                *owner == self.root && book.body_over && book.outcome.is_none()
            })
            .map(|((_, nursery), _)| *nursery)
            .collect();
        self.expect(stuck.is_empty(), || {
            format!("{stuck:?} of the root never close")
        });
        let left = self.living();
        self.expect(left.is_empty(), || format!("{left:?} are left"));
    }
}
