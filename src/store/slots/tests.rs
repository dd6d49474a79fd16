//! A keyring that is small, cuts what it is given, ignores it, or dies in the middle.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use super::*;

/// A keyring in memory that can be small, cut what it is given, ignore it, or die after a number of calls.
#[derive(Default)]
struct Fake {
    entries: RefCell<BTreeMap<String, String>>,
    limit: Option<usize>,
    cut_at: Cell<Option<usize>>,
    deaf: Cell<bool>,
    calls_left: Cell<Option<usize>>,
}

impl Fake {
    fn small() -> Slots<Self> {
        Slots(Self { limit: Some(100), ..Self::default() })
    }

    fn call(&self) -> Result<(), StoreFault> {
        match self.calls_left.get() {
            Some(0) => Err(StoreFault::Failed("died".into())),
            Some(n) => {
                self.calls_left.set(Some(n - 1));
                Ok(())
            }
            None => Ok(()),
        }
    }
}

impl Backend for Fake {
    fn get(&self, name: &str) -> Result<Option<Secret>, StoreFault> {
        self.call()?;
        Ok(self.entries.borrow().get(name).map(|text| Secret::new(text.clone())))
    }

    fn set(&self, name: &str, text: &Secret) -> Result<(), StoreFault> {
        self.call()?;
        assert!(text.len() <= self.limit.unwrap_or(usize::MAX), "{name} is {} bytes", text.len());
        if self.deaf.get() {
            return Ok(());
        }
        let kept = self.cut_at.get().map_or(text.expose(), |at| cut(text.expose(), at).0);
        self.entries.borrow_mut().insert(name.to_owned(), kept.to_owned());
        Ok(())
    }

    fn delete(&self, name: &str) -> Result<bool, StoreFault> {
        self.call()?;
        Ok(self.entries.borrow_mut().remove(name).is_some())
    }

    fn limit(&self) -> Option<usize> {
        self.limit
    }
}

fn secret(text: &str) -> Secret {
    Secret::new(text.to_owned())
}

fn loaded(slots: &Slots<Fake>) -> Result<Option<String>, StoreFault> {
    Ok(slots.load("a")?.map(|value| value.expose().to_owned()))
}

#[test] // R04
fn what_is_no_header_is_none() {
    assert!(Header::parse("tok1 1 64 300 0123\n").is_some());
    for bad in
        ["tok1 1 1 3 0123", "tok2 1 1 3 0123\n", "tok1 1 0 3 0123\n", "tok1 1 65 3 0123\n", "tok1 1 1 3 0123 4\n"]
    {
        assert!(Header::parse(bad).is_none(), "{bad:?}");
    }
}

#[test] // R04
fn a_long_value_is_split_and_comes_back() {
    for length in [0, 1, 35, 36, 37, 136, 137, 1000, 5000] {
        let slots = Fake::small();
        for value in ["x".repeat(length), "é".repeat(length / 2), "€".repeat(length / 3), "🦀y".repeat(length / 5)]
        {
            slots.save("a", &secret(&value)).unwrap();
            assert_eq!(loaded(&slots).unwrap().as_deref(), Some(value.as_str()), "{length}");
            let entries = slots.0.entries.borrow();
            assert_eq!(entries.keys().filter(|name| !name.contains('.')).count(), 1, "the old value is gone");
        }
        assert!(slots.delete("a").unwrap());
        assert!(slots.0.entries.borrow().is_empty(), "{length}: {:?}", slots.0.entries.borrow().keys());
    }
}

#[test] // R04
fn more_than_can_be_split_is_refused_before_the_old_value_is_touched() {
    let slots = Fake::small();
    slots.save("a", &secret("old")).unwrap();
    assert_eq!(slots.save("a", &secret(&"x".repeat(7000))), Err(StoreFault::TooLarge { limit: 6336 }));
    assert_eq!(loaded(&slots).unwrap().as_deref(), Some("old"));
    assert_eq!(slots.0.entries.borrow().len(), 1);
    slots.save("a", &secret(&"x".repeat(6336))).unwrap();
    assert_eq!(loaded(&slots).unwrap().map(|value| value.len()), Some(6336));
}

