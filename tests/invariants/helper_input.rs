//! What other programs say to a helper: first the helper's name, then in the next lines what it is given. Whatever that
//! is, a token is for an origin that we would bind, and an answer has no more lines than its protocol gives it (I03).

use tok::helpers::resolve::Credential;
use tok::helpers::{aws, bazel, cargo, docker, git, goauth, keyring, kube, terraform};
use tok::oauth::{Response, WebOrigin};
use tok::secret::Secret;
use tok::settings::Scheme;
use tok::sys::clock::UnixTime;

use super::input::split;
use super::shown::{is_unsafe, safely};

pub fn check(input: &[u8]) {
    let (name, given) = split(input, b"\n");
    let text = String::from_utf8_lossy(given).into_owned();
    let secret = Secret::new(text.clone());
    match name {
        b"git" => {
            let asked = git::Asked::read(&secret);
            asked.origin().iter().for_each(is_ours);
            for scheme in [Scheme::Bearer, Scheme::Basic("bob".into())] {
                if let Some(answer) = asked.answer(&credential(scheme)) {
                    let lines = if answer.expose().starts_with("capability[]") { 5 } else { 3 };
                    has_lines(&answer, lines);
                }
            }
        }
        b"docker" => {
            if let Some((server, origins)) = known(docker::read(&text)) {
                origins.iter().for_each(is_ours);
                is_json(&docker::answer(server, &credential(Scheme::Bearer)).expect("an answer"));
            }
        }
        b"kube" => {
            if let Some(asked) = known(kube::Asked::read(&text)) {
                is_json(&asked.answer(&credential(Scheme::Bearer)).expect("an answer"));
            }
        }
        b"cargo" => match cargo::Asked::read(&secret) {
            Ok(asked) => drop(known(asked.profile())),
            Err(why) => is_json(&cargo::refusal(&why).expect("an answer")),
        },
        b"keyring" => {
            let words: Vec<String> = text.split(' ').map(str::to_owned).collect();
            if let Some(asked) = keyring::Asked::read(&words) {
                let answer = asked.answer(&credential(Scheme::Bearer)).expect("an answer");
                let with_user = text.contains("creds") && !answer.expose().starts_with('{');
                assert!(answer.expose().lines().count() <= 1 + usize::from(with_user), "{:?}", answer.expose());
                assert!(!answer.expose().contains(['\r', '\0']), "{:?}", answer.expose());
            }
        }
        b"bazel" => known(bazel::read(&text)).iter().for_each(is_ours),
        b"terraform" => known(terraform::read(&text)).iter().for_each(is_ours),
        b"goauth" => {
            assert!(goauth::status(&secret).is_none_or(|status| status < 1000));
            if let Ok(origin) = WebOrigin::of_url(&text) {
                is_ours(&origin);
                has_lines(&goauth::block(&origin, &credential(Scheme::Bearer)), 3);
            }
        }
        _ => {
            for status in [200, 400] {
                let response = Response { status, body: given.to_vec().into(), ..Response::default() };
                match aws::read(&response) {
                    Ok(keys) => drop(aws::answer(&keys).map(|answer| is_json(&answer))),
                    Err(error) => drop(safely(&error)),
                }
            }
        }
    }
}

fn credential(scheme: Scheme) -> Credential {
    let token = Secret::new("t0k3n".into());
    Credential { token, scheme, username: "ada".into(), expires_at: Some(UnixTime(99)) }
}

/// What could be read; that it could not is told safely.
fn known<T>(read: Result<T, tok::error::Usage>) -> Option<T> {
    read.map_err(|why| safely(&why)).ok()
}

/// https, or http on this machine; and what stands in the configuration for it means the same.
fn is_ours(origin: &WebOrigin) {
    let text = origin.as_str();
    assert!(!text.contains(is_unsafe) && !text.contains(['@', ' ', '\\', '?', '#']), "{text:?}");
    assert_eq!(WebOrigin::parse(text).as_ref(), Ok(origin));
    let url = url::Url::parse(text).expect("an address");
    let is_loopback = match url.host().expect("a host") {
        url::Host::Domain(name) => name.trim_end_matches('.') == "localhost",
        url::Host::Ipv4(ip) => ip.is_loopback(),
        url::Host::Ipv6(ip) => ip.is_loopback(),
    };
    assert!(url.scheme() == "https" || url.scheme() == "http" && is_loopback, "{text}");
}

fn has_lines(answer: &Secret, count: usize) {
    assert_eq!(answer.expose().lines().count(), count, "{:?}", answer.expose());
    assert!(!answer.expose().contains(['\r', '\0']), "{:?}", answer.expose());
}

/// JSON on one line.
fn is_json(answer: &Secret) {
    has_lines(answer, 1);
    serde_json::from_str::<serde_json::Value>(answer.expose()).expect("JSON");
}
