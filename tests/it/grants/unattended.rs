//! Grants that need nobody.

use std::collections::BTreeSet;

use serde_json::json;

use crate::scene::{Scene, toml};
use crate::stage::wait_for_waiters;
use crate::support::run::Run;
use crate::support::server::Answer;

const EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
const ASSERTION: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

/// A profile for each of the grants, with what it takes in a file: its name, that on the wire, and the scene.
fn each() -> Vec<(&'static str, &'static str, Scene)> {
    let scene = |grant: &str| {
        let scene = Scene::bare();
        let secret = scene.world.secret_file("client-secret", &scene.server.client_secret("post"));
        let subject = scene.world.secret_file("subject", &scene.server.subject_token());
        let (secret, subject) = (toml(secret.to_str().unwrap()), toml(subject.to_str().unwrap()));
        let mine: &[(&str, &str)] = match grant {
            "client-credentials" => {
                &[("client-id", "'post'"), ("client-auth", "'post'"), ("client-secret-file", &secret)]
            }
            _ => &[("subject-token-file", &subject)],
        };
        let grant = toml(grant);
        let keys = [("grant", grant.as_str()), ("username", ""), ("password-file", "")];
        scene.configure(&[&keys, mine].concat());
        scene
    };
    [("client-credentials", "client_credentials"), ("token-exchange", EXCHANGE), ("jwt-bearer", ASSERTION)]
        .into_iter()
        .map(|(grant, name)| (grant, name, scene(grant)))
        .collect()
}

#[test] // P01, H03
fn a_token_needs_no_login_before_and_is_kept() {
    for (grant, name, scene) in each() {
        let token = scene.token();
        assert_eq!(scene.token(), token, "{grant}");
        assert_eq!((scene.server.count(name), scene.posts()), (1, 1), "{grant}");
        assert_eq!(scene.sessions().len(), 1);
        let shown = scene.shown();
        let who = if grant == "client-credentials" { "post" } else { "tok" };
        assert_eq!(
            [&shown["state"], &shown["grant"], &shown["client_id"], &shown["username"], &shown["refresh_token"]],
            [&json!("valid"), &json!(grant), &json!(who), &json!(null), &json!(false)]
        );
    }
}

#[test] // S01
fn no_grant_is_run_for_an_id_token_that_it_does_not_bring() {
    for (grant, name, scene) in each() {
        let token = scene.token();
        for _ in 0..2 {
            scene.tok("token --id-token").run().assert(
                3,
                "",
                "tok: there is no valid ID token: the server gave none, or no new one\nhint: [..]\n",
            );
        }
        assert_eq!((scene.token(), scene.server.count(name)), (token, 1), "{grant}");
    }
}

#[test] // P14, C01
fn an_expired_token_is_got_anew_by_the_grant_at_the_endpoint_of_the_session() {
    for (grant, name, scene) in each() {
        scene.server.set(|setup| setup.expires_in = Some(0));
        let first = scene.tok("token").run().ok().stdout;
        assert_eq!(scene.shown()["state"], "refreshable", "{grant}");
        let seen = scene.requests();
        scene.server.set(|setup| setup.expires_in = Some(300));
        let second = scene.token();
        assert_ne!(first.trim_end(), second);
        assert_eq!(scene.requests(), seen + 1, "{grant}: no discovery, one token request");
        assert_eq!(scene.server.count(name), 2);
        let output = scene.tok("refresh").run().ok();
        assert!(output.stderr.starts_with("tok: refreshed; the new access token lives "), "{}", output.stderr);
        assert_eq!(scene.server.count(name), 3, "{grant}");
        assert_ne!(scene.token(), second);
    }
}

#[test] // C01, C02
fn any_number_of_processes_run_the_grant_once() {
    for (_, name, scene) in each() {
        for words in ["token", "token"] {
            let outputs = scene.world.many((0..20).map(|_| scene.tok(words)));
            let tokens: BTreeSet<&str> = outputs.iter().map(|output| output.line()).collect();
            assert_eq!(tokens.len(), 1);
        }
        assert_eq!(scene.server.count(name), 1);
    }
}

