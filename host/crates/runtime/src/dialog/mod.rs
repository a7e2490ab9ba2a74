//! The dialogs of one peer link.
