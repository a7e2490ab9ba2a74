//! Rows 10 and 11.
