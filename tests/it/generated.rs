//! The files that are made from the program, and what is told in several places: all say the same.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use tok::cli::Shell;
use tok::commands::completions;

#[path = "../../examples/generate/files/mod.rs"]
pub mod files;

const COMMAND: &str = "cargo run --example generate";

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// A file's text, with the line ends that it was committed with.
fn read(path: &str) -> String {
    let text = std::fs::read_to_string(root().join(path)).unwrap_or_default();
    text.replace("\r\n", "\n")
}

#[test]
fn what_is_checked_in_is_what_the_program_makes_now() {
    let made = files::all(&root(), read, None).unwrap();
    let differing: Vec<_> = made.iter().filter(|file| read(&file.path) != file.text).map(|file| &file.path).collect();
    assert!(differing.is_empty(), "not as the program is now: {differing:?}: {COMMAND}");
    for folder in files::FOLDERS {
        let wanted: BTreeSet<PathBuf> = made
            .iter()
            .map(|file| root().join(&file.path))
            .filter(|path| path.starts_with(root().join(folder)))
            .collect();
        let there = std::fs::read_dir(root().join(folder)).unwrap().map(|entry| entry.unwrap().path()).collect();
        assert_eq!(wanted, there, "{folder} holds generated files only: {COMMAND}");
    }
}

#[test]
fn every_promise_has_its_test_or_says_that_it_is_open() {
    let text = read(files::SECURITY);
    let promises: Vec<_> = text.lines().filter_map(files::promises::row).collect();
    let numbers: BTreeSet<&str> = promises.iter().map(|[number, ..]| *number).collect();
    assert_eq!((promises.len(), numbers.len()), (76, 76), "each number once");
    let proofs = files::promises::proofs(&root()).unwrap();
    let unknown: Vec<_> = proofs.keys().filter(|number| !numbers.contains(number.as_str())).collect();
    assert!(unknown.is_empty(), "tests name promises that SECURITY.md does not have: {unknown:?}");
    for [number, promise, ..] in promises {
        assert!(proofs.contains_key(number) || promise.contains("Open: "), "nothing proves {number}");
    }
}

#[test]
fn each_verb_has_a_page_with_its_sections() {
    let pages = files::man::pages().unwrap();
    let names: Vec<&str> = pages.iter().map(|(name, _)| name.as_str()).collect();
    for name in ["tok.1", "tok-login.1", "tok-token.1", "tok-completions.1", "tok-profile.1", "tok-profile-set.1"] {
        assert!(names.contains(&name), "{names:?}");
    }
    assert!(!names.iter().any(|name| name.ends_with("help.1")), "{names:?}");
    assert!(names.contains(&"tok-mail.7"), "{names:?}");
    for (name, text) in pages.iter().filter(|(name, _)| name.ends_with(".1")) {
        for section in ["NAME", "SYNOPSIS", "DESCRIPTION", "\"EXIT STATUS\"", "ENVIRONMENT", "FILES", "\"SEE ALSO\""] {
            assert!(text.contains(&format!("\n.SH {section}\n")), "{name}: {section}");
        }
        let nested = name.starts_with("tok-profile-") && name != "tok-profile-set.1";
        assert_eq!(text.contains("\n.SH EXAMPLES\n"), !nested, "{name}");
    }
}

#[test]
fn the_help_tells_the_exit_codes() {
    let help = tok::command().render_long_help().to_string();
    let (_, list) = help.split_once("Exit codes:\n").unwrap();
    let told = list.lines().map(str::trim).take_while(|line| !line.is_empty());
    let told: Vec<_> =
        told.map(|line| line.split_once("  ").unwrap()).map(|(code, text)| (code, text.trim())).collect();
    let codes = files::tables::exit_codes();
    let wanted: Vec<_> = codes.iter().map(|[code, meaning, _]| (code.as_str(), meaning.as_str())).collect();
    assert_eq!(told, wanted);
}

