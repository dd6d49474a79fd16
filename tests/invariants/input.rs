//! An answer of a server from an input:
//!
//! ```text
//! 400
//! content-type: application/json
//!
//! {"error":"invalid_grant"}
//! ```
//!
//! The body stands there as it comes, or is built: from lines `=NAME KIND VALUE`, so that the input need not be JSON in
//! order to get beyond the parser. `KIND` is `"` for a text, `#` for a number, `[` for a list of texts, `{` for an object
//! of texts; `@` and `?`, in members that are addresses, for a text in which the [`CANARY`] stands as the password and as
//! the query of an URL.

use serde_json::{Value, json};
use tok::oauth::Response;

/// A secret: what is built has it where a server puts tokens and passwords. No part of it is in a word or a number that
/// our own messages have.
pub const CANARY: &str = "canary-abcdefghij";

/// The members whose texts are secrets.
const TOKENS: [&str; 3] = ["access_token", "refresh_token", "id_token"];

/// An answer, and whether its body was built and has the canary nowhere else than said above.
pub struct Answer {
    pub response: Response,
    pub built: bool,
}

pub fn answer(input: &[u8]) -> Answer {
    let (head, body) = split(input, b"\n\n");
    let head = String::from_utf8_lossy(head);
    let mut lines = head.lines();
    let status = lines.next().and_then(|line| line.parse().ok()).filter(|status| (100..1000).contains(status));
    let header = |line: &str| {
        let (name, value) = line.split_once(": ")?;
        // The transport leaves out the others.
        let visible = value.bytes().all(|byte| matches!(byte, b' '..=b'~'));
        visible.then(|| (name.to_ascii_lowercase(), value.to_owned()))
    };
    let lines_of_members = body.starts_with(b"=");
    let built = lines_of_members && !String::from_utf8_lossy(input).contains(CANARY);
    let body = if lines_of_members { build(&String::from_utf8_lossy(body)).into_bytes() } else { body.to_vec() };
    let headers = lines.filter_map(header).collect();
    Answer {
        response: Response { status: status.unwrap_or(200), headers, body: body.into(), ..Response::default() },
        built,
    }
}

/// What stands before and behind the first `mark`.
pub fn split<'a>(input: &'a [u8], mark: &[u8]) -> (&'a [u8], &'a [u8]) {
    match input.windows(mark.len()).position(|window| window == mark) {
        Some(start) => (&input[..start], &input[start + mark.len()..]),
        None => (input, b""),
    }
}

/// The body as an independent parser sees it, where it can.
pub fn parsed(response: &Response) -> Option<Value> {
    let body = response.body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&response.body);
    serde_json::from_slice(body).ok()
}

/// Whether a body repeats none of these members, as far as that can be seen without a parser.
pub fn repeats_none(response: &Response, members: &[&str]) -> bool {
    let body = String::from_utf8_lossy(&response.body);
    !body.contains('\\') && members.iter().all(|name| body.matches(&format!("\"{name}\"")).count() <= 1)
}

fn build(lines: &str) -> String {
    let members: Vec<String> = lines.lines().filter_map(member).collect();
    format!("{{{}}}", members.join(","))
}

fn member(line: &str) -> Option<String> {
    let (name, value) = line.strip_prefix('=')?.split_once(' ')?;
    let mut characters = value.chars();
    let kind = characters.next()?;
    let rest = characters.as_str();
    let is_address = name == "issuer" || name == "jwks_uri" || name.ends_with("_endpoint");
    let words = || rest.split(' ').collect::<Vec<_>>();
    let value = match kind {
        '"' if TOKENS.contains(&name) && !rest.is_empty() => json!(format!("{rest}{CANARY}")).to_string(),
        '"' => json!(rest).to_string(),
        '#' if rest.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E')) => {
            rest.to_owned()
        }
        '[' => json!(words()).to_string(),
        '{' => {
            let pairs = words().into_iter().map(|word| word.split_once('=').unwrap_or((word, "")));
            Value::from_iter(pairs).to_string()
        }
        '@' if is_address => json!(format!("https://u:{CANARY}@{rest}")).to_string(),
        '?' if is_address => json!(format!("{rest}?{CANARY}")).to_string(),
        _ => value.to_owned(),
    };
    Some(format!("{}:{value}", json!(name)))
}
