//! One script, whatever the grant: how the token was got is no matter of who uses it.

use crate::harness::Sandbox;
use crate::person::{Person, curl};
use crate::server::{Server, oidc_provider};
use crate::terminal::Terminal;

/// As the README has it; curl finds the CA and the address in its configuration.
const SCRIPT: &str = "header=$(\"$TOK\" token --header) || exit\ncurl -H @- \"$API\" <<<\"$header\"";

/// What the API says to the script, run with this profile.
fn runs(server: &Server, sandbox: &Sandbox, profile: &str) -> String {
    sandbox.set("TOK_PROFILE", profile);
    sandbox.set("API", server.value("SHORT_API"));
    sandbox.set("CURL_CA_BUNDLE", server.ca_file().to_str().unwrap());
    sandbox.bash(SCRIPT).exits(0).stdout
}

#[test] // S01, S05
fn the_same_three_lines_for_every_grant() {
    let server = oidc_provider();
    let sandbox = Sandbox::new();
    let scopes = "scopes = [\"openid\", \"offline_access\", \"read\"]";
    let password = format!("username = \"{}\"\n{scopes}", server.user());
    sandbox.add_profile(server, "password", "SHORT", "PUB", &password);
    sandbox.add_profile(server, "machine", "SHORT", "CC", "grant = \"client-credentials\"\nscopes = [\"read\"]");
    sandbox.add_profile(server, "device", "SHORT", "DEVICE", &format!("grant = \"device\"\n{scopes}"));
    sandbox.add_profile(server, "browser", "SHORT", "CODE", &format!("grant = \"browser\"\n{scopes}"));
    let exchange = "grant = \"token-exchange\"\nsubject-token-type = \"access_token\"\nscopes = [\"read\"]\n\
                    subject-token-command = '\"$TOK\" -p password token'";
    sandbox.add_profile(server, "exchange", "SHORT", "CC", exchange);

    // Before the logins the script ends with the code that says so, and asks nobody.
    sandbox.set("TOK_PROFILE", "device");
    sandbox.set("API", server.value("SHORT_API"));
    assert_eq!(sandbox.bash(SCRIPT).exits(3).stdout, "");
    assert_eq!(server.requests("SHORT /api - - 401"), 0);
    sandbox.unset("TOK_PROFILE");

    let line = format!("{}\n", server.password());
    sandbox.tok_with_input(&["-p", "password", "login", "--password-stdin"], &line).exits(0);
    let login = |profile: &str, more: &[&str]| {
        let args = [&["-p", profile, "login", "--extra", "prompt=consent"], more].concat();
        Terminal::start(&sandbox, &args)
    };
    let mut device = login("device", &[]);
    let page = device.reads("  ");
    Person::new(server).types(&device.reads("  ")).visits(&page).page();
    let mut browser = login("browser", &["--no-browser"]);
    let back = Person::new(server).visits(&browser.reads("  ")).sent();
    curl(server, &back, &["-D", "-"], String::new());
    for terminal in [device, browser] {
        let (code, shown) = terminal.ends(&sandbox);
        assert_eq!(code, 0, "{shown}");
    }

    // The first tokens of this server live 2 s: twice, so that each is renewed in its own way as well.
    for _ in 0..2 {
        for (profile, client, user) in [
            ("password", "pub", "\"alice\""),
            ("machine", "cc", "null"),
            ("device", "device", "\"alice\""),
            ("browser", "code", "\"alice\""),
            ("exchange", "cc", "\"alice\""),
        ] {
            let answer = runs(server, &sandbox, profile);
            assert_eq!(answer, format!("{{\"client\":\"{client}\",\"user\":{user}}}"), "{profile}");
        }
    }
    sandbox.unset("TOK_PROFILE");
    sandbox.tok(&["logout", "--all"]).exits(0);
}
