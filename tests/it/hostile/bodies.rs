//! The bodies: each with its name, what it is, its type and its bytes.

use super::model::Body;
use crate::transport::sizes::bomb;

/// A body: its name, what it is, its type, its bytes.
pub type Content = (String, Body, &'static str, Vec<u8>);

pub const JSON: &str = "application/json";

pub fn content(name: &str, body: Body, kind: &'static str, bytes: impl Into<Vec<u8>>) -> Content {
    (name.to_owned(), body, kind, bytes.into())
}

pub fn json(name: &str, body: Body, text: impl Into<Vec<u8>>) -> Content {
    content(name, body, JSON, text)
}

pub const TOKENS: &str =
    r#"{"access_token":"@ACCESS@","token_type":"Bearer","expires_in":300,"refresh_token":"@REFRESH@"}"#;

/// Token answers in which one member has another value.
fn with(member: &str, value: &str, body: Body) -> Content {
    let members = [
        ("access_token", "\"@ACCESS@\""),
        ("token_type", "\"Bearer\""),
        ("expires_in", "300"),
        ("refresh_token", "\"@REFRESH@\""),
    ];
    let mut text: Vec<String> =
        members.iter().filter(|(name, _)| *name != member).map(|(name, value)| format!("\"{name}\":{value}")).collect();
    text.push(format!("\"{member}\":{value}"));
    let shown: String = value.escape_debug().take(40).collect();
    json(&format!("{member}: {shown}"), body, format!("{{{}}}", text.join(",")))
}

fn deep(opening: &str, closing: &str) -> String {
    opening.repeat(100_000) + &closing.repeat(100_000)
}

/// What a token endpoint may say when it means well, and what it may make of it.
pub fn token_bodies() -> Vec<Content> {
    use Body::{Good, Useless};
    let mut bodies = vec![
        json("tokens", Good, TOKENS),
        json("tokens behind a byte order mark", Good, format!("\u{feff}{TOKENS}")),
        json("tokens between blanks", Good, format!(" \r\n\t{TOKENS}\n\n")),
        content("tokens as a page", Good, "text/html; charset=utf-8", TOKENS),
        content("tokens of no type", Good, "", TOKENS),
        json("access_token twice", Useless, TOKENS.replacen('{', "{\"access_token\":\"@SECRET@\",", 1)),
        json("refresh_token twice", Useless, TOKENS.replacen('{', "{\"refresh_token\":\"@SECRET@\",", 1)),
        json("an unknown member twice", Good, TOKENS.replacen('{', "{\"x\":1,\"x\":2,", 1)),
        json("an object without members", Useless, "{}"),
        json("members of no meaning", Useless, r#"{"a":"@SECRET@","b":{"access_token":"@SECRET@"}}"#),
    ];
    let nested = deep("[", "]");
    bodies.push(json("tokens beside what nests deep", Good, TOKENS.replacen('{', &format!("{{\"x\":{nested},"), 1)));
    bodies.push(json(
        "tokens beside a long number",
        Good,
        TOKENS.replacen('{', &format!("{{\"x\":{},", "9".repeat(10_000)), 1),
    ));
    for (name, value) in
        [("a number out of range", &b"1e999"[..]), ("half a surrogate pair", br#""\ud800""#), NOT_UTF_8]
    {
        for member in ["x", "scope", "error_description"] {
            let before = [b"{\"", member.as_bytes(), b"\":", value, b","].concat();
            bodies.push(json(
                &format!("tokens beside {name}: {member}"),
                Good,
                [&before, &TOKENS.as_bytes()[1..]].concat(),
            ));
        }
    }
    bodies.extend(token_members());
    bodies
}

/// A text with a byte that is not UTF-8, and what it is called.
const NOT_UTF_8: (&str, &[u8]) = ("a byte that is not UTF-8", b"\"\xff\"");

/// One member after the other with values that it may have, and others.
fn token_members() -> Vec<Content> {
    use Body::{Good, Rotated, Useless};
    let mut bodies = Vec::new();
    for value in [
        "0",
        "-1",
        "1.5",
        "\"3600\"",
        "\"soon\"",
        "null",
        "true",
        "[]",
        "{}",
        "18446744073709551616",
        "1e300",
        "-1e300",
        "1e999",
        "-1e999",
        "[[1e999]]",
        r#""\ud800""#,
    ] {
        bodies.push(with("expires_in", value, Good));
    }
    for value in [
        "\"\"",
        "null",
        "1",
        "[]",
        "{}",
        "true",
        r#""a\u001b[2Jb""#,
        r#""a\nb""#,
        r#""a b""#,
        r#""a\u0000b""#,
        "\"é\"",
        "\"\u{202e}x\"",
    ] {
        bodies.push(with("access_token", value, Rotated));
    }
    bodies.push(with("access_token", &format!("\"{}\"", "t".repeat(65_536)), Good));
    for (value, body) in [
        ("\"bEaReR\"", Good),
        ("null", Good),
        ("\"\"", Good),
        ("\"mac\"", Rotated),
        (r#""N_A""#, Rotated),
        (r#""x\u001b[31m""#, Rotated),
        ("7", Rotated),
    ] {
        bodies.push(with("token_type", value, body));
    }
    for (value, body) in [
        ("\"\"", Good),
        ("null", Good),
        ("7", Useless),
        (r#""a\rb""#, Useless),
        ("\"é\"", Useless),
        (r#""\ud800""#, Useless),
    ] {
        bodies.push(with("refresh_token", value, body));
    }
    for value in ["7", "[\"a\",\"b\"]", "\"a\\u001b b\"", "{}", "\"\"", "\"a  b\""] {
        bodies.push(with("scope", value, Good));
    }
    bodies
}

/// What a well-known address may say.
pub fn metadata_bodies() -> Vec<Content> {
    use Body::{Good, Useless};
    const GOOD: &str = r#"{"issuer":"@BASE@","token_endpoint":"@BASE@/token","revocation_endpoint":"@BASE@/revoke"}"#;
    let mut bodies = vec![
        json("metadata", Good, GOOD),
        content("metadata as a page", Good, "text/html", GOOD),
        json("metadata without revocation", Good, r#"{"issuer":"@BASE@","token_endpoint":"@BASE@/token"}"#),
        json(
            "metadata with bad lists",
            Good,
            GOOD.replacen('{', r#"{"grant_types_supported":7,"scopes_supported":"#, 1)
                .replace(r#""issuer""#, r#"{},"issuer""#),
        ),
        json(
            "metadata beside what cannot be read",
            Good,
            [br#"{"x":1e999,"jwks_uri":"\ud800","grant_types_supported":[1e999,"\ud800"],"#, &GOOD.as_bytes()[1..]]
                .concat(),
        ),
        json("metadata beside what nests deep", Good, GOOD.replacen('{', &format!("{{\"x\":{},", deep("[", "]")), 1)),
        json(
            "metadata that means ill elsewhere",
            Good,
            GOOD.replacen(
                '{',
                r#"{"jwks_uri":"javascript:alert(1)","userinfo_endpoint":"http://a:@SECRET@@ELSEWHERE@","#,
                1,
            ),
        ),
        json("issuer twice", Useless, GOOD.replacen('{', "{\"issuer\":\"@ELSEWHERE@\",", 1)),
        json("token_endpoint twice", Useless, GOOD.replacen('{', "{\"token_endpoint\":\"@ELSEWHERE@/token\",", 1)),
        json("no issuer", Useless, r#"{"token_endpoint":"@ELSEWHERE@/token"}"#),
        json("no token endpoint", Useless, r#"{"issuer":"@BASE@"}"#),
        json("an object without members", Useless, "{}"),
    ];
    for issuer in
        ["@ELSEWHERE@", "@BASE@/", "@BASE@?@SECRET@", "@BASE@\\u001b[2J", "@BASE@\\ud800", "", "HTTP://127.0.0.1"]
    {
        let text = GOOD.replacen("@BASE@", issuer, 1).replace("@BASE@/token", "@ELSEWHERE@/token");
        bodies.push(json(&format!("issuer {issuer}"), Useless, text));
    }
    for issuer in ["7", "null", "[]", "{}"] {
        bodies.push(json(&format!("issuer {issuer}"), Useless, GOOD.replacen("\"@BASE@\"", issuer, 1)));
    }
    for endpoint in [
        "http://sso.example.com/token",
        "ftp://sso.example.com/",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "data:text/plain,x",
        "/token",
        "//127.0.0.1/token",
        "",
        "https://",
        "https://x:@SECRET@@sso.example.com/",
        "@BASE@/token#@SECRET@",
        "\\u001b[2J",
        "http://127.0.0.1.example.com/token",
        "http://127.0.0.1@example.com/token",
        "unix:///run/x",
    ] {
        bodies.push(json(&format!("token_endpoint {endpoint}"), Useless, GOOD.replace("@BASE@/token", endpoint)));
    }
    for endpoint in ["7", "null", "[]", "{}", "true"] {
        bodies.push(json(&format!("token_endpoint {endpoint}"), Useless, GOOD.replace("\"@BASE@/token\"", endpoint)));
    }
    bodies
}

/// What any endpoint may say instead.
pub fn other_bodies() -> Vec<Content> {
    let mut bodies = vec![
        content("nothing", Body::Nothing, "", ""),
        json("nothing, as JSON", Body::Nothing, ""),
        json("blanks", Body::Nothing, " \r\n\t "),
        content("a page", Body::Page, "text/html", "<!doctype html><title>@SECRET@</title>\u{1b}[2J"),
        content("a page in capitals", Body::Page, "TEXT/HTML;charset=x", "<HTML>@SECRET@"),
        json("a page as JSON", Body::Page, "  <html>@SECRET@</html>"),
        content("a page as XHTML", Body::Page, "application/xhtml+xml", "@SECRET@"),
        content("text", Body::Noise, "text/plain", "@SECRET@ \u{1b}]0;x\u{7}\u{9b}31m\u{202e}"),
        json("text as JSON", Body::Noise, "@SECRET@"),
        json("a text", Body::Noise, "\"@SECRET@\""),
        json("a number", Body::Noise, "42"),
        json("null", Body::Noise, "null"),
        json("a list", Body::Noise, "[{\"access_token\":\"@SECRET@\",\"error\":\"invalid_grant\"}]"),
        json("an object that does not end", Body::Noise, "{\"access_token\":\"@SECRET@\""),
        json("an object and more", Body::Noise, format!("{TOKENS}{TOKENS}")),
        json("an object and noise", Body::Noise, format!("{TOKENS}\u{1b}")),
        json("single quotes", Body::Noise, "{'error':'invalid_grant'}"),
        json("half a character", Body::OtherError, "{\"error\":\"\\ud800\",\"access_token\":\"\\udfff\"}"),
        json("a control in a text", Body::Noise, "{\"error\":\"a\u{1b}b\"}"),
        json("no UTF-8", Body::OtherError, b"{\"error\":\"\xff\xfe\"}".to_vec()),
        json("UTF-16", Body::Noise, TOKENS.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>()),
        json("zeros", Body::Noise, vec![0; 1000]),
        json("lists without end", Body::Noise, "[".repeat(500_000)),
        json("objects without end", Body::Noise, "{\"a\":".repeat(100_000)),
        json("a number without end", Body::Noise, "9".repeat(500_000) + "x"),
        json("packed, and nothing says so", Body::Noise, bomb(1000)),
        content("a script", Body::Noise, "text/javascript", "callback({\"access_token\":\"@SECRET@\"})"),
    ];
    bodies.extend(error_bodies());
    bodies
}

/// The codes of RFC 6749 and RFC 7009.
const KNOWN: [&str; 9] = [
    "invalid_grant",
    "invalid_client",
    "invalid_request",
    "invalid_scope",
    "unauthorized_client",
    "unsupported_grant_type",
    "server_error",
    "temporarily_unavailable",
    "unsupported_token_type",
];

/// What an endpoint may say went wrong.
fn error_bodies() -> Vec<Content> {
    let mut bodies = Vec::new();
    for code in KNOWN {
        bodies.push(json(code, Body::Error(code), format!("{{\"error\":\"{code}\"}}")));
    }
    let description = r#"{"error_description":"no\r\n\u001b]0;x\u0007\u009b31m\u202e\ufeff @ECHO@","#;
    let description = format!(r#"{description}"error_uri":"x\u001b[2J:@ECHO@","error":"#);
    bodies.push(json(
        "invalid_grant in colour",
        Body::Error("invalid_grant"),
        format!("{description}\"invalid_grant\"}}"),
    ));
    bodies.push(json(
        "invalid_grant in no Unicode",
        Body::Error("invalid_grant"),
        b"{\"error_description\":\"\xff\\ud800\",\"error\":\"invalid_grant\",\"x\":1e999}",
    ));
    let long = "\\u001b".repeat(10_000);
    bodies.push(json(
        "a long description",
        Body::Error("invalid_request"),
        format!("{{\"error\":\"invalid_request\",\"error_description\":\"{long}\"}}"),
    ));
    for (name, error) in [
        ("an unknown error", r#""x\u001b[2J @ECHO@""#),
        ("an error in other letters", "\"Invalid_Grant\""),
        ("an error that is an object", r#"{"error":"invalid_grant","message":"\u001b @ECHO@"}"#),
        ("an error that is a number", "42"),
        ("an error that is a list", "[\"invalid_grant\"]"),
        ("an error that is true", "true"),
        ("a long error", &format!("\"{}\"", "e".repeat(100_000))),
    ] {
        bodies.push(json(name, Body::OtherError, format!("{description}{error}}}")));
    }
    bodies.push(json("invalid_grant twice", Body::Useless, r#"{"error":"invalid_grant","error":"invalid_grant"}"#));
    bodies
}

/// Errors beside tokens, which make the tokens void.
pub fn torn_bodies() -> Vec<Content> {
    vec![
        json(
            "tokens and an error",
            Body::Error("invalid_grant"),
            TOKENS.replacen('{', "{\"error\":\"invalid_grant\",", 1),
        ),
        json("tokens and an empty error", Body::Good, TOKENS.replacen('{', "{\"error\":\"\",", 1)),
        json("tokens and no error", Body::Good, TOKENS.replacen('{', "{\"error\":null,", 1)),
    ]
}
