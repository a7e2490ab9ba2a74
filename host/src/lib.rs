//! tractor-host
