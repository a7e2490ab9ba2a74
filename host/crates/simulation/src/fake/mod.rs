//! A world around one `Tree`: fake workers, links with delays, processes that die.
//!
//! `world` owns virtual time and carries messages; `worker` decides what a fake worker does next, well or badly.

mod worker;
mod world;

pub(crate) use world::run;
