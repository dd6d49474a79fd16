//! What a client must tolerate because real servers do it; each test is a row of that list.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::scene::{Scene, toml};
use crate::support::canary::Kind;
use crate::support::codec::base64;
use crate::support::server::setup::{Client, ClientAuth, Rotation};
use crate::support::server::{Answer, Server};

/// Adds a client with the secret that tells the encodings of HTTP Basic apart.
fn awkward_client(scene: &Scene, auth: ClientAuth) -> String {
    let secret = format!("p+w%20d&=:/~{}", crate::support::canary::random_text(12));
    scene.world.canaries().add(Kind::ClientSecret, "client secret", &secret);
    let client = Client { id: "awkward".into(), secret: secret.clone(), auth };
    scene.server.set(|setup| setup.clients.push(client));
    secret
}

/// A token answer of these members, with a new token in it.
fn tokens(scene: &Scene, more: &Value) -> (String, Value) {
    let token = scene.world.canaries().make(Kind::AccessToken);
    let mut answer = json!({ "access_token": token, "token_type": "Bearer", "expires_in": 300 });
    for (name, value) in more.as_object().unwrap() {
        answer[name] = value.clone();
    }
    (token, answer)
}

#[test] // P04, P05
fn row_1_basic_encoded_basic_raw_and_post() {
    for (auth, method) in
        [(ClientAuth::Basic, "basic"), (ClientAuth::BasicRaw, "basic-raw"), (ClientAuth::Post, "post")]
    {
        let scene = Scene::bare();
        let secret = awkward_client(&scene, auth);
        let with = |method: &str| {
            scene
                .direct("token")
                .env("TOK_CLIENT_ID", "awkward")
                .env("TOK_CLIENT_SECRET", &secret)
                .arg("--client-auth")
                .arg(method)
        };
        with(method).run().line();
        let raw = format!("Basic {}", base64(format!("awkward:{secret}").as_bytes()));
        let sent = scene.last_token_request().header("authorization").map(str::to_owned);
        match method {
            "basic" => assert!(sent.is_some_and(|sent| sent != raw)),
            "basic-raw" => assert_eq!(sent, Some(raw)),
            _ => assert_eq!(sent, None),
        }
        // The wrong one is refused, and the hint names the other.
        let wrong = if method == "basic" { "basic-raw" } else { "basic" };
        let output = with(wrong).run().code_is(4);
        assert!(
            output.stderr.contains("invalid_client\nhint: check client-id, client secret and client-auth; basic-raw")
        );
    }
}

#[test] // P11, U01, U07
fn row_2_errors_in_every_form() {
    let scene = Scene::bare();
    let refused = "the server refused the request";
    for (answer, code, why) in [
        (Answer::empty(400), 4, format!("{refused} without giving a reason (HTTP 400)")),
        (Answer::empty(403), 4, format!("{refused} without giving a reason (HTTP 403)")),
        (Answer::empty(500), 5, "the server cannot answer now (HTTP 500)".into()),
        (Answer::html(404), 2, "there is no token endpoint at this address (HTTP 404)".into()),
        (Answer::html(405), 2, "what is at this address takes no POST (HTTP 405)".into()),
        (Answer::html(500), 5, "the server cannot answer now (HTTP 500)".into()),
        (Answer::new(400, "text/plain", "bad request"), 4, format!("{refused} without giving a reason (HTTP 400)")),
        (Answer::new(502, "text/plain", "bad gateway"), 5, "the server cannot answer now (HTTP 502)".into()),
        (
            Answer::json(400, json!({ "error": { "code": 17, "message": "no luck", "type": "OAuthException" } })),
            4,
            format!("{refused} (HTTP 400): OAuthException: no luck"),
        ),
        (Answer::json(400, json!({ "error": {} })), 4, format!("{refused} (HTTP 400): error without a name")),
        (Answer::error(400, "invalid_grant"), 4, format!("{refused} (HTTP 400): invalid_grant")),
        (
            Answer::json(
                400,
                json!({ "error": "invalid_request", "error_description": "SELECT *\nFROM users\u{1b}[2J" }),
            ),
            4,
            format!("{refused} (HTTP 400): invalid_request: SELECT *\\u{{a}}FROM users\\u{{1b}}[2J"),
        ),
    ] {
        scene.server.fail_tokens(1, &answer);
        let output = scene.direct("token").run().code_is(code);
        assert!(output.stderr.contains(&format!("caused by: {why}\n")), "{why}: {}", output.stderr);
        assert!(output.stdout.is_empty() && !output.stderr.contains('\u{1b}') && !output.stderr.contains("doctype"));
    }
}

