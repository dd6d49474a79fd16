//! `tok bind`: which services a profile answers for, in the profile and nowhere else.

use crate::scene::Scene;

fn config(scene: &Scene) -> String {
    std::fs::read_to_string(scene.world.path("config/tok/config.toml")).unwrap()
}

#[test]
fn a_service_is_bound_listed_and_removed() {
    let scene = Scene::new();
    let before = config(&scene);
    scene.tok("bind Git.Example.com").run().assert(
        0,
        "",
        "tok: profile work is bound to https://git.example.com in [..]\n",
    );
    scene.tok("bind https://git.example.com:443/").run().assert(0, "", "tok: profile work is bound to [..] already\n");
    scene
        .tok("bind http://127.0.0.1:5000 --as basic:ada --resource urn:a --resource urn:b --scope x --exchange")
        .run()
        .ok();
    scene.tok("bind https://k8s.example.com:6443 --id-token").run().ok();
    assert!(
        config(&scene).ends_with(
            "\n[profiles.work.bind]\n\"https://git.example.com\" = { as = \"bearer\" }\n\
             \"http://127.0.0.1:5000\" = { as = \"basic:ada\", resource = [\"urn:a\", \"urn:b\"], scopes = [\"x\"], exchange = true }\n\
             \"https://k8s.example.com:6443\" = { as = \"bearer\", token = \"id-token\" }\n"
        ),
        "{}",
        config(&scene)
    );
    scene.tok("bind --list").run().assert(
        0,
        "https://git.example.com       work  bearer\n\
         http://127.0.0.1:5000         work  basic:ada, resource urn:a urn:b, scopes x, by exchange\n\
         https://k8s.example.com:6443  work  bearer, id-token\n",
        "",
    );
    let changed = "tok: profile work is bound to [..]config.toml: basic:bob; before: bearer\n";
    scene.tok("bind git.example.com --as basic:bob").run().assert(0, "", changed);
    assert!(config(&scene).contains("\"https://git.example.com\" = { as = \"basic:bob\" }"), "{}", config(&scene));
    let listed = scene.tok("bind --list --json").env("TOK_BIND", "https://ci.example=basic:x").run().stdout;
    let listed: serde_json::Value = serde_json::from_str(&listed).unwrap();
    assert_eq!((&listed[0]["origin"], &listed[0]["as"]), (&"https://ci.example".into(), &"basic:x".into()));
    assert_eq!((&listed[0]["variable"], &listed[1]["variable"]), (&"TOK_BIND".into(), &serde_json::Value::Null));
    let said = "tok: TOK_BIND: \"digest\": expected bearer, basic:USER or id-token\n";
    scene.tok("bind --list").env("TOK_BIND", "ci.example=digest").run().assert(2, "", said);
    let output = scene.tok("bind --list").env("TOK_BIND", "ci.example=id-token").run().ok();
    let line = "https://ci.example            work  bearer, id-token, from TOK_BIND\n";
    assert!(output.stdout.starts_with(line), "{output:?}");
    assert_eq!(listed[2]["resource"], serde_json::json!(["urn:a", "urn:b"]));
    for origin in ["git.example.com", "http://127.0.0.1:5000", "https://k8s.example.com:6443"] {
        scene.tok(&format!("bind --remove {origin}")).run().assert(
            0,
            "",
            "tok: profile work is no longer bound to [..]\n",
        );
    }
    scene.tok("bind --remove git.example.com").run().assert(0, "", "tok: profile work is not bound to [..]\n");
    scene.tok("bind --list").run().assert(0, "", "tok: nothing is bound: tok bind ORIGIN\n");
    assert_eq!(config(&scene), before);
}

#[test] // T01, T08
fn what_is_no_origin_is_not_bound() {
    let scene = Scene::new();
    let before = config(&scene);
    for (words, said) in [
        (
            "bind http://git.example.com",
            "tok: \"http://git.example.com/\" is neither https nor http to a loopback address\n",
        ),
        ("bind https://git.example.com/x", "tok: an origin has no path: scheme, host and port are all of it\n"),
        ("bind https://ada:canary@git.example.com", "tok: a URL with a user name or password in it is not used\n"),
        ("bind a.example --as digest", "tok: \"digest\" is no scheme: expected bearer or basic:USER\n"),
        ("bind a.example --exchange", "tok: an exchange needs a resource, an audience or scopes to ask for\n"),
        ("bind a.example --scope \u{e9}", "tok: \"\u{e9}\" is not a scope[..]\n"),
        ("-p wrk bind a.example", "tok: there is no profile \"wrk\"[..]\nhint: [..]\n"),
    ] {
        scene.tok(words).run().assert(2, "", said);
    }
    for words in
        ["bind", "bind a --list", "bind a --remove --as bearer", "bind a --id-token --scope x", "bind --json a"]
    {
        scene.tok(words).run().code_is(2);
    }
    assert_eq!(config(&scene), before);
}

#[test]
fn several_profiles_may_answer_and_one_is_asked() {
    let scene = Scene::new();
    scene.tok("profile set home client-id=tok").run().ok();
    scene.tok("-p home bind a.example").run().ok();
    let said =
        "tok: profile work is bound to [..]\ntok: also bound to it: home; helpers take the default profile[..]\n";
    scene.tok("bind a.example").run().assert(0, "", said);
    scene.tok("bind --list").run().assert(0, "https://a.example  work  bearer\nhttps://a.example  home  bearer\n", "");
    scene.tok("-p home bind --list").run().assert(0, "https://a.example  home  bearer\n", "");
}
