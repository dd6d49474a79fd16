use super::*;
use crate::oauth::{Client, ClientAuthMethod, ClientId, Scopes};

fn secret(text: &str) -> Secret {
    Secret::new(text.to_owned())
}

fn fresh() -> Fresh {
    let mut random = [0; RANDOM_BYTES];
    random.iter_mut().zip(0..).for_each(|(byte, n)| *byte = n);
    Fresh::new(&random)
}

#[test] // P16
fn the_vector_of_rfc_7636_appendix_b() {
    let octets = [
        116, 24, 223, 180, 151, 153, 224, 37, 79, 250, 96, 125, 216, 173, 187, 186, 22, 212, 37, 77, 105, 214, 191,
        240, 91, 88, 5, 88, 83, 132, 141, 121,
    ];
    let mut random = [0; RANDOM_BYTES];
    random[..32].copy_from_slice(&octets);
    let fresh = Fresh::new(&random);
    assert_eq!(fresh.verifier.expose(), "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
    assert_eq!(challenge(&fresh.verifier), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
}

#[test] // P16
fn every_random_byte_counts_and_no_two_values_share_any() {
    let of = |fresh: &Fresh| [&fresh.verifier, &fresh.state, &fresh.nonce].map(|text| text.expose().to_owned());
    let base = of(&Fresh::new(&[0; RANDOM_BYTES]));
    for at in 0..RANDOM_BYTES {
        let mut random = [0; RANDOM_BYTES];
        random[at] = 1;
        let changed: Vec<usize> = (0..3).filter(|part| of(&Fresh::new(&random))[*part] != base[*part]).collect();
        assert_eq!(changed, [at / 32], "{at}");
    }
    assert!(base.iter().all(|text| text.len() == 43));
    assert!(!format!("{:?}", fresh()).contains(fresh().verifier.expose()));
}

/// Runs with a request that asks for much.
fn with_request<T>(scopes: &str, secret: Option<Secret>, look: impl FnOnce(&AuthorizationRequest<'_>) -> T) -> T {
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let endpoint = Endpoint::parse("https://h/authorize?tenant=a%20b").unwrap();
    let token = Endpoint::parse("https://h/token").unwrap();
    let method = if secret.is_some() { ClientAuthMethod::Basic } else { ClientAuthMethod::None };
    let client = Client::new(ClientId::parse("c d").unwrap(), method, secret);
    let (fresh, scopes) = (fresh(), Scopes::parse(scopes).unwrap());
    let extra = [pair("prompt", "consent"), pair("state", "evil"), pair("response_mode", "form_post")];
    let asked = TokenRequest {
        endpoint: &token,
        client: &client,
        scopes: &scopes,
        audience: &["api".to_owned()],
        resource: &["https://r1/".to_owned(), "https://r2/".to_owned()],
        extra: &extra,
    };
    let redirect_uri = "http://127.0.0.1:9/callback";
    look(&AuthorizationRequest { endpoint: &endpoint, asked, redirect_uri, fresh: &fresh })
}

#[test] // P16, P05
fn the_address_that_a_browser_opens() {
    let url = with_request("openid a", Some(secret("canary")), |request| request.url().as_str().to_owned());
    assert_eq!(
        url,
        "https://h/authorize?tenant=a%20b&response_type=code&client_id=c+d&redirect_uri=http%3A%2F%2F127.0.0.1%3A9%2Fcallback\
         &state=ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8\
         &code_challenge=e5A31f-Tw-Dfy2kjaP31nt77Sq9xFPcSSYONRXRFqUg&code_challenge_method=S256\
         &nonce=QEFCQ0RFRkdISUpLTE1OT1BRUlNUVVZXWFlaW1xdXl8&scope=openid+a&audience=api\
         &resource=https%3A%2F%2Fr1%2F&resource=https%3A%2F%2Fr2%2F&prompt=consent"
            .replace("e5A31f-Tw-Dfy2kjaP31nt77Sq9xFPcSSYONRXRFqUg", &challenge(&fresh().verifier))
    );
    assert!(!url.contains(fresh().verifier.expose()));
    let plain = with_request("a", None, |request| request.url().as_str().to_owned());
    assert!(!plain.contains("nonce"), "{plain}");
}

#[test] // P16, P05
fn a_request_sent_ahead_authenticates_and_leaves_its_name_in_the_address() {
    let par = Endpoint::parse("https://h/par").unwrap();
    let (request, url) = with_request("openid", Some(secret("s")), |request| {
        let pushed = Pushed { request_uri: "urn:x:1&2".into(), expires_in: None };
        (request.push(&par).unwrap(), request.url_of(&pushed))
    });
    assert_eq!(request.url, par);
    assert!(request.headers.iter().any(|(name, _)| *name == "Authorization"));
    let body = request.body.as_ref().unwrap().expose();
    assert!(body.starts_with("response_type=code&client_id=c+d&redirect_uri="), "{body}");
    assert!(body.contains("&code_challenge_method=S256&nonce=") && body.contains("&prompt=consent"), "{body}");
    assert_eq!(url.as_str(), "https://h/authorize?tenant=a%20b&client_id=c+d&request_uri=urn%3Ax%3A1%262");
    let body = with_request("a", None, |request| request.push(&par).unwrap().body.unwrap());
    assert_eq!(body.expose().matches("client_id=").count(), 1, "{}", body.expose());
}

fn answer(status: u16, content_type: &str, body: &str) -> Response {
    let headers = vec![("content-type".to_owned(), content_type.to_owned())];
    Response { status, headers, body: body.as_bytes().to_vec().into(), ..Response::default() }
}

#[test] // P16
fn the_answer_to_a_request_sent_ahead() {
    for (status, body, expires_in) in [
        (201, r#"{"request_uri":"urn:x","expires_in":60,"more":1}"#, Some(60)),
        (200, r#"{"request_uri":"urn:x"}"#, None),
    ] {
        let pushed = read_pushed(&answer(status, "application/json", body)).unwrap();
        assert_eq!(pushed, Pushed { request_uri: "urn:x".into(), expires_in });
    }
    let error = |status, kind, body| read_pushed(&answer(status, kind, body)).unwrap_err();
    let json = "application/json";
    for (answer, shown) in [
        (error(201, json, "{}"), "the server's answer cannot be used (HTTP 201): it has no \"request_uri\""),
        (
            error(201, json, r#"{"request_uri":7}"#),
            "the server's answer cannot be used (HTTP 201): its \"request_uri\" is not a text",
        ),
        (
            error(201, json, r#"{"request_uri":"a","request_uri":"b"}"#),
            "the server's answer cannot be used (HTTP 201): it has \"request_uri\" more than once",
        ),
        (error(200, "text/html", "<p>"), "nothing at this address takes authorization requests (HTTP 200)"),
        (error(404, "text/html", "<p>"), "nothing at this address takes authorization requests (HTTP 404)"),
        (
            error(400, json, r#"{"error":"invalid_request","error_description":"no\u001b"}"#),
            "the server refused the request (HTTP 400): invalid_request: no\\u{1b}",
        ),
        (
            error(200, json, r#"{"error":"invalid_client"}"#),
            "the server refused the request (HTTP 200): invalid_client",
        ),
        (error(302, "", ""), "the server answered with a redirect (HTTP 302)"),
        (error(503, "", ""), "the server cannot answer now (HTTP 503)"),
    ] {
        assert_eq!(answer.to_string(), shown);
    }
}

#[test] // U07
fn what_was_sent_ahead_is_not_repeated() {
    let refused = answer(401, "application/json", r#"{"error":"x","error_description":"secret canary-1 is wrong"}"#);
    let shown = read_pushed(&refused).unwrap_err().redacted(&[&secret("canary-1")]).to_string();
    assert_eq!(shown, "the server refused the request (HTTP 401): x: secret [...] is wrong");
    let mut moved = answer(302, "", "");
    moved.headers.push(("location".into(), "/login/canary-1".into()));
    let shown = read_pushed(&moved).unwrap_err().redacted(&[&secret("canary-1")]).to_string();
    assert_eq!(shown, "the server answered with a redirect (HTTP 302) to /login/[...]");
}

fn read(query: &str, issuer: Option<&str>, names_itself: bool) -> Result<String, AuthorizationError> {
    let issuer = issuer.map(|issuer| Issuer::parse(issuer).unwrap());
    let expected = Expected { state: secret("st+1"), issuer, names_itself };
    read_redirect(&secret(query), &expected).map(|code| code.expose().to_owned())
}

#[test] // P16
fn the_code_of_a_redirect_with_the_right_state() {
    assert_eq!(read("code=a%2Bb+c&state=st%2B1&session_state=x", None, false), Ok("a+b c".into()));
    assert_eq!(read("state=st%2B1&code=", None, false), Err(AuthorizationError::NoCode));
    for query in [
        "",
        "code=x",
        "code=x&state=",
        "code=x&state=st",
        "code=x&state=st%2B2",
        "code=x&state=st+1",
        "code=x&state=st%2B1&state=st%2B1",
        "error=access_denied",
        "code=x&code=y&state=other",
    ] {
        assert_eq!(read(query, None, false), Err(AuthorizationError::OtherState), "{query}");
    }
}

#[test] // P16
fn a_repeated_parameter_is_refused() {
    for (query, name) in [
        ("code=x&code=x", "code"),
        ("code=x&c%6Fde=y", "code"),
        ("error=a&error=b", "error"),
        ("code=x&iss=https://h&iss=https://h", "iss"),
        ("error=a&error_description=b&error_description=c", "error_description"),
    ] {
        let read = read(&format!("{query}&state=st%2B1"), Some("https://h"), true);
        assert_eq!(read, Err(AuthorizationError::Repeated(name)), "{query}");
    }
}

#[test] // P16
fn the_issuer_is_compared_to_the_byte_and_demanded_where_it_was_promised() {
    let with = |iss: &str, names_itself| read(&format!("code=x&state=st%2B1{iss}"), Some("https://h/r"), names_itself);
    for names_itself in [true, false] {
        assert_eq!(with("&iss=https%3A%2F%2Fh%2Fr", names_itself), Ok("x".into()));
        for other in ["https://h/r/", "https://H/r", "https://h:443/r", "https://evil"] {
            let refused = AuthorizationError::OtherIssuer(Foreign::new(other));
            assert_eq!(with(&format!("&iss={other}"), names_itself), Err(refused));
        }
    }
    assert_eq!(with("", false), Ok("x".into()));
    assert_eq!(with("", true), Err(AuthorizationError::NoIssuer));
    // An error is believed from the right server only, too.
    assert_eq!(read("error=access_denied&state=st%2B1", Some("https://h"), true), Err(AuthorizationError::NoIssuer));
    assert_eq!(read("code=x&state=st%2B1&iss=https://evil", None, true), Ok("x".into()), "nothing to compare with");
}

#[test] // U01
fn a_refusal_is_shown_escaped() {
    let refused = read("error=access_denied&error_description=no%1B%5B2J&error_uri=u&state=st%2B1", None, false);
    let error = refused.unwrap_err();
    assert!(matches!(&error, AuthorizationError::Refused(error) if error.code == ErrorCode::AccessDenied));
    assert_eq!(error.to_string(), "the server refused the request: access_denied: no\\u{1b}[2J (u)");
    // A code beside it is not used.
    assert!(read("code=x&error=server_error&state=st%2B1", None, false).is_err());
}

#[test] // P16
fn what_a_person_may_paste() {
    for text in [
        "http://127.0.0.1:9/callback?code=a%2Bb&state=st%2B1",
        "  127.0.0.1:9/callback?code=a%2Bb&state=st%2B1#_=_\t",
        "?code=a%2Bb&state=st%2B1",
        "code=a%2Bb&state=st%2B1",
        "code=a%2Bb&state=st%2B1#",
        "a+b#st+1",
    ] {
        assert_eq!(read(pasted(&secret(text)).expose(), None, false), Ok("a+b".into()), "{text}");
    }
    assert_eq!(read(pasted(&secret("a==#st+1")).expose(), None, false), Ok("a==".into()));
    for text in ["", "a+b", "http://127.0.0.1:9/callback", "a+b#st+2", "#", "?"] {
        assert_eq!(read(pasted(&secret(text)).expose(), None, false), Err(AuthorizationError::OtherState), "{text}");
    }
}

#[test] // P16
fn the_nonce_of_an_id_token() {
    let token = |claims: &str| secret(&format!("e30.{}.sig", URL_SAFE_NO_PAD.encode(claims)));
    let check = |token: &Secret| check_nonce(token, &secret("n-1"));
    assert_eq!(check(&token(r#"{"sub":"ada","nonce":"n-1"}"#)), Ok(()));
    for claims in ["{}", r#"{"nonce":"n-2"}"#, r#"{"nonce":""}"#, r#"{"nonce":["n-1"]}"#] {
        assert_eq!(check(&token(claims)), Err(AuthorizationError::OtherNonce), "{claims}");
    }
    for unreadable in ["opaque", "a.b.c.d.e", "a.!.c", "e30.e30"] {
        assert_eq!(check(&secret(unreadable)), Ok(()), "{unreadable}");
    }
}
