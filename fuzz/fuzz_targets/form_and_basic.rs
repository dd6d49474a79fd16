#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| invariants::form_and_basic::check(input));
