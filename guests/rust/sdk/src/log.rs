//! The log of the tree. The host adds the actor and the task to each line, and leaves out what its filter does not want.
//!
//! ```no_run
//! use tractor_guest::log;
//! # let n = 3;
//! log::info!("{n} workers are up");
//! ```

pub use crate::wit::task::Level;
pub use crate::{
    __debug as debug, __error as error, __info as info, __trace as trace, __warn as warn,
};

/// Writes one line. The macros format it.
pub fn log(level: Level, message: &str) {
    crate::wit::task::log(level, message);
}

/// Writes a line about every step.
#[doc(hidden)]
#[macro_export]
macro_rules! __trace {
    ($($message:tt)*) => {
        $crate::log::log($crate::log::Level::Trace, &::std::format!($($message)*))
    };
}

/// Writes a line for whoever looks for a mistake.
#[doc(hidden)]
#[macro_export]
macro_rules! __debug {
    ($($message:tt)*) => {
        $crate::log::log($crate::log::Level::Debug, &::std::format!($($message)*))
    };
}

/// Writes a line about what happens.
#[doc(hidden)]
#[macro_export]
macro_rules! __info {
    ($($message:tt)*) => {
        $crate::log::log($crate::log::Level::Info, &::std::format!($($message)*))
    };
}

/// Writes a line about what is amiss.
#[doc(hidden)]
#[macro_export]
macro_rules! __warn {
    ($($message:tt)*) => {
        $crate::log::log($crate::log::Level::Warn, &::std::format!($($message)*))
    };
}

/// Writes a line about what failed.
#[doc(hidden)]
#[macro_export]
macro_rules! __error {
    ($($message:tt)*) => {
        $crate::log::log($crate::log::Level::Error, &::std::format!($($message)*))
    };
}
