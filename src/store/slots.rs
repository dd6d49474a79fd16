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
mod tests;
