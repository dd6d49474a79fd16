//! A secret is found in every form and place, and nothing else is.

use std::fs;

use super::panic_of;
use crate::support::canary::{Canaries, Kind, random_text};
use crate::support::codec::{base64, base64url, form_encode, hex, percent};
use crate::support::server::realm::Realm;
use crate::support::server::setup::Setup;

/// The form in which a text gives the only canary away.
fn form_in(canaries: &Canaries, text: &[u8]) -> Option<&'static str> {
    let findings = canaries.search("here", text);
    assert!(findings.len() <= 1, "{findings:?}");
    findings.first().map(|finding| finding.form)
}

#[test] // CAN
fn every_encoding_of_an_awkward_secret_is_found() {
    let canaries = Canaries::new();
    let secret = canaries.make_awkward(Kind::Password);
    let utf16: Vec<u8> = secret.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let around = |text: &str| [b"\xff\x00before ", text.as_bytes(), b" after\xff"].concat();
    let found = |text: &str| form_in(&canaries, &around(text));
    assert_eq!(found(&secret), Some("raw"));
    assert_eq!(found(&hex(secret.as_bytes())), Some("hex"));
    assert_eq!(found(&hex(secret.as_bytes()).to_uppercase()), Some("hex"));
    assert_eq!(found(&form_encode(&secret)), Some("form-encoded"));
    assert_eq!(
        found(&percent(secret.as_bytes(), |b| b.is_ascii_alphanumeric() || b"-_.~".contains(&b))),
        Some("percent-encoded")
    );
    assert_eq!(found(&percent(secret.as_bytes(), |_| false)), Some("percent-encoded throughout"));
    assert_eq!(found(&format!("{secret:?}")), Some("escaped"));
    assert_eq!(found(&serde_json::json!({ "x": secret }).to_string()), Some("escaped").or(Some("JSON")));
    assert_eq!(found(&format!("{:?}", secret.as_bytes())), Some("list of bytes"));
    assert_eq!(form_in(&canaries, &[b"x", &utf16[..], b"y"].concat()), Some("UTF-16LE"));
    assert_eq!(found("nothing of it"), None);
}

#[test] // CAN
fn base64_is_found_at_every_alignment() {
    let canaries = Canaries::new();
    let secret = canaries.make_awkward(Kind::ClientSecret);
    for before in ["", "i", "id", "id:", "id::"] {
        for after in ["", "x", "xy", "xyz"] {
            let text = format!("{before}{secret}{after}");
            assert_eq!(form_in(&canaries, base64(text.as_bytes()).as_bytes()), Some("base64"), "{before}_{after}");
            assert_eq!(form_in(&canaries, base64url(text.as_bytes()).as_bytes()), Some("base64"), "{before}_{after}");
        }
    }
}

#[test] // CAN
fn a_cut_token_is_found() {
    let canaries = Canaries::new();
    let long = random_text(50_000);
    canaries.add(Kind::AccessToken, "the long one", &long);
    assert_eq!(form_in(&canaries, &long.as_bytes()[..500]), Some("raw"));
    assert_eq!(form_in(&canaries, &long.as_bytes()[60_000..]), Some("raw"));
    assert_eq!(form_in(&canaries, &long.as_bytes()[..12]), None, "a fingerprint may be shown");
}

#[test] // CAN
fn two_tokens_of_one_server_are_told_apart() {
    let canaries = Canaries::new();
    let mut setup = Setup::new(&canaries);
    setup.jwt = true;
    let mut realm = Realm::new(canaries.clone());
    let answers = [1, 2].map(|_| realm.login(&setup, "https://x", "ada", "tok", "openid"));
    for answer in &answers {
        for (member, kind) in [("access_token", Kind::AccessToken), ("id_token", Kind::IdToken)] {
            let token = answer[member].as_str().unwrap();
            assert_eq!(token.matches('.').count(), 2);
            for text in [token, &token[..500]] {
                let findings = canaries.search("here", text.as_bytes());
                assert_eq!(findings.iter().map(|f| f.kind).collect::<Vec<_>>(), [kind]);
            }
        }
    }
}

#[test] // CAN
fn files_names_and_links_are_searched() {
    let canaries = Canaries::new();
    let secret = canaries.make(Kind::RefreshToken);
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir_all(folder.path().join("a/b")).unwrap();
    fs::write(folder.path().join("a/b/c"), format!("x{secret}x")).unwrap();
    fs::write(folder.path().join(&secret), "").unwrap();
    #[cfg(unix)]
    std::os::unix::fs::symlink(format!("/nowhere/{secret}"), folder.path().join("link")).unwrap();
    let mut places: Vec<_> = canaries.search_folder(folder.path()).into_iter().map(|f| f.place).collect();
    places.sort();
    let name = format!("the name of {secret}");
    let wanted = ["a/b/c", if cfg!(unix) { "link" } else { name.as_str() }, name.as_str()];
    assert_eq!(places, wanted[..places.len()]);
    assert_eq!(places.len(), if cfg!(unix) { 3 } else { 2 });
}

#[test] // CAN
fn a_finding_names_canary_place_and_form() {
    let canaries = Canaries::new();
    canaries.add(Kind::Password, "ada's password", "correct horse");
    let text = panic_of(|| canaries.check("stderr", b"user=ada&password=correct+horse"));
    assert_eq!(text, "secrets leaked:\n  ada's password (Password) in stderr, form-encoded");
}
