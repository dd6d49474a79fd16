//! The other names of the program: clients that start a helper by a name of their own choice, or give it no argument.

use std::ffi::{OsStr, OsString};
use std::path::Path;

/// The name that stands before a profile's: pnpm gives its helper no argument.
const BEARER: &str = "tok-bearer-";

/// The command line that a call by another name means; the same where the name is the program's own.
///
/// `tok-bearer-PROFILE` and `tok-bearer-PROFILE@HOST:PORT` are for pnpm; no profile's name holds an `@`, and no host. Each
/// further one is a colon, which the name of a file cannot hold on Windows.
#[must_use]
pub fn by_name(arguments: Vec<OsString>) -> Vec<OsString> {
    let words = arguments.first().and_then(|program| words_of(program)).unwrap_or_default();
    if words.is_empty() {
        return arguments;
    }
    let mut arguments = arguments.into_iter();
    arguments.next().into_iter().chain(words.into_iter().map(OsString::from)).chain(arguments).collect()
}

/// The words that a name stands for.
fn words_of(program: &OsStr) -> Option<Vec<String>> {
    let name = Path::new(program).file_name()?.to_str()?;
    // However it is written: Windows looks for programs by the endings in PATHEXT, where it is .EXE.
    let bare = name.len().checked_sub(".exe".len()).and_then(|end| name.split_at_checked(end));
    let name = bare.filter(|(_, ending)| ending.eq_ignore_ascii_case(".exe")).map_or(name, |(name, _)| name);
    let helper = |client: &str| vec!["helper".to_owned(), client.to_owned()];
    Some(match name {
        "git-credential-tok" => helper("git"),
        "docker-credential-tok" => helper("docker"),
        "cargo-credential-tok" => helper("cargo"),
        "bazel-credential-tok" => helper("bazel"),
        "terraform-credentials-tok" => helper("terraform"),
        "keyring" => helper("keyring"),
        _ => {
            let (profile, origin) = match name.strip_prefix(BEARER)?.split_once('@') {
                Some((profile, origin)) => (profile, Some(origin)),
                None => (name.strip_prefix(BEARER)?, None),
            };
            let origin = origin.map(|origin| format!("--for={}", origin.replace('@', ":")));
            vec![format!("--profile={profile}"), "helper".into(), "pnpm".into()].into_iter().chain(origin).collect()
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meant(words: &[&str]) -> String {
        let words = by_name(words.iter().map(OsString::from).collect());
        words.iter().skip(1).map(|word| word.to_str().unwrap()).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn a_name_is_a_helper() {
        for (words, is) in [
            (&["tok", "token"][..], "token"),
            (&["/usr/bin/tok"], ""),
            (&["/home/ada/bin/git-credential-tok", "get"], "helper git get"),
            (&["docker-credential-tok", "list"], "helper docker list"),
            (&["cargo-credential-tok", "--cargo-plugin"], "helper cargo --cargo-plugin"),
            (&["bazel-credential-tok", "get"], "helper bazel get"),
            (&["terraform-credentials-tok", "-p", "work", "get", "h"], "helper terraform -p work get h"),
            (&["keyring", "get", "u", "n"], "helper keyring get u n"),
            (&["/x/tok-bearer-work"], "--profile=work helper pnpm"),
            (&["tok-bearer-a.b@npm.example.com:8443"], "--profile=a.b helper pnpm --for=npm.example.com:8443"),
            (&["tok-bearer-a@h@8443.exe"], "--profile=a helper pnpm --for=h:8443"),
            (&["tok-bearer-"], "--profile= helper pnpm"),
            (&["git-credential-tok.exe", "get"], "helper git get"),
            (&["keyring.EXE", "get", "u", "n"], "helper keyring get u n"),
            (&["git-credential-token"], ""),
        ] {
            assert_eq!(meant(words), is, "{words:?}");
        }
        assert!(by_name(Vec::new()).is_empty());
    }
}
