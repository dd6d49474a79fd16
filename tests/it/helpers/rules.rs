//! What holds for every protocol.

use super::{Call, OTHER, SERVICE, bind, bound, calls};
use crate::scene::Scene;
use crate::support::canary::Kind;
use crate::support::codec::base64;
use crate::support::process::matches;

/// Runs a call that gets no answer, and says what line was told, wherever that is.
#[track_caller]
fn refused(scene: &Scene, call: &Call, (code, stdout, told): (Option<i32>, &str, bool)) -> String {
    let output = call.run(scene).run();
    let wanted = stdout.replace("LINE", "tok: [..]");
    assert!(matches(&wanted, &output.stdout), "{}: {output:?}", call.words);
    match code {
        Some(code) => assert_eq!(output.code(), code, "{}: {output:?}", call.words),
        None => assert_ne!(output.code(), 0, "{}: {output:?}", call.words),
    }
    assert_eq!(output.stderr.lines().count(), usize::from(told), "{}: {output:?}", call.words);
    assert!(!told || output.stderr.starts_with("tok: "), "{}: {output:?}", call.words);
    output.stderr + &output.stdout
}

#[test] // T01
fn a_bound_service_gets_its_token_and_nobody_is_asked() {
    let scene = bound(&[]);
    scene.login();
    let (token, requests) = (scene.token(), scene.requests());
    for call in calls(SERVICE) {
        call.run(&scene).run().assert(0, &call.answer.replace("TOKEN", &token), "");
    }
    assert_eq!(scene.requests(), requests);
}

#[test] // T01
fn a_service_that_nobody_is_bound_to_gets_nothing() {
    let scene = bound(&[]);
    scene.login();
    let requests = scene.requests();
    for service in
        [OTHER, "https://svc.example.com:8443", "https://svc.example.com.other.example", "https://example.com"]
    {
        for call in calls(service) {
            let (code, stdout, told) = call.unbound;
            let said = refused(&scene, &call, (Some(code), stdout, told));
            assert!(!told || said.contains(&format!("tok bind {service}")), "{said}");
        }
    }
    assert_eq!(scene.requests(), requests);
}

/// Another reader finds another host in it: Java goes to 177.0.0.1 for the first.
#[test] // T01, T08
fn an_address_that_programs_read_in_several_ways_gets_nothing() {
    let scene = bound(&[]);
    bind(&scene, &[], &[("http://127.0.0.1:8080", ""), (SERVICE, "")]);
    scene.login();
    assert!(scene.tok("helper docker get").stdin("127.0.0.1:8080").may_print(Kind::AccessToken).run().code() == 0);
    for host in ["0177.0.0.1:8080", "127.0.0.1.:8080", "0x7f.1:8080"] {
        scene.tok("helper bazel get").stdin(format!("{{\"uri\":\"http://{host}/x\"}}")).run().code_is(2);
        scene.tok("helper docker get").stdin(host).run().code_is(1);
        scene.tok("helper git get").stdin(format!("protocol=http\nhost={host}\n")).run().assert(0, "", "");
        scene.tok(&format!("helper keyring get http://{host}/simple/ ada")).run().code_is(1);
        scene.tok(&format!("curl -- http://{host}/x")).run().code_is(125);
    }
    for host in ["svc%2eexample.com", "svc.example.com:", "svc.example.com\\", "\u{ff53}vc.example.com"] {
        scene.tok("helper git get").stdin(format!("protocol=https\nhost={host}\n")).run().assert(0, "", "");
        scene.tok(&format!("helper terraform get {host}")).run().code_is(2);
        scene.tok(&format!("helper goauth https://{host}/m")).run().code_is(2);
    }
}

#[test] // U04
fn who_is_not_logged_in_hears_what_to_do() {
    let scene = bound(&[]);
    for call in calls(SERVICE) {
        let said = refused(&scene, &call, call.failed);
        assert!(said.contains("not logged in; log in at a terminal (tok login), or set TOK_USERNAME"), "{said}");
    }
    assert_eq!(scene.requests(), 0);
}

