//! What is read from stores. The first byte of the input says what it is: `s` a session, `c` a cached token, `l` a lock
//! file, `k` the entries of a keyring.

use std::cell::RefCell;
use std::collections::BTreeMap;

use serde_json::Value;
use tok::secret::Secret;
use tok::session::Session;
use tok::session::record::BadRecord;
use tok::store::record::{Outcome, Record};
use tok::store::slots::{Backend, Slots};
use tok::store::{CachedToken, StoreFault};

use super::input::split;
use super::shown::safely;

pub fn check(input: &[u8]) {
    let Some((kind, input)) = input.split_first() else { return };
    match kind {
        b's' => session(&String::from_utf8_lossy(input)),
        b'c' => cached_token(input),
        b'l' => lock_file(&String::from_utf8_lossy(input)),
        b'k' => keyring(input),
        _ => {}
    }
}

/// What is read can be written and is the same then; a newer version's record is known as that, whatever is in it.
fn session(text: &str) {
    // Serde also takes a list for the members in their order, which nobody writes.
    let record = serde_json::from_str(text).ok().filter(Value::is_object);
    let version = record.as_ref().and_then(|record| record.get("v")?.as_u64()).and_then(|v| u32::try_from(v).ok());
    match Session::from_text(&Secret::new(text.to_owned())) {
        Ok(session) => {
            assert!(version.is_none_or(|version| version <= 1));
            let written = session.to_text();
            let again = Session::from_text(&written).expect("a record of our own");
            assert!(again.to_text().same_as(&written));
            assert_eq!(again.is_ended(), session.is_ended());
        }
        Err(why) => {
            safely(&why);
            let repeated = text.contains('\\') || text.matches("\"v\"").count() > 1;
            match version {
                Some(version @ 2..) if !repeated => assert_eq!(why, BadRecord::Newer(version)),
                None | Some(0 | 1) if record.is_some() && !repeated => assert_eq!(why, BadRecord::Damaged),
                _ => {}
            }
        }
    }
}

/// A record that is read is written to the same bytes, but for how numbers may be written.
fn cached_token(bytes: &[u8]) {
    let Some(token) = CachedToken::from_record(bytes.to_vec().into()) else { return };
    assert!(!token.token.is_empty() && bytes.ends_with(token.token.expose().as_bytes()));
    let written = token.to_record().expect("what was read can be written");
    let again = CachedToken::from_record(written.expose().as_bytes().to_vec().into()).expect("a record of our own");
    assert!(again.token.same_as(&token.token));
    assert_eq!(
        (&again.config, &again.resolved, again.expires_at, again.expires_boot),
        (&token.config, &token.resolved, token.expires_at, token.expires_boot)
    );
    assert!(again.to_record().is_some_and(|text| text.same_as(&written)));
}

/// As the cache; and a failure that was cut short is none.
fn lock_file(text: &str) {
    let Some(record) = Record::parse(text) else { return };
    if let Outcome::Failure(failure) = &record.outcome {
        assert!(text.contains(failure.as_str()));
    }
    assert_eq!(Record::parse(&record.to_text()), Some(record));
}

/// A keyring in memory.
struct Memory {
    entries: RefCell<BTreeMap<String, String>>,
    limit: Option<usize>,
}

impl Backend for Memory {
    fn get(&self, name: &str) -> Result<Option<Secret>, StoreFault> {
        Ok(self.entries.borrow().get(name).map(|text| Secret::new(text.clone())))
    }

    fn set(&self, name: &str, text: &Secret) -> Result<(), StoreFault> {
        assert!(text.len() <= self.limit.unwrap_or(usize::MAX));
        self.entries.borrow_mut().insert(name.to_owned(), text.expose().to_owned());
        Ok(())
    }

    fn delete(&self, name: &str) -> Result<bool, StoreFault> {
        Ok(self.entries.borrow_mut().remove(name).is_some())
    }

    fn limit(&self) -> Option<usize> {
        self.limit
    }
}

/// A keyring with a value, in which then somebody wrote. The input: a limit (or none), then one entry after the
/// other, each behind a line `--` with its name; one without text is deleted.
fn keyring(input: &[u8]) {
    let (limit, mut rest) = split(input, b"\n--");
    let limit = String::from_utf8_lossy(limit).parse().ok().map(|limit: usize| limit.clamp(80, 2560));
    let slots = Slots(Memory { entries: RefCell::default(), limit });
    let value = "a value, long enough for several entries ".repeat(10);
    slots.save("a", &Secret::new(value.clone())).expect("room");
    while !rest.is_empty() {
        let (entry, more) = split(rest, b"\n--");
        let (name, text) = split(entry, b"\n");
        let name = format!("a{}", String::from_utf8_lossy(name));
        if text.is_empty() {
            slots.0.entries.borrow_mut().remove(&name);
        } else {
            slots.0.entries.borrow_mut().insert(name, String::from_utf8_lossy(text).into_owned());
        }
        rest = more;
    }
    match slots.load("a") {
        Ok(None) | Err(StoreFault::Torn) => {}
        // The digest is not to be had by chance.
        Ok(Some(read)) => assert_eq!(read.expose(), value),
        Err(fault) => panic!("{fault}"),
    }
    let new = Secret::new("n".repeat(300));
    match slots.save("a", &new) {
        Ok(()) => assert!(slots.load("a").is_ok_and(|read| read.is_some_and(|read| read.same_as(&new)))),
        Err(StoreFault::TooLarge { .. }) if limit.is_some() => {}
        Err(fault) => panic!("{fault}"),
    }
    slots.delete("a").expect("deleted");
    assert!(matches!(slots.load("a"), Ok(None)));
}
