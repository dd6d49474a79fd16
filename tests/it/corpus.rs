//! The inputs in `fuzz/corpus`, without the fuzzer: what it found once stays found.

use std::fs;
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};

use invariants::{
    config, device_answer, error_answer, form_and_basic, grant_answer, helper_input, jwt, metadata, redirect,
    setup_edits, stored_record, terminal_escaping, token_answer,
};

#[path = "../invariants/mod.rs"]
mod invariants;

/// A target's name and its check.
type Target = (&'static str, fn(&[u8]));

const TARGETS: [Target; 13] = [
    ("config", config::check),
    ("device_answer", device_answer::check),
    ("error_answer", error_answer::check),
    ("form_and_basic", form_and_basic::check),
    ("grant_answer", grant_answer::check),
    ("helper_input", helper_input::check),
    ("jwt", jwt::check),
    ("metadata", metadata::check),
    ("redirect", redirect::check),
    ("setup_edits", setup_edits::check),
    ("stored_record", stored_record::check),
    ("terminal_escaping", terminal_escaping::check),
    ("token_answer", token_answer::check),
];

/// `fuzz/`, which is not part of the published package.
fn fuzz() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz");
    folder.exists().then_some(folder)
}

#[test] // P06-P13, P16, U01, U07, I03, P03, P04
fn every_kept_input_is_read_as_it_must_be() {
    let Some(fuzz) = fuzz() else { return eprintln!("without fuzz/ there is no corpus: nothing is tried") };
    let mut faults = Vec::new();
    for (target, check) in TARGETS {
        let files = fs::read_dir(fuzz.join("corpus").join(target)).unwrap().map(|file| file.unwrap().path());
        let files: Vec<PathBuf> = files.collect();
        assert!(!files.is_empty(), "{target}");
        let is_fault = |file: &PathBuf| catch_unwind(|| check(&fs::read(file).unwrap())).is_err();
        faults.extend(files.into_iter().filter(is_fault));
    }
    assert!(faults.is_empty(), "{faults:#?}");
}

#[test]
fn every_target_is_replayed() {
    let Some(fuzz) = fuzz() else { return };
    let targets = fs::read_dir(fuzz.join("fuzz_targets")).unwrap().map(|file| file.unwrap().path());
    let mut targets: Vec<String> = targets.map(|file| file.file_stem().unwrap().to_str().unwrap().to_owned()).collect();
    targets.sort();
    assert_eq!(targets, TARGETS.map(|(target, _)| target));
}
