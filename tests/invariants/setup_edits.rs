//! Settings of other programs, into which entries are put. The first line of the input is a format; lines that begin with
//! `+` say what is put in: `+PLACE PLACE = VALUE`; the rest is the text. Without such lines it is what setup writes for two
//! services.
//!
//! Whatever the text: one that cannot be read is not changed; what is put in is there, and everything else is as it was;
//! and in whatever order entries are taken out, the text is what it was before.

use std::time::{Duration, Instant};

use tok::commands::setup::edit::{Editor, Entry, Format, Layer, Splice, TABLE, kube_context, kube_servers, kube_user};
use tok::sys::environment::Environment;

use super::input::split;

/// Far more than any text of the fuzzer's takes, on a busy machine too; git is started for each thing that is tried.
const PATIENCE: Duration = Duration::from_secs(30);

pub fn check(input: &[u8]) {
    let (name, text) = split(input, b"\n");
    let text = String::from_utf8_lossy(text);
    let Some((_, format)) = FORMATS.iter().find(|(known, _)| known.as_bytes() == name) else { return };
    let mut text = text.as_ref();
    let mut given = Vec::new();
    while let Some((line, rest)) = text.strip_prefix('+').and_then(|text| text.split_once('\n')) {
        given.extend(entry_of(line).filter(|_| given.len() < 4));
        text = rest;
    }
    let environment = Environment::from_pairs([("PATH", "/usr/local/bin:/usr/bin:/bin"), ("HOME", "/nonexistent")]);
    let editor = Editor { environment: &environment };
    let entries = if given.is_empty() { usual(*format) } else { given };
    let start = Instant::now();
    there_and_back(editor, *format, text, &entries);
    hostile(editor, *format, text, &entries);
    assert!(start.elapsed() < PATIENCE, "{:?}", start.elapsed());
}

const FORMATS: [(&str, Format); 9] = [
    ("git", Format::Git),
    ("json", Format::Json),
    ("toml", Format::Toml),
    ("ini", Format::Ini),
    ("env", Format::Env),
    ("npmrc", Format::Npmrc),
    ("bazelrc", Format::Bazelrc),
    ("hcl", Format::Hcl),
    ("kube", Format::Kube),
];

fn entry(place: &[&str], value: &str) -> Entry {
    Entry { place: place.iter().map(ToString::to_string).collect(), value: value.to_owned() }
}

fn entry_of(line: &str) -> Option<Entry> {
    let (place, value) = line.split_once(" = ")?;
    Some(Entry { place: place.split(' ').map(str::to_owned).collect(), value: value.replace("\\n", "\n") })
}

/// What setup writes for two services.
fn usual(format: Format) -> Vec<Entry> {
    match format {
        Format::Git => vec![
            entry(&["credential.https://a.example.helper"], "tok"),
            entry(&["credential.https://b.example:8443.helper"], "tok --profile work"),
        ],
        Format::Json => vec![
            entry(&["credHelpers"], TABLE),
            entry(&["credHelpers", "a.example"], "\"tok\""),
            entry(&["credHelpers", "b.example:5000"], "\"tok\""),
        ],
        Format::Toml => vec![
            entry(&["registries", "a"], TABLE),
            entry(&["registries", "a", "credential-provider"], "[\"/x/cargo-credential-tok\"]"),
            entry(&["registries", "b.c"], TABLE),
            entry(&["registries", "b.c", "credential-provider"], "[\"/x/cargo-credential-tok\", \"--profile\", \"w\"]"),
            entry(&["keyring-provider"], "\"subprocess\""),
        ],
        Format::Ini => vec![
            entry(&["global"], TABLE),
            entry(&["global", "keyring-provider"], "subprocess"),
            entry(&["profile tok-work"], TABLE),
            entry(&["profile tok-work", "credential_process"], "/x/tok helper aws --role-arn a"),
        ],
        Format::Env => vec![entry(&["GOAUTH"], "/x/tok helper goauth; netrc"), entry(&["GOX"], "y")],
        Format::Npmrc => vec![
            entry(&["//a.example/:tokenHelper"], "/x/tok-bearer-work@a.example"),
            entry(&["//b.example:4873/:tokenHelper"], "/x/tok-bearer-work@b.example:4873"),
        ],
        Format::Bazelrc => vec![
            entry(&["--credential_helper", "a.example"], "/x/bazel-credential-tok"),
            entry(&["--credential_helper", "b.example"], "/x y/bazel-credential-tok"),
        ],
        Format::Hcl => {
            vec![entry(&["credentials_helper"], "\"tok\" {\n  args = [\"--profile=work\"]\n}"), entry(&["b"], "{\n}")]
        }
        Format::Kube => {
            let user = |name: &str| entry(&["users", name], &kube_user(name, "/x/tok", &["helper".into()]));
            let context = |name: &str| entry(&["contexts", name], &kube_context(name, "one", "tok-w-a"));
            vec![user("tok-w-a"), context("tok-a"), user("tok-w-b:6443"), context("tok-b:6443")]
        }
    }
}

