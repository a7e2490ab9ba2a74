//! Plans: a letter for each actor's manner, and its children in parentheses behind it: `r(ix(r(cb)))`.
//!
//! | letter | manner |
//! | --- | --- |
//! | `r` | relays: answers its owner's messages |
//! | `i` | is idle |
//! | `k` | is called by its owner again and again |
//! | `c` | starts one-shots again and again, so that one is starting most of the time |
//! | `x` | spins, and never looks up |
//! | `b` | blocks in a call of WASI 0.2 |
//! | `g` | ignores its cancellation, and begins a new wait each time |
//! | `s` | shields a clean-up that ends in time |
//! | `o` | shields one that outlasts any grace |
//!
//! Those that never look up have no children.

/// One actor of a plan, with all below it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Node<'a> {
    /// Its letter.
    pub(crate) manner: char,
    below: &'a str,
}

impl<'a> Node<'a> {
    /// Reads the first actor of a text.
    pub(crate) fn parse(text: &'a str) -> Self {
        let manner = text.chars().next().unwrap_or('r');
        let rest = text.get(1..).unwrap_or_default();
        let below = match rest.strip_prefix('(') {
            Some(_) => &rest[1..end_of(rest) - 1],
            None => "",
        };
        Self { manner, below }
    }

    /// The texts of its children.
    pub(crate) fn children(&self) -> impl Iterator<Item = &'a str> {
        let mut left = self.below;
        std::iter::from_fn(move || {
            let head = left.get(..1)?;
            let tail = &left[1..];
            let own = if tail.starts_with('(') {
                end_of(tail)
            } else {
                0
            };
            let whole = &left[..head.len() + own];
            left = &left[whole.len()..];
            Some(whole)
        })
    }
}

/// Where the parenthesis that a text begins with is closed: behind it.
fn end_of(text: &str) -> usize {
    let mut depth = 0;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'(' => depth += 1,
            b')' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return at + 1;
        }
    }
    text.len() + 1
}
