//! The grants beside `password` and `browser`: for machines, for devices, and for tokens of others.

use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Map, json};
use tok::oauth::jwt::{SigningKey, sign};
use tok::secret::Secret;
use tok::sys::random;

use super::userinfo;
use crate::harness::Sandbox;
use crate::person::Person;
use crate::server::{Server, oidc_provider};
use crate::terminal::Terminal;

const DEVICE: &str = "urn:ietf:params:oauth:grant-type:device_code";
const EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
const BEARER: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

#[test] // P01, P15, matrix: client-credentials, basic
fn a_client_for_itself() {
    let server = oidc_provider();
    let lines = "grant = \"client-credentials\"\nscopes = [\"read\"]";
    let sandbox = Sandbox::with_client(server, "ROTATING", "CC", lines);
    // Nobody logs in: the first token is got where it is needed.
    let first = sandbox.token();
    assert_eq!(sandbox.token(), first);
    let api = server.value("ROTATING_API");
    let answer = sandbox.ask_with_token(server, api).exits(0).stdout;
    assert_eq!(answer, r#"{"client":"cc","user":null}"#);
    let shown = sandbox.shown(&[]);
    assert_eq!([&shown["client_id"], &shown["username"]], [&json!("cc"), &json!(null)]);

    sandbox.tok(&["refresh"]).exits(0);
    assert_ne!(sandbox.token(), first);
    assert!(sandbox.is_accepted(server, &first, api));
    let last = sandbox.token();
    sandbox.tok(&["logout"]).exits(0);
    sandbox.no_token_is_left();
    assert!(!sandbox.is_accepted(server, &last, api), "logout did not revoke the access token");
}

#[test] // S06
fn an_expired_token_of_a_client_is_got_anew() {
    let server = oidc_provider();
    let lines = "grant = \"client-credentials\"\nscopes = [\"read\"]";
    let sandbox = Sandbox::with_client(server, "SHORT", "CC", lines);
    let first = sandbox.token();
    assert_ne!(sandbox.token(), first);
    assert_eq!(server.requests("SHORT /token client_credentials cc 200"), 2);
}

#[test] // H01, P01
fn a_client_in_the_environment() {
    let server = oidc_provider();
    let sandbox = Sandbox::new();
    sandbox.never_shown(server.value("CC_SECRET"));
    for (name, value) in [
        ("TOK_ISSUER", server.value("FIXED_ISSUER")),
        ("TOK_GRANT", "client-credentials"),
        ("TOK_CLIENT_ID", server.value("CC_ID")),
        ("TOK_CLIENT_SECRET", server.value("CC_SECRET")),
        ("TOK_SCOPE", "read"),
        ("TOK_CA_FILE", server.value("CA_FILE")),
    ] {
        sandbox.set(name, value);
    }
    sandbox.token();
    sandbox.ask_with_token(server, server.value("FIXED_API")).exits(0);
    for folder in ["home", "config", "state", "data", "run", "tmp"] {
        assert_eq!(std::fs::read_dir(sandbox.path(folder)).unwrap().count(), 0, "something was written to {folder}");
    }
}

#[test] // P11
fn a_wrong_client_secret_is_refused() {
    let server = oidc_provider();
    let lines = "grant = \"client-credentials\"\nscopes = [\"read\"]";
    let sandbox = Sandbox::with_client(server, "FIXED", "CC", lines);
    sandbox.give("secret-of-CC", "wrong secret 4716");
    let outcome = sandbox.tok(&["token"]).exits(4).says("invalid_client");
    assert_eq!(outcome.stdout, "");
}

/// A device that is logged in while a person opens the page that it shows and types the code there.
fn log_in_by_device(server: &Server, sandbox: &Sandbox, args: &[&str], person: Person) -> (i32, String) {
    let mut terminal = Terminal::start(sandbox, &[&["login"], args].concat());
    let page = terminal.reads("  ");
    assert!(page.starts_with(server.value("ROTATING_ISSUER")), "{page}");
    let code = terminal.reads("  ");
    person.types(&code).visits(&page).page();
    terminal.ends(sandbox)
}

#[test] // P16, matrix: device, none
fn a_code_on_another_device() {
    let server = oidc_provider();
    let lines = "grant = \"device\"\nscopes = [\"openid\", \"offline_access\", \"read\"]";
    let sandbox = Sandbox::with_client(server, "ROTATING", "DEVICE", lines);
    // OpenID Connect Core §11: without the prompt this server leaves offline_access out.
    let (code, shown) = log_in_by_device(server, &sandbox, &["--extra", "prompt=consent"], Person::new(server));
    assert_eq!(code, 0, "{shown}");
    let first = sandbox.token();
    sandbox.sessions();
    sandbox.ask_with_token(server, &userinfo(server, "ROTATING")).exits(0);
    sandbox.tok(&["refresh"]).exits(0);
    assert_ne!(sandbox.token(), first);
    sandbox.ask_with_token(server, &userinfo(server, "ROTATING")).exits(0);

    sandbox.save_state();
    sandbox.tok(&["logout"]).exits(0);
    sandbox.no_token_is_left();
    sandbox.restore_state();
    sandbox.tok(&["refresh"]).exits(3).says("invalid_grant");
}

#[test] // P16
fn a_device_that_the_person_denies() {
    let server = oidc_provider();
    let sandbox = Sandbox::with_client(server, "ROTATING", "DEVICE", "grant = \"device\"\nscopes = [\"openid\"]");
    let (code, shown) = log_in_by_device(server, &sandbox, &[], Person::new(server).denies());
    assert_eq!(code, 4, "{shown}");
    assert_eq!(sandbox.tok(&["token"]).exits(3).stdout, "");
    assert_eq!(server.requests(&format!("ROTATING /token {DEVICE} device 400")), 1);
}

/// A user's token for others to exchange.
fn user_token(server: &Server, sandbox: &Sandbox) -> String {
    let lines = format!("username = \"{}\"\nscopes = [\"openid\", \"read\"]", server.user());
    sandbox.add_profile(server, "user", "ROTATING", "PUB", &lines);
    let password = format!("{}\n", server.password());
    sandbox.tok_with_input(&["-p", "user", "login", "--password-stdin"], &password).exits(0);
    sandbox.printed(&["-p", "user", "token"])
}

#[test] // P01, P16, matrix: token-exchange
fn a_token_in_exchange() {
    let server = oidc_provider();
    let sandbox = Sandbox::new();
    let subject = user_token(server, &sandbox);
    let id_token = sandbox.printed(&["-p", "user", "token", "--id-token"]);
    // By the access token and by the ID token of the user.
    let exchanged = [("access_token", "token"), ("id_token", "token --id-token")].map(|(kind, words)| {
        let lines = format!(
            "grant = \"token-exchange\"\nsubject-token-type = \"{kind}\"\nscopes = [\"read\"]\n\
             subject-token-command = '\"$TOK\" -p user {words}'"
        );
        sandbox.add_profile(server, kind, "ROTATING", "CC", &lines);
        let token = sandbox.printed(&["-p", kind, "token"]);
        let ask = format!("TOK_PROFILE={kind} \"$TOK\" token --header");
        let (ca, api) = (server.ca_file(), server.value("ROTATING_API"));
        let ask = format!("{ask} | curl -sS --fail --cacert {} -H @- {api}", ca.display());
        assert_eq!(sandbox.bash(&ask).exits(0).stdout, r#"{"client":"cc","user":"alice"}"#);
        token
    });
    assert!(exchanged.iter().all(|token| *token != subject && *token != id_token));
    assert_eq!(server.requests(&format!("ROTATING /token {EXCHANGE} cc 200")), 2);
    sandbox.tok(&["logout", "--all"]).exits(0);
    sandbox.no_token_is_left();
}

#[test] // P12, P16
fn an_audience_gets_a_jwt_that_the_issuers_keys_prove() {
    let server = oidc_provider();
    let sandbox = Sandbox::new();
    user_token(server, &sandbox);
    let lines = "grant = \"token-exchange\"\nsubject-token-type = \"access_token\"\n\
                 subject-token-command = '\"$TOK\" -p user token'\n\
                 audience = [\"https://jobs.test\"]\nscopes = [\"read\"]";
    sandbox.add_profile(server, "default", "ROTATING", "CC", lines);
    sandbox.token();
    let said = &sandbox.shown(&["--claims", "--online"])["claims"]["access_token"];
    let claims = &said["claims"];
    assert_eq!(said["verified"], true, "{said}");
    assert_eq!([&claims["aud"], &claims["sub"], &claims["scope"]], ["https://jobs.test", "alice", "read"]);
}

#[test] // P12, C04, matrix: exchange
fn a_service_has_a_token_of_its_own_by_an_exchange() {
    let server = oidc_provider();
    let service = "as = \"basic:alice\", audience = [\"https://registry.test\"], exchange = true";
    let lines = format!(
        "username = \"{}\"\nscopes = [\"openid\", \"read\"]\n\
         bind = {{ \"https://registry.test\" = {{ {service} }} }}",
        server.user()
    );
    let sandbox = Sandbox::with_client(server, "FIXED", "ES256", &lines);
    sandbox.tok_with_input(&["login", "--password-stdin"], &format!("{}\n", server.password())).exits(0);
    let own = sandbox.token();
    let ask = || {
        let input = "protocol=https\nhost=registry.test\n\n";
        let answer = sandbox.tok_with_input(&["helper", "git", "get"], input).exits(0).stdout;
        answer.lines().find_map(|line| line.strip_prefix("password=").map(str::to_owned)).expect("a password")
    };
    let token = ask();
    let claims = tok::oauth::jwt::decode(&token).unwrap().claims;
    assert_eq!([&claims["aud"], &claims["sub"]], ["https://registry.test", "alice"]);
    assert_eq!((ask(), sandbox.token()), (token, own));
    assert_eq!(server.requests(&format!("FIXED /token {EXCHANGE} es256 200")), 1);
    // A refused exchange costs nothing.
    let config = sandbox.path("config/tok/config.toml");
    let text = std::fs::read_to_string(&config).unwrap();
    std::fs::write(&config, text.replace("audience = [", "scopes = [\"nonesuch\"], audience = [")).unwrap();
    let input = "protocol=https\nhost=registry.test\n\n";
    sandbox.tok_with_input(&["helper", "git", "get"], input).exits(4).says("invalid_scope");
    sandbox.tok(&["refresh"]).exits(0);
    sandbox.tok(&["logout"]).exits(0);
    sandbox.no_token_is_left();
}

#[test] // P11
fn a_token_that_the_server_does_not_know_is_not_exchanged() {
    let server = oidc_provider();
    let sandbox = Sandbox::new();
    let subject = sandbox.give("subject", "a token of nobody 4717");
    let lines = format!(
        "grant = \"token-exchange\"\nsubject-token-type = \"access_token\"\nsubject-token-file = \"{}\"",
        subject.display()
    );
    sandbox.add_profile(server, "default", "FIXED", "CC", &lines);
    assert_eq!(sandbox.tok(&["token"]).exits(4).says("invalid_grant").stdout, "");
    assert_eq!(server.requests(&format!("FIXED /token {EXCHANGE} cc 400")), 1);
}

/// What another issuer says of the user.
fn assertion(server: &Server, audience: &str) -> String {
    let random = random::source();
    let pem = Secret::new(std::fs::read_to_string(server.value("ASSERTION_KEY")).unwrap());
    let key = SigningKey::read(&pem, None, &random).unwrap();
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let issuer = server.value("ASSERTION_ISSUER");
    let claims = json!({"iss": issuer, "sub": server.user(), "aud": audience, "iat": now, "exp": now + 300});
    sign(&key, Map::new(), claims.as_object().unwrap().clone(), &random).unwrap().expose().to_owned()
}

#[test] // P01, P16, matrix: jwt-bearer
fn the_word_of_another_issuer() {
    let server = oidc_provider();
    let sandbox = Sandbox::new();
    let good = assertion(server, server.value("ROTATING_ISSUER"));
    let subject = sandbox.give("subject", &good);
    let lines = format!(
        "grant = \"jwt-bearer\"\nsubject-token-file = \"{}\"\nscopes = [\"openid\", \"read\"]",
        subject.display()
    );
    sandbox.add_profile(server, "default", "ROTATING", "CC", &lines);
    sandbox.token();
    let answer = sandbox.ask_with_token(server, &userinfo(server, "ROTATING")).exits(0).stdout;
    assert!(answer.contains("\"alice\""), "{answer}");
    sandbox.tok(&["logout"]).exits(0);
    sandbox.no_token_is_left();

    // The same of another audience is for somebody else.
    sandbox.give("subject", &assertion(server, "https://elsewhere.test"));
    sandbox.tok(&["token"]).exits(4).says("invalid_grant");
    assert_eq!(server.requests(&format!("ROTATING /token {BEARER} cc 400")), 1);
}

#[test] // P01
fn a_refused_grant_is_not_followed_by_another() {
    let server = oidc_provider();
    // This client is registered for the password grant alone.
    let lines = format!("grant = \"device\"\nusername = \"{}\"\nscopes = [\"openid\"]", server.user());
    let sandbox = Sandbox::with_client(server, "SHORT", "ENCPOST", &format!("{lines}\nclient-auth = \"post\""));
    let (code, shown) = Terminal::start(&sandbox, &["login"]).ends(&sandbox);
    assert_eq!(code, 4, "{shown}");
    assert_eq!(server.requests("SHORT /token password encpost 200"), 0);
}