#[test] // C01, C02: all are there before the first answer is
fn a_renewal_is_adopted_by_those_who_waited_for_it() {
    let (_, name, scene) = each().remove(0);
    scene.token();
    let gate = scene.server.hold_tokens();
    let running: Vec<_> = (0..5).map(|_| scene.tok("refresh").start()).collect();
    gate.wait_for_waiting(1);
    wait_for_waiters(&scene.world, 4);
    gate.open();
    running.into_iter().for_each(|run| assert_eq!(run.wait().code(), 0));
    assert_eq!(scene.server.count(name), 2);
}

#[test] // C02, H03
fn a_refusal_is_told_to_those_who_waited_for_it_and_not_asked_for_again() {
    let (_, name, scene) = each().remove(1);
    scene.server.fail_tokens(1, &Answer::error(400, "invalid_grant"));
    let gate = scene.server.hold_tokens();
    let running: Vec<_> = (0..5).map(|_| scene.tok("token").start()).collect();
    gate.wait_for_waiting(1);
    wait_for_waiters(&scene.world, 4);
    gate.open();
    for output in running.into_iter().map(|run| run.wait().code_is(4)) {
        assert!(output.stderr.contains("invalid_grant"), "{}", output.stderr);
    }
    assert_eq!(scene.server.count(name), 1);
    assert!(scene.sessions().is_empty());
}

#[test] // C04, P01
fn a_refused_refresh_leads_to_the_grant_and_a_server_that_is_away_does_not() {
    let (_, name, scene) = each().remove(2);
    let with_refresh = std::sync::Arc::new(|tokens: &mut serde_json::Map<String, serde_json::Value>| {
        tokens.insert("refresh_token".into(), "not-a-secret".into());
        tokens.insert("expires_in".into(), 0.into());
    });
    scene.server.set(|setup| setup.edit_tokens = Some(with_refresh));
    scene.tok("token").run().ok();
    scene.server.set(|setup| setup.edit_tokens = None);
    scene.server.fail_tokens(1, &Answer::empty(503));
    scene.tok("token").run().code_is(5);
    assert_eq!((scene.server.count("refresh_token"), scene.server.count(name)), (1, 1));
    scene.token();
    assert_eq!((scene.server.count("refresh_token"), scene.server.count(name)), (2, 2));
    assert_eq!(scene.server.count("password"), 0);
}

#[test] // P01
fn a_login_works_too_and_says_who_it_is() {
    for (grant, name, scene) in each() {
        let output = scene.tok("login").run().ok();
        let who = if grant == "client-credentials" { "post" } else { "tok" };
        let said = format!("tok: logged in as {who}; the session of profile work is in the file store\n");
        assert!(output.stderr.starts_with(&said), "{}", output.stderr);
        assert!(!output.stderr.contains("log in again"), "{}", output.stderr);
        assert_eq!(scene.server.count(name), 1);
        scene.tok("logout").run().ok();
        assert!(scene.sessions().is_empty());
        scene.token();
        assert_eq!(scene.server.count(name), 2, "{grant}: after a logout it is run again");
    }
}

#[test] // P14, R01
fn a_client_secret_that_was_typed_once_serves_from_then_on() {
    for id in ["post", "basic"] {
        let scene = Scene::bare();
        scene.allow_client_secret_in_store();
        let secret = scene.server.client_secret(id);
        scene.configure(&[
            ("grant", "'client-credentials'"),
            ("client-id", &toml(id)),
            // Where nothing is said the client proves itself as clients with a secret do.
            ("client-auth", if id == "post" { "'post'" } else { "" }),
            ("username", ""),
            ("password-file", ""),
        ]);
        scene.server.set(|setup| setup.expires_in = Some(0));
        let output = scene.tok("token").run().code_is(2);
        assert!(output.stderr.starts_with("tok: ") && output.stderr.contains("secret"), "{}", output.stderr);
        let mut tty = scene.tok("login").on_terminal();
        tty.expect(&format!("Client secret of {id} at {}: ", scene.server.issuer()));
        tty.send(&format!("{secret}\n"));
        assert_eq!(tty.wait(), 0, "{}", tty.output());
        scene.server.set(|setup| setup.expires_in = Some(300));
        let token = scene.token();
        assert_eq!(scene.token(), token);
        assert_eq!(scene.server.count("client_credentials"), 2);
        scene.server.set(|setup| setup.expires_in = Some(1));
        scene.tok("refresh").run().ok();
        assert_eq!(scene.server.count("client_credentials"), 3, "it is kept with each new session");
        // Another client is shown nothing of it.
        scene.configure(&[
            ("grant", "'client-credentials'"),
            ("client-id", "'basic-raw'"),
            ("username", ""),
            ("password-file", ""),
        ]);
        scene.tok("token").run().code_is(2);
        assert_eq!(scene.server.count("client_credentials"), 3);
    }
}

