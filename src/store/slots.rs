//! How a value lies in a keyring, whose entries may be small and whose writes may fail or be cut short.
//!
//! An entry has two slots. A new value goes to the free one under a higher number, is read back and compared, and
//! only then is the other slot deleted (R03): whoever is killed in between leaves one whole value at least, and of
//! two the higher number counts (C07). A slot is one keyring entry, `ACCOUNT` or `ACCOUNT+`: a header line and the
//! value. What is longer than the platform's limit goes on in further entries, `ACCOUNT.2` and so on, which are
//! written first; the header's length and digest detect parts that are missing or do not belong together (R04).

use super::{StoreFault, push_hex};
use crate::secret::Secret;

/// A keyring as the platform has it: names and short texts.
pub trait Backend {
    /// The text of an entry.
    ///
    /// # Errors
    /// [`StoreFault`], of this call and of the others here.
    fn get(&self, name: &str) -> Result<Option<Secret>, StoreFault>;
    /// Creates or replaces an entry.
    fn set(&self, name: &str, text: &Secret) -> Result<(), StoreFault>;
    /// Deletes an entry; says whether there was one.
    fn delete(&self, name: &str) -> Result<bool, StoreFault>;
    /// The most bytes that an entry takes, `None` where that is no matter.
    fn limit(&self) -> Option<usize>;
}

/// No header is longer than this.
const HEADER_ROOM: usize = 64;

/// With Windows' limit this makes 160,000 bytes: more than any token.
const MOST_PARTS: usize = 64;

/// What the filler of a reserved slot is numbered: it is no value.
const RESERVED: u64 = 0;

/// The two slots of every entry of a keyring.
#[derive(Debug)]
pub struct Slots<B>(
    /// The keyring.
    pub B,
);

/// What a slot holds.
enum Slot {
    Empty,
    /// Room that was made sure of.
    Reserved,
    /// A value that is not complete.
    Torn(u64),
    Whole(u64, Secret),
}

impl Slot {
    fn number(&self) -> u64 {
        match self {
            Self::Empty | Self::Reserved => RESERVED,
            Self::Torn(number) | Self::Whole(number, _) => *number,
        }
    }

    fn is_whole(&self) -> bool {
        matches!(self, Self::Whole(..))
    }

    fn is_value(&self) -> bool {
        matches!(self, Self::Whole(..) | Self::Torn(_))
    }
}

/// The first line of a slot: `tok1 NUMBER PARTS LENGTH DIGEST`.
struct Header {
    number: u64,
    parts: usize,
    length: usize,
    digest: String,
}

impl Header {
    /// The header, and where the value begins.
    fn parse(text: &str) -> Option<(Self, usize)> {
        let (line, _) = text.split_once('\n')?;
        let mut fields = line.strip_prefix("tok1 ")?.split(' ');
        let header = Self {
            number: fields.next()?.parse().ok()?,
            parts: fields.next()?.parse().ok()?,
            length: fields.next()?.parse().ok()?,
            digest: fields.next()?.to_owned(),
        };
        (fields.next().is_none() && (1..=MOST_PARTS).contains(&header.parts)).then_some((header, line.len() + 1))
    }
}

/// The two slots' names.
fn slot_names(account: &str) -> [String; 2] {
    [account.to_owned(), format!("{account}+")]
}

fn part_name(slot: &str, part: usize) -> String {
    format!("{slot}.{part}")
}

fn digest(value: &str) -> String {
    let mut text = String::with_capacity(16);
    push_hex(&mut text, &ring::digest::digest(&ring::digest::SHA256, value.as_bytes()).as_ref()[..8]);
    text
}

/// Cuts at a character's end, because some keyrings take nothing but text; at most `limit` bytes.
fn cut(text: &str, limit: usize) -> (&str, &str) {
    let mut end = limit.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.split_at(end)
}

