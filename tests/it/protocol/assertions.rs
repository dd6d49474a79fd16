//! Clients that prove themselves by a JWT or a certificate. The server checks every assertion with code of its own, and
//! takes none twice.

use std::sync::Arc;

use serde_json::json;

use crate::scene::{Scene, toml};
use crate::support::ca::{Authority, Leaf};
use crate::support::canary::Kind;
use crate::support::codec::{base64url, unbase64};
use crate::support::server::jwt::{Jwt, new_key};
use crate::support::server::setup::{Client, ClientAuth};
use crate::support::server::{Answer, AuthServer, Received, Server, tls};

/// A client `signer` with a private key, whose PEM lies in a file.
fn with_key() -> (Scene, String) {
    let scene = Scene::bare();
    let (pem, point) = new_key();
    scene.world.canaries().add(Kind::Other, "private key", pem.lines().nth(1).unwrap());
    scene.server.set(|setup| {
        setup.clients.push(Client { id: "signer".into(), secret: String::new(), auth: ClientAuth::KeyJwt(point) });
    });
    let file = scene.world.secret_file("key.pem", &pem);
    scene.configure(&[("client-id", "'signer'"), ("private-key-file", &toml(file.to_str().unwrap()))]);
    (scene, pem)
}

fn assertion(request: &Received) -> Jwt {
    Jwt::read(&request.param("client_assertion").expect("an assertion")).expect("a JWT")
}

