//! A plugin that knows nothing of actors: plain WIT, plain bindings.

#![expect(missing_docs, reason = "the bindings are written by wit-bindgen")]

use exports::plain::calc::files::{File, FileBorrow, Guest as Files, GuestFile};
use exports::plain::calc::sums::{Fraction, Guest as Sums, Trouble};
use std::sync::atomic::{AtomicU32, Ordering};

wit_bindgen::generate!({ path: "wit", world: "calc" });

struct Calc;

export!(Calc);

static CALLS: AtomicU32 = AtomicU32::new(0);

fn count() -> u32 {
    CALLS.fetch_add(1, Ordering::Relaxed)
}

impl Sums for Calc {
    fn add(a: u32, b: u32) -> u32 {
        count();
        a.wrapping_add(b)
    }

    fn total(numbers: Vec<u64>) -> u64 {
        count();
        numbers.iter().fold(0, |sum, one| sum.wrapping_add(*one))
    }

    fn divide(dividend: i64, divisor: i64) -> Result<Fraction, Trouble> {
        count();
        match divisor {
            0 => Err(Trouble::ByZero),
            i64::MIN..0 => Err(Trouble::TooLarge),
            _ => Ok(Fraction {
                numerator: dividend,
                denominator: divisor.unsigned_abs(),
            }),
        }
    }

    async fn later(text: String) -> String {
        count();
        wit_bindgen::yield_async().await;
        format!("{text}, later")
    }

    fn crash() {
        panic!("calc fell over");
    }

    fn spin() {
        loop {
            std::hint::spin_loop();
        }
    }

    fn calls() -> u32 {
        count()
    }
}

struct Named(String);

impl GuestFile for Named {
    fn new(name: String) -> Self {
        Self(name)
    }

    fn name(&self) -> String {
        self.0.clone()
    }
}

impl Files for Calc {
    type File = Named;

    fn open(name: String) -> File {
        count();
        File::new(Named(name))
    }

    fn length(of: FileBorrow<'_>) -> u32 {
        u32::try_from(of.get::<Named>().0.len()).unwrap_or(u32::MAX)
    }

    fn count() -> u32 {
        count()
    }
}
