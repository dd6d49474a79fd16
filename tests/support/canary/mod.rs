//! Canaries: unique secret values, and the search for them wherever they must not be (CAN).
//!
//! - [`forms`]: raw, base64, percent-encoded, hex, UTF-16, ...
//! - [`places`]: what is searched: texts, folders, running processes

pub mod forms;
pub mod places;

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex};

use ring::rand::{SecureRandom, SystemRandom};

use super::codec::base64url;
use super::gate::lock;

/// What sort of secret it is: where one may be, another may not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Of a user.
    Password,
    /// Of a client.
    ClientSecret,
    /// Opaque or JWT.
    AccessToken,
    /// The one that must be in the store and nowhere else.
    RefreshToken,
    /// OpenID Connect's.
    IdToken,
    /// Anything else: a proxy's password, a device code, a private key.
    Other,
}

/// A canary that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Its kind.
    pub kind: Kind,
    /// Its name, as given or numbered.
    pub canary: String,
    /// Where: `stderr of ...`, a path, `environment of process 12`.
    pub place: String,
    /// How it was encoded.
    pub form: &'static str,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({:?}) in {}, {}", self.canary, self.kind, self.place, self.form)
    }
}

/// The list of all canaries of a test. Clones are the same list.
#[derive(Clone, Default)]
pub struct Canaries(Arc<Mutex<List>>);

#[derive(Default)]
struct List {
    canaries: Vec<(Kind, String)>,
    needles: Vec<Needle>,
    /// Needles by their first two bytes.
    index: HashMap<[u8; 2], Vec<usize>>,
}

struct Needle {
    canary: usize,
    form: &'static str,
    bytes: Vec<u8>,
}

impl Canaries {
    /// An empty list.
    pub fn new() -> Self {
        Self::default()
    }

    /// A new random value without characters that any encoding would touch.
    pub fn make(&self, kind: Kind) -> String {
        let value = random_text(32);
        self.add(kind, &format!("{kind:?} #{}", lock(&self.0).canaries.len() + 1), &value);
        value
    }

    /// A new random value with characters that every encoding has to touch.
    pub fn make_awkward(&self, kind: Kind) -> String {
        let value = format!("{}+ %20%&=:/~\"\u{e9}\u{1f980}", random_text(16));
        self.add(kind, &format!("{kind:?} #{}", lock(&self.0).canaries.len() + 1), &value);
        value
    }

    /// A value made elsewhere. It has to be unique: it must not occur anywhere by chance.
    pub fn add(&self, kind: Kind, name: &str, value: &str) {
        assert!(value.chars().count() >= 8, "{name} is too short to be looked for");
        let mut list = lock(&self.0);
        let canary = list.canaries.len();
        list.canaries.push((kind, name.to_owned()));
        for (form, bytes) in forms::of(value) {
            let needle = list.needles.len();
            list.index.entry([bytes[0], bytes[1]]).or_default().push(needle);
            list.needles.push(Needle { canary, form, bytes });
        }
    }

    /// Looks for every canary in every form; each canary is reported once a place.
    pub fn search(&self, place: &str, text: &[u8]) -> Vec<Finding> {
        let list = lock(&self.0);
        let mut found: Vec<&Needle> = Vec::new();
        for at in 0..text.len().saturating_sub(1) {
            let Some(candidates) = list.index.get(&[text[at], text[at + 1]]) else { continue };
            for needle in candidates.iter().map(|i| &list.needles[*i]) {
                if text[at..].starts_with(&needle.bytes) && !found.iter().any(|f| f.canary == needle.canary) {
                    found.push(needle);
                }
            }
        }
        let finding = |needle: &Needle| {
            let (kind, name) = &list.canaries[needle.canary];
            Finding { kind: *kind, canary: name.clone(), place: place.to_owned(), form: needle.form }
        };
        found.into_iter().map(finding).collect()
    }

    /// Fails if a canary is in the text, naming which, where and in which form.
    pub fn check(&self, place: &str, text: &[u8]) {
        demand_none(&self.search(place, text));
    }
}

/// Fails with a list if anything was found.
pub fn demand_none(findings: &[Finding]) {
    let list: Vec<String> = findings.iter().map(ToString::to_string).collect();
    assert!(findings.is_empty(), "secrets leaked:\n  {}", list.join("\n  "));
}

/// URL-safe characters that make out this many random bytes.
pub fn random_text(bytes: usize) -> String {
    let mut buffer = vec![0; bytes];
    SystemRandom::new().fill(&mut buffer).unwrap();
    base64url(&buffer)
}
