//! Google Cloud: a credential configuration whose token comes from a program (google.aip.dev/auth/4117). Whoever uses
//! it names it in a variable, and allows programs in another.

use serde::Serialize;

use super::super::needed;
use super::super::plan::Plan;
use super::super::step::shown;
use super::Ask;
use crate::error::SetupError;
use crate::oauth::WebOrigin;

/// Where tokens are exchanged unless it is said otherwise.
const USUAL: &str = "https://sts.googleapis.com";

/// How long the program may take: there may be a refresh in it.
const TIMEOUT_MILLIS: u32 = 30_000;

#[derive(Serialize)]
struct Configuration<'a> {
    r#type: &'static str,
    audience: &'a str,
    subject_token_type: &'static str,
    token_url: String,
    credential_source: Source,
}

#[derive(Serialize)]
struct Source {
    executable: Executable,
}

#[derive(Serialize)]
struct Executable {
    command: String,
    timeout_millis: u32,
}

pub fn plan(ask: &Ask<'_>, plan: &mut Plan<'_>) -> Result<(), SetupError> {
    let audience = needed(ask.args.pool.as_ref(), "gcp", "--pool AUDIENCE")?;
    let mut words = vec![Ask::unquoted(ask.program)?.to_owned()];
    words.extend(ask.profile_words());
    words.extend(["helper", "gcp"].map(str::to_owned));
    if WebOrigin::parse(USUAL).is_ok_and(|usual| usual != *ask.origin) {
        words.extend(["--for".to_owned(), ask.origin.to_string()]);
    }
    let configuration = Configuration {
        r#type: "external_account",
        audience,
        subject_token_type: "urn:ietf:params:oauth:token-type:jwt",
        token_url: format!("{}/v1/token", ask.origin),
        credential_source: Source {
            executable: Executable { command: words.join(" "), timeout_millis: TIMEOUT_MILLIS },
        },
    };
    let folder = ask.context.folders.config.as_deref().ok_or(SetupError::NoFolder)?;
    let path = folder.join(format!("gcp-{}.json", ask.profile));
    let content = serde_json::to_string_pretty(&configuration).unwrap_or_default() + "\n";
    plan.whole(&path, &content)?;
    plan.notes.push(format!("to use it: GOOGLE_APPLICATION_CREDENTIALS={}", shown(&path)));
    plan.notes.push("and, so that programs may be asked: GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES=1".to_owned());
    Ok(())
}
