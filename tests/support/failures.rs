//! Looking at what was raised.

use std::fmt::Debug;
use tractor_host::{Error, Failure};

/// What failed: the members that were cancelled because of it are left out.
pub(crate) fn failed<T: Debug>(result: &Result<T, Error>) -> Vec<Failure> {
    let error = result.as_ref().expect_err("something fails");
    let all = error.failures().iter();
    all.filter(|failure| !failure.is_cancelled())
        .cloned()
        .collect()
}

/// The one failure that was raised as itself.
pub(crate) fn one_failure<T: Debug>(result: &Result<T, Error>) -> Failure {
    match failed(result).as_slice() {
        [failure] => failure.clone(),
        _ => panic!("one failure is expected, and this came: {result:?}"),
    }
}

/// The names of the members that are told as cancelled.
pub(crate) fn cancelled<T: Debug>(result: &Result<T, Error>) -> Vec<String> {
    let error = result.as_ref().expect_err("something fails");
    let all = error.failures().iter();
    let mut names: Vec<_> = all
        .filter(|failure| failure.is_cancelled())
        .map(|failure| failure.origin.name.clone())
        .collect();
    names.sort();
    names
}
