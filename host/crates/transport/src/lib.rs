//! tractor-transport
