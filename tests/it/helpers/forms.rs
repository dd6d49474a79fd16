//! What each protocol has beside getting a token.

use std::io::Write as _;

use super::{OTHER, SERVICE, bind, bound};
use crate::scene::Scene;
use crate::support::canary::Kind;

const LOCAL: &str = "http://127.0.0.1:5000";

#[test]
fn docker_lists_users_by_address_and_stores_nothing() {
    let scene = bound(&[]);
    scene.tok("helper docker list").stdin("unused").run().assert(0, "{\"https://svc.example.com\":\"ada\"}\n", "");
    bind(&scene, &[], &[(SERVICE, "as = 'basic:bob'"), (LOCAL, "as = 'bearer'")]);
    let list = "{\"http://127.0.0.1:5000\":\"ada\",\"https://svc.example.com\":\"bob\"}\n";
    scene.tok("helper docker list").run().assert(0, list, "");
    scene.tok("profile set other client-id=tok").run().ok();
    scene.tok("-p other helper docker list").run().assert(0, "{}\n", "");
    let secret = scene.world.canaries().make(Kind::Password);
    let stdin = format!("{{\"ServerURL\":\"svc.example.com\",\"Username\":\"ada\",\"Secret\":\"{secret}\"}}");
    let line = "tok: a helper keeps nothing for other programs[..]; tok show says whether there is one\n";
    scene.tok("helper docker store").stdin(stdin).run().assert(1, line, line);
    scene.tok("helper docker get").run().assert(1, "tok: standard input holds no registry\n", "tok: [..]\n");
}

#[test]
fn docker_names_a_registry_of_this_machine_without_its_scheme() {
    let scene = bound(&[]);
    bind(&scene, &[], &[(LOCAL, "as = 'bearer'")]);
    scene.login();
    for server in ["127.0.0.1:5000", "http://127.0.0.1:5000", "127.0.0.1:5000\n"] {
        let output = scene.tok("helper docker get").stdin(server).may_print(Kind::AccessToken).run().ok();
        assert!(output.stdout.starts_with(&format!("{{\"ServerURL\":\"{}\"", server.trim_end())), "{output:?}");
    }
    scene.tok("helper docker get").stdin("https://127.0.0.1:5000").run().code_is(1);
}

#[test]
fn kubectl_need_not_name_the_cluster_where_an_option_does() {
    let scene = bound(&[]);
    scene.login();
    let call = |version: &str, words: &str| {
        let question = format!(
            "{{\"kind\":\"ExecCredential\",\"apiVersion\":\"client.authentication.k8s.io/{version}\",\
             \"spec\":{{\"interactive\":false}}}}"
        );
        scene
            .tok(&format!("helper kube {words}"))
            .env("KUBERNETES_EXEC_INFO", question)
            .may_print(Kind::AccessToken)
            .run()
    };
    assert!(call("v1", "--for svc.example.com").ok().stdout.contains("k8s.io/v1\""));
    let output = call("v1", "").code_is(2);
    assert!(output.stdout.is_empty() && output.stderr.contains("provideClusterInfo: true"), "{output:?}");
    assert!(call("v1alpha1", "--for svc.example.com").code_is(2).stdout.is_empty());
    let output = scene.tok("helper kube --for svc.example.com").run().code_is(2);
    assert!(output.stderr.contains("KUBERNETES_EXEC_INFO is not set"), "{output:?}");
}

#[test]
fn cargo_says_which_profile_and_asks_on() {
    let scene = Scene::bare();
    let bound = |name: &str| format!("[profiles.{name}.bind]\n'{SERVICE}' = {{ as = 'bearer' }}\n");
    let profiles: String = ["work", "corp"].map(|name| scene.profile(name, &[]) + &bound(name)).into_iter().collect();
    scene.world.write_config(&format!("default-profile = 'work'\n{profiles}"));
    scene.login();
    scene.tok("-p corp login").run().ok();
    let [work, corp] = ["work", "corp"].map(|name| scene.tok(&format!("-p {name} token")).run().line().to_owned());
    let request = |arguments: &str, url: &str| {
        format!(
            "{{\"v\":1,\"kind\":\"get\",\"operation\":\"publish\",\"name\":\"x\",\"vers\":\"1.0.0\",\"cksum\":\"00\",\
             \"registry\":{{\"index-url\":\"{url}\",\"name\":\"corp\"}},\"args\":[{arguments}]}}\n"
        )
    };
    let lines = [
        request("", SERVICE),
        request("\"--profile\",\"corp\"", SERVICE),
        request("\"-p\",\"corp\"", OTHER),
        request("\"--secret\"", SERVICE),
        "{\"v\":1,\"kind\":\"login\",\"registry\":{\"index-url\":\"https://h\"}}\n".into(),
        "nonsense\n".into(),
    ];
    let run = || scene.tok("helper cargo --cargo-plugin").stdin(lines.concat()).may_print(Kind::AccessToken);
    let says = |output: crate::support::process::Output, first: &str, second: &str| {
        output.assert(
            0,
            &format!(
                "{{\"v\":[1]}}\n[..]Bearer {first}\"[..]\n[..]Bearer {second}\"[..]\n\
                 {{\"Err\":{{\"kind\":\"url-not-supported\"}}}}\n\
                 {{\"Err\":{{\"kind\":\"other\",[..]--profile NAME[..]}}}}\n\
                 {{\"Err\":{{\"kind\":\"operation-not-supported\"}}}}\n{{\"Err\":{{\"kind\":\"other\",[..]}}}}\n"
            ),
            "tok: profile [..] is not bound to https://other.example.com; [..]bind https://other.example.com\n",
        );
    };
    says(run().run(), &work, &corp);
    says(run().env("TOK_PROFILE", "work").run(), &work, &corp);
    says(run().env("TOK_PROFILE", "corp").run(), &corp, &corp);
    says(run().arg("-p").arg("work").run(), &work, &corp);
}