#[test] // U07
fn row_2_a_description_that_quotes_what_was_sent() {
    let scene = Scene::bare();
    let password = scene.server.password("ada");
    let part: String = password.chars().take(12).collect();
    let text = format!("no user 'ada' with '{password}' (tried {part}...)");
    scene.server.fail_tokens(1, &Answer::json(400, json!({ "error": "invalid_grant", "error_description": text })));
    let output = scene.direct("token").run().code_is(4);
    assert!(output.stderr.contains("no user 'ada' with '[...]' (tried [...]...)\n"), "{}", output.stderr);

    let scene = Scene::logged_in();
    let token = scene.server.realm(|realm| realm.latest_refresh().unwrap().to_owned());
    let text = format!("token {}... of ada is no good", &token[..16]);
    scene.server.fail_tokens(1, &Answer::json(400, json!({ "error": "invalid_grant", "error_description": text })));
    let output = scene.tok("refresh").run().code_is(3);
    assert!(output.stderr.contains("token [...]... of ada is no good\n"), "{}", output.stderr);
}

#[test] // P11, H03
fn row_3_a_wrong_password() {
    let scene = Scene::bare();
    for (answer, why, hint) in [
        (Answer::error(400, "invalid_grant"), " (HTTP 400): invalid_grant", "check user name and password"),
        (
            Answer::error(400, "invalid_request"),
            " (HTTP 400): invalid_request",
            "check user name and password, client-id and client-auth; some servers do not say which is wrong",
        ),
        (
            Answer::empty(403),
            " without giving a reason (HTTP 403)",
            "check user name and password, client-id and client-auth; some servers do not say which is wrong",
        ),
        (
            Answer::html(401),
            " without giving a reason (HTTP 401)",
            "check user name and password, client-id and client-auth; some servers do not say which is wrong",
        ),
    ] {
        scene.server.fail_tokens(1, &answer);
        let before = scene.server.count("password");
        let endpoint = scene.server.url("/token");
        scene.direct("token").run().assert(
            4,
            "",
            &format!("tok: login at {endpoint} failed\ncaused by: the server refused the request{why}\nhint: {hint}\n"),
        );
        assert_eq!(scene.server.count("password"), before + 1);
    }
}

#[test] // C04
fn row_3_a_dead_refresh_token() {
    let scene = Scene::logged_in();
    let kept = scene.sessions();
    for answer in [
        Answer::error(400, "invalid_request"),
        Answer::empty(400),
        Answer::empty(401),
        Answer::empty(403),
        Answer::error(403, "invalid_grant"),
        Answer::json(400, json!({ "error": { "code": "invalid_grant" } })),
        Answer::new(400, "text/plain", "invalid_grant"),
    ] {
        scene.server.fail_tokens(1, &answer);
        let output = scene.tok("refresh").run().code_is(3);
        assert!(output.stderr.contains("\nhint: set TOK_USERNAME and TOK_PASSWORD"), "{}", output.stderr);
        assert_eq!(scene.sessions(), kept, "the session is as it was");
    }
    scene.tok("refresh").run().ok();
    for status in [400, 401] {
        scene.server.fail_tokens(1, &Answer::error(status, "invalid_grant"));
        scene.tok("refresh").run().code_is(3);
        assert_eq!(scene.shown()["state"], "ended");
        scene.login();
    }
}

