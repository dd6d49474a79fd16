//! What other programs make of the generated files and of the examples: mandoc of the man pages; bash, zsh and fish of
//! the completions, as a person has them who presses Tab; bash and curl of the examples.

use std::fs;
use std::path::{Path, PathBuf};

use crate::harness::{Client, Sandbox, tok_binary};
use crate::server::oidc_provider;

fn repository() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Somebody with two profiles, and `tok` in the path.
fn person() -> Sandbox {
    let sandbox = Sandbox::new();
    fs::create_dir_all(sandbox.path("config/tok")).unwrap();
    let config = "[profiles.work]\nissuer = \"https://work.example\"\n[profiles.home]\n";
    fs::write(sandbox.path("config/tok/config.toml"), config).unwrap();
    fs::create_dir(sandbox.path("home/bin")).unwrap();
    std::os::unix::fs::symlink(tok_binary(), sandbox.path("home/bin/tok")).unwrap();
    sandbox.set("PATH", &format!("{}:/usr/bin:/bin", sandbox.path("home/bin").display()));
    sandbox.set("COMPLETIONS", repository().join("completions").to_str().unwrap());
    sandbox
}

#[test]
fn mandoc_has_nothing_against_the_man_pages() {
    let sandbox = Sandbox::new();
    let pages = repository().join("man");
    let outcome = sandbox.bash(&format!("mandoc -T lint -W warning '{}'/*", pages.display())).exits(0);
    assert_eq!((outcome.stdout.as_str(), outcome.stderr.as_str()), ("", ""));
    for page in fs::read_dir(pages).unwrap() {
        let page = page.unwrap().path();
        let text = sandbox.bash(&format!("mandoc -T ascii '{}' | col -b", page.display())).exits(0).stdout;
        let name = page.file_stem().unwrap().to_str().unwrap();
        let wanted =
            if page.extension().is_some_and(|section| section == "7") { "\nSEE ALSO\n" } else { "\nEXIT STATUS\n" };
        assert!(text.contains(&format!("\nNAME\n       {name} - ")) && text.contains(wanted), "{text}");
    }
}

#[test]
fn bash_completes_verbs_options_and_profiles() {
    let sandbox = person();
    let complete = |words: &[&str]| {
        let (word, before) = (words[words.len() - 1], words[words.len() - 2]);
        let lines = format!(
            "source \"$COMPLETIONS/tok.bash\"\n[[ $(complete -p tok) == *' -F _clap_complete_tok tok' ]]\n\
             COMP_WORDS=({}) COMP_CWORD={} COMP_TYPE=9\n_clap_complete_tok tok '{word}' '{before}'\n\
             printf '%s\\n' \"${{COMPREPLY[@]}}\"",
            words.join(" "),
            words.len() - 1
        );
        sandbox.bash(&lines).exits(0).stdout
    };
    assert_eq!(complete(&["tok", "lo"]), "login\nlogout\n");
    assert_eq!(complete(&["tok", "login", "--iss"]), "--issuer\n");
    assert_eq!(complete(&["tok", "login", "--store", "k"]), "keyring\nkernel\n");
    for words in [&["tok", "-p", "wo"][..], &["tok", "token", "--profile", "wo"], &["tok", "profile", "remove", "wo"]] {
        assert_eq!(complete(words), "work\n", "{words:?}");
    }
}

#[test]
fn fish_completes_verbs_options_and_profiles() {
    let sandbox = person();
    let complete = |line: &str| {
        let script = format!("source \"$COMPLETIONS/tok.fish\"; complete -C '{line}'");
        sandbox.bash(&format!("fish --no-config -c \"{}\"", script.replace('"', "\\\""))).exits(0).stdout
    };
    assert_eq!(complete("tok profile show wo"), "work\n");
    assert_eq!(complete("tok -p wo"), "work\n");
    assert_eq!(complete("tok login --store k"), "keyring\nkernel\n");
    assert!(complete("tok refr").contains("refresh\tGet new tokens now"));
    assert!(complete("tok login --iss").contains("--issuer\t"));
}

/// A shell of its own on a terminal of its own, in which the first Tab is pressed.
const ZSH: &str = r#"
zmodload zsh/zpty
zpty shell zsh -f -i
zpty -w shell "fpath=('$COMPLETIONS' \$fpath); PS1=; unsetopt beep; autoload -Uz compinit; compinit -u -D"
zpty -w -n shell "$LINE"
zpty -w shell exit
while zpty -r shell text; do print -rn -- $text; done
"#;

#[test]
fn zsh_completes_at_the_first_tab() {
    let sandbox = person();
    fs::write(sandbox.path("home/press-tab"), ZSH).unwrap();
    let press = |keys: &str| {
        sandbox.set("LINE", keys);
        sandbox.bash("TERM=dumb zsh -f press-tab").exits(0).stdout
    };
    let shown = press("tok profile show wo\t\n");
    assert!(shown.contains("https://work.example"), "{shown}");
    let shown = press("tok completions fi\t| head -1\n");
    assert!(shown.contains("complete --keep-order"), "{shown}");
    let shown = press("tok prof\tdef\t\n");
    assert!(shown.contains("\ndefault"), "{shown}");
}

#[test]
fn a_sourced_zsh_script_registers_itself() {
    let sandbox = person();
    let script = "autoload -Uz compinit; compinit -u -D; source $COMPLETIONS/_tok; print $_comps[tok]";
    let outcome = sandbox.bash(&format!("zsh -f -c '{script}'")).exits(0);
    assert_eq!(outcome.stdout, "_clap_dynamic_completer_tok\n");
}

#[test] // S05
fn the_examples_with_curl_work_in_bash() {
    let server = oidc_provider();
    let sandbox = Sandbox::with_profile(server, "ROTATING", &Client { name: "PUB", auth: "none" });
    sandbox.log_in(server).exits(0);
    let examples = |args: &[&str]| {
        let help = sandbox.tok(args).exits(0).stdout;
        let lines = help.lines().map(str::trim).filter(|line| line.starts_with("curl -"));
        lines.map(str::to_owned).collect::<Vec<_>>()
    };
    let [all, token] = [examples(&["-h"]), examples(&["help", "token"])];
    assert!(!all.is_empty() && !token.is_empty());
    let folder = Path::new(&tok_binary()).parent().unwrap().display().to_string();
    let userinfo = format!("{}/me", server.value("ROTATING_ISSUER"));
    for example in all.iter().chain(&token) {
        let typed = example.replace("https://api.example.com/me", "https://api.example.com/");
        let typed = typed.replace("https://api.example.com/", &userinfo);
        let lines = format!("PATH={folder}:$PATH; export CURL_CA_BUNDLE={}; {typed}", server.ca_file().display());
        let outcome = sandbox.bash(&lines).exits(0);
        assert!(outcome.stdout.contains("alice"), "{example}: {}", outcome.stdout);
    }
}
