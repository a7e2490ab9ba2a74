//! What a language's toolchain cannot do.
//!
//! Such a case must fail: when it begins to pass its row is to go.

/// A scenario that does not pass.
pub(crate) struct Cannot {
    /// By its name.
    pub(crate) scenario: &'static str,
    /// The driver's language; any if none is named.
    pub(crate) driver: Option<&'static str>,
    /// The peer's.
    pub(crate) peer: Option<&'static str>,
    /// What it is that cannot be done.
    pub(crate) why: &'static str,
    /// Where that is tracked.
    pub(crate) upstream: &'static str,
}

/// All of them.
pub(crate) const CANNOT: &[Cannot] = &[];

/// The row of a case, if it has one.
pub(crate) fn cannot(driver: &str, peer: &str, scenario: &str) -> Option<&'static Cannot> {
    CANNOT.iter().find(|row| {
        row.scenario == scenario
            && row.driver.is_none_or(|language| language == driver)
            && row.peer.is_none_or(|language| language == peer)
    })
}