#[test] // P09, S06
fn row_4_a_refresh_answers_with_no_refresh_token_the_same_or_a_new_one() {
    let scene = Scene::logged_in();
    for (rotation, lifetime) in [
        (Rotation::Omit, Some(3600)),
        (Rotation::Same, Some(60)),
        (Rotation::Rotate, None),
        (Rotation::Omit, Some(864_000)),
        (Rotation::Rotate, Some(300)),
        (Rotation::Rotate, Some(300)),
    ] {
        scene.server.set(|setup| (setup.rotation, setup.expires_in) = (rotation, lifetime));
        scene.tok("refresh").run().ok();
        let left = scene.shown()["expires_in"].as_u64();
        // Seconds may pass between the answer and the look.
        assert_eq!(left.is_some(), lifetime.is_some());
        assert!(left <= lifetime && left.is_none_or(|left| Some(left + 30) > lifetime), "{left:?} of {lifetime:?}");
        assert!(scene.server.realm(|realm| realm.who(realm.latest_access().unwrap()).is_some()));
    }
    // A server that sees an old refresh token again kills the newest.
    assert_eq!((scene.server.realm(|realm| realm.reuses), scene.server.count("refresh_token")), (0, 6));
}

#[test] // T03
fn row_5_a_redirect_is_told_and_not_followed() {
    let scene = Scene::bare();
    let elsewhere = Server::http(); // any request there fails the test
    let there = elsewhere.url("/oauth/token/?secret=canary#x");
    for status in [301, 302, 303, 307, 308] {
        for (location, shown) in [
            (there.as_str(), elsewhere.url("/oauth/token/")),
            ("/token/?x=canary", "/token/".to_owned()),
            ("https://ada:canary@sso.example.com/t", "https://sso.example.com/t".to_owned()),
        ] {
            scene.server.fail_tokens(1, &Answer::redirect(status, location));
            scene.direct("token").run().unhinted().assert(
                2,
                "",
                &format!(
                    "tok: login at {} failed\ncaused by: the server answered with a redirect (HTTP {status}) to {shown}\n",
                    scene.server.url("/token")
                ),
            );
        }
    }
    assert!(elsewhere.log().connections.is_empty());
}

#[test] // P13
fn row_6_unknown_paths_are_answered_with_a_page() {
    let scene = Scene::new();
    scene.server.http.reply(|_| Answer::html(200)); // the address of RFC 8414
    scene.login();
    let log = scene.server.log().summary();
    assert_eq!(
        log,
        ["GET /.well-known/oauth-authorization-server", "GET /.well-known/openid-configuration", "POST /token"]
    );

    let scene = Scene::new();
    scene.server.http.reply(|_| Answer::html(200));
    scene.server.http.reply(|_| Answer::html(200));
    let output = scene.tok("login").run().code_is(2);
    assert_eq!(output.stderr.matches("(HTTP 200): it is not JSON").count(), 2, "{}", output.stderr);
    assert_eq!(scene.posts(), 0);
}

#[test] // P13
fn row_6_metadata_that_leaves_out_what_works() {
    let scene = Scene::new();
    scene.server.set(|setup| {
        setup.edit_metadata = Some(Arc::new(|document| {
            document.insert("grant_types_supported".into(), json!(["authorization_code"]));
            document.insert("token_endpoint_auth_methods_supported".into(), json!(["private_key_jwt"]));
            document.insert("revocation_endpoint".into(), json!(7));
            document.remove("userinfo_endpoint");
        }));
    });
    scene.login();
    scene.tok("refresh").run().ok();
}

#[test] // P13, P15
fn row_6_one_document_lacks_what_the_other_has() {
    for first_lacks in [true, false] {
        let scene = Scene::new();
        let issuer = scene.server.issuer();
        let whole = json!({ "issuer": issuer, "token_endpoint": format!("{issuer}/token"), "revocation_endpoint": format!("{issuer}/revoke") });
        let mut part = whole.clone();
        part.as_object_mut().unwrap().remove(if first_lacks { "revocation_endpoint" } else { "token_endpoint" });
        scene.server.http.reply(move |_| Answer::json(200, part));
        scene.server.http.reply(move |_| Answer::json(200, whole));
        scene.login();
        scene.tok("logout").run().assert(0, "", "tok: work: logged out; the server revoked the session\n");
    }
}

