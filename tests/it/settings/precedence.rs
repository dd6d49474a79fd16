//! Option, variable, profile, default.

use serde_json::Value;

use crate::scene::{Scene, toml};
use crate::support::server::setup::{Client, ClientAuth};

const PLACES: [&str; 3] = ["option", "variable", "profile"];

#[test]
fn an_option_wins_over_the_variable_and_that_over_the_profile() {
    let scene = Scene::new();
    scene.server.set(|setup| {
        let password = setup.users["ada"].clone();
        for place in PLACES {
            setup.users.insert(format!("user-{place}"), password.clone());
            setup.clients.push(Client {
                id: format!("client-{place}"),
                secret: String::new(),
                auth: ClientAuth::Public,
            });
        }
    });
    scene.configure(&[
        ("client-id", "'client-profile'"),
        ("username", "'user-profile'"),
        ("scopes", "'scope-profile'"),
        ("audience", "'audience-profile'"),
        ("resource", "['https://profile.example/']"),
        ("extra", "{ from = 'profile' }"),
    ]);
    for (nearest, place) in PLACES.iter().enumerate() {
        let mut run = scene.tok("token").env("TOK_PASSWORD", scene.server.password("ada"));
        if nearest <= 1 {
            run = run
                .env("TOK_CLIENT_ID", "client-variable")
                .env("TOK_USERNAME", "user-variable")
                .env("TOK_SCOPE", "scope-variable")
                .env("TOK_AUDIENCE", "audience-variable")
                .env("TOK_RESOURCE", "https://variable.example/")
                .env("TOK_EXTRA", "from=variable");
        }
        if nearest == 0 {
            let words = "--client-id client-option -u user-option --scope scope-option --audience audience-option \
                         --resource https://option.example/ --extra from=option";
            run = words.split_whitespace().fold(run, crate::support::run::Run::arg);
        }
        run.run().line();
        let sent = scene.last_token_request();
        for (name, value) in [
            ("client_id", format!("client-{place}")),
            ("username", format!("user-{place}")),
            ("scope", format!("scope-{place}")),
            ("audience", format!("audience-{place}")),
            ("resource", format!("https://{place}.example/")),
            ("from", (*place).to_owned()),
        ] {
            assert_eq!(sent.param(name), Some(value));
        }
    }
}

#[test]
fn endpoint_and_store_follow_the_same_order() {
    let scene = Scene::bare();
    let [option, variable, profile] = PLACES.map(|place| scene.server.url(&format!("/{place}/token")));
    scene.configure(&[("issuer", ""), ("token-endpoint", &toml(&profile))]);
    // What answers there does not matter: nothing does.
    let with_variable = |words: &str| scene.tok(words).env("TOK_TOKEN_ENDPOINT", &variable);
    let with_option = format!("token --token-endpoint {option}");
    with_variable(&with_option).env("TOK_PASSWORD", scene.server.password("ada")).run().code_is(2);
    with_variable("login").run().code_is(2);
    scene.tok("login").run().code_is(2);
    let wanted = ["POST /option/token", "POST /variable/token", "POST /profile/token"];
    assert_eq!(scene.server.log().summary(), wanted);
    let scene = Scene::new();
    scene.tok("login --store none").env("TOK_STORE", "file").run().ok();
    assert!(scene.sessions().is_empty());
    scene.configure(&[("store", "'none'")]);
    scene.tok("login").env("TOK_STORE", "file").run().ok();
    assert_eq!(scene.sessions().len(), 1);
}

