//! What other programs ask, in their own protocols.
//!
//! - [`rules`]: what holds for all of them: who is answered, who is not, and how that is said
//! - [`rejected`]: a token that a service did not take is replaced before the next answer
//! - [`forms`]: what each protocol has beside getting a token
//! - [`keyring`]: what is not ours is passed on to the real one
//! - [`aws`]: keys for a token
//! - [`names`]: the program's other names

mod aws;
mod forms;
mod keyring;
mod names;
mod rejected;
mod rules;

use crate::scene::{Scene, toml};
use crate::support::canary::Kind;
use crate::support::run::Run;

/// The service that programs ask for.
const SERVICE: &str = "https://svc.example.com";

/// One that nobody is bound to.
const OTHER: &str = "https://other.example.com";

/// A program's call, for one service.
struct Call {
    words: String,
    stdin: String,
    variables: Vec<(&'static str, String)>,
    /// What is printed: `TOKEN` stands for the token, `[..]` for a time.
    answer: String,
    /// Exit code, standard output, and whether there is a line on standard error, where there is no answer because
    /// nobody is bound to the service.
    unbound: (i32, &'static str, bool),
    /// The same for any other reason; `LINE` stands for the line.
    failed: (Option<i32>, &'static str, bool),
}

/// All protocols but AWS's, which needs a server.
fn calls(service: &str) -> Vec<Call> {
    let host = service.strip_prefix("https://").unwrap();
    let call = |words: &str, stdin: String, answer: String, unbound, failed| Call {
        words: format!("helper {words}"),
        stdin,
        variables: Vec::new(),
        answer,
        unbound,
        failed,
    };
    let kube = "client.authentication.k8s.io/v1beta1";
    let jwt = "urn:ietf:params:oauth:token-type:jwt";
    vec![
        call(
            "git get",
            format!("capability[]=authtype\nprotocol=https\nhost={host}\n\n"),
            "capability[]=authtype\nauthtype=Bearer\ncredential=TOKEN\nephemeral=1\npassword_expiry_utc=[..]\n".into(),
            (0, "", false),
            (None, "", true),
        ),
        call(
            "docker get",
            host.into(),
            format!("{{\"ServerURL\":\"{host}\",\"Username\":\"ada\",\"Secret\":\"TOKEN\"}}\n"),
            (1, "credentials not found in native keychain\n", false),
            (Some(1), "LINE\n", true),
        ),
        Call {
            variables: vec![(
                "KUBERNETES_EXEC_INFO",
                format!(r#"{{"apiVersion":"{kube}","spec":{{"cluster":{{"server":"{service}/c"}}}}}}"#),
            )],
            ..call(
                "kube",
                String::new(),
                format!(
                    "{{\"apiVersion\":\"{kube}\",\"kind\":\"ExecCredential\",\
                     \"status\":{{\"expirationTimestamp\":\"[..]Z\",\"token\":\"TOKEN\"}}}}\n"
                ),
                (2, "", true),
                (None, "", true),
            )
        },
        call(
            "cargo --cargo-plugin",
            format!(
                "{{\"v\":1,\"kind\":\"get\",\"operation\":\"read\",\
                 \"registry\":{{\"index-url\":\"sparse+{service}/i/\"}}}}\n"
            ),
            "{\"v\":[1]}\n{\"Ok\":{\"kind\":\"get\",\"token\":\"Bearer TOKEN\",\"cache\":\"expires\",\
             \"expiration\":[..],\"operation_independent\":true}}\n"
                .into(),
            (0, "{\"v\":[1]}\n{\"Err\":{\"kind\":\"url-not-supported\"}}\n", false),
            (Some(0), "{\"v\":[1]}\n{\"Err\":{\"kind\":\"other\",\"message\":\"LINE\",\"caused-by\":[]}}\n", false),
        ),
        call(
            &format!("keyring --mode=creds --output=json get {service}/simple/"),
            String::new(),
            "{\"username\":\"ada\",\"password\":\"TOKEN\"}\n".into(),
            (1, "", false),
            (None, "", true),
        ),
        call(
            "bazel get",
            format!("{{\"uri\":\"{service}/x\"}}"),
            "{\"headers\":{\"Authorization\":[\"Bearer TOKEN\"]},\"expires\":\"[..]Z\"}\n".into(),
            (2, "", true),
            (None, "", true),
        ),
        call(
            &format!("goauth {service}/m/@v/list"),
            "HTTP/2.0 404 Not Found\n\n".into(),
            format!("{service}\n\nAuthorization: Bearer TOKEN\n\n"),
            (2, "", true),
            (None, "", true),
        ),
        call(
            &format!("terraform get {host}"),
            String::new(),
            "{\"token\":\"TOKEN\"}\n".into(),
            (0, "{}\n", false),
            (None, "{}\n", true),
        ),
        call(&format!("pnpm --for {service}"), String::new(), "Bearer TOKEN\n".into(), (2, "", true), (None, "", true)),
        Call {
            variables: vec![
                ("GOOGLE_EXTERNAL_ACCOUNT_AUDIENCE", "//iam.googleapis.com/x".into()),
                ("GOOGLE_EXTERNAL_ACCOUNT_TOKEN_TYPE", jwt.into()),
            ],
            ..call(
                &format!("gcp --for {service}"),
                String::new(),
                format!(
                    "{{\"version\":1,\"success\":true,\"token_type\":\"{jwt}\",\"id_token\":\"TOKEN\",\
                     \"expiration_time\":[..]}}\n"
                ),
                (0, "{\"version\":1,\"success\":false,\"code\":\"TOK\",\"message\":\"[..]\"}\n", false),
                (Some(0), "{\"version\":1,\"success\":false,\"code\":\"TOK\",\"message\":\"LINE\"}\n", false),
            )
        },
    ]
}

impl Call {
    fn run(&self, scene: &Scene) -> Run {
        let run = scene.tok(&self.words).stdin(self.stdin.clone()).may_print(Kind::AccessToken);
        self.variables.iter().fold(run, |run, (name, value)| run.env(name, value))
    }
}

/// A scene in which profile `work`, with these keys, is bound to the service.
fn bound(changes: &[(&str, &str)]) -> Scene {
    let scene = Scene::bare();
    bind(&scene, changes, &[(SERVICE, "as = 'bearer'")]);
    scene
}

/// Writes the configuration with these services, each with what stands in its table.
fn bind(scene: &Scene, changes: &[(&str, &str)], services: &[(&str, &str)]) {
    let services: String = services.iter().map(|(origin, how)| format!("{} = {{ {how} }}\n", toml(origin))).collect();
    let profile = scene.profile("work", changes);
    scene.world.write_config(&format!("default-profile = \"work\"\n\n{profile}\n[profiles.work.bind]\n{services}"));
}