#[test] // P10
fn row_7_scopes_granted_are_fewer_more_or_untold() {
    let scene = Scene::new();
    scene.configure(&[("scopes", "['openid', 'mail']")]);
    for (scope, shown) in [
        (json!("openid"), json!(["openid"])),
        (json!("openid mail admin root"), json!(["openid", "mail", "admin", "root"])),
        (json!(["openid", "mail"]), json!(["openid", "mail"])),
        (json!("openid  mail"), json!(["openid", "mail"])),
        (json!(""), json!(null)),
        (json!(null), json!(null)),
        (json!(3), json!(null)),
    ] {
        scene.server.set(|setup| {
            setup.edit_tokens = Some(Arc::new(move |answer| drop(answer.insert("scope".into(), scope.clone()))));
        });
        scene.login();
        assert_eq!(scene.shown()["scopes_granted"], shown);
        scene.token();
    }
    assert_eq!(scene.server.count("refresh_token"), 0);
}

#[test] // P11
fn row_7_a_server_that_demands_a_scope() {
    let scene = Scene::bare();
    scene.server.fail_tokens(1, &Answer::error(400, "invalid_scope"));
    scene.direct("token").run().assert(
        4,
        "",
        "tok: login at [..]/token failed\ncaused by: the server refused the request (HTTP 400): invalid_scope\nhint: \
         check the scopes: tok profile show\n",
    );
    scene.direct("token --scope read").run().line();
    assert_eq!(scene.last_token_request().param("scope").as_deref(), Some("read"));
}

#[test] // P05
fn row_8_a_client_is_never_named_twice() {
    // The scripted server is as strict as the strictest: it refuses a client in header and body.
    let scene = Scene::bare();
    let secret = scene.server.client_secret("basic");
    scene.direct("token").env("TOK_CLIENT_ID", "basic").env("TOK_CLIENT_SECRET", secret).run().line();
    let request = scene.last_token_request();
    assert_eq!((request.param("client_id"), request.header("authorization").is_some()), (None, true));
}

#[test] // P11, P15
fn row_9_odd_codes_and_statuses() {
    let scene = Scene::bare();
    for (status, error) in [
        (403, "invalid_code"),
        (404, "device_not_found"),
        (400, "access_denied"),
        (418, "teapot"),
        (401, "unsupported_token_type"),
    ] {
        scene.server.fail_tokens(1, &Answer::error(status, error));
        let output = scene.direct("token").run();
        // A 404 is the answer of an address where there is nothing, whatever its body says.
        assert_eq!(output.code(), if status == 404 { 2 } else { 4 }, "{}", output.stderr);
        assert!(output.stderr.contains(&format!("(HTTP {status}): {error}\n")), "{}", output.stderr);
    }
    for answer in
        [Answer::empty(403), Answer::error(400, "unsupported_token_type"), Answer::error(401, "unsupported_token_type")]
    {
        let scene = Scene::logged_in();
        scene.server.set(|setup| setup.revocation_failures.push_back(answer));
        scene.tok("logout").run().code_is(5);
        assert_eq!(scene.world.remaining(), []);
    }
}

#[test] // P06, P07
fn row_10_forms_of_http_and_order_of_members() {
    let scene = Scene::bare();
    let (token, answer) =
        tokens(&scene, &json!({ "aaa": [1, { "token_type": "mac" }], "zzz": null, "token_type": "bearer" }));
    let text = answer.to_string();
    let backwards = format!("{{\"zzz\":1,\"token_type\":\"bearer\",\"expires_in\":300,\"access_token\":\"{token}\"}}");
    let length = text.len();
    let lower = format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{text}");
    let page = Answer::new(200, "text/html; charset=utf-8", text.clone());
    for answer in [
        Answer::json(200, answer.clone()).without_reason(),
        Answer::json(200, answer.clone()).http10(),
        Answer::json(200, answer.clone()).chunked(),
        Answer::json(200, answer.clone()).until_close(),
        Answer::json(201, answer.clone()),
        Answer::new(200, "", text.clone()),
        Answer::new(200, "application/json", format!(" \r\n{text}\n")),
        Answer::new(200, "application/json", backwards),
        Answer::raw(lower),
        page,
    ] {
        scene.server.fail_tokens(1, &answer);
        assert_eq!(scene.direct("token").run().line(), token);
    }
}