impl<B: Backend> Slots<B> {
    /// The current value.
    ///
    /// # Errors
    /// [`StoreFault::Torn`] where no value is whole; the keyring's own.
    pub fn load(&self, account: &str) -> Result<Option<Secret>, StoreFault> {
        let [first, second] = slot_names(account);
        match (self.read(&first)?, self.read(&second)?) {
            (Slot::Whole(a, value), Slot::Whole(b, _)) if a >= b => Ok(Some(value)),
            // A whole value is used even where a torn one has a higher number: that one's save was reported as failed.
            (_, Slot::Whole(_, value)) | (Slot::Whole(_, value), _) => Ok(Some(value)),
            (Slot::Torn(_), _) | (_, Slot::Torn(_)) => Err(StoreFault::Torn),
            _ => Ok(None),
        }
    }

    /// Replaces the value; the old one is deleted when the new one has been read back.
    ///
    /// # Errors
    /// [`StoreFault::NotSaved`], [`StoreFault::TooLarge`]; the keyring's own.
    pub fn save(&self, account: &str, value: &Secret) -> Result<(), StoreFault> {
        let names = slot_names(account);
        let slots = [self.read(&names[0])?, self.read(&names[1])?];
        let (free, used) = free_and_used(&slots);
        // We never get to the end of the numbers; what somebody else wrote there may.
        let number = slots[0].number().max(slots[1].number()).saturating_add(1);
        if matches!(slots[free], Slot::Torn(_)) {
            // Its parts may have gaps, in which the new value's would hide those of the old.
            self.delete_slot(&names[free])?;
        }
        let kept = self.write(&names[free], number, value).and_then(|()| match self.read(&names[free])? {
            Slot::Whole(n, read_back) if n == number && read_back.same_as(value) => Ok(()),
            _ => Err(StoreFault::NotSaved),
        });
        if let Err(fault) = kept {
            // As far as possible: what is left there is torn, or the whole new value, and does no harm.
            let _ = self.delete_slot(&names[free]);
            return Err(fault);
        }
        if !matches!(slots[used], Slot::Empty) {
            // The value is safe and has the higher number. The next save tries again.
            let _ = self.delete_slot(&names[used]);
        }
        Ok(())
    }

    /// Deletes both slots, the older value first, so that it cannot come back (C10).
    ///
    /// # Errors
    /// The keyring's own.
    pub fn delete(&self, account: &str) -> Result<bool, StoreFault> {
        let names = slot_names(account);
        let slots = [self.read(&names[0])?, self.read(&names[1])?];
        // The first is the one that is loaded where both have the same number.
        let older = usize::from(slots[0].number() >= slots[1].number());
        let was_there = slots.iter().any(Slot::is_value);
        for index in [older, 1 - older] {
            if self.0.limit().is_some() || !matches!(slots[index], Slot::Empty) {
                self.delete_slot(&names[index])?;
            }
        }
        Ok(was_there)
    }

    /// Fills the free slot with `length` bytes, which the next save overwrites, and reads them back: a keyring that
    /// keeps less than it says is found out before a value depends on it. They stay until then: the room of a refresh
    /// that failed is the room of the next one. Says whether there is a value, whole or torn, beside it.
    ///
    /// # Errors
    /// As of [`Slots::save`].
    pub fn reserve(&self, account: &str, length: usize) -> Result<bool, StoreFault> {
        let names = slot_names(account);
        let slots = [self.read(&names[0])?, self.read(&names[1])?];
        let free = &names[free_and_used(&slots).0];
        let filler = Secret::new("-".repeat(length));
        let kept = self.write(free, RESERVED, &filler).and_then(|()| match self.content(free)? {
            Some((header, Some(kept))) if header.number == RESERVED && kept.same_as(&filler) => Ok(()),
            _ => Err(StoreFault::NotSaved),
        });
        kept.inspect_err(|_| {
            let _ = self.delete_slot(free);
        })?;
        Ok(slots.iter().any(Slot::is_value))
    }

    fn read(&self, slot: &str) -> Result<Slot, StoreFault> {
        let Some(first) = self.0.get(slot)? else { return Ok(Slot::Empty) };
        let Some((header, start)) = Header::parse(first.expose()) else { return Ok(Slot::Torn(RESERVED)) };
        if header.number == RESERVED {
            return Ok(Slot::Reserved);
        }
        let value = self.rest(slot, &header, &first, start)?;
        Ok(value.map_or(Slot::Torn(header.number), |value| Slot::Whole(header.number, value)))
    }