/// It is no service that nobody is bound to, of which programs are told nothing.
#[test]
fn a_profile_that_there_is_not_is_told_in_the_programs_form() {
    let scene = bound(&[]);
    scene.login();
    for mut call in calls(SERVICE) {
        call.words = format!("-p wrk {}", call.words);
        let said = refused(&scene, &call, call.failed);
        assert!(said.contains("there is no profile") && said.contains("wrk"), "{said}");
        call.words = call.words.replacen("-p wrk ", "", 1);
        call.variables.push(("TOK_PROFILE", "wrk".into()));
        assert!(refused(&scene, &call, call.failed).contains("there is no profile"));
        // One that variables make is not bound: that is all.
        call.variables.extend([("TOK_ISSUER", scene.server.issuer()), ("TOK_CLIENT_ID", "tok".into())]);
        let (code, stdout, told) = call.unbound;
        refused(&scene, &call, (Some(code), stdout, told));
    }
}

#[test] // S06
fn a_token_of_less_than_a_minute_comes_with_a_warning() {
    let scene = bound(&[]);
    scene.server.set(|setup| setup.expires_in = Some(40));
    scene.login();
    for call in calls(SERVICE) {
        // What it writes to standard error Google's library reads as a part of the answer.
        let silent = call.words.starts_with("helper gcp");
        let output = call.run(&scene).run();
        let warning = "tok: warning: the server's tokens live shorter than asked for: this one has [..] s left\n";
        output.assert(0, &call.answer.replace("TOKEN", "[..]"), if silent { "" } else { warning });
    }
}

#[test]
fn a_configuration_that_cannot_be_read_is_told_in_the_programs_form() {
    let scene = bound(&[]);
    scene.world.write_config("nonsense =\n");
    for call in calls(SERVICE) {
        let said = refused(&scene, &call, call.failed);
        assert!(said.contains("not valid TOML"), "{said}");
    }
    scene.tok("helper pnpm").run().assert(2, "", "tok: [..]not valid TOML[..]\n");
    scene.tok("helper goauth").run().assert(2, "", "tok: [..]not valid TOML[..]\n");
}

#[test]
fn advice_names_the_profile_that_answers() {
    let scene = Scene::bare();
    let others = scene.profile("other", &[]) + "[profiles.other.bind]\n'https://svc.example.com' = { as = 'bearer' }\n";
    scene.world.write_config(&format!("default-profile = 'work'\n{}{others}", scene.profile("work", &[])));
    let mut terminal = scene.tok("helper terraform get svc.example.com").on_terminal();
    terminal.expect("tok -p other login");
}

/// In the other profile's place they would bring its services a token of whoever the variables are about.
#[test] // P14
fn variables_that_say_who_it_is_are_about_the_selected_profile_alone() {
    let scene = Scene::bare();
    let others = scene.profile("other", &[]) + "[profiles.other.bind]\n'https://svc.example.com' = { as = 'bearer' }\n";
    scene.world.write_config(&format!("default-profile = 'work'\n{}{others}", scene.profile("work", &[])));
    scene.tok("-p other login").run().ok();
    let requests = scene.requests();
    for (name, value) in [("TOK_TOKEN_ENDPOINT", "https://h/t"), ("TOK_ISSUER", "https://h"), ("TOK_CLIENT_ID", "c")] {
        scene.tok("helper terraform get svc.example.com").env(name, value).run().assert(0, "{}\n", "");
    }
    assert_eq!(scene.requests(), requests);
    scene.tok("helper terraform get svc.example.com").may_print(Kind::AccessToken).run().assert(
        0,
        "{\"token\":\"[..]\"}\n",
        "",
    );
}