#[test] // S06
fn row_10_another_lifetime_after_the_login() {
    let scene = Scene::new();
    scene.server.set(|setup| setup.expires_in = Some(864_000));
    scene.login();
    let long = scene.token();
    scene.server.set(|setup| setup.expires_in = Some(3600));
    scene.tok("refresh").run().assert(0, "", "tok: refreshed; the new access token lives [..]\n");
    let short = scene.token();
    assert_ne!(long, short);
    let left = scene.shown()["expires_in"].as_u64().unwrap();
    assert!((3500..=3600).contains(&left), "{left}");
}

#[test] // T04, P11
fn row_11_a_demand_for_dpop_is_a_refusal_and_not_tried_again() {
    let scene = Scene::bare();
    scene.server.fail_tokens(1, &Answer::error(400, "use_dpop_nonce").header("DPoP-Nonce", "canary"));
    let output = scene.direct("token").run().code_is(4);
    assert!(output.stderr.contains("(HTTP 400): use_dpop_nonce\n"), "{}", output.stderr);
    assert_eq!(scene.server.count("password"), 1);
}

#[test] // P07, P08
fn row_unseen_expires_in_as_a_text_or_missing_and_token_type_missing() {
    let scene = Scene::new();
    for (expires_in, token_type) in
        [(json!("3600"), json!("Bearer")), (json!(null), json!("Bearer")), (json!(60), json!(null))]
    {
        let (token, mut answer) = tokens(&scene, &json!({ "expires_in": expires_in, "token_type": token_type }));
        answer.as_object_mut().unwrap().retain(|_, value| !value.is_null());
        scene.server.fail_tokens(1, &Answer::json(200, answer));
        scene.login();
        assert_eq!(scene.token(), token);
        assert_eq!(scene.shown()["expires_in"].is_null(), expires_in.is_null());
    }
}

#[test] // T06
fn row_unseen_a_compressed_answer_is_unreadable() {
    let scene = Scene::bare();
    let (_, answer) = tokens(&scene, &json!({}));
    for coding in ["gzip", "br", "deflate", "x-gzip", "identity, gzip", "zstd"] {
        scene.server.fail_tokens(1, &Answer::json(200, answer.clone()).header("Content-Encoding", coding));
        scene.direct("token").run().unhinted().assert(
            1,
            "",
            "tok: login at [..]/token failed\ncaused by: the server's answer cannot be used (HTTP 200): it is compressed, \
             which was not asked for\n",
        );
    }
    assert_eq!(scene.last_token_request().header("accept-encoding"), None);
}

#[test]
fn row_unseen_a_byte_order_mark() {
    let scene = Scene::bare();
    let (token, answer) = tokens(&scene, &json!({}));
    scene.server.fail_tokens(1, &Answer::new(200, "application/json", format!("\u{feff}{answer}")));
    assert_eq!(scene.direct("token").run().line(), token);
    let issuer = scene.server.issuer();
    let scene = Scene::bare();
    let document = json!({ "issuer": scene.server.issuer(), "token_endpoint": scene.server.url("/token") });
    scene.server.http.reply(move |_| Answer::new(200, "application/json", format!("\u{feff}{document}")));
    scene.server.http.reply(|_| Answer::html(404));
    scene.direct("token").run().line();
    assert_ne!(issuer, scene.server.issuer());
}

#[test] // P12
fn opaque_names_and_codes_with_odd_beginnings() {
    let scene = Scene::bare();
    for text in ["-starts-with-a-dash", "--help", "';rm", "=", "token"] {
        let (_, answer) = tokens(&scene, &json!({ "access_token": text }));
        scene.server.fail_tokens(1, &Answer::json(200, answer));
        assert_eq!(scene.direct("token").run().line(), text);
    }
    scene.server.set(|setup| {
        let password = setup.users["ada"].clone();
        setup.users.insert("-u".into(), password);
        setup.clients.push(Client { id: "-c".into(), secret: String::new(), auth: ClientAuth::Public });
    });
    scene.configure(&[("username", &toml("-u")), ("client-id", &toml("-c"))]);
    scene.login();
}
