#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| invariants::setup_edits::check(input));
