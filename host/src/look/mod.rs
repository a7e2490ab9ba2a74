//! What people see of a running tree.

mod log;

pub(crate) use log::log_line;
