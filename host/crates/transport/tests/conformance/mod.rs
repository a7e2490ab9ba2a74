//! What every transport does alike: one list of transports, one list of tests, and each runs on each.
//!
//! What only some have (certificates, lanes, a peer that may be silent) is in the other modules.

mod carrying;
mod cutting;
mod greeting;
mod making;
#[cfg(feature = "network")]
mod network;
mod rings;

/// Runs each of the named tests over every transport of the one list.
macro_rules! on_every_transport {
    ($tests:tt) => {
        on_every_transport!(@over socketpair $tests);
        on_every_transport!(@over memory $tests);
        on_every_transport!(@over shared_memory $tests);
        on_every_transport!(@over memory_from_another $tests);
        on_every_transport!(@over unix_listener $tests);
        on_every_transport!(@over unix_listener_with_shared_memory $tests);
        #[cfg(feature = "network")]
        on_every_transport!(@over tcp $tests);
        #[cfg(feature = "network")]
        on_every_transport!(@over quic $tests);
    };
    (@over $transport:ident [$($test:ident),* $(,)?]) => {
        mod $transport {
            $(#[tokio::test]
            async fn $test() {
                use crate::conformance::making::{Transport, soon};
                soon(super::$test(Transport::$transport)).await;
            })*
        }
    };
}
use on_every_transport;

/// What a peer says first on a link.
fn greeting_bytes(name: &str, rings: bool) -> bytes::BytesMut {
    use tractor_protocol::frame;
    use tractor_protocol::handshake::{GREETING_LIMIT_BYTES, Greeting, Hello};
    let greeting = Greeting {
        hello: Hello::OURS,
        name: name.to_owned(),
        rings,
        silence: std::time::Duration::from_secs(5),
    };
    let mut bytes = bytes::BytesMut::new();
    frame::encode(&greeting, b"", GREETING_LIMIT_BYTES, &mut bytes).unwrap();
    bytes
}