#[test]
fn go_is_told_of_all_that_is_https() {
    let scene = bound(&[]);
    let run = |words: &str| scene.tok(&format!("helper goauth{words}")).may_print(Kind::AccessToken).run();
    run("").assert(3, "", "tok: not logged in; [..]\n");
    scene.world.write_config("");
    run("").assert(0, "", "");
    bind(&scene, &[], &[(SERVICE, "as = 'bearer'"), (LOCAL, "as = 'bearer'"), (OTHER, "token = 'id-token'")]);
    scene.login();
    // The scopes brought no ID token.
    let said = format!("{SERVICE}\n\nAuthorization: Bearer {}\n\n", scene.token());
    run("").assert(0, &said, "tok: [..]ID token[..]\n");
    run(" http://svc.example.com/").code_is(2);
}

#[test] // C04
fn what_go_cannot_have_is_asked_for_once() {
    let scene = bound(&[]);
    bind(&scene, &[], &[(SERVICE, ""), (OTHER, ""), ("https://third.example.com", "")]);
    scene.server.set(|setup| setup.expires_in = Some(0));
    scene.login();
    scene.server.realm(crate::support::server::realm::Realm::end_all_sessions);
    let output = scene.tok("helper goauth").run();
    assert_eq!(output.stderr.lines().count(), 1, "{output:?}");
    assert_eq!((output.code(), scene.server.count("refresh_token")), (3, 1));
}

#[test]
fn git_may_keep_the_stream_open() {
    let scene = bound(&[]);
    scene.login();
    let (reader, mut writer) = std::io::pipe().unwrap();
    writer.write_all(b"protocol=https\nhost=svc.example.com\n\n").unwrap();
    scene.tok("helper git get").stdin_from(reader).may_print(Kind::AccessToken).run().ok();
    drop(writer);
}

/// An index over ssh, in clear or on disk may have another provider, which cargo asks only if this one has no error.
#[test]
fn cargo_asks_on_where_an_index_has_no_address_of_ours() {
    let scene = bound(&[]);
    for url in ["registry+ssh://git@svc.example.com/i", "sparse+http://svc.example.com/", "registry+file:///srv/i"] {
        let request = format!(
            "{{\"v\":1,\"kind\":\"get\",\"operation\":\"publish\",\"registry\":{{\"index-url\":\"{url}\"}}}}\n"
        );
        let said = "{\"v\":[1]}\n{\"Err\":{\"kind\":\"url-not-supported\"}}\n";
        scene.tok("helper cargo --cargo-plugin").stdin(request).run().assert(0, said, "");
    }
}

#[test]
fn terraform_may_name_a_port() {
    let scene = bound(&[]);
    bind(&scene, &[], &[("https://svc.example.com:8443", "as = 'bearer'")]);
    scene.login();
    let get = |host: &str| {
        let words = format!("helper terraform get {host}");
        scene.tok(&words).may_print(Kind::AccessToken).run().ok().stdout
    };
    assert!(get("svc.example.com:8443").contains("\"token\""));
    assert_eq!(get("svc.example.com"), "{}\n");
    assert_eq!(get("registry.terraform.io"), "{}\n");
    scene.tok("helper terraform store svc.example.com").run().assert(2, "", "tok: a helper keeps nothing[..]\n");
}

#[test]
fn pnpm_needs_one_service_or_a_name() {
    let scene = bound(&[]);
    scene.login();
    let run = |words: &str| scene.tok(&format!("helper pnpm {words}")).may_print(Kind::AccessToken).run();
    let said = format!("Bearer {}\n", scene.token());
    run("").assert(0, &said, "");
    bind(&scene, &[], &[(SERVICE, "as = 'bearer'"), (OTHER, "as = 'bearer'")]);
    run("").assert(2, "", "tok: it is not said for which registry the token is[..]\n");
    run("--for svc.example.com").assert(0, &said, "");
    bind(&scene, &[], &[]);
    run("").code_is(2);
}

#[test]
fn google_hears_of_a_failure_in_its_answer_alone() {
    let scene = bound(&[]);
    scene.login();
    let run = |variables: &[(&str, &str)]| {
        let run = scene.tok("helper gcp --for svc.example.com").may_print(Kind::AccessToken);
        variables.iter().fold(run, |run, (name, value)| run.env(format!("GOOGLE_EXTERNAL_ACCOUNT_{name}"), value)).run()
    };
    let saml = "urn:ietf:params:oauth:token-type:saml2";
    let id_token = "urn:ietf:params:oauth:token-type:id_token";
    let no = "{\"version\":1,\"success\":false,[..]}\n";
    run(&[]).assert(0, no, "");
    run(&[("AUDIENCE", "//iam"), ("TOKEN_TYPE", saml)]).assert(0, no, "");
    run(&[("AUDIENCE", "//iam"), ("TOKEN_TYPE", id_token), ("REVOKE", "1")]).assert(0, no, "");
    let output = run(&[("AUDIENCE", "//iam"), ("TOKEN_TYPE", id_token), ("REVOKE", "0")]);
    assert!(output.stdout.contains("\"success\":true") && output.stdout.contains(id_token), "{output:?}");
}