#[test] // R04
fn parts_that_do_not_fit_are_torn_not_used() {
    let slots = Fake::small();
    slots.save("a", &secret(&"x".repeat(300))).unwrap();
    let whole = slots.0.entries.borrow().clone();
    assert_eq!(whole.len(), 4);
    for name in whole.keys() {
        slots.0.entries.borrow_mut().insert(name.clone(), "tok1 other".into());
        assert_eq!(loaded(&slots), Err(StoreFault::Torn), "{name} replaced");
        let length = whole[name].len();
        slots.0.entries.borrow_mut().insert(name.clone(), format!("{}y", &whole[name][..length - 1]));
        assert_eq!(loaded(&slots), Err(StoreFault::Torn), "{name} of another value");
        slots.0.entries.borrow_mut().remove(name);
        let expected = if name == "a" { Ok(None) } else { Err(StoreFault::Torn) };
        assert_eq!(loaded(&slots), expected, "{name} missing");
        *slots.0.entries.borrow_mut() = whole.clone();
    }
    // A new value is saved all the same, and nothing of the torn one is left.
    slots.0.entries.borrow_mut().remove("a.3");
    slots.save("a", &secret("new")).unwrap();
    assert_eq!(loaded(&slots).unwrap().as_deref(), Some("new"));
    assert_eq!(slots.0.entries.borrow().len(), 1);
}

#[test] // R03
fn a_keyring_that_cuts_short_keeps_the_old_value() {
    for limit in [None, Some(100)] {
        let slots = Slots(Fake { limit, ..Fake::default() });
        slots.save("a", &secret("old")).unwrap();
        for cut_at in [0, 10, 60, 99] {
            slots.0.cut_at.set(Some(cut_at));
            assert_eq!(slots.save("a", &secret(&"x".repeat(300))), Err(StoreFault::NotSaved));
            assert_eq!(loaded(&slots).unwrap().as_deref(), Some("old"), "{limit:?} {cut_at}");
            assert_eq!(slots.0.entries.borrow().len(), 1);
        }
    }
}

#[test] // R03
fn a_value_that_was_there_before_is_not_taken_for_the_new_one() {
    let slots = Slots(Fake::default());
    slots.save("a", &secret("old")).unwrap();
    let older = slots.0.entries.borrow().clone();
    slots.save("a", &secret("new")).unwrap();
    // As after a kill before the old one was deleted.
    slots.0.entries.borrow_mut().extend(older);
    for value in ["other", "old"] {
        slots.0.deaf.set(true);
        let both = slots.0.entries.borrow().clone();
        assert_eq!(slots.save("a", &secret(value)), Err(StoreFault::NotSaved), "{value}");
        slots.0.deaf.set(false);
        assert_eq!(loaded(&slots).unwrap().as_deref(), Some("new"));
        *slots.0.entries.borrow_mut() = both;
    }
    slots.0.cut_at.set(Some(10));
    assert_eq!(slots.save("a", &secret("other")), Err(StoreFault::NotSaved));
    assert_eq!(loaded(&slots).unwrap().as_deref(), Some("new"), "it was the older one's place");
}

#[test] // C09, R03
fn what_was_there_before_is_not_taken_for_room() {
    for before in ["old", "---"] {
        let slots = Slots(Fake::default());
        slots.save("a", &secret(before)).unwrap();
        let older = slots.0.entries.borrow().clone();
        slots.save("a", &secret("new")).unwrap();
        slots.0.entries.borrow_mut().extend(older);
        slots.0.deaf.set(true);
        assert_eq!(slots.reserve("a", 3), Err(StoreFault::NotSaved), "{before}");
    }
    let slots = Slots(Fake::default());
    slots.reserve("a", 2).unwrap();
    slots.0.deaf.set(true);
    assert_eq!(slots.reserve("a", 3), Err(StoreFault::NotSaved));
}

