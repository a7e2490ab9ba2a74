//! Two network namespaces joined by a virtual cable, with delay and loss where the kernel has them; and the cable is cut.
//!
//! Needs root and `ip`; where they are missing it says so and does nothing. All it makes lies in the two namespaces, which are removed however it ends.
//! The test runs itself anew in the first namespace as one peer, and in the second as the other.
#![expect(
    clippy::print_stdout,
    reason = "its processes speak over stdout, and what it skips it says"
)]

mod cable;
mod peer;

use cable::{Cable, Process};
use std::time::{Duration, Instant};

/// The test that is a peer where it is told to be one.
const PLAYER: &str =
    "link_over_a_bad_cable_carries_everything_and_ends_at_both_ends_when_it_is_cut";

/// How long both ends bear silence here.
const SILENCE: Duration = Duration::from_secs(2);

/// How long a link may take to be made.
const HANDSHAKE: Duration = Duration::from_secs(10);

/// What an end may take beyond that: one more round of resending, and a busy machine.
const SLACK: Duration = Duration::from_secs(8);

/// Bytes of the largest packet that passes where no QUIC does, and where it does: its least are 1200, and 28 go before them.
const TOO_NARROW: u32 = 600;
const NARROW: u32 = 1280;

#[test]
fn link_over_a_bad_cable_carries_everything_and_ends_at_both_ends_when_it_is_cut() {
    if let Some(part) = peer::part() {
        return peer::play(&part);
    }
    for scheme in ["tcp", "quic"] {
        let cable = match Cable::lay(scheme) {
            Ok(cable) => cable,
            Err(why) => {
                println!("skipped: {why}");
                return;
            }
        };
        carried_and_cut(&cable, scheme);
    }
}

fn carried_and_cut(cable: &Cable, scheme: &str) {
    let quality = cable.worsen();
    println!("{scheme} over a cable with {quality}");
    let identities = peer::identities();
    let mut far = cable.second(peer::listener(scheme, &identities));
    let place = far.line();
    let mut near = cable.first(peer::connector(&place, &identities));
    assert_eq!(near.line(), "carried", "{scheme}");
    assert_eq!(far.line(), "carried", "{scheme}");
    let cut = Instant::now();
    cable.cut();
    both_end(scheme, cut, &mut near, &mut far);
}

/// Sees both ends notice in time that nothing comes any more.
fn both_end(scheme: &str, cut: Instant, near: &mut Process, far: &mut Process) {
    for (which, end) in [("near", near), ("far", far)] {
        let word = end.line();
        println!("{scheme}, {which} end after {:?}: {word}", cut.elapsed());
        assert!(word.starts_with("ended"), "{scheme}, {which} end: {word}");
        let took: u64 = word
            .split_whitespace()
            .nth(1)
            .and_then(|millis| millis.parse().ok())
            .expect("it says how long it waited");
        assert!(
            Duration::from_millis(took) <= SILENCE + SLACK,
            "{scheme}, {which} end took {took} ms"
        );
        end.wait();
    }
}

/// Packets that are too large vanish and nobody says so: small ones pass, so the link looks alive.
#[test]
fn link_whose_large_packets_vanish_goes_on_with_smaller_ones_or_ends_at_both_ends() {
    for (scheme, bytes, name) in [("tcp", TOO_NARROW, "tcpn"), ("quic", NARROW, "quicn")] {
        let cable = match Cable::lay(name) {
            Ok(cable) => cable,
            Err(why) => {
                println!("skipped: {why}");
                return;
            }
        };
        let identities = peer::identities();
        let mut far = cable.second(peer::listener(scheme, &identities));
        let place = far.line();
        let mut near = cable.first(peer::twice(&place, &identities));
        assert_eq!((&*near.line(), &*far.line()), ("carried", "carried"));
        cable.narrow(bytes);
        near.go_on();
        let mut since = Instant::now();
        if scheme == "quic" {
            assert_eq!(far.line(), "carried", "smaller packets carry it too");
            since = Instant::now();
            cable.cut();
        }
        both_end(scheme, since, &mut near, &mut far);
    }
}

#[test]
fn link_over_a_cable_too_narrow_for_a_handshake_is_given_up_in_time() {
    let cable = match Cable::lay("none") {
        Ok(cable) => cable,
        Err(why) => {
            println!("skipped: {why}");
            return;
        }
    };
    cable.narrow(TOO_NARROW);
    let identities = peer::identities();
    let mut far = cable.second(peer::listener("quic", &identities));
    let place = far.line();
    let begun = Instant::now();
    let mut near = cable.first(peer::connector(&place, &identities));
    let word = near.line();
    // Such a peer is silent, as it would be later.
    let why = format!("refused: the peer did not answer within {SILENCE:?}");
    assert_eq!(word, why);
    assert!(begun.elapsed() <= SILENCE + SLACK, "{:?}", begun.elapsed());
    near.wait();
}
