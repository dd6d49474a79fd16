#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| invariants::helper_input::check(input));
