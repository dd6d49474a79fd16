//! AWS: a profile of its own whose keys come from a program (docs.aws.amazon.com, Sourcing credentials with an external
//! process). The service is the one for security tokens, which takes the ID token.

use std::path::MAIN_SEPARATOR;

use super::super::edit::Format;
use super::super::needed;
use super::super::plan::Plan;
use super::Ask;
use crate::error::SetupError;
use crate::oauth::WebOrigin;

/// Where keys are had unless it is said otherwise.
const USUAL: &str = "https://sts.amazonaws.com";

pub fn plan(ask: &Ask<'_>, plan: &mut Plan<'_>) -> Result<(), SetupError> {
    let role = needed(ask.args.role_arn.as_ref(), "aws", "--role-arn ARN")?;
    let path = ask.file("AWS_CONFIG_FILE", ".aws/config")?;
    let mut words = vec![Ask::text(ask.program)?.to_owned()];
    words.extend(ask.profile_words());
    words.extend(["helper", "aws", "--role-arn", role].map(str::to_owned));
    if WebOrigin::parse(USUAL).is_ok_and(|usual| usual != *ask.origin) {
        words.extend(["--endpoint".to_owned(), ask.origin.to_string()]);
    }
    let command = words.iter().map(|word| quoted(word)).collect::<Option<Vec<_>>>();
    let command = command.ok_or_else(|| SetupError::BadPath(ask.program.to_owned()))?.join(" ");
    let name = format!("tok-{}", ask.profile);
    let section = format!("profile {name}");
    plan.table(&path, Format::Ini, &[&section])?;
    plan.entry(&path, Format::Ini, &[&section, "credential_process"], &command)?;
    plan.notes.push(format!("to use it: aws --profile {name}, or AWS_PROFILE={name}"));
    Ok(())
}

/// A word of the command; `None` where quotes would be needed that not every client reads in one way.
fn quoted(word: &str) -> Option<String> {
    if word.contains(|c: char| c.is_control() || "\"'%".contains(c) || c == '\\' && MAIN_SEPARATOR != '\\') {
        None
    } else if word.contains(char::is_whitespace) {
        Some(format!("\"{word}\""))
    } else {
        Some(word.to_owned())
    }
}
