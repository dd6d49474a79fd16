//! `tok show`: the table, the states, and never a secret.

use serde_json::Value;

use crate::scene::Scene;
use crate::support::server::realm::Realm;

#[test] // U06
fn the_table_is_short_and_aligned() {
    let scene = Scene::new();
    let config = scene.configure(&[("scopes", "['openid', 'mail']")]);
    scene.login();
    let (issuer, endpoint) = (scene.server.issuer(), scene.server.url("/token"));
    let table = format!(
        "profile        work\nstate          logged in\nissuer         {issuer}\ntoken endpoint {endpoint}\nclient         \
         tok\nuser           ada\ngrant          password\nscopes         openid mail\naccess token   expires in [..] min \
         ([..] +00:00)\nrefresh token  yes\nlogged in      [..] (20[..]-[..]-[..] [..]:[..] +00:00)\nstore          \
         file\nconfiguration  {}\n",
        config.display()
    );
    scene.tok("show").env("TZ", "UTC").run().assert(0, &table, "");
    let there = scene.tok("show").env("TZ", "<+05>-5").run().ok().stdout;
    assert!(there.contains(" +05:00)\n"), "{there}");
}

#[test] // P16, U06
fn the_server_says_what_the_token_is_good_for() {
    let scene = Scene::new();
    scene.configure(&[("scopes", "['openid', 'mail']")]);
    scene.login();
    // A public client has no business at the introspection endpoint.
    let table = scene.tok("show --online").run().ok().stdout;
    assert!(
        table.contains("\nof the user    name Ada Lovelace, sub ada\n") && !table.contains("server says"),
        "{table}"
    );
    assert!(scene.server.log().to("/introspect").is_empty());
    scene.server.realm(Realm::expire_access);
    let output = scene.tok("show --online").run();
    output.clone().assert(
        4,
        &output.stdout,
        "tok: [..]/userinfo does not say what the token is good for\ncaused by: [..]401[..]\nhint: [..]\n",
    );
    assert_eq!(scene.server.count("refresh_token"), 0, "nothing is refreshed");
}

#[test] // P16, U06
fn a_client_that_authenticates_is_told_more() {
    let scene = Scene::new();
    let secret = scene.world.secret_file("client", &scene.server.client_secret("basic"));
    let secret = format!("'{}'", secret.display());
    scene.configure(&[("client-id", "'basic'"), ("client-secret-file", &secret), ("scopes", "['openid', 'mail']")]);
    scene.login();
    let output = scene.tok("show --online --json").run().ok();
    let shown: Value = serde_json::from_str(&output.stdout).unwrap();
    let online = &shown["online"];
    assert_eq!(online["active"], true);
    assert_eq!((&online["scopes"][1], &online["username"]), (&"mail".into(), &"ada".into()));
    assert_eq!((&online["audience"][0], &online["userinfo"]["name"]), (&"https://api/".into(), &"Ada Lovelace".into()));
    let table = scene.tok("show --online").run().ok().stdout;
    assert!(table.contains("\nserver says    active; scopes openid mail; for https://api/\n"), "{table}");
    scene.server.realm(Realm::expire_access);
    let output = scene.tok("show --online").run();
    output.clone().assert(3, &output.stdout, "tok: the server says that the access token is not active\nhint: [..]\n");
    assert!(output.stdout.contains("\nserver says    not active\n"), "{}", output.stdout);
}

#[test] // P14, P16
fn a_grant_that_ran_again_still_knows_whom_to_ask() {
    let scene = Scene::new();
    let secret = scene.world.secret_file("client", &scene.server.client_secret("basic"));
    let secret = format!("'{}'", secret.display());
    scene.configure(&[("client-id", "'basic'"), ("client-secret-file", &secret), ("grant", "'client-credentials'")]);
    scene.tok("login").run().ok();
    scene.tok("refresh").run().ok();
    let table = scene.tok("show --online").run().ok().stdout;
    assert!(table.contains("\nserver says    active; "), "{table}");
}

#[test] // P12
fn the_claims_are_shown_and_not_believed() {
    let scene = Scene::new();
    scene.configure(&[("scopes", "['openid']")]);
    scene.server.set(|setup| setup.jwt = true);
    scene.login();
    let table = scene.tok("show --claims").run().ok().stdout;
    assert!(table.contains("\naccess token, not verified:\n"), "{table}");
    assert!(table.contains("\n  sub          ada\n"), "{table}");
    let output = scene.tok("show --claims --json").run().ok();
    let shown: Value = serde_json::from_str(&output.stdout).unwrap();
    let access = &shown["claims"]["access_token"];
    assert_eq!((&access["verified"], &access["claims"]["sub"]), (&false.into(), &"ada".into()));
    scene.server.set(|setup| setup.jwt = false);
    scene.tok("refresh").run().ok();
    let table = scene.tok("show --claims").run().ok().stdout;
    assert!(table.contains("\naccess token: it is not a JWT\n"), "{table}");
}

#[test] // U06
fn every_state_has_a_word_a_sentence_and_an_exit_code() {
    let scene = Scene::new();
    let state = |code: i32, word: &str, sentence: &str| {
        let output = scene.tok("show --json").run().code_is(code);
        let shown: Value = serde_json::from_str(&output.stdout).unwrap();
        assert_eq!(shown["state"], word);
        let table = scene.tok("show").run().code_is(code).stdout;
        assert!(table.contains(&format!("\nstate          {sentence}\n")), "{table}");
    };
    state(3, "none", "not logged in");
    scene.login();
    state(0, "valid", "logged in");
    scene.configure(&[("username", "'eve'")]);
    state(3, "other-binding", "not logged in: the session kept here belongs to other settings");
    scene.configure(&[]);
    scene.server.set(|setup| setup.expires_in = Some(0));
    scene.tok("refresh").run().ok();
    state(0, "refreshable", "logged in; the next tok token refreshes");
    scene.server.realm(Realm::end_all_sessions);
    scene.tok("token").run().code_is(3);
    state(3, "ended", "ended by the server");
    scene.server.set(|setup| setup.refresh_tokens = false);
    scene.login();
    state(3, "expired", "expired, without a refresh token");
    scene.server.set(|setup| setup.expires_in = None);
    scene.login();
    state(0, "valid", "logged in");
    let table = scene.tok("show").run().ok().stdout;
    assert!(
        table.contains("\naccess token   valid; the server does not say for how long\nrefresh token  no\n"),
        "{table}"
    );
}

#[test] // U06
fn no_form_of_it_holds_a_secret() {
    // The search at the end looks for each of them.
    let scene = Scene::new();
    scene.server.set(|setup| setup.jwt = true);
    scene.configure(&[("scopes", "['openid']")]);
    scene.login();
    for words in ["show", "show --json", "show -vv", "show --color always", "profile show", "profile show --json"] {
        scene.tok(words).run().ok();
    }
    let shown = scene.shown();
    assert_eq!((&shown["refresh_token"], &shown["id_token"]), (&true.into(), &true.into()));
    assert!(!scene.tok("show").run().stdout.contains("Ada Lovelace"), "no claim of a token");
}

#[test]
fn it_asks_nobody() {
    let scene = Scene::logged_in();
    let before = scene.requests();
    scene.tok("show").run().ok();
    scene.tok("show --json").run().ok();
    assert_eq!(scene.requests(), before);
}