#[test]
fn readme_and_pages_tell_the_exit_codes_and_settings() {
    let (readme, page) = (read("README.md"), read("man/tok.1"));
    for [code, meaning, _] in files::tables::exit_codes() {
        assert!(readme.contains(&format!("| {code} | {meaning} |")), "{code}");
        assert!(page.contains(&format!("\\fB{code}\\fR\n{}\n", meaning.replace('-', "\\-"))), "{code}");
    }
    for setting in files::tables::settings() {
        let row = setting.row;
        assert!(!setting.meaning.is_empty(), "{}", row.name);
        let line = format!("| `{}` | `{}` | `{}` | {} |\n", row.name, row.option, row.variable, setting.meaning);
        assert!(readme.contains(&line), "{line}");
        assert!(page.contains(&format!("\n\\fB{}\\fR\n", row.variable)), "{}", row.variable);
    }
}

#[test]
fn every_variable_that_the_program_names_is_in_the_page() {
    let page = read("man/tok.1");
    let environment = page.split("\n.SH ").find(|section| section.starts_with("ENVIRONMENT")).unwrap();
    let told: BTreeSet<String> = variables(environment).collect();
    let mut named = BTreeSet::new();
    let mut folders = vec![root().join("src")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if !is_test(&path) {
                let text = std::fs::read_to_string(&path).unwrap();
                let program = text.split("#[cfg(test)]").next().unwrap_or_default();
                named.extend(variables(program));
            }
        }
    }
    assert!(named.len() > 15, "{named:?}");
    assert_eq!(named.difference(&told).collect::<Vec<_>>(), Vec::<&String>::new());
}

fn is_test(path: &Path) -> bool {
    path.components().any(|part| part.as_os_str().to_string_lossy().contains("test"))
}

/// The names `TOK_...` in a text.
fn variables(text: &str) -> impl Iterator<Item = String> {
    let name = |rest: &str| {
        let rest: String = rest.chars().take_while(|c| c.is_ascii_uppercase() || *c == '_').collect();
        format!("TOK_{}", rest.trim_end_matches('_'))
    };
    text.split("TOK_").skip(1).map(name).filter(|name| name != "TOK_").collect::<Vec<_>>().into_iter()
}

#[test]
fn the_scripts_that_no_test_can_run_are_well_formed() {
    for (shell, registration) in [
        (Shell::Elvish, "edit:completion:arg-completer[tok] = {"),
        (Shell::Powershell, "Register-ArgumentCompleter -Native -CommandName tok -ScriptBlock {"),
        (Shell::Nushell, "export extern tok ["),
    ] {
        let script = completions::script(shell).unwrap();
        assert!(script.contains(registration), "{shell:?}: {script}");
        assert_eq!(unbalanced(&script), None, "{shell:?}");
        assert!(shell == Shell::Nushell || script.contains(completions::VARIABLE), "{shell:?}");
    }
}

/// The first bracket without its partner, outside quotes and comments.
fn unbalanced(script: &str) -> Option<char> {
    let mut open = Vec::new();
    let mut quote = None;
    for line in script.lines() {
        let mut before = ' ';
        for c in line.chars() {
            match (quote, c) {
                (Some(mark), _) if c == mark => quote = None,
                (None, '#') if before == ' ' => break,
                (None, '"' | '\'') => quote = Some(c),
                (None, '(' | '[' | '{') => open.push(c),
                (None, ')' | ']' | '}') => {
                    let partner = open.pop();
                    if !matches!((partner, c), (Some('('), ')') | (Some('['), ']') | (Some('{'), '}')) {
                        return Some(c);
                    }
                }
                _ => {}
            }
            before = c;
        }
    }
    open.pop().or(quote)
}

#[test]
fn brackets_are_counted() {
    assert_eq!(unbalanced("a { b ( \")\" ) } # }\n[x]"), None);
    assert_eq!(unbalanced("a { b )"), Some(')'));
    assert_eq!(unbalanced("a {"), Some('{'));
    assert_eq!(unbalanced("a \"{"), Some('"'));
}

#[test]
fn nushells_script_knows_every_verb_and_option() {
    let script = completions::script(Shell::Nushell).unwrap();
    let mut command = tok::command();
    command.build();
    for verb in command.get_subcommands().filter(|verb| verb.get_name() != "help") {
        let (_, of_verb) = script.split_once(&format!("export extern \"tok {}\" [\n", verb.get_name())).unwrap();
        let (of_verb, _) = of_verb.split_once("\n  ]\n").unwrap();
        for option in verb.get_arguments().filter_map(|arg| arg.get_long()) {
            assert!(of_verb.contains(&format!("    --{option}")), "{} {option}", verb.get_name());
        }
    }
}