#[test]
fn the_shown_profile_says_where_each_value_comes_from() {
    let scene = Scene::new();
    let config = scene.configure(&[("scopes", "['a', 'b']"), ("timeout", "'90s'")]);
    let output = scene
        .tok("profile show --json")
        .env("TOK_CLIENT_ID", "from-variable")
        .env("TOK_PASSWORD", scene.server.password("ada"))
        .env("TOK_STORE", "kernel")
        .run()
        .ok();
    let rows: Value = serde_json::from_str(&output.stdout).unwrap();
    let row = |key: &str| {
        let row = rows.as_array().unwrap().iter().find(|row| row["key"] == key).unwrap_or(&Value::Null);
        (row["value"].as_str().unwrap_or_default().to_owned(), row["from"].as_str().unwrap_or_default().to_owned())
    };
    let is = |value: &str, from: &str| (value.to_owned(), from.to_owned());
    let line = |number: usize| format!("{}:{number}", config.display());
    assert_eq!(row("profile"), is("work", &line(1)));
    assert_eq!(row("issuer"), is(&scene.server.issuer(), &line(4)));
    assert_eq!(row("client-id"), is("from-variable", "TOK_CLIENT_ID"));
    assert_eq!(row("client-auth"), is("none", "default"));
    assert_eq!(row("username"), is("ada", &line(6)));
    assert_eq!(row("password"), is("(set)", "TOK_PASSWORD"));
    assert_eq!(row("scopes"), is("a b", &line(9)));
    assert_eq!(row("store"), is("kernel", "TOK_STORE"));
    assert_eq!(row("timeout"), is("1m30s", &line(10)));
    assert_eq!(row("audience"), is("", ""));
    let table = scene.tok("profile show").run().ok().stdout;
    assert!(table.contains("\nclient-id") && table.contains(&line(5)), "{table}");
}

#[test]
fn a_login_saves_what_its_options_say_and_nothing_that_was_not_said() {
    let scene = Scene::bare();
    let output = scene
        .tok(&format!(
            "login --issuer {} --client-id tok -u ada --scope read --store file --password-stdin",
            scene.server.issuer()
        ))
        .env("TOK_AUDIENCE", "from-variable")
        .stdin(scene.server.password("ada"))
        .run();
    let path = scene.world.path("config/tok/config.toml");
    output.assert(
        0,
        "",
        &format!(
            "tok: logged in as ada; the session of profile default is in the file store\ntok: profile default is saved in \
             {}\ntok: warning: the file store keeps the session unencrypted: whoever can read your files can use it\n",
            path.display()
        ),
    );
    let issuer = scene.server.issuer();
    assert_eq!(
        std::fs::read_to_string(&path).unwrap(),
        format!(
            "default-profile = \"default\"\n\n[profiles.default]\nissuer = \"{issuer}\"\nclient-id = \"tok\"\nusername = \
             \"ada\"\nscopes = [\"read\"]\nstore = \"file\"\n"
        )
    );
    // The audience was the variable's, and is asked for with it only.
    assert_eq!(scene.last_token_request().param("audience").as_deref(), Some("from-variable"));
    scene.tok("token").run().ok();
}

#[test]
fn a_login_elsewhere_does_not_change_a_profile_unasked() {
    let scene = Scene::logged_in();
    let config = scene.world.path("config/tok/config.toml");
    let before = (std::fs::read(&config).unwrap(), scene.sessions(), scene.requests());
    let output = scene.tok("login --client-id other").run().code_is(2);
    assert!(
        output.stderr.starts_with("tok: profile work names something else\n  client-id: \"tok\" becomes \"other\"\n")
    );
    let output = scene.tok("login --no-save --issuer https://elsewhere.example").run().code_is(2);
    assert!(output.stderr.contains("hint: use another profile: -p NAME\n"), "{}", output.stderr);
    assert_eq!((std::fs::read(&config).unwrap(), scene.sessions(), scene.requests()), before);
}

#[test]
fn without_saving_the_file_stays_as_it_is() {
    let scene = Scene::new();
    let config = scene.world.path("config/tok/config.toml");
    let before = std::fs::read(&config).unwrap();
    scene.tok("login --no-save --scope read").run().ok();
    assert_eq!(std::fs::read(&config).unwrap(), before);
    assert_eq!(scene.last_token_request().param("scope").as_deref(), Some("read"));
}
