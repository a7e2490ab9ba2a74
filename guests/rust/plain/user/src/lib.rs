//! A component that calls the functions of another one as if they were its own.

#![expect(missing_docs, reason = "the bindings are written by wit-bindgen")]

use plain::calc::sums::{self, Trouble};

wit_bindgen::generate!({ path: "wit", world: "plain:user/user", generate_all });

struct User;

export!(User);

impl Guest for User {
    fn more(a: u32, b: u32) -> u32 {
        sums::add(a, b) + 1
    }

    fn ratio(dividend: i64, divisor: i64) -> String {
        match sums::divide(dividend, divisor) {
            Ok(fraction) => format!("{}/{}", fraction.numerator, fraction.denominator),
            Err(Trouble::ByZero) => "by zero".to_owned(),
            Err(Trouble::TooLarge) => "too large".to_owned(),
        }
    }

    async fn both(one: String, other: String) -> Vec<String> {
        let (one, other) = futures::join!(sums::later(one), sums::later(other));
        vec![one, other]
    }

    fn fall() {
        sums::crash();
    }

    fn hang() {
        sums::spin();
    }

    fn calls() -> u32 {
        sums::calls()
    }

    fn idle() -> String {
        "here".to_owned()
    }
}
