//! A job without any secret shows who it is: by GitHub, by GitLab, by systemd.

use crate::scene::{Scene, toml};
use crate::support::run::Run;

const EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
const ASSERTION: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

/// A job that has nothing but its identity: no home, no profile, no secret of ours.
fn job(scene: &Scene, from: &str) -> Run {
    let run = scene.tok("token").env("TOK_ISSUER", scene.server.issuer()).env("TOK_CLIENT_ID", "tok");
    let run = run.env("TOK_GRANT", "token-exchange").env("TOK_SUBJECT_TOKEN_FROM", from);
    ["HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_RUNTIME_DIR"].into_iter().fold(run, Run::no_env)
}

fn at_github(scene: &Scene) -> Run {
    let mut request_token = String::new();
    scene.server.set(|setup| request_token.clone_from(&setup.grants.request_token));
    job(scene, "github")
        .env("ACTIONS_ID_TOKEN_REQUEST_URL", scene.server.url("/ci?api-version=2.0"))
        .env("ACTIONS_ID_TOKEN_REQUEST_TOKEN", request_token)
}

#[test] // P16, H01
fn a_job_at_github_gets_a_token_without_any_secret() {
    let scene = Scene::bare();
    at_github(&scene).run().line();
    assert_eq!(scene.server.count(EXCHANGE), 1);
    assert_eq!(scene.last_token_request().param("subject_token"), Some(scene.server.subject_token()));
    let asked = scene.server.log().to("/ci").into_iter().cloned().collect::<Vec<_>>();
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    assert_eq!(asked[0].query(), [pair("api-version", "2.0"), pair("audience", &scene.server.issuer())]);
    // The first audience that is asked for goes before the issuer.
    at_github(&scene).env("TOK_GRANT", "jwt-bearer").env("TOK_AUDIENCE", "api other").run().line();
    assert_eq!(scene.server.log().to("/ci")[1].query()[1], pair("audience", "api"));
    assert_eq!(scene.server.count(ASSERTION), 1);
    assert_eq!(scene.world.remaining(), [], "nothing is kept");
}

#[test] // H04, T09
fn the_most_verbose_level_shows_nothing_of_it() {
    let scene = Scene::bare();
    let output = at_github(&scene).arg("-vv").run().ok();
    assert!(output.stderr.contains("GET ") && output.stderr.contains("/ci: 200"), "{}", output.stderr);
    assert!(!output.stderr.contains("audience=") && !output.stderr.contains("api-version"), "{}", output.stderr);
}

#[test] // U04
fn a_job_that_may_not_ask_is_told_which_permission_it_needs() {
    let scene = Scene::bare();
    for run in [
        job(&scene, "github"),
        at_github(&scene).no_env("ACTIONS_ID_TOKEN_REQUEST_TOKEN"),
        at_github(&scene).env("ACTIONS_ID_TOKEN_REQUEST_URL", ""),
    ] {
        let output = run.run().code_is(2);
        assert!(output.stderr.starts_with("tok: GitHub gives this job no identity token: "), "{}", output.stderr);
        assert!(output.stderr.contains("permissions: id-token: write"), "{}", output.stderr);
    }
    let output = at_github(&scene).env("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "another").run().code_is(4);
    assert!(output.stderr.contains("the request was refused (HTTP 401)"), "{}", output.stderr);
    assert_eq!(scene.posts(), 0);
}

#[test] // T01
fn the_request_token_goes_nowhere_in_clear() {
    let scene = Scene::bare();
    for address in ["http://ci.example/x?canary=1", "ftp://ci.example/", "ci.example"] {
        let output = at_github(&scene).env("ACTIONS_ID_TOKEN_REQUEST_URL", address).run().code_is(2);
        assert!(output.stderr.starts_with("tok: ACTIONS_ID_TOKEN_REQUEST_URL: "), "{}", output.stderr);
        assert!(!output.stderr.contains("canary"), "{}", output.stderr);
    }
    assert_eq!(scene.requests(), 0);
}

#[test] // P16
fn a_job_at_gitlab_finds_its_token_in_a_variable() {
    let scene = Scene::bare();
    let token = scene.server.subject_token();
    for (from, variable) in [("gitlab", "SIGSTORE_ID_TOKEN"), ("gitlab:MY_TOKEN", "MY_TOKEN"), ("env:X", "X")] {
        job(&scene, from).env(variable, &token).run().line();
        for run in [job(&scene, from), job(&scene, from).env(variable, "")] {
            let output = run.run().code_is(2);
            assert!(output.stderr.starts_with(&format!("tok: {variable}, which should hold the token, is not set\n")));
            assert!(output.stderr.contains(&format!("id_tokens: {variable}: aud: ")), "{}", output.stderr);
        }
        let output = job(&scene, from).env(variable, format!("{token}\nmore")).run().code_is(2);
        assert!(output.stderr.contains("a line break is in it"), "{}", output.stderr);
    }
    assert_eq!(scene.server.count(EXCHANGE), 3);
}

#[test] // P16
fn a_service_finds_its_token_among_its_credentials() {
    let scene = Scene::bare();
    let file = scene.world.secret_file("oidc", &format!("{}\n", scene.server.subject_token()));
    let folder = file.parent().unwrap();
    job(&scene, "systemd:oidc").env("CREDENTIALS_DIRECTORY", folder).run().line();
    let output = job(&scene, "systemd:oidc").run().code_is(2);
    assert!(output.stderr.contains("LoadCredential=NAME:PATH"), "{}", output.stderr);
    job(&scene, "systemd:other").env("CREDENTIALS_DIRECTORY", folder).run().code_is(2);
    let output = job(&scene, "systemd:../given/oidc").env("CREDENTIALS_DIRECTORY", folder).run().code_is(2);
    assert!(output.stderr.contains("is none of github, gitlab"), "{}", output.stderr);
    assert_eq!(scene.server.count(EXCHANGE), 1);
}

#[test]
fn one_place_names_one_source_and_the_nearest_place_counts() {
    let scene = Scene::bare();
    let file = scene.world.secret_file("subject", &scene.server.subject_token());
    let both = job(&scene, "gitlab").env("TOK_SUBJECT_TOKEN_FILE", &file).run().code_is(2);
    assert!(
        both.stderr.starts_with("tok: TOK_SUBJECT_TOKEN_FILE and TOK_SUBJECT_TOKEN_FROM are both given: expected one"),
        "{}",
        both.stderr
    );
    // An option goes before the variable, either way round.
    job(&scene, "gitlab").arg("--subject-token-file").arg(&file).run();
    let run = scene.tok("token --subject-token-from env:X").env("X", scene.server.subject_token());
    let run = run.env("TOK_ISSUER", scene.server.issuer()).env("TOK_CLIENT_ID", "tok").env("TOK_STORE", "none");
    run.env("TOK_GRANT", "token-exchange").env("TOK_SUBJECT_TOKEN_FILE", "/nowhere").run().line();
    // A login with one of them leaves none of the others in the profile.
    let path = scene.configure(&[
        ("grant", "'token-exchange'"),
        ("username", ""),
        ("password-file", ""),
        ("subject-token-file", &toml(file.to_str().unwrap())),
    ]);
    scene.tok("login --subject-token-from env:X").env("X", scene.server.subject_token()).run().ok();
    let saved = std::fs::read_to_string(path).unwrap();
    assert!(saved.contains("subject-token-from = \"env:X\"") && !saved.contains("subject-token-file"), "{saved}");
}
