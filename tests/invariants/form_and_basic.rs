//! What is sent: a form, and HTTP Basic. The input is cut at every byte 1F: client id, secret, then names and values.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tok::oauth::jwt::SigningKey;
use tok::oauth::{Client, ClientAuthMethod, ClientId, Endpoint, Form};
use tok::secret::Secret;

use super::shown::is_unsafe;

pub fn check(input: &[u8]) {
    let texts: Vec<String> =
        input.split(|byte| *byte == 0x1f).map(|text| String::from_utf8_lossy(text).into()).collect();
    let (client, pairs) = texts.split_at(texts.len().min(2));
    form(pairs);
    if let [id, secret] = client {
        authentication(id, secret);
    }
}

/// What is decoded is what was put in: the first value of each name, and every one of those that may repeat (P03).
fn form(texts: &[String]) {
    let (mut form, mut expected) = (Form::new(), Vec::<(String, String)>::new());
    for pair in texts.chunks_exact(2) {
        let (name, value) = (pair[0].clone(), pair[1].clone());
        form.push(&name, &value);
        if ["audience", "resource"].contains(&name.as_str()) || !expected.iter().any(|(known, _)| *known == name) {
            expected.push((name, value));
        }
    }
    let endpoint = Endpoint::parse("https://sso.example.com/token").expect("an endpoint");
    let request = form.post_to(&endpoint, Vec::new());
    let body = request.body.expect("a body");
    assert_eq!(decoded(body.expose()), expected);
    assert!(body.same_as(&form.encode()));
}

fn authentication(id: &str, secret: &str) {
    let Ok(id) = ClientId::parse(id) else {
        return assert!(id.is_empty() || id.contains(is_unsafe));
    };
    for method in ClientAuthMethod::ALL {
        let secret_of = || Secret::new(secret.to_owned());
        let mut client = Client::new(id.clone(), method, Some(secret_of()));
        client.key = Some(SigningKey::from_secret(&secret_of()).into());
        let (mut form, mut headers) = (Form::new(), Vec::new());
        client.authenticate(&mut form, &mut headers).expect("there is a secret");
        let body = form.encode();
        let pair = || {
            assert!(body.is_empty() && headers.len() == 1 && headers[0].0 == "Authorization");
            let value = headers[0].1.expose();
            assert!(value.bytes().all(|byte| matches!(byte, b' '..=b'~')), "one line (I03)");
            let pair = STANDARD.decode(value.strip_prefix("Basic ").expect("Basic")).expect("base64");
            let pair = String::from_utf8(pair).expect("UTF-8");
            let (user, password) = pair.split_once(':').expect("a colon");
            (user.to_owned(), password.to_owned())
        };
        let expected = (id.as_str().to_owned(), secret.to_owned());
        match method {
            // The assertion is added when the request is sent.
            ClientAuthMethod::None
            | ClientAuthMethod::Tls
            | ClientAuthMethod::ClientSecretJwt
            | ClientAuthMethod::PrivateKeyJwt => {
                assert_eq!(decoded(body.expose()), [("client_id".to_owned(), expected.0)])
            }
            ClientAuthMethod::Post => {
                let expected = [("client_id".to_owned(), expected.0), ("client_secret".to_owned(), expected.1)];
                assert_eq!(decoded(body.expose()), expected);
            }
            ClientAuthMethod::Basic => {
                let (user, password) = pair();
                assert_eq!((decoded_text(&user), decoded_text(&password)), expected);
            }
            // A colon in an id cannot be sent this way (RFC 7617 §2): everything behind the first is the secret.
            ClientAuthMethod::BasicRaw => {
                let (user, password) = pair();
                assert_eq!(format!("{user}:{password}"), format!("{}:{}", expected.0, expected.1));
                assert!(expected.0.contains(':') || user == expected.0);
            }
        }
    }
}

/// `application/x-www-form-urlencoded`, and only as RFC 6749 Appendix B has it.
fn decoded(body: &str) -> Vec<(String, String)> {
    let pair = |pair: &str| {
        let (name, value) = pair.split_once('=').expect("a name and a value");
        (decoded_text(name), decoded_text(value))
    };
    if body.is_empty() { Vec::new() } else { body.split('&').map(pair).collect() }
}

fn decoded_text(text: &str) -> String {
    let (mut bytes, mut decoded) = (text.bytes(), Vec::new());
    let digit = |byte: Option<u8>| match byte {
        Some(byte @ b'0'..=b'9') => byte - b'0',
        Some(byte @ b'A'..=b'F') => byte - b'A' + 10,
        other => panic!("{other:?} is no digit"),
    };
    while let Some(byte) = bytes.next() {
        decoded.push(match byte {
            b'+' => b' ',
            b'%' => 16 * digit(bytes.next()) + digit(bytes.next()),
            b'*' | b'-' | b'.' | b'_' | b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' => byte,
            other => panic!("{other} stands there as it is"),
        });
    }
    String::from_utf8(decoded).expect("UTF-8")
}