/// A JWK of the key in a PEM, with these members more.
fn jwk(pem: &str, more: &str) -> String {
    let der = unbase64(&pem.lines().filter(|line| !line.starts_with('-')).collect::<String>()).unwrap();
    // `ring` writes PKCS #8 in one way: the private key is at 36, the point is at the end.
    let (d, point) = (&der[36..68], &der[der.len() - 64..]);
    let [d, x, y] = [d, &point[..32], &point[32..]].map(base64url);
    format!(r#"{{"kty":"EC","crv":"P-256","d":"{d}","x":"{x}","y":"{y}"{more}}}"#)
}

#[test] // P16, P05
fn a_private_key_authenticates_every_request_anew() {
    let (scene, _) = with_key();
    scene.login();
    scene.tok("refresh").run().ok();
    scene.tok("logout").run().ok();
    let log = scene.server.log();
    let posts: Vec<&Received> = log.requests.iter().filter(|request| request.method == "POST").collect();
    assert_eq!(posts.iter().map(|request| request.path()).collect::<Vec<_>>(), ["/token", "/token", "/revoke"]);
    for request in posts {
        let jwt = assertion(request);
        assert_eq!([jwt.text("iss"), jwt.text("sub"), jwt.text("aud")], ["signer", "signer", &scene.server.issuer()]);
        assert_eq!(jwt.claims["exp"].as_u64().unwrap() - jwt.claims["iat"].as_u64().unwrap(), 60);
        assert!(jwt.text("jti").len() >= 16 && jwt.header.get("kid").is_none());
        assert_eq!((request.header("authorization"), request.param("client_secret")), (None, None));
    }
    assert_eq!(scene.server.realm(|realm| realm.living_sessions()), 0);
}

#[test] // P16, P05
fn a_client_secret_that_signs_is_not_sent() {
    let scene = Scene::bare();
    let secret = scene.world.canaries().make_awkward(Kind::ClientSecret);
    let client = Client { id: "hmac".into(), secret: secret.clone(), auth: ClientAuth::SecretJwt };
    scene.server.set(|setup| setup.clients.push(client));
    let file = scene.world.secret_file("client-secret", &secret);
    let keys = [("client-id", "'hmac'"), ("client-auth", "'client-secret-jwt'")];
    scene.configure(&[&keys[..], &[("client-secret-file", &toml(file.to_str().unwrap()))]].concat());
    scene.login();
    scene.tok("refresh").run().ok();
    for request in scene.token_requests() {
        assert_eq!(assertion(&request).header["alg"], "HS256");
        let body = request.text();
        assert!(
            scene.world.canaries().search("the body", body.as_bytes()).iter().all(|f| f.kind != Kind::ClientSecret)
        );
    }
    scene.configure(
        &[&keys[..], &[("client-secret-file", &toml(file.to_str().unwrap())), ("signing-alg", "'RS256'")]].concat(),
    );
    let output = scene.tok("refresh").run().code_is(2);
    assert!(output.stderr.contains("RS256 does not sign with it: it is for HS256"), "{}", output.stderr);
}

#[test] // P16
fn an_assertion_is_for_whom_the_settings_say() {
    let (scene, _) = with_key();
    let (issuer, endpoint) = (scene.server.issuer(), scene.server.url("/token"));
    let file = toml(scene.world.path("given/key.pem").to_str().unwrap());
    let key = [("client-id", "'signer'"), ("private-key-file", file.as_str())];
    let (by_issuer, by_endpoint) = (toml(&issuer), toml(&endpoint));
    let only_endpoint = [("issuer", ""), ("token-endpoint", by_endpoint.as_str())];
    for (keys, expected) in [
        (&[("assertion-audience", "'token-endpoint'")][..], &endpoint),
        (&[("assertion-audience", "'issuer'")], &issuer),
        (&[("assertion-audience", by_endpoint.as_str())], &endpoint),
        (&[("issuer", by_issuer.as_str()), ("token-endpoint", by_endpoint.as_str())], &issuer),
        (&only_endpoint, &endpoint),
    ] {
        scene.configure(&[&key[..], keys].concat());
        scene.login();
        scene.tok("refresh").run().ok();
        for request in scene.token_requests().iter().rev().take(2) {
            assert_eq!(assertion(request).text("aud"), expected, "{keys:?}");
        }
    }
    scene.configure(&[&key[..], &[("assertion-audience", "'endpoint'")]].concat());
    scene.login();
    scene.tok("logout").run().ok();
    let log = scene.server.log();
    for path in ["/token", "/revoke"] {
        let asked = log.to(path);
        assert_eq!(assertion(asked.last().unwrap()).text("aud"), scene.server.url(path));
    }
    let before = scene.requests();
    scene.configure(&[&key[..], &only_endpoint, &[("assertion-audience", "'issuer'")]].concat());
    let output = scene.tok("login").run().code_is(2);
    assert!(output.stderr.starts_with("tok: assertion-audience is \"issuer\", and no issuer is set\n"), "{output:?}");
    scene.configure(&[&key[..], &[("assertion-audience", "'https://elsewhere.example'")]].concat());
    scene.tok("login").run().code_is(4);
    assert!(scene.requests() > before, "the last one is the server's to refuse");
}

#[test] // P16, M04
fn a_key_comes_from_a_file_a_command_or_the_environment() {
    let (scene, pem) = with_key();
    let file = scene.world.path("given/key.pem");
    let of = |source: (&str, &str), more: &[(&str, &str)]| {
        scene.configure(&[&[("client-id", "'signer'"), source], more].concat());
    };
    of(("private-key-command", &toml(&format!("cat {}", file.display()))), &[("key-id", "'key 1'")]);
    scene.login();
    assert_eq!(assertion(&scene.last_token_request()).header["kid"], "key 1");
    let own = scene.world.secret_file("key.jwk", &jwk(&pem, r#","kid":"of the JWK""#));
    of(("private-key-file", &toml(own.to_str().unwrap())), &[]);
    scene.login();
    assert_eq!(assertion(&scene.last_token_request()).header["kid"], "of the JWK");
    of(("private-key-file", &toml(own.to_str().unwrap())), &[("key-id", "'mine'"), ("signing-alg", "'ES256'")]);
    scene.tok("refresh").run().ok();
    assert_eq!(assertion(&scene.last_token_request()).header["kid"], "mine");
    of(("client-auth", "'private-key-jwt'"), &[]);
    scene.tok("refresh").env("TOK_PRIVATE_KEY", &pem).run().ok();
    scene.tok("refresh").env("TOK_PRIVATE_KEY_FILE", &file).run().ok();
    let output = scene.tok("refresh").run().code_is(2);
    assert!(
        output
            .stderr
            .starts_with("tok: client authentication \"private-key-jwt\" needs a private key, and none is set\n"),
        "{}",
        output.stderr
    );
}

#[test] // P16, H03
fn a_key_that_does_not_sign_is_refused_before_anything_is_sent_or_asked() {
    let (scene, pem) = with_key();
    let cases = [
        ("hunter2".to_owned(), "there is no private key in it, neither in PEM nor as a JWK"),
        (pem.replace("PRIVATE", "ENCRYPTED PRIVATE"), "it is an encrypted PEM"),
        (jwk(&pem, "").replace("\"d\"", "\"o\""), "it is not the private key, but a public key or a certificate"),
        (pem.replace("MIG", "MIH"), "it is damaged, or not written as a private key is"),
    ];
    for (text, why) in cases {
        scene.world.secret_file("key.pem", &text);
        let output = scene.tok("login").run().code_is(2);
        let said = format!("tok: the private key cannot be used to sign\ncaused by: {why}\nhint: ");
        assert!(output.stderr.starts_with(&said), "{}", output.stderr);
    }
    scene.world.secret_file("key.pem", &pem);
    let output = scene.tok("login --signing-alg PS256").run().code_is(2);
    assert!(output.stderr.contains("PS256 does not sign with it: it is for ES256"), "{}", output.stderr);
    for (name, text) in [("empty", ""), ("long", &"x\n".repeat(40_000))] {
        scene.world.secret_file("key.pem", text);
        let output = scene.tok("login").run().code_is(2);
        assert!(output.stderr.starts_with("tok: the private key could not be read\n"), "{name}: {}", output.stderr);
    }
    assert_eq!(scene.requests(), 0);
}

#[test] // P16, C04
fn a_key_that_is_gone_ends_no_session() {
    let (scene, pem) = with_key();
    scene.login();
    std::fs::remove_file(scene.world.path("given/key.pem")).unwrap();
    let before = scene.requests();
    scene.tok("refresh").run().code_is(2);
    assert_eq!(scene.requests(), before);
    scene.world.secret_file("key.pem", &pem);
    scene.tok("refresh").run().ok();
}

#[test] // P16, U07, H04
fn an_assertion_is_shown_nowhere() {
    let (scene, _) = with_key();
    let output = scene.tok("-vv login").run().ok();
    assert!(output.stderr.contains("client_assertion_type, client_assertion"), "{}", output.stderr);
    assert!(!output.stderr.contains("eyJ"), "{}", output.stderr);
    // A server that quotes what it was sent.
    let quoting = Server::http();
    quoting.answer_all(|request| {
        let quoted = request.param("client_assertion").unwrap_or_default();
        Answer::json(400, json!({ "error": "invalid_client", "error_description": format!("not {quoted}") }))
    });
    let endpoint = toml(&quoting.url("/token"));
    let file = toml(scene.world.path("given/key.pem").to_str().unwrap());
    scene.configure(&[
        ("issuer", ""),
        ("token-endpoint", &endpoint),
        ("client-id", "'signer'"),
        ("private-key-file", &file),
    ]);
    let output = scene.tok("login").run().code_is(4);
    assert!(output.stderr.contains("invalid_client") && !output.stderr.contains("eyJ"), "{}", output.stderr);
}

/// A server that demands a client certificate, and a profile without one; the file with the certificate, that with its
/// key, and one with both.
fn mutual() -> (Scene, [String; 3]) {
    let scene = Scene::bare();
    let server = AuthServer::start_mutual(scene.world.canaries());
    let scene = Scene { server, world: scene.world };
    let ca = scene.server.ca_file(&scene.world.path("given"));
    let identity = scene.server.authority.client("me");
    scene.world.canaries().add(Kind::Other, "TLS key", identity.key_pem.lines().nth(1).unwrap());
    let both = format!("{}{}", identity.key_pem, identity.certificates_pem);
    let files = [("cert.pem", &identity.certificates_pem), ("cert.key", &identity.key_pem), ("both.pem", &both)]
        .map(|(name, text)| toml(scene.world.secret_file(name, text).to_str().unwrap()));
    scene.server.set(|setup| {
        setup.clients.push(Client { id: "tls".into(), secret: String::new(), auth: ClientAuth::Tls });
    });
    scene.world.set_env("TOK_CA_FILE", ca);
    (scene, files)
}

#[test] // P16
fn a_certificate_authenticates_in_the_handshake() {
    let (scene, [certificate, key, both]) = mutual();
    for keys in [&[("client-cert", certificate.as_str()), ("client-key", key.as_str())][..], &[("client-cert", &both)]]
    {
        scene.configure(&[&[("client-id", "'tls'")], keys].concat());
        scene.login();
        scene.tok("refresh").run().ok();
        let request = scene.last_token_request();
        assert_eq!(request.param("client_id").as_deref(), Some("tls"));
        assert_eq!((request.header("authorization"), request.param("client_assertion")), (None, None));
        scene.tok("logout").run().ok();
    }
    assert_eq!(scene.server.realm(|realm| realm.living_sessions()), 0);
}

#[test] // P16
fn a_certificate_that_is_missing_is_named_before_anything_is_sent() {
    let (scene, _) = mutual();
    scene.configure(&[("client-id", "'tls'"), ("client-auth", "'tls'")]);
    scene.tok("login").run().assert(
        2,
        "",
        "tok: client authentication \"tls\" needs a certificate, and none is set\n\
         hint: use --client-cert and --client-key, or set TOK_CLIENT_CERT and TOK_CLIENT_KEY\n",
    );
    assert!(scene.server.log().connections.is_empty());
    scene.configure(&[("client-id", "'tls'"), ("client-auth", "'none'")]);
    let output = scene.tok("login").run().code_is(5);
    assert!(output.stderr.contains("hint: mutual TLS: name the client's certificate"), "{}", output.stderr);
}

#[test] // P16
fn a_client_with_a_certificate_goes_to_the_addresses_for_such_clients() {
    let scene = Scene::bare();
    let authority = Authority::new();
    let aliases = Server::https(tls::config(&authority.leaf(Leaf::Good), Some(&authority)));
    let [access, refresh] = [Kind::AccessToken, Kind::RefreshToken].map(|kind| scene.world.canaries().make(kind));
    aliases.answer_all(move |request| match request.path() {
        "/token" => Answer::json(
            200,
            json!({ "access_token": access, "token_type": "Bearer", "expires_in": 300, "refresh_token": refresh }),
        ),
        _ => Answer::empty(200),
    });
    let [token, revoke] = ["/token", "/revoke"].map(|path| aliases.url(path));
    scene.server.set(|setup| {
        setup.edit_metadata = Some(Arc::new(move |document| {
            let aliases = json!({ "token_endpoint": token, "revocation_endpoint": revoke });
            drop(document.insert("mtls_endpoint_aliases".into(), aliases));
        }));
    });
    let identity = authority.client("me");
    let pem = format!("{}{}", identity.key_pem, identity.certificates_pem);
    let file = toml(scene.world.secret_file("both.pem", &pem).to_str().unwrap());
    scene.world.set_env("TOK_CA_FILE", authority.write_pem(&scene.world.path("given")));
    scene.configure(&[("client-cert", &file)]);
    scene.login();
    scene.tok("refresh").run().ok();
    scene.tok("logout").run().ok();
    assert_eq!(aliases.log().summary(), ["POST /token", "POST /token", "POST /revoke"]);
    assert_eq!(scene.posts(), 0, "and nothing to the others");
    // Without a certificate the others it is.
    scene.configure(&[]);
    scene.login();
    assert_eq!(scene.posts(), 1);
}
