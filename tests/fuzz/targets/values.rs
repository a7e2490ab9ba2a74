#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| tractor_fuzz::values(bytes));
