#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| invariants::device_answer::check(input));
