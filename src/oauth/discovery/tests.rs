use super::*;

fn issuer(text: &str) -> Issuer {
    Issuer::parse(text).unwrap()
}

fn answer(status: u16, headers: &[(&str, &str)], body: &str) -> Response {
    let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Response { status, headers, body: body.as_bytes().to_vec().into(), ..Response::default() }
}

/// What a document of `https://h/i` with these further members comes to.
fn with(members: &str) -> Result<Metadata, MetadataError> {
    let body = format!(r#"{{"issuer":"https://h/i"{members}}}"#);
    read(&answer(200, &[("content-type", "application/json")], &body), &issuer("https://h/i"))
}

fn shown(endpoint: Option<&Endpoint>) -> &str {
    endpoint.map_or("", Endpoint::as_str)
}

#[test] // P13
fn where_metadata_is_looked_for() {
    for (text, rfc_8414, openid) in [
        ("https://h", "https://h/.well-known/oauth-authorization-server", "https://h/.well-known/openid-configuration"),
        (
            "https://h/",
            "https://h/.well-known/oauth-authorization-server",
            "https://h/.well-known/openid-configuration",
        ),
        (
            "https://example.com/issuer1",
            "https://example.com/.well-known/oauth-authorization-server/issuer1",
            "https://example.com/issuer1/.well-known/openid-configuration",
        ),
        (
            "https://H.example:8443/realms/Main/",
            "https://h.example:8443/.well-known/oauth-authorization-server/realms/Main",
            "https://h.example:8443/realms/Main/.well-known/openid-configuration",
        ),
        (
            "http://127.0.0.1:9/a%20b/%C3%A9",
            "http://127.0.0.1:9/.well-known/oauth-authorization-server/a%20b/%C3%A9",
            "http://127.0.0.1:9/a%20b/%C3%A9/.well-known/openid-configuration",
        ),
    ] {
        let found = well_known(&issuer(text));
        assert_eq!(found.iter().map(Endpoint::as_str).collect::<Vec<_>>(), [rfc_8414, openid], "{text}");
    }
}

#[test]
fn the_request_is_a_plain_get() {
    let request = request(&well_known(&issuer("https://h"))[0]);
    assert_eq!((request.method, request.method.to_string().as_str()), (Method::Get, "GET"));
    assert_eq!(
        request.headers.iter().map(|(name, value)| (*name, value.expose())).collect::<Vec<_>>(),
        [("Accept", "application/json")]
    );
    assert!(request.body.is_none());
}

#[test] // P13
fn a_document_of_rfc_8414() {
    let body = r#"{
      "issuer": "https://server.example.com",
      "authorization_endpoint": "https://server.example.com/authorize",
      "token_endpoint": "https://server.example.com/token",
      "token_endpoint_auth_methods_supported": ["client_secret_basic", "private_key_jwt"],
      "token_endpoint_auth_signing_alg_values_supported": ["RS256", "ES256"],
      "userinfo_endpoint": "https://server.example.com/userinfo",
      "jwks_uri": "https://server.example.com/jwks.json",
      "registration_endpoint": "https://server.example.com/register",
      "scopes_supported": ["openid", "profile"],
      "response_types_supported": ["code", "code token"],
      "service_documentation": "http://server.example.com/service_documentation.html",
      "ui_locales_supported": ["en-US", "en-GB"]
    }"#;
    let metadata = read(&answer(200, &[], body), &issuer("https://server.example.com")).unwrap();
    assert_eq!(metadata.require_token_endpoint().unwrap().as_str(), "https://server.example.com/token");
    assert_eq!(shown(metadata.authorization_endpoint.as_ref()), "https://server.example.com/authorize");
    assert_eq!(shown(metadata.userinfo_endpoint.as_ref()), "https://server.example.com/userinfo");
    assert_eq!(shown(metadata.jwks_uri.as_ref()), "https://server.example.com/jwks.json");
    assert_eq!(metadata.auth_methods.unwrap(), ["client_secret_basic", "private_key_jwt"]);
    assert!(metadata.grant_types.is_none() && metadata.revocation_endpoint.is_none() && metadata.unusable.is_empty());
}

