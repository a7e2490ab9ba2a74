//! A worker pool: processes that each take the next number as soon as they are free. No threads, no locks, no queue: a pool is a nursery.
//!
//! The argument is the number of workers.
//!
//! ```console
//! $ tractor-host run primes.wasm 3
//! ~ 112272535095293 is prime: true
//! ~ 112582705942171 is prime: true
//! ~ 112272535095293 is prime: true
//! ~ 115280095190773 is prime: true
//! ~ 115797848077099 is prime: true
//! ~ 1099726899285419 is prime: false
//! ```

use futures::future::try_join_all;
use std::cell::RefCell;
use tractor_guest::{ActorSpec, Result, checkpoint, export, nursery, program};

const NUMBERS: [u64; 6] = [
    112_272_535_095_293,
    112_582_705_942_171,
    112_272_535_095_293,
    115_280_095_190_773,
    115_797_848_077_099,
    1_099_726_899_285_419,
];

#[program]
async fn run(args: Vec<String>) -> Result<()> {
    let workers: u32 = args.first().map_or(Ok(2), |workers| workers.parse())?;
    let numbers = RefCell::new(NUMBERS.into_iter());
    let next = || numbers.borrow_mut().next();
    nursery(async |n| {
        let work = async |index| {
            let worker = ActorSpec::new("self").name(format!("worker_{index}"));
            let worker = n.start_actor(worker).await?;
            while let Some(number) = next() {
                let prime: bool = worker.call("is-prime", (number,)).await?;
                println!("{number} is prime: {prime}");
            }
            worker.cancel().await
        };
        try_join_all((0..workers).map(work)).await?;
        Ok(())
    })
    .await
}

/// Whether `number` is prime, found by trying all divisors.
#[export]
async fn is_prime(number: u64) -> Result<bool> {
    let mut divisor = 2;
    while divisor * divisor <= number {
        if number.is_multiple_of(divisor) {
            return Ok(false);
        }
        divisor += if divisor == 2 { 1 } else { 2 };
        if divisor % (1 << 20) == 1 {
            checkpoint().await?; // a pool that is cancelled ends at once
        }
    }
    Ok(number >= 2)
}
