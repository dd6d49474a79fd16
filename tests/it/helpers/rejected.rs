//! A token that a service did not take is replaced before the next answer, and the login stays.

use super::{SERVICE, bound};
use crate::scene::Scene;
use crate::support::canary::Kind;
use crate::support::process::Output;

fn go(scene: &Scene, words: &str, answer: &str) -> Output {
    scene.tok(&format!("helper goauth {words}")).stdin(answer).may_print(Kind::AccessToken).run()
}

fn git(scene: &Scene, operation: &str, with: &str) -> Output {
    let stdin = format!("capability[]=authtype\nprotocol=https\nhost=svc.example.com\n{with}\n");
    scene.tok(&format!("helper git {operation}")).stdin(stdin).may_print(Kind::AccessToken).run()
}

fn block(token: &str) -> String {
    format!("{SERVICE}\n\nAuthorization: Bearer {token}\n\n")
}

#[test] // C04
fn gits_erase_brings_another_token() {
    let scene = bound(&[]);
    scene.login();
    let old = scene.token();
    git(&scene, "erase", "username=ada\npassword=another\n").assert(0, "", "");
    assert!(git(&scene, "get", "").stdout.contains(&old));
    git(&scene, "erase", &format!("authtype=Bearer\ncredential={old}\n")).assert(0, "", "");
    let answer = git(&scene, "get", "").ok().stdout;
    let new = scene.token();
    assert!(new != old && answer.contains(&new));
    assert_eq!(scene.server.count("refresh_token"), 1);
    git(&scene, "store", &format!("username=ada\npassword={new}\n")).assert(0, "", "");
}

#[test] // C04
fn gos_second_call_brings_another_token_if_the_first_was_not_taken() {
    let scene = bound(&[]);
    scene.login();
    let old = scene.token();
    go(&scene, "", "").assert(0, &block(&old), "");
    let url = format!("{SERVICE}/mod/@v/list");
    for harmless in ["HTTP/1.1 404 Not Found\nServer: x\n\n", "HTTP/1.1 403 Forbidden\n\n", "401\n", ""] {
        go(&scene, &url, harmless).assert(0, &block(&old), "");
    }
    assert_eq!(scene.server.count("refresh_token"), 0);
    let answer = go(&scene, &url, "HTTP/2.0 401 Unauthorized\nWww-Authenticate: Bearer\n\n").ok().stdout;
    let new = scene.token();
    assert_ne!(new, old);
    assert_eq!(answer, block(&new));
    assert_eq!(scene.server.count("refresh_token"), 1);
}

/// Go says nothing of which token was refused: of many answers at once most are about the one before.
#[test] // C04
fn many_refusals_bring_about_one_refresh() {
    let scene = bound(&[]);
    scene.login();
    let old = scene.token();
    let url = format!("{SERVICE}/mod/@v/list");
    let refused = || go(&scene, &url, "HTTP/2.0 401 Unauthorized\n\n").ok().stdout;
    let answers = [refused(), refused(), refused()];
    assert_eq!(answers, [(); 3].map(|()| block(&scene.token())));
    assert_ne!(scene.token(), old);
    assert_eq!(scene.server.count("refresh_token"), 1);
}

#[test] // C04
fn a_login_survives_what_clients_call_a_logout() {
    let scene = bound(&[]);
    scene.login();
    let token = scene.token();
    scene.tok("helper docker erase").stdin("svc.example.com").run().assert(0, "", "");
    scene.tok("helper terraform forget svc.example.com").run().code_is(2);
    let logout = format!("{{\"v\":1,\"kind\":\"logout\",\"registry\":{{\"index-url\":\"sparse+{SERVICE}/\"}}}}\n");
    let said = "{\"v\":[1]}\n{\"Err\":{\"kind\":\"operation-not-supported\"}}\n";
    scene.tok("helper cargo --cargo-plugin").stdin(logout).run().assert(0, said, "");
    assert_eq!(scene.token(), token);
}