#[test] // P13
fn the_issuer_is_compared_to_the_byte() {
    for (configured, named) in [
        ("https://h/i", "https://h/i/"),
        ("https://h/i/", "https://h/i"),
        ("https://h", "https://h/"),
        ("https://h/", "https://h"),
        ("https://h/i", "https://H/i"),
        ("https://H/i", "https://h/i"),
        ("https://h/i", "https://h/I"),
        ("https://h/i", "https://h:443/i"),
        ("https://h:443/i", "https://h/i"),
        ("https://h:8443/i", "https://h/i"),
        ("https://h/i", "http://h/i"),
        ("https://h/i", "https://h/"),
        ("https://h/i", "https://h/i/x"),
        ("https://h/i", "https://evil.example/i"),
        ("https://h/a%20b", "https://h/a%20B"),
        ("https://h/%c3", "https://h/%C3"),
        ("https://h/i", " https://h/i"),
        ("https://h/i", "https://h/i\u{200b}"),
    ] {
        let body = format!(r#"{{"issuer":"{named}","token_endpoint":"https://h/t"}}"#);
        let error = read(&answer(200, &[], &body), &issuer(configured)).unwrap_err();
        assert_eq!(error, MetadataError::OtherIssuer(Foreign::new(named)), "{configured}");
        let body = format!(r#"{{"issuer":"{configured}","token_endpoint":"https://h/t"}}"#);
        assert_eq!(read(&answer(200, &[], &body), &issuer(configured)).unwrap().issuer.as_str(), configured);
    }
    for body in ["{}", r#"{"issuer":null}"#, r#"{"issuer":""}"#, r#"{"issuer":["https://h/i"]}"#] {
        assert_eq!(read(&answer(200, &[], body), &issuer("https://h/i")).unwrap_err(), MetadataError::NoIssuer);
    }
}

#[test] // P06
fn a_repeated_member_is_rejected() {
    for name in MEMBERS {
        let error = with(&format!(r#","{name}":null,"{name}":null"#)).unwrap_err();
        assert_eq!(error, MetadataError::Unreadable { status: 200, why: Unreadable::Repeated(name) });
    }
}

#[test] // T01 T08
fn downgraded_endpoints_are_not_used() {
    for bad in ["http://h/t", "ftp://h/t", "/t", "https://u:canary@h/t", "https://h/t#canary", "javascript:1"] {
        let error = with(&format!(r#","token_endpoint":"{bad}""#)).unwrap_err();
        assert!(matches!(error, MetadataError::BadEndpoint { member: "token_endpoint", .. }), "{bad}");
        assert!(!error.to_string().contains("canary"), "{error}");
        let others = format!(r#","token_endpoint":"https://h/t","revocation_endpoint":"{bad}","jwks_uri":"{bad}""#);
        let metadata = with(&others).unwrap();
        assert!(metadata.token_endpoint.is_some() && metadata.revocation_endpoint.is_none());
        let members: Vec<_> = metadata.unusable.iter().map(|(member, _)| *member).collect();
        assert_eq!(members, ["revocation_endpoint", "jwks_uri"], "{bad}");
    }
    assert!(with(r#","token_endpoint":"http://127.0.0.1:9/t""#).unwrap().token_endpoint.is_some());
}

#[test]
fn odd_types_count_as_missing() {
    let metadata = with(
        r#","token_endpoint":7,"jwks_uri":[],"grant_types_supported":"password",
           "token_endpoint_auth_methods_supported":["a",1,null,"b"]"#,
    )
    .unwrap();
    assert_eq!(metadata.require_token_endpoint().unwrap_err(), MetadataError::NoTokenEndpoint);
    assert!(metadata.jwks_uri.is_none() && metadata.grant_types.is_none());
    assert_eq!(metadata.auth_methods.unwrap(), ["a", "b"]);
}

#[test]
fn what_is_no_metadata() {
    let of = |status, headers: &[(&str, &str)], body: &str| {
        read(&answer(status, headers, body), &issuer("https://h/i")).unwrap_err()
    };
    for status in [400, 401, 403, 404, 405, 410] {
        assert_eq!(of(status, &[], r#"{"error":"invalid_request"}"#), MetadataError::NotFound { status });
    }
    let html = of(200, &[("content-type", "text/html")], "<!doctype html><p>canary");
    assert_eq!(html, MetadataError::Unreadable { status: 200, why: Unreadable::NotJson });
    assert_eq!(html.to_string(), "the server's metadata cannot be used (HTTP 200): it is not JSON");
    let gzip = of(200, &[("content-encoding", "gzip")], "{}");
    assert_eq!(gzip, MetadataError::Unreadable { status: 200, why: Unreadable::Compressed });
    let moved = of(302, &[("location", "https://u:canary@h/x?canary")], "");
    assert_eq!(moved, MetadataError::Moved { status: 302, to: Some(Foreign::new("https://h/x")) });
    let failed = of(503, &[("retry-after", "5")], "");
    assert_eq!(failed, MetadataError::ServerFailed { status: 503, retry_after: Some(5) });
}

#[test] // U01
fn another_issuer_is_shown_escaped() {
    let error = read(&answer(200, &[], r#"{"issuer":"\u001b[2J"}"#), &issuer("https://h/i")).unwrap_err();
    assert_eq!(error.to_string(), "the server's metadata is that of another issuer: \"\\u{1b}[2J\"");
}

#[test]
fn two_documents_complete_each_other() {
    let mut metadata = with(r#","token_endpoint":"https://h/t1","grant_types_supported":["a"]"#).unwrap();
    metadata.complete_from(
        with(
            r#","token_endpoint":"https://h/t2","revocation_endpoint":"https://h/r","introspection_endpoint":"http://h/i",
               "grant_types_supported":["b"],"token_endpoint_auth_methods_supported":["c"]"#,
        )
        .unwrap(),
    );
    assert_eq!(shown(metadata.token_endpoint.as_ref()), "https://h/t1");
    assert_eq!(shown(metadata.revocation_endpoint.as_ref()), "https://h/r");
    assert_eq!(metadata.grant_types.unwrap(), ["a"]);
    assert_eq!(metadata.auth_methods.unwrap(), ["c"]);
    assert_eq!(metadata.unusable.len(), 1);
}

#[test] // U07
fn another_issuer_is_shown_without_what_an_issuer_may_not_have() {
    for (named, shown) in [
        ("https://ada:canary@h/i", "[...]@h/i"),
        ("https://h/i?canary", "https://h/i?[...]"),
        ("https://h/i#canary", "https://h/i#[...]"),
        ("https://h/i?", "https://h/i?"),
        ("a@canary@h", "[...]@h"),
        ("\u{1b}", "\u{1b}"),
    ] {
        let body = serde_json::json!({ "issuer": named }).to_string();
        let error = read(&answer(200, &[], &body), &issuer("https://h")).unwrap_err();
        assert_eq!(error, MetadataError::OtherIssuer(Foreign::new(shown)));
    }
}

#[test] // P16, T01
fn a_client_with_a_certificate_goes_to_the_addresses_for_such_clients() {
    let body = r#"{"issuer":"https://i","token_endpoint":"https://i/t","revocation_endpoint":"https://i/r",
        "authorization_endpoint":"https://i/a","userinfo_endpoint":"https://i/u",
        "mtls_endpoint_aliases":{"token_endpoint":"https://m/t","userinfo_endpoint":"http://m/u","x":"https://m/x",
        "authorization_endpoint":"https://m/a","introspection_endpoint":"https://m/i","revocation_endpoint":7}}"#;
    let mut found = read(&answer(200, &[], body), &Issuer::parse("https://i").unwrap()).unwrap();
    let text = |endpoint: &Option<Endpoint>| endpoint.as_ref().map(|endpoint| endpoint.as_str().to_owned());
    assert_eq!(text(&found.token_endpoint).as_deref(), Some("https://i/t"));
    found.use_mtls_aliases();
    for (endpoint, expected) in [
        (&found.token_endpoint, "https://m/t"),
        (&found.revocation_endpoint, "https://i/r"),
        (&found.userinfo_endpoint, "https://i/u"),
        (&found.introspection_endpoint, "https://m/i"),
        (&found.authorization_endpoint, "https://i/a"),
    ] {
        assert_eq!(text(endpoint).as_deref(), Some(expected));
    }
}

#[test] // P16
fn what_a_server_promises_of_its_authorization_requests() {
    let of = |more: &str| read(&answer(200, &[], &format!(r#"{{"issuer":"https://h"{more}}}"#)), &issuer("https://h"));
    let promised = |metadata: &Metadata| (metadata.requires_par, metadata.names_itself);
    let (par, iss) = ("require_pushed_authorization_requests", "authorization_response_iss_parameter_supported");
    let plain = of("").unwrap();
    assert_eq!(promised(&plain), (false, false));
    assert_eq!(promised(&of(&format!(r#","{par}":"true","{iss}":1"#)).unwrap()), (false, false));
    assert_eq!(promised(&of(&format!(r#","{par}":false,"{iss}":true"#)).unwrap()), (false, true));
    let mut first = of(&format!(r#","{iss}":true"#)).unwrap();
    first.complete_from(of(&format!(r#","{par}":true"#)).unwrap());
    assert_eq!(promised(&first), (true, true), "one document is enough");
    first.complete_from(plain);
    assert_eq!(promised(&first), (true, true));
}
