//! A worker pool: as many processes as asked for, to which numbers are farmed out as they come free.
//!
//! The number of workers is the first argument, 2 if it is left out. No threads, no locks, no futures kept: a pool is a nursery.

use futures::future::try_join_all;
use std::cell::RefCell;
use tractor_guest::{
    ActorSpec, Child, Error, Nursery, Result, checkpoint, export, nursery, program,
};

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
    let size: u32 = args.first().map_or(Ok(2), |size| size.parse())?;
    let answers = nursery(async |n| {
        let workers = try_join_all((0..size.max(1)).map(|index| worker(n, index))).await?;
        let answers = map(&workers, "is-prime", &NUMBERS).await?;
        n.cancel(); // the pool is not needed any more
        Ok(answers)
    })
    .await?;
    for (number, prime) in NUMBERS.iter().zip(answers) {
        println!("{number} is prime: {prime}");
    }
    Ok(())
}

async fn worker(n: &Nursery, index: u32) -> Result<Child> {
    n.start_actor(ActorSpec::new("self").name(format!("worker_{index}")))
        .await
}

/// Calls `function` with each number, on whichever worker is free, and gives the answers in the order of the numbers.
async fn map(workers: &[Child], function: &str, numbers: &[u64]) -> Result<Vec<bool>> {
    let left = RefCell::new(numbers.iter().copied().enumerate());
    let answers = RefCell::new(vec![false; numbers.len()]);
    try_join_all(workers.iter().map(async |worker| {
        loop {
            let Some((index, number)) = left.borrow_mut().next() else {
                return Ok::<(), Error>(());
            };
            let answer = worker.call(function, (number,)).await?;
            answers.borrow_mut()[index] = answer;
        }
    }))
    .await?;
    Ok(answers.into_inner())
}

/// Whether `number` is prime, found by trying all divisors.
#[export]
async fn is_prime(number: u64) -> Result<bool> {
    if number < 2 || (number > 2 && number.is_multiple_of(2)) {
        return Ok(false);
    }
    let mut divisor = 3;
    while divisor * divisor <= number {
        if number.is_multiple_of(divisor) {
            return Ok(false);
        }
        divisor += 2;
        if divisor % (1 << 20) == 1 {
            checkpoint().await?; // a pool that is cancelled ends at once
        }
    }
    Ok(true)
}
