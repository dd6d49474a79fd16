//! kubectl, and whatever uses client-go: a user whose token comes from a program, and a context for each cluster that
//! is at the address (kubernetes.io, Authenticating: client-go credential plugins). No context of anybody else's is
//! changed, and the current one stays.

use super::super::edit::{Entry, Format, kube_context, kube_servers, kube_user};
use super::super::plan::{Plan, fault};
use super::Ask;
use crate::error::SetupError;
use crate::oauth::{Foreign, WebOrigin};
use crate::sys::files;

pub fn plan(ask: &Ask<'_>, plan: &mut Plan<'_>) -> Result<(), SetupError> {
    let mut files = ask.context.environment.paths("KUBECONFIG");
    if files.is_empty() {
        files.push(ask.below_home(".kube/config")?);
    }
    let files: Vec<_> = files.into_iter().map(super::absolute).collect();
    let Some(path) = files.first() else { return Err(SetupError::NoFolder) };
    let host = ask.origin.host_and_port();
    let user = format!("tok-{}-{host}", ask.profile);
    let mut words = ask.profile_words();
    words.extend(["helper", "kube", "--for", ask.origin.as_str()].map(str::to_owned));
    let program = Ask::text(ask.program)?;
    let by_hand = |why| by_kubectl(why, &user, program, &words);
    let mut clusters = Vec::new();
    for file in &files {
        // Only the first is written.
        let text =
            if file == path { plan.text(file, Format::Kube)? } else { files::read_text(file)?.unwrap_or_default() };
        let servers = kube_servers(&text).map_err(|bad| by_hand(fault(file, bad, "")))?;
        let is_it = |server: &str| WebOrigin::of_url(server).is_ok_and(|origin| origin == *ask.origin);
        clusters.extend(servers.into_iter().filter(|(_, server)| is_it(server)).map(|(name, _)| name));
    }
    let wanted = kube_user(&user, program, &words);
    let entries = plan.entries(path, Format::Kube).map_err(by_hand)?;
    let wanted = as_it_is(entries, &user, &wanted).unwrap_or(wanted);
    if wanted.contains(TELLS_NOT) {
        plan.warnings.push(format!(
            "kubectl does not say for which cluster it wants {user}'s token, so that every context with this user gets \
             it: write {TELLS} into its exec section"
        ));
    }
    plan.entry(path, Format::Kube, &["users", &user], &wanted).map_err(by_hand)?;
    for cluster in &clusters {
        let name = if clusters.len() == 1 { format!("tok-{host}") } else { format!("tok-{host}-{cluster}") };
        plan.entry(path, Format::Kube, &["contexts", &name], &kube_context(&name, cluster, &user))?;
        plan.notes.push(format!("to use it: kubectl --context {name}, or kubectl config use-context {name}"));
    }
    if clusters.is_empty() {
        plan.notes
            .push(format!("no cluster in there is at {}; to use the user for one: kubectl --user {user}", ask.origin));
    }
    let is_bound = ask.context.config.services(ask.profile).any(|service| service.origin == *ask.origin);
    if !is_bound {
        plan.notes.push(format!(
            "it gets the access token; where the cluster takes ID tokens: tok -p {} bind {} --id-token",
            ask.profile, ask.origin
        ));
    }
    Ok(())
}

/// What has the program told which cluster the token is for, and what does not.
const TELLS: &str = "provideClusterInfo: true";
const TELLS_NOT: &str = "provideClusterInfo: false";

/// The user as it is there, where a person told kubectl what `by_kubectl` says, or an old kubectl wrote ours anew: it
/// comes to the same, but for the cluster, which the older ones have no option for.
fn as_it_is(entries: Vec<Entry>, user: &str, wanted: &str) -> Option<String> {
    const MODE: &str = "\n      interactiveMode: Never";
    let modes = ["", "\n      interactiveMode: IfAvailable", MODE].map(|mode| wanted.replace(MODE, mode));
    let is_ours = |value: &String| modes.iter().any(|mode| [mode, &mode.replace(TELLS, TELLS_NOT)].contains(&value));
    entries.into_iter().filter(|entry| entry.place == ["users", user]).map(|entry| entry.value).find(is_ours)
}

/// In a file that is only changed as a whole, what kubectl would have to be told: in options that every kubectl has which
/// knows such users. `--exec-interactive-mode` came later, and this version of the protocol does without.
fn by_kubectl(why: SetupError, user: &str, program: &str, words: &[String]) -> SetupError {
    let SetupError::ByHand { file, .. } = why else { return why };
    let options = [("--exec-api-version", "client.authentication.k8s.io/v1beta1"), ("--exec-command", program)];
    let arguments = words.iter().map(|word| ("--exec-arg", word.as_str()));
    let said: Vec<String> = options
        .into_iter()
        .chain(arguments)
        .map(|(name, value)| format!(" {}", quoted(&format!("{name}={value}"))))
        .collect();
    let wanted = format!("kubectl config set-credentials {}{}", quoted(user), said.concat());
    SetupError::ByHand { file, wanted: Foreign::new(wanted) }
}

/// A word as a shell reads it.
fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:@+,%".contains(c);
    if word.chars().all(is_plain) { word.to_owned() } else { format!("'{}'", word.replace('\'', r"'\''")) }
}
