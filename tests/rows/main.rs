//! Rows.

#[path = "../support/mod.rs"]
mod support;