#[test] // P16
fn the_requests_are_those_of_the_rfcs() {
    for (grant, name, scene) in each() {
        scene.tok("token --scope a --audience api --resource https://r.example/").run().line();
        let request = scene.last_token_request();
        let subject = scene.server.subject_token();
        assert_eq!(request.param("grant_type").as_deref(), Some(name));
        assert_eq!(request.param("audience").as_deref(), Some("api"));
        assert_eq!(request.param("resource").as_deref(), Some("https://r.example/"));
        let mine: &[(&str, &str)] = match grant {
            "client-credentials" => &[],
            "token-exchange" => {
                &[("subject_token", &subject), ("subject_token_type", "urn:ietf:params:oauth:token-type:jwt")]
            }
            _ => &[("assertion", &subject)],
        };
        for (member, value) in mine {
            assert_eq!(request.param(member).as_deref(), Some(*value), "{grant}");
        }
    }
}

#[test] // P14
fn a_profile_edited_to_another_grant_runs_that_one_and_shows_it_nothing_of_the_old_session() {
    let (.., scene) = each().remove(1);
    let old = scene.token();
    let subject = scene.world.secret_file("subject", &scene.server.subject_token());
    scene.configure(&[
        ("grant", "'jwt-bearer'"),
        ("password-file", ""),
        ("subject-token-file", &toml(subject.to_str().unwrap())),
    ]);
    let new = scene.token();
    assert_ne!(old, new);
    assert_eq!((scene.server.count(EXCHANGE), scene.server.count(ASSERTION)), (1, 1));
}

#[test] // P07
fn what_is_no_access_token_is_never_a_header() {
    let (.., scene) = each().remove(1);
    let kind = "urn:ietf:params:oauth:token-type:id_token";
    let edit = std::sync::Arc::new(move |tokens: &mut serde_json::Map<String, serde_json::Value>| {
        tokens.insert("token_type".into(), "N_A".into());
        tokens.insert("issued_token_type".into(), kind.into());
    });
    scene.server.set(|setup| setup.edit_tokens = Some(edit));
    let words = "token --requested-token-type id_token";
    let output = scene.tok(words).run().ok();
    let token = output.stdout.trim_end();
    assert_eq!(output.stderr, format!("tok: this is no access token: the server issued {kind}\n"));
    assert_eq!(scene.last_token_request().param("requested_token_type").as_deref(), Some(kind));
    for _ in 0..2 {
        // The first may have left a copy; none may be made a header of.
        let refused = scene.tok(words).arg("--header").run().code_is(2);
        assert_eq!(refused.stdout, "");
        assert!(refused.stderr.contains("so that there is no header to print: it is urn:"), "{}", refused.stderr);
    }
    let shown: serde_json::Value = serde_json::from_str(&scene.tok(words).arg("--json").run().ok().stdout).unwrap();
    assert_eq!(
        [&shown["access_token"], &shown["token_type"], &shown["issued_token_type"]],
        [&json!(token), &json!("N_A"), &json!(kind)]
    );
    assert_eq!(scene.server.count(EXCHANGE), 1);
    // Another kind is another token.
    scene.tok("token").run();
    assert_eq!(scene.server.count(EXCHANGE), 2);
    let (.., other) = each().remove(2);
    let edit = std::sync::Arc::new(|tokens: &mut serde_json::Map<String, serde_json::Value>| {
        tokens.insert("token_type".into(), "N_A".into());
    });
    other.server.set(|setup| setup.edit_tokens = Some(edit));
    let output = other.tok("token").run().code_is(1);
    assert!(output.stdout.is_empty() && output.stderr.contains("unknown type \"N_A\""), "{}", output.stderr);
}

