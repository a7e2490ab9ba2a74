//! Two network namespaces joined by a virtual cable, with delay and loss where the kernel has them; and the cable is cut.
//!
//! Needs root and `ip`; where they are missing it says so and does nothing. All it makes lies in the two namespaces, which are removed however it ends.
//! The test runs itself anew in the first namespace as one peer, and in the second as the other.

mod cable;
mod peer;

use cable::Cable;
use std::time::Duration;

/// How long both ends bear silence here.
const SILENCE: Duration = Duration::from_secs(2);

/// What an end may take beyond that: one more round of resending, and a busy machine.
const SLACK: Duration = Duration::from_secs(8);

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
    let cut = std::time::Instant::now();
    cable.cut();
    for (which, end) in [("near", &mut near), ("far", &mut far)] {
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