#[test] // C07
fn killed_at_any_call_of_a_save_leaves_the_old_or_the_new_value() {
    for limit in [None, Some(100)] {
        let old = "o".repeat(300);
        let new = "n".repeat(400);
        for calls in 0.. {
            let slots = Slots(Fake { limit, ..Fake::default() });
            slots.save("a", &secret("ancient")).unwrap();
            slots.save("a", &secret(&old)).unwrap();
            slots.0.calls_left.set(Some(calls));
            let saved = slots.save("a", &secret(&new));
            let all_made = slots.0.calls_left.get() != Some(0);
            slots.0.calls_left.set(None);
            let now = loaded(&slots).unwrap().unwrap();
            assert!(now == new || saved.is_err() && now == old, "{limit:?}: after {calls} calls");
            // The next run goes on from there, and logout leaves nothing.
            slots.save("a", &secret("next")).unwrap();
            assert_eq!(loaded(&slots).unwrap().as_deref(), Some("next"));
            slots.delete("a").unwrap();
            assert!(slots.0.entries.borrow().is_empty(), "{limit:?} {calls}: {:?}", slots.0.entries.borrow().keys());
            if all_made {
                break;
            }
        }
    }
}

#[test] // C10, R08
fn killed_at_any_call_of_a_delete_never_brings_back_the_older_value() {
    // The newer value in either slot.
    [0, 1].into_iter().for_each(killed_at_any_call_of_a_delete);
}

fn killed_at_any_call_of_a_delete(values_before: usize) {
    let limit = Some(100);
    for calls in 0.. {
        let slots = Slots(Fake { limit, ..Fake::default() });
        (0..values_before).for_each(|_| slots.save("a", &secret("ancient")).unwrap());
        slots.save("a", &secret(&"o".repeat(300))).unwrap();
        let older = slots.0.entries.borrow().clone();
        slots.save("a", &secret(&"n".repeat(300))).unwrap();
        // The older value is still there, as after a kill before it was deleted.
        slots.0.entries.borrow_mut().extend(older);
        slots.0.calls_left.set(Some(calls));
        let deleted = slots.delete("a");
        slots.0.calls_left.set(None);
        match loaded(&slots).unwrap() {
            None => {}
            Some(value) => assert!(value.starts_with('n'), "after {calls} calls"),
        }
        slots.delete("a").unwrap();
        if deleted == Ok(true) {
            assert!(slots.0.entries.borrow().is_empty());
            break;
        }
    }
}

#[test] // R03
fn a_number_that_nobody_counts_to_stops_no_save() {
    let header = format!("tok1 {} 1 1 {}\nx", u64::MAX, digest("x"));
    for name in ["a", "a+"] {
        let slots = Slots(Fake::default());
        slots.0.entries.borrow_mut().insert(name.to_owned(), header.clone());
        assert_eq!(loaded(&slots).unwrap().as_deref(), Some("x"));
        for value in ["one", "two", "three"] {
            slots.save("a", &secret(value)).unwrap();
            assert_eq!(loaded(&slots).unwrap().as_deref(), Some(value));
        }
    }
}

#[test] // C09 R03
fn room_that_is_not_kept_is_no_room() {
    for limit in [None, Some(100)] {
        let slots = Slots(Fake { limit, ..Fake::default() });
        slots.save("a", &secret("one")).unwrap();
        slots.0.cut_at.set(Some(90));
        assert_eq!(slots.reserve("a", 300), Err(StoreFault::NotSaved));
        assert_eq!(loaded(&slots).unwrap().as_deref(), Some("one"));
        assert_eq!(slots.0.entries.borrow().len(), 1, "what was not kept whole is not left there");
        slots.0.cut_at.set(None);
        assert_eq!(slots.reserve("a", 300), Ok(true));
    }
    assert_eq!(Fake::small().reserve("a", 300), Ok(false));
}

#[test] // C09
fn reserved_room_is_no_value_and_is_used_by_the_next_save() {
    for limit in [None, Some(100)] {
        let slots = Slots(Fake { limit, ..Fake::default() });
        slots.reserve("a", 300).unwrap();
        assert_eq!(loaded(&slots), Ok(None));
        slots.save("a", &secret("one")).unwrap();
        slots.reserve("a", 300).unwrap();
        let names: Vec<_> = slots.0.entries.borrow().keys().cloned().collect();
        assert_eq!(loaded(&slots).unwrap().as_deref(), Some("one"));
        slots.save("a", &secret(&"x".repeat(300))).unwrap();
        assert!(slots.0.entries.borrow().keys().all(|name| names.contains(name)));
        assert_eq!(loaded(&slots).unwrap().map(|value| value.len()), Some(300));
        slots.reserve("a", 300).unwrap();
        assert_eq!(slots.delete("a"), Ok(true));
        assert!(slots.0.entries.borrow().is_empty());
    }
}