#[test] // P16
fn a_token_that_is_bound_to_a_key_is_not_handed_out() {
    let scene = bound(&[("dpop", "true")]);
    scene.login();
    for call in calls(SERVICE) {
        let said = refused(&scene, &call, call.failed);
        assert!(said.contains("bound to a key (DPoP)"), "{said}");
    }
}

#[test] // C01
fn twenty_at_once_refresh_once() {
    let scene = bound(&[]);
    scene.server.set(|setup| setup.expires_in = Some(30));
    scene.login();
    scene.server.set(|setup| setup.expires_in = Some(300));
    let (calls, more) = (calls(SERVICE), calls(SERVICE));
    let all: Vec<&Call> = calls.iter().chain(&more).collect();
    assert_eq!(all.len(), 20);
    let outputs = scene.world.many(all.iter().map(|call| call.run(&scene)));
    assert_eq!(scene.server.count("refresh_token"), 1);
    let token = scene.token();
    for (call, output) in all.iter().zip(&outputs) {
        output.assert(0, &call.answer.replace("TOKEN", &token), "");
    }
}

#[test] // U04, C04
fn a_session_that_has_ended_is_no_answer() {
    let scene = bound(&[]);
    scene.server.set(|setup| setup.expires_in = Some(0));
    scene.login();
    scene.server.realm(crate::support::server::realm::Realm::end_all_sessions);
    for call in calls(SERVICE) {
        refused(&scene, &call, call.failed);
    }
    assert_eq!(scene.server.count("refresh_token"), 1);
}

/// What no program sends: no panic, no answer, and one line at most.
#[test] // I03
fn what_nobody_sends_is_refused() {
    let scene = bound(&[]);
    scene.login();
    let long = "a".repeat(1 << 20);
    for helper in ["git get", "docker get", "bazel get", "cargo", "goauth https://svc.example.com/"] {
        let inputs: [&[u8]; 7] =
            [b"", b"\n", b"\xff\xfe", b"svc.example.com\0", b"svc.example.com\r\nX: y", b"{}", long.as_bytes()];
        for input in inputs {
            let run = scene.tok(&format!("helper {helper}")).stdin(input);
            let output = if helper.starts_with("goauth") { run.may_print(Kind::AccessToken) } else { run }.run();
            assert!(output.stderr.lines().count() <= 1, "{helper}: {output:?}");
            assert!(output.code() < 3, "{helper}: {output:?}");
        }
    }
    for words in [
        &["terraform", "get", "svc.example.com\n"][..],
        &["terraform", "get", ""],
        &["pnpm", "--for", "https://svc.example.com\r\nX: y"],
        &["pnpm", "--for", "https://ada@svc.example.com"],
        &["gcp", "--for", "http://svc.example.com"],
        &["keyring", "get", "https://svc.example.com\n", "ada"],
        &["goauth", "https://svc.example.com\n"],
        &["docker", "version"],
        &["bazel", "list"],
        &["terraform", "list", "svc.example.com"],
    ] {
        let output = scene.world.tok(["helper"].iter().chain(words)).run();
        assert!(output.stderr.lines().count() <= 1, "{words:?}: {output:?}");
        assert!(output.code() != 0 || output.stdout.contains("\"success\":false"), "{words:?}: {output:?}");
    }
}

#[test]
fn a_service_that_takes_a_password_gets_one() {
    let scene = bound(&[]);
    bind(&scene, &[], &[(SERVICE, "as = 'basic:bob'")]);
    scene.login();
    let basic = format!("Basic {}", base64(format!("bob:{}", scene.token()).as_bytes()));
    for call in calls(SERVICE) {
        let output = call.run(&scene).run().ok();
        let has_name = ["git", "docker", "keyring"].iter().any(|name| call.words.contains(name));
        let has_header = ["cargo", "bazel", "goauth", "pnpm"].iter().any(|name| call.words.contains(name));
        assert_eq!(output.stdout.contains(&basic), has_header, "{output:?}");
        assert_eq!(output.stdout.contains("bob"), has_name, "{output:?}");
    }
}
