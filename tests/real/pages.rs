//! That the servers' pages lead to a code or a token when a [`Person`] opens them: what `tok` is tried with must work
//! without it.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::thread;

use serde_json::Value;
use url::Url;

use crate::person::{End, Person, curl, in_chromium};
use crate::server::{Server, authlib, django_oauth_toolkit, glewlwyd, node_oauth2_server, oidc_provider};

// RFC 7636 appendix B
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
const DEVICE: &str = "urn:ietf:params:oauth:grant-type:device_code";
const LOOPBACK: &str = "http://127.0.0.1:4711/callback";

/// An endpoint of the issuer, from the recipe, or else from either metadata.
fn endpoint(server: &Server, name: &str, in_recipe: &str) -> Url {
    let in_recipe = format!("ROTATING_{in_recipe}");
    if server.has(&in_recipe) {
        return Url::parse(server.value(&in_recipe)).unwrap();
    }
    let issuer = Url::parse(server.value("ROTATING_ISSUER")).unwrap();
    let path = issuer.path().trim_end_matches('/');
    let places =
        [format!("/.well-known/oauth-authorization-server{path}"), format!("{path}/.well-known/openid-configuration")];
    let mut answers = places.iter().map(|place| ask(server, &issuer.join(place).unwrap(), &[]).1);
    let found = answers.find_map(|answer| Some(answer.get(name)?.as_str()?.to_owned()));
    Url::parse(&found.unwrap_or_else(|| panic!("no {name}"))).unwrap()
}

/// Status and JSON, which is null where there is none.
fn ask(server: &Server, url: &Url, form: &[(&str, &str)]) -> (u16, Value) {
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
    let options: &[&str] = if form.is_empty() { &["-D", "-"] } else { &["-D", "-", "-d", "@-"] };
    let (headers, text) = curl(server, url, options, body);
    (headers.split(' ').nth(1).unwrap().parse().unwrap(), serde_json::from_str(&text).unwrap_or_default())
}

fn authorization_request(server: &Server, redirect_uri: &str) -> String {
    let mut url = endpoint(server, "authorization_endpoint", "AUTHORIZATION_ENDPOINT");
    url.query_pairs_mut()
        .extend_pairs([("response_type", "code"), ("client_id", server.value("CODE_ID")), ("state", "s 1")])
        .extend_pairs([("redirect_uri", redirect_uri), ("scope", server.value("SCOPE"))])
        .extend_pairs([("code_challenge", CHALLENGE), ("code_challenge_method", "S256")]);
    // glewlwyd demands a nonce where OpenID Connect leaves it to the client; oidc-provider takes none without openid.
    if server.value("SCOPE").contains("openid") {
        url.query_pairs_mut().append_pair("nonce", "n 1");
    }
    url.into()
}

fn parameter(url: &Url, name: &str) -> Option<String> {
    url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}

/// A person allows, and the code gets a token.
fn a_code_gets_a_token(server: &Server, redirect_uri: &str) {
    let sent = Person::new(server).visits(&authorization_request(server, redirect_uri)).sent();
    assert!(sent.as_str().starts_with(redirect_uri), "{sent}");
    assert_eq!(parameter(&sent, "state").as_deref(), Some("s 1"));
    let code = parameter(&sent, "code").unwrap_or_else(|| panic!("no code: {sent}"));
    let form = [
        ("grant_type", "authorization_code"),
        ("code", &code),
        ("redirect_uri", redirect_uri),
        ("client_id", server.value("CODE_ID")),
        ("code_verifier", VERIFIER),
    ];
    let (status, answer) = ask(server, &endpoint(server, "token_endpoint", "TOKEN_ENDPOINT"), &form);
    assert!(status == 200 && answer["access_token"].is_string(), "{status} {answer}");
}

/// A person denies, and the client is told.
fn a_denial_is_told(server: &Server) {
    let sent = Person::new(server).denies().visits(&authorization_request(server, LOOPBACK)).sent();
    assert_eq!(parameter(&sent, "error").as_deref(), Some("access_denied"), "{sent}");
}