/// Without profile, home, terminal: what each grant takes, in the environment.
fn direct(scene: &Scene, grant: &str, words: &str) -> Run {
    let run = scene.tok(words).env("TOK_ISSUER", scene.server.issuer()).env("TOK_GRANT", grant);
    match grant {
        "client-credentials" => run
            .env("TOK_CLIENT_ID", "post")
            .env("TOK_CLIENT_AUTH", "post")
            .env("TOK_CLIENT_SECRET", scene.server.client_secret("post")),
        _ => run.env("TOK_CLIENT_ID", "tok").env("TOK_SUBJECT_TOKEN", scene.server.subject_token()),
    }
}

#[test] // H01
fn with_all_in_the_environment_nothing_is_kept() {
    let scene = Scene::bare();
    let homeless =
        |run: Run| ["HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_RUNTIME_DIR"].into_iter().fold(run, Run::no_env);
    for (grant, name) in
        [("client-credentials", "client_credentials"), ("token-exchange", EXCHANGE), ("jwt-bearer", ASSERTION)]
    {
        for _ in 0..2 {
            homeless(direct(&scene, grant, "token")).run().line();
        }
        assert_eq!(scene.server.count(name), 2, "{grant}: each asks anew");
        let shown = homeless(direct(&scene, grant, "show --json")).run().ok().stdout;
        let shown: serde_json::Value = serde_json::from_str(&shown).unwrap();
        assert_eq!((&shown["state"], &shown["grant"]), (&json!("environment"), &json!(grant)));
    }
    assert_eq!(scene.world.remaining(), []);
    assert!(scene.sessions().is_empty());
}

#[test] // H01
fn an_incomplete_set_names_what_is_missing() {
    let scene = Scene::bare();
    for (grant, missing, said) in [
        ("client-credentials", "TOK_ISSUER", "tok: neither issuer nor token-endpoint is set\n"),
        ("client-credentials", "TOK_CLIENT_ID", "tok: client-id is not set\n"),
        ("token-exchange", "TOK_CLIENT_ID", "tok: client-id is not set\n"),
        ("token-exchange", "TOK_SUBJECT_TOKEN", "tok: there is no token to exchange or assert\n"),
        ("jwt-bearer", "TOK_SUBJECT_TOKEN", "tok: there is no token to exchange or assert\n"),
    ] {
        let output = direct(&scene, grant, "token").no_env(missing).run().code_is(2);
        assert!(output.stderr.starts_with(said), "{missing}: {}", output.stderr);
        assert!(output.stderr.contains(missing), "the hint names it: {}", output.stderr);
    }
    assert_eq!(scene.requests(), 0);
    let output = direct(&scene, "client-credentials", "token").no_env("TOK_CLIENT_SECRET").no_env("TOK_CLIENT_AUTH");
    let output = output.run().code_is(2);
    assert!(output.stderr.starts_with("tok: there is no client secret"), "{}", output.stderr);
}

#[test] // H01, P01
fn auto_in_the_environment_takes_what_needs_the_least_secret() {
    let scene = Scene::bare();
    let run =
        direct(&scene, "auto", "token").env("TOK_PASSWORD", scene.server.password("ada")).env("TOK_USERNAME", "ada");
    run.run().line();
    assert_eq!((scene.server.count(EXCHANGE), scene.server.count("password")), (1, 0));
}

#[test] // P01
fn another_grant_is_named_and_not_run() {
    let (.., scene) = each().remove(1);
    scene.server.fail_tokens(1, &Answer::error(400, "unauthorized_client"));
    let output = scene.tok("token").run().code_is(4);
    let hint = "hint: the server does not allow this client the token-exchange grant; the server also has: \
                client-credentials, jwt-bearer (TOK_GRANT)\n";
    assert!(output.stderr.ends_with(hint), "{}", output.stderr);
    assert_eq!(scene.posts(), 1);
}
