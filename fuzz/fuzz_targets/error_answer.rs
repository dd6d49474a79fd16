#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| invariants::error_answer::check(input));
