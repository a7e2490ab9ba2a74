//! Components at work: the loader, in real workers of a real tree, all in this process. The guest is `test-actor`.

mod calls;
mod contexts;
mod faults;
mod tree;
mod typed;
