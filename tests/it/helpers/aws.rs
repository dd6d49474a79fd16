//! Keys from a security token service.

use super::bind;
use crate::scene::Scene;
use crate::support::canary::Kind;
use crate::support::process::Output;
use crate::support::server::{Answer, Received, Server};

const ROLE: &str = "arn:aws:iam::123456789012:role/deploy";

/// A profile that is bound to a token service of ours, with the ID token.
fn scene() -> (Scene, Server) {
    let (scene, sts) = (Scene::bare(), Server::http());
    bind(&scene, &[("scopes", "['openid']")], &[(&sts.url(""), "token = 'id-token'")]);
    scene.login();
    (scene, sts)
}

fn aws(scene: &Scene, endpoint: &str, words: &str) -> Output {
    scene.tok(&format!("helper aws --role-arn {ROLE} --endpoint {endpoint} {words}")).run()
}

fn json() -> Answer {
    Answer::json(
        200,
        serde_json::json!({"AssumeRoleWithWebIdentityResponse": {"AssumeRoleWithWebIdentityResult": {"Credentials":
            {"AccessKeyId": "ASIA1", "SecretAccessKey": "s/k", "SessionToken": "st", "Expiration": 4.1e9}}}}),
    )
}

const XML: &str = "<AssumeRoleWithWebIdentityResponse xmlns='https://sts.amazonaws.com/doc/2011-06-15/'>\
    <AssumeRoleWithWebIdentityResult><Credentials>\
    <AccessKeyId>ASIA1</AccessKeyId><SecretAccessKey>s/k</SecretAccessKey>\
    <SessionToken>st</SessionToken><Expiration>2099-12-03T16:53:20Z</Expiration></Credentials>\
    </AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>";

#[test]
fn a_token_becomes_keys() {
    let (scene, sts) = scene();
    let token = scene.tok("token --id-token").run().line().to_owned();
    let said = "{\"Version\":1,\"AccessKeyId\":\"ASIA1\",\"SecretAccessKey\":\"s/k\",\"SessionToken\":\"st\",\
        \"Expiration\":\"2099-12-03T16:53:20Z\"}\n";
    for answer in [json(), Answer::new(200, "text/xml", XML)] {
        let wanted = token.clone();
        sts.reply(move |request: &Received| {
            for (name, value) in [
                ("Action", "AssumeRoleWithWebIdentity"),
                ("Version", "2011-06-15"),
                ("RoleArn", ROLE),
                ("RoleSessionName", "ci@example"),
                ("WebIdentityToken", &wanted),
            ] {
                assert_eq!(request.param(name).as_deref(), Some(value));
            }
            assert_eq!((request.method.as_str(), request.header("accept")), ("POST", Some("application/json")));
            assert_eq!(request.header("authorization"), None);
            answer
        });
        aws(&scene, &sts.url("/"), "--session-name ci@example").assert(0, said, "");
    }
}

#[test] // U07
fn a_refusal_is_told_by_its_code() {
    let (scene, sts) = scene();
    let error = |code: &str| {
        format!("<ErrorResponse><Error><Code>{code}</Code><Message>canary</Message></Error></ErrorResponse>")
    };
    let xml = |code: &str| Answer::new(400, "text/xml", error(code));
    let refused = "tok: the security token service refused the token";
    sts.reply({
        let answer = xml("InvalidIdentityToken");
        move |_| answer
    });
    aws(&scene, &sts.url("/"), "").assert(4, "", &format!("{refused}: InvalidIdentityToken (HTTP 400); [..]\n"));
    // What it makes up may be what it was sent.
    sts.reply(|request| {
        let token = request.param("WebIdentityToken").unwrap();
        Answer::new(403, "text/xml", format!("<ErrorResponse><Error><Code>{token}</Code></Error></ErrorResponse>"))
    });
    aws(&scene, &sts.url("/"), "").assert(4, "", &format!("{refused} (HTTP 403); [..]\n"));
    for (answer, code) in [
        (Answer::redirect(307, "https://other.example.com/"), 2),
        (Answer::html(200), 2),
        (Answer::new(503, "text/plain", "canary"), 5),
        (Answer::huge(2 << 20), 1),
        (Answer::new(200, "text/xml", format!("<!DOCTYPE x [<!ENTITY e 'x'>]>{XML}")), 2),
    ] {
        sts.reply(move |_| answer);
        let output = aws(&scene, &sts.url("/"), "").code_is(code);
        assert!(output.stdout.is_empty() && output.stderr.lines().count() == 1, "{output:?}");
        assert!(!output.stderr.contains("canary"), "{output:?}");
    }
}

#[test] // T01
fn the_token_goes_to_a_bound_token_service_alone() {
    let (scene, sts) = scene();
    let bound = sts.url("/");
    scene.tok("profile set other client-id=tok").run().ok();
    for (endpoint, words, said) in [
        ("https://sts.amazonaws.com", "", "tok: no profile is bound to https://sts.amazonaws.com; [..]\n"),
        ("http://sts.example.com", "", "tok: no token goes there[..]\n"),
        (&bound, "--session-name a/b", "tok: --session-name: expected [..]\n"),
        (&bound, "--session-name x", "tok: --session-name: expected [..]\n"),
        (&bound, "-p other", "tok: profile other is not bound to [..]\n"),
    ] {
        aws(&scene, endpoint, words).assert(2, "", said);
    }
    scene.tok(&format!("helper aws --role-arn deploy --endpoint {bound}")).run().assert(2, "", "tok: --role-arn[..]\n");
    assert!(sts.log().requests.is_empty());
    scene.tok("logout").run().ok();
    aws(&scene, &bound, "").assert(3, "", "tok: not logged in; [..]\n");
}

#[test] // U07, CAN
fn nothing_but_the_keys_is_printed() {
    let (scene, sts) = scene();
    let key = scene.world.canaries().make(Kind::AccessToken);
    let body = XML.replace("s/k", &format!("{key}&#10;x"));
    sts.reply(move |_| Answer::new(200, "text/xml", body));
    aws(&scene, &sts.url("/"), "").assert(2, "", "tok: the security token service's answer holds no keys; [..]\n");
}