/// Puts them in, those that can be; then takes them out in several orders.
fn there_and_back(editor: Editor<'_>, format: Format, before: &str, entries: &[Entry]) {
    let mut text = before.to_owned();
    let mut layers = Vec::new();
    for entry in entries {
        let known = match editor.entries(format, &text) {
            Ok(known) => known,
            Err(_) => {
                assert!(editor.add(format, &text, entry).is_err(), "{text:?}");
                assert!(layers.is_empty() && editor.take_out(format, &text, entry, &Splice::default()).is_err());
                return;
            }
        };
        // Who plans puts in nothing that is there.
        if known.iter().any(|known| format.is_same(&known.place, &entry.place)) {
            continue;
        }
        let Ok((after, splice)) = editor.add(format, &text, entry) else { continue };
        let now = editor.entries(format, &after).expect("what was written can be read");
        let value = format.normal(&entry.value);
        let is_it = |known: &&Entry| known.value == value && format.is_same(&known.place, &entry.place);
        assert_eq!(now.iter().filter(is_it).count(), 1, "{text:?} {after:?}");
        assert!(is_within(&text, &after) || !splice.over.is_empty(), "{text:?} {after:?}");
        layers.push(Layer { entry: entry.clone(), splice });
        text = after;
    }
    for order in orders(&layers) {
        let (mut text, mut layers) = (text.clone(), layers.clone());
        for index in &order {
            let out = editor.take_out_of(format, &text, &mut layers, *index).expect("it can be read");
            text = out.unwrap_or_else(|| panic!("{order:?} {index}: {text:?}"));
        }
        assert_eq!(text, before, "{order:?}");
    }
}

/// Orders in which they go: the last first, the first first, and one part of them after the other.
fn orders(layers: &[Layer]) -> Vec<Vec<usize>> {
    let count = layers.len();
    let mut orders: Vec<Vec<usize>> = vec![(0..count).rev().collect(), (0..count).collect()];
    for half in 1..count {
        orders.push((0..half).rev().chain((half..count).rev()).collect());
        orders.push((half..count).chain(0..half).collect());
    }
    orders.into_iter().map(|order| tables_last(layers, order)).collect()
}

/// A table goes when nothing is left in it.
fn tables_last(layers: &[Layer], mut order: Vec<usize>) -> Vec<usize> {
    let mut ready = Vec::new();
    let is_in = |inner: usize, outer: usize| {
        inner != outer && layers[inner].entry.place.starts_with(&layers[outer].entry.place)
    };
    while !order.is_empty() {
        let next = order.iter().position(|one| order.iter().all(|other| !is_in(*other, *one)));
        ready.push(order.remove(next.expect("the innermost")));
    }
    ready
}

/// Nothing of it panics, or goes on for ever, whatever is asked of the text.
fn hostile(editor: Editor<'_>, format: Format, text: &str, entries: &[Entry]) {
    for entry in entries {
        if let Ok(Some(without)) = editor.take_out(format, text, entry, &Splice::default()) {
            assert!(is_within(&without, text) || format == Format::Kube, "{text:?} {without:?}");
        }
        let _ = format.still_named(text, &entry.place);
        let _ = format.shown(entry);
    }
    let _ = editor.is_empty(format, text);
    let _ = kube_servers(text);
}

/// Whether the characters of a text stand in another in this order.
fn is_within(text: &str, other: &str) -> bool {
    let mut others = other.chars();
    text.chars().all(|c| others.any(|other| other == c))
}
