//! Values of flags: sizes, times, addresses, directories, as people type them.

use super::units::{Dir, Named, address, duration, message_size, names, size, variable};

/// Reads some text as each kind of value.
pub(crate) fn run(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    check_sizes(text);
    check_addresses(text);
    if let Ok(time) = duration(text) {
        // A number says no less than it is read as.
        assert!(text.starts_with(|char: char| char.is_ascii_digit() || char == '.'));
        assert!(time.as_secs_f64().is_finite());
    }
    if let Ok(dir) = Dir::parse(text) {
        assert!(!dir.guest.is_empty() && !dir.host.as_os_str().is_empty());
        assert!(dir.guest.split('/').all(|part| part != ".."));
    }
    if let Ok(named) = Named::parse(text) {
        assert_eq!(format!("{}={}", named.name, named.file.display()), text);
    }
    let _ = names(text);
    let _ = variable(text);
}

fn check_sizes(text: &str) {
    let bytes = size(text);
    if let Ok(bytes) = bytes {
        assert!(bytes < 1 << 53);
        assert_eq!(size(&bytes.to_string()), Ok(bytes));
    }
    match message_size(text) {
        Ok(small) => assert_eq!(bytes, Ok(u64::from(small))),
        Err(error) => assert!(!error.is_empty()),
    }
}

fn check_addresses(text: &str) {
    if let Ok(address) = address(text) {
        assert_eq!(address, text);
        let port = address.rsplit(':').next();
        assert!(port.is_some_and(|port| port == "*" || port.parse::<u16>().is_ok()));
    }
}