    /// A slot's header, and what it announces if that is complete; `None` where there is no header.
    fn content(&self, slot: &str) -> Result<Option<(Header, Option<Secret>)>, StoreFault> {
        let Some(first) = self.0.get(slot)? else { return Ok(None) };
        let Some((header, start)) = Header::parse(first.expose()) else { return Ok(None) };
        let value = self.rest(slot, &header, &first, start)?;
        Ok(Some((header, value)))
    }

    /// The value that a header announces, if all of it is there: it begins at `start` of the first part.
    fn rest(&self, slot: &str, header: &Header, first: &Secret, start: usize) -> Result<Option<Secret>, StoreFault> {
        // No allocation on the word of a header alone.
        let likely = header.length.min(first.len().saturating_mul(header.parts));
        let mut value = String::with_capacity(likely);
        value.push_str(first.expose().get(start..).unwrap_or_default());
        for part in 2..=header.parts {
            let Some(text) = self.0.get(&part_name(slot, part))? else { break };
            value.push_str(text.expose());
        }
        let value = Secret::new(value);
        Ok((value.len() == header.length && digest(value.expose()) == header.digest).then_some(value))
    }

    /// The further parts first: the slot has its number and digest only when everything is there.
    fn write(&self, slot: &str, number: u64, value: &Secret) -> Result<(), StoreFault> {
        let limit = self.0.limit().unwrap_or(usize::MAX);
        let (first, mut rest) = cut(value.expose(), limit - HEADER_ROOM);
        let mut parts = 1;
        while !rest.is_empty() {
            parts += 1;
            if parts > MOST_PARTS {
                return Err(StoreFault::TooLarge { limit: limit * MOST_PARTS - HEADER_ROOM });
            }
            let (part, more) = cut(rest, limit);
            self.0.set(&part_name(slot, parts), &Secret::new(part.to_owned()))?;
            rest = more;
        }
        let digest = digest(value.expose());
        let header = format!("tok1 {number} {parts} {} {digest}\n", value.len());
        let mut text = String::with_capacity(header.len() + first.len());
        text.push_str(&header);
        text.push_str(first);
        self.0.set(slot, &Secret::new(text))?;
        self.delete_parts(slot, parts, parts)
    }

    /// The header first, so that what is left is never a torn value.
    fn delete_slot(&self, slot: &str) -> Result<(), StoreFault> {
        let known = match self.0.limit() {
            Some(_) => self.0.get(slot)?.and_then(|text| Header::parse(text.expose())).map_or(1, |(h, _)| h.parts),
            None => 1,
        };
        self.0.delete(slot)?;
        self.delete_parts(slot, 1, known)
    }

    /// Deletes the parts after `kept`: the `known` ones and those that were written before a header could be. The
    /// last one first, so that they follow one another at any time, and none is out of reach after a kill.
    fn delete_parts(&self, slot: &str, kept: usize, known: usize) -> Result<(), StoreFault> {
        if self.0.limit().is_none() {
            return Ok(());
        }
        let mut last = kept.max(known);
        while self.0.get(&part_name(slot, last + 1))?.is_some() {
            last += 1;
        }
        for part in (kept + 1..=last).rev() {
            self.0.delete(&part_name(slot, part))?;
        }
        Ok(())
    }
}

/// The slot for a new value, and the one that holds the current value.
fn free_and_used(slots: &[Slot; 2]) -> (usize, usize) {
    let first_is_current = match (slots[0].is_whole(), slots[1].is_whole()) {
        (true, true) => slots[0].number() >= slots[1].number(),
        (first, _) => first,
    };
    if first_is_current { (1, 0) } else { (0, 1) }
}

#[cfg(test)]
mod tests {
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
                assert!(
                    slots.0.entries.borrow().is_empty(),
                    "{limit:?} {calls}: {:?}",
                    slots.0.entries.borrow().keys()
                );
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
}