/// What a device is answered after a person has opened the address that it shows, or the one where its code is typed.
fn a_device_is_answered(server: &Server, person: Person, types_the_code: bool) -> (u16, Value) {
    let client = server.value("DEVICE_ID");
    let form = [("client_id", client), ("scope", server.value("SCOPE"))];
    let (status, asked) = ask(server, &endpoint(server, "device_authorization_endpoint", "DEVICE_ENDPOINT"), &form);
    assert_eq!(status, 200, "{asked}");
    let text = |name: &str| asked[name].as_str().unwrap();
    if types_the_code {
        person.types(text("user_code")).visits(text("verification_uri")).page();
    } else {
        person.visits(text("verification_uri_complete")).page();
    }
    let form = [("grant_type", DEVICE), ("device_code", text("device_code")), ("client_id", client)];
    ask(server, &endpoint(server, "token_endpoint", "TOKEN_ENDPOINT"), &form)
}

fn a_device_gets_a_token(server: &Server, types_the_code: bool) {
    let (status, answer) = a_device_is_answered(server, Person::new(server), types_the_code);
    assert!(status == 200 && answer["access_token"].is_string(), "{status} {answer}");
}

fn a_denied_device_is_told(server: &Server) {
    let (status, answer) = a_device_is_answered(server, Person::new(server).denies(), false);
    assert!(status == 400 && answer["error"] == "access_denied", "{status} {answer}");
}

#[test]
fn oidc_provider_has_pages() {
    let server = oidc_provider();
    a_code_gets_a_token(server, LOOPBACK);
    a_code_gets_a_token(server, "http://[::1]:4712/");
    a_denial_is_told(server);
    a_device_gets_a_token(server, false);
    a_device_gets_a_token(server, true);
    a_denied_device_is_told(server);
    let mistyped = Person::new(server).mistypes_the_password().visits(&authorization_request(server, LOOPBACK));
    assert!(matches!(mistyped, End::Page { status: 403, .. }), "{mistyped:?}");
}

#[test]
fn authlib_has_pages() {
    let server = authlib();
    a_code_gets_a_token(server, LOOPBACK);
    a_denial_is_told(server);
    a_device_gets_a_token(server, false);
    a_device_gets_a_token(server, true);
    a_denied_device_is_told(server);
}

#[test]
fn node_oauth2_server_has_pages() {
    let server = node_oauth2_server();
    a_code_gets_a_token(server, LOOPBACK);
    a_denial_is_told(server);
}

#[test]
fn django_oauth_toolkit_has_pages() {
    let server = django_oauth_toolkit();
    a_code_gets_a_token(server, LOOPBACK);
    a_denial_is_told(server);
    a_device_gets_a_token(server, false);
    a_device_gets_a_token(server, true);
    a_denied_device_is_told(server);
}

#[test]
fn glewlwyd_has_pages() {
    let server = &*glewlwyd();
    a_code_gets_a_token(server, server.value("REDIRECT_URI"));
    a_device_gets_a_token(server, false);
}

#[test]
fn chromium_finds_the_way_back_to_loopback() {
    let server = oidc_provider();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let redirect_uri = format!("http://{}/callback", listener.local_addr().unwrap());
    // Chromium opens more connections than it uses; the thread ends with the suite.
    thread::spawn(move || {
        for stream in listener.incoming() {
            thread::spawn(|| {
                let mut stream = BufReader::new(stream.unwrap());
                let mut request = String::new();
                while stream.read_line(&mut request).unwrap() > 2 {}
                let answer = "HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\nYou are back.";
                stream.get_mut().write_all(answer.as_bytes())
            });
        }
    });
    let (url, text) = in_chromium(server, &authorization_request(server, &redirect_uri));
    assert!(url.as_str().starts_with(&redirect_uri) && parameter(&url, "code").is_some(), "{url}");
    assert_eq!(text.trim(), "You are back.");
}
