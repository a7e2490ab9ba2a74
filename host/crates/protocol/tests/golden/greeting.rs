//! The first words on a link to a listener. Builds of other versions read them, so these bytes never change.

use super::golden;
use super::sample::hello;
use crate::handshake::{Greeting, Welcome};
use std::time::Duration;

fn greeting() -> Greeting {
    Greeting {
        hello: hello(),
        name: "a".into(),
        rings: true,
        silence: Duration::from_secs(5),
    }
}

golden!(greeting_bytes_stay_the_same, Greeting:
    Greeting { .. } => {
        "greeting": greeting() => "0c000000 7472616301ac02 0161 01 0500",
    }
);

golden!(welcome_bytes_stay_the_same, Welcome:
    Welcome::Accepted(_) => {
        "accepted": Welcome::Accepted(greeting()) => "0d000000 00 7472616301ac02 0161 01 0500",
    }
    Welcome::Refused { .. } => {
        "refused": Welcome::Refused { hello: hello(), reason: "no".into() } => "0b000000 01 7472616301ac02 026e6f",
    }
);
