//! AWS's `credential_process`: AWS SDKs and Tools Reference Guide, "Process credential provider"; and, to have
//! something to answer with, `AssumeRoleWithWebIdentity` of the AWS Security Token Service API Reference, version
//! 2011-06-15.
//!
//! The token goes to the token service and nowhere else, so that it is that to which the profile is bound. Keys are
//! asked for at each call and not kept: the SDKs keep them until they end, and one that is started for a single command
//! is no slower for it than with any other provider. Standard error is shown where the exit code is not 0.
//!
//! JSON is asked for, and XML is read as well: it is what the protocol's model says, and what stand-ins for AWS write.

use anyhow::Result;
use roxmltree::{Document, Node};
use serde::{Deserialize, Serialize};

use super::resolve;
use super::{Failure, json};
use crate::context::Context;
use crate::error::{StsError, Usage};
use crate::oauth::{Endpoint, Foreign, Form, Request, Response, WebOrigin};
use crate::secret::Secret;
use crate::session::SessionError;
use crate::sys::clock::UnixTime;

const VERSION: &str = "2011-06-15";

/// More nodes than an answer has, by far.
const NODES: u32 = 1000;

/// Asks the token service for keys, and prints them.
///
/// # Errors
/// Whatever kept it from a token or from keys.
pub fn run(role: &str, session: &str, endpoint: &str, context: &Context) -> Result<(), Failure> {
    let endpoint = Endpoint::parse(endpoint).map_err(Usage::HelperAddress)?;
    let origin = WebOrigin::of_url(endpoint.as_str()).map_err(Usage::HelperAddress)?;
    check(role, session)?;
    let chosen = resolve::choose(&[origin], context)?;
    let credential = resolve::serve(&chosen, context)?;
    let settings = context.settings_for(&chosen, context.inputs())?;
    let world = context.world(&settings)?;
    let response = world.transport().send(&request(role, session, &endpoint, &credential.token));
    let keys = read(&response.map_err(SessionError::Transport)?)?;
    Ok(context.terminal.print(&answer(&keys)?)?)
}

/// Lets pass what can be the name of a role and of a session (API reference, "Request Parameters").
///
/// # Errors
/// [`Usage::HelperOption`]
pub fn check(role: &str, session: &str) -> Result<(), Usage> {
    let is_role =
        role.starts_with("arn:") && (20..=2048).contains(&role.len()) && role.bytes().all(|b| b.is_ascii_graphic());
    let is_of_a_name = |c: char| c.is_ascii_alphanumeric() || "_+=,.@-".contains(c);
    let is_session = (2..=64).contains(&session.len()) && session.chars().all(is_of_a_name);
    if !is_role {
        Err(Usage::HelperOption { option: "--role-arn", expected: "a role's name, arn:aws:iam::ACCOUNT:role/NAME" })
    } else if !is_session {
        let expected = "2 to 64 letters, digits and any of _+=,.@-";
        Err(Usage::HelperOption { option: "--session-name", expected })
    } else {
        Ok(())
    }
}

/// The request, which is not signed: the token vouches for it.
#[must_use]
pub fn request(role: &str, session: &str, endpoint: &Endpoint, token: &Secret) -> Request {
    let mut form = Form::new();
    for (name, value) in [
        ("Action", "AssumeRoleWithWebIdentity"),
        ("Version", VERSION),
        ("RoleArn", role),
        ("RoleSessionName", session),
        ("WebIdentityToken", token.expose()),
    ] {
        form.push(name, value);
    }
    form.post_to(endpoint, Vec::new())
}

/// The keys of a session of a role.
#[derive(Debug)]
pub struct Keys {
    id: Secret,
    key: Secret,
    token: Secret,
    expires_at: UnixTime,
}

/// Reads an answer.
///
/// # Errors
/// [`StsError`]
pub fn read(response: &Response) -> Result<Keys, StsError> {
    let status = response.status;
    let text = std::str::from_utf8(&response.body).unwrap_or_default().trim_start_matches('\u{feff}').trim_ascii();
    match status {
        200..300 => {
            let keys = if text.starts_with('<') { keys_in_xml(text) } else { keys_in_json(text) };
            keys.filter(Keys::are_texts).ok_or(StsError::Unreadable)
        }
        300..400 => Err(StsError::Moved { status }),
        429 | 500.. => Err(StsError::ServerFailed { status }),
        _ => {
            let code = if text.starts_with('<') { code_in_xml(text) } else { code_in_json(text) };
            // Of what a server may make up only what is like its documented codes is shown (U07).
            let is_code = |code: &String| {
                (1..=64).contains(&code.len()) && code.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b'.')
            };
            Err(StsError::Refused { status, code: code.filter(is_code).map(Foreign::new) })
        }
    }
}

impl Keys {
    fn are_texts(&self) -> bool {
        let is_text = |text: &&Secret| !text.is_empty() && text.expose().bytes().all(|byte| byte.is_ascii_graphic());
        [&self.id, &self.key, &self.token].iter().all(is_text)
    }
}

fn keys_in_json(text: &str) -> Option<Keys> {
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Answer {
        assume_role_with_web_identity_response: Answered,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Answered {
        assume_role_with_web_identity_result: Outcome,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Outcome {
        credentials: Credentials,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Credentials {
        access_key_id: Secret,
        secret_access_key: Secret,
        session_token: Secret,
        expiration: Time,
    }
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Time {
        Seconds(f64),
        Text(String),
    }
    let answer: Answer = serde_json::from_str(text).ok()?;
    let found = answer.assume_role_with_web_identity_response.assume_role_with_web_identity_result.credentials;
    let expires_at = match found.expiration {
        Time::Seconds(seconds) => whole(seconds)?,
        Time::Text(text) => time(&text)?,
    };
    Some(Keys { id: found.access_key_id, key: found.secret_access_key, token: found.session_token, expires_at })
}

fn keys_in_xml(text: &str) -> Option<Keys> {
    let document = parse(text)?;
    let credentials = ["AssumeRoleWithWebIdentityResult", "Credentials"]
        .iter()
        .try_fold(document.root_element(), |node, name| child(node, name))?;
    let secret = |name| Some(Secret::new(inner(credentials, name)?.to_owned()));
    Some(Keys {
        id: secret("AccessKeyId")?,
        key: secret("SecretAccessKey")?,
        token: secret("SessionToken")?,
        expires_at: time(inner(credentials, "Expiration")?)?,
    })
}

fn code_in_json(text: &str) -> Option<String> {
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Answer {
        error: Refused,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Refused {
        code: String,
    }
    serde_json::from_str::<Answer>(text).ok().map(|answer| answer.error.code)
}

fn code_in_xml(text: &str) -> Option<String> {
    let document = parse(text)?;
    inner(child(document.root_element(), "Error")?, "Code").map(str::to_owned)
}

/// Without a document type: entities are nobody's to define here, and nothing is looked up.
fn parse(text: &str) -> Option<Document<'_>> {
    let options = roxmltree::ParsingOptions { allow_dtd: false, nodes_limit: NODES, ..Default::default() };
    Document::parse_with_options(text, options).ok()
}

/// In whatever namespace: AWS's own has the version in its name, and others leave it out.
fn child<'a, 'i>(node: Node<'a, 'i>, name: &str) -> Option<Node<'a, 'i>> {
    node.children().find(|child| child.is_element() && child.tag_name().name() == name)
}

fn inner<'a>(node: Node<'a, '_>, name: &str) -> Option<&'a str> {
    child(node, name)?.text().map(str::trim_ascii)
}

fn time(text: &str) -> Option<UnixTime> {
    text.parse::<jiff::Timestamp>().ok().map(|time| UnixTime(time.as_second()))
}

/// Seconds as they stand in JSON, where AWS writes them with a fraction or an exponent.
fn whole(seconds: f64) -> Option<UnixTime> {
    // Up to 2^53 each is a number of its own.
    const END: f64 = 9_007_199_254_740_992.0;
    #[expect(clippy::cast_possible_truncation, reason = "the range was looked at")]
    (0.0..END).contains(&seconds).then_some(UnixTime(seconds as i64))
}

/// What an SDK reads. Without `Expiration` it would keep the keys for ever.
///
/// # Errors
/// [`StsError::Unreadable`] where they end in no year that can be written.
pub fn answer(keys: &Keys) -> Result<Secret> {
    #[derive(Serialize)]
    #[serde(rename_all = "PascalCase")]
    struct Answer<'a> {
        version: u8,
        access_key_id: &'a str,
        secret_access_key: &'a str,
        session_token: &'a str,
        expiration: String,
    }
    json(&Answer {
        version: 1,
        access_key_id: keys.id.expose(),
        secret_access_key: keys.key.expose(),
        session_token: keys.token.expose(),
        expiration: keys.expires_at.rfc3339().ok_or(StsError::Unreadable)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROLE: &str = "arn:aws:iam::123456789012:role/deploy";

    const JSON: &str = r#"{"AssumeRoleWithWebIdentityResponse":{"AssumeRoleWithWebIdentityResult":{"Audience":"tok",
        "Credentials":{"AccessKeyId":"ASIA1","Expiration":1.7723703E9,"SecretAccessKey":"s/k+","SessionToken":"st=="},
        "PackedPolicySize":null},"ResponseMetadata":{"RequestId":"r"}}}"#;

    const XML: &str = r#"<?xml version="1.0"?>
<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
  <AssumeRoleWithWebIdentityResult>
    <Audience>tok</Audience>
    <Credentials>
      <SessionToken>st==</SessionToken><SecretAccessKey>s/k+</SecretAccessKey>
      <Expiration>2026-03-01T13:05:00.250Z</Expiration><AccessKeyId>ASIA1</AccessKeyId>
    </Credentials>
  </AssumeRoleWithWebIdentityResult>
</AssumeRoleWithWebIdentityResponse>"#;

    fn of(status: u16, body: &str) -> Result<String, StsError> {
        let response = Response { status, body: body.as_bytes().to_vec().into(), ..Response::default() };
        read(&response).map(|keys| answer(&keys).unwrap().expose().to_owned())
    }

    #[test]
    fn keys_come_in_json_and_in_xml() {
        let said = "{\"Version\":1,\"AccessKeyId\":\"ASIA1\",\"SecretAccessKey\":\"s/k+\",\"SessionToken\":\"st==\",\
                    \"Expiration\":\"2026-03-01T13:05:00Z\"}";
        assert_eq!(of(200, JSON).unwrap(), said);
        assert_eq!(of(200, &JSON.replace("1.7723703E9", "1772370300")).unwrap(), said);
        assert_eq!(of(200, &JSON.replace("1.7723703E9", "\"2026-03-01T13:05:00Z\"")).unwrap(), said);
        assert_eq!(of(200, XML).unwrap(), said);
        assert_eq!(of(200, &XML.replace(" xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"", "")).unwrap(), said);
    }

    #[test]
    fn what_holds_no_keys_is_told_without_a_word_of_it() {
        let doctype = XML.replace("?>", "?><!DOCTYPE x [<!ENTITY e 'ASIA1'>]>");
        for body in [
            "",
            "canary",
            "{}",
            "<canary/>",
            "<canary",
            &doctype,
            &JSON.replace("ASIA1", ""),
            &JSON.replace("st==", "a\\nb"),
            &JSON.replace("1.7723703E9", "-1"),
            &JSON.replace("1.7723703E9", "1e999"),
            &JSON.replace("1.7723703E9", "\"soon\""),
            &JSON.replace("SessionToken", "Token"),
            &XML.replace("ASIA1", "AS IA"),
            &XML.replace("ASIA1", "<b>ASIA1</b>"),
            &XML.replace("2026-", "x"),
            &XML.replace("Credentials>", "Keys>"),
            &"<a>".repeat(100_000),
            &format!("<a>{}</a>", "<b/>".repeat(2000)),
            &"[".repeat(100_000),
        ] {
            let error = of(200, body).unwrap_err();
            assert!(matches!(error, StsError::Unreadable), "{body:.80}");
        }
        let far = Keys { expires_at: UnixTime(1 << 50), ..read_keys() };
        assert!(answer(&far).is_err());
    }

    fn read_keys() -> Keys {
        read(&Response { status: 200, body: JSON.as_bytes().to_vec().into(), ..Response::default() }).unwrap()
    }

    #[test] // U07
    fn a_refusal_has_its_code_and_nothing_else() {
        let xml = |code: &str| {
            format!("<ErrorResponse><Error><Code>{code}</Code><Message>canary</Message></Error></ErrorResponse>")
        };
        let json = |code: &str| {
            format!(r#"{{"Error":{{"Code":"{code}","Message":"canary","Type":"Sender"}},"RequestId":"r"}}"#)
        };
        for body in [xml("InvalidIdentityToken"), json("InvalidIdentityToken")] {
            let said = of(400, &body).unwrap_err().to_string();
            assert_eq!(said, "the security token service refused the token: InvalidIdentityToken (HTTP 400)");
        }
        for body in [
            xml("canary-1"),
            xml(""),
            json("eyJhbGci0"),
            json(&"a".repeat(65)),
            xml("<b>canary</b>"),
            "canary".into(),
            String::new(),
            "<a".into(),
        ] {
            let said = of(403, &body).unwrap_err().to_string();
            assert_eq!(said, "the security token service refused the token (HTTP 403)", "{body:.80}");
        }
        assert!(matches!(of(302, &json("x")), Err(StsError::Moved { status: 302 })));
        for status in [429, 500, 503] {
            assert!(matches!(of(status, JSON), Err(StsError::ServerFailed { .. })), "{status}");
        }
    }

    #[test]
    fn names_are_those_that_aws_has() {
        assert!(check(ROLE, "tok").is_ok() && check(ROLE, "ada@example.com").is_ok());
        for session in ["", "t", "a b", "a/b", "a\nb", "\u{e9}\u{e9}", &"a".repeat(65)] {
            assert!(check(ROLE, session).is_err(), "{session:?}");
        }
        for role in
            ["", "deploy", "arn:aws:iam", "arn:aws:iam::123456789012:role/\n", "arn:aws:iam::123456789012:role/a b"]
        {
            assert!(check(role, "tok").is_err(), "{role:?}");
        }
    }

    #[test]
    fn the_token_is_in_the_body_alone() {
        let endpoint = Endpoint::parse("https://sts.example.com/").unwrap();
        let request = request(ROLE, "a+b", &endpoint, &Secret::new("t0k3n".into()));
        assert_eq!(request.url.as_str(), "https://sts.example.com/");
        assert_eq!(
            request.body.unwrap().expose(),
            "Action=AssumeRoleWithWebIdentity&Version=2011-06-15\
             &RoleArn=arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2Fdeploy&RoleSessionName=a%2Bb&WebIdentityToken=t0k3n"
        );
    }
}
