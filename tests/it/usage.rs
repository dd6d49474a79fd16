//! Help, version, and calls that make no sense.

use crate::world;

#[test]
fn help_and_version_are_answers() {
    let world = world();
    world.write_config("not toml");
    assert_eq!(world.tok(["-V"]).run().line(), concat!("tok ", env!("CARGO_PKG_VERSION")));
    assert_eq!(world.tok(["--version"]).run().stdout, world.tok(["-V"]).run().stdout);
    for args in
        [&["-h"][..], &["--help"], &["help"], &["help", "login"], &["login", "-h"], &["profile", "set", "--help"]]
    {
        let output = world.tok(args).run().ok();
        assert!(output.stdout.contains("Usage: tok") && output.stderr.is_empty(), "{args:?}: {}", output.stderr);
    }
    assert_eq!(world.tok(["help", "token"]).run().stdout, world.tok(["token", "--help"]).run().stdout);
}

#[test]
fn long_help_says_more_than_short_help() {
    let world = world();
    for (args, only_long) in [
        (&[][..], "An option wins over the variable"),
        (&["login"], "Asks for what is missing where there is a terminal."),
        (&["token"], "One line on standard output, nothing else."),
        (&["refresh"], "For when a service rejects a token"),
        (&["show"], "Never shows a secret."),
        (&["logout"], "then the exit code is 5"),
        (&["profile"], "with a session of its own"),
        (&["profile", "set"], "comments and order in the file are kept"),
        (&["profile", "remove"], "then the exit code is 5"),
        (&["completions"], "names of profiles"),
    ] {
        let help = |option| world.tok(args).arg(option).run().ok().stdout.replace('\n', " ");
        let (short, long) = (help("-h"), help("--help"));
        let squeezed = long.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(!short.contains(only_long) && squeezed.contains(only_long), "{args:?}: {long}");
        assert!(short.contains("Examples:") || args == ["profile", "remove"], "{args:?}: {short}");
    }
}

#[test]
fn an_unknown_profile_is_named_as_it_was_given() {
    let world = world();
    world.write_config("[profiles.work]\n[profiles.home]\n");
    let said = |args: &[&str]| {
        let stderr = world.tok(args).run().code_is(2).stderr;
        stderr.lines().next().unwrap().to_owned()
    };
    assert_eq!(said(&["profile", "show", "wrok"]), "tok: there is no profile \"wrok\" (argument): expected work");
    assert_eq!(said(&["-p", "wrok", "show"]), "tok: there is no profile \"wrok\" (--profile): expected work");
}

#[test]
fn a_wrong_call_is_reported_on_standard_error() {
    let world = world();
    for (args, said) in [
        (&[][..], "Usage: tok [OPTIONS] <COMMAND>"),
        (&["profile"], "Usage: tok profile [OPTIONS] <COMMAND>"),
        (&["loign"], "'login'"),
        (&["tokn"], "a similar subcommand exists: 'token'"),
        (&["profile", "lst"], "'list'"),
        (&["login", "--isuer", "x"], "a similar argument exists: '--issuer'"),
        (&["show", "--jsno"], "a similar argument exists: '--json'"),
        (&["--no-inptu", "show"], "a similar argument exists: '--no-input'"),
        (&["completions", "tcsh"], "[possible values: bash, zsh, fish, elvish, powershell, nushell]"),
        (&["--color", "blue", "show"], "[possible values: auto, always, never]"),
        (&["login", "--store", "disk"], "tok: --store: \"disk\" is not one of keyring, kernel, file, none"),
        (&["token", "--json", "--header"], "cannot be used with"),
        (&["token", "extra"], "unexpected argument 'extra'"),
        (&["-q", "-v", "show"], "'--quiet' cannot be used with '--verbose'"),
        (&["-q", "show", "-v"], "'--quiet' cannot be used with '--verbose'"),
    ] {
        let output = world.tok(args).run().code_is(2);
        assert!(output.stdout.is_empty() && output.stderr.contains(said), "{args:?}: {}", output.stderr);
    }
}

#[cfg(unix)]
#[test] // U01
fn an_argument_cannot_draw_on_the_screen() {
    let world = world();
    for evil in
        ["\u{1b}[2J", "\u{1b}]0;title\u{7}", "a\rb", "\u{9b}2J", "\u{7f}", "\u{202e}kot", "\u{2066}x", "\u{61c}x"]
    {
        for words in [&["token", evil][..], &[evil], &["token", "--color", evil], &[&format!("--{evil}"), "token"]] {
            let mut terminal = world.tok(words).env("NO_COLOR", "1").on_terminal();
            assert_eq!(terminal.wait(), 2, "{words:?}");
            let said = terminal.output();
            let drawn = said.replace("\r\n", "\n").replace('\n', "").chars().any(|c| c.is_control() || c > '\u{2000}');
            assert!(!drawn && said.contains(" holds a control character"), "{words:?}: {said:?}");
        }
    }
    // Where another argument is at fault, that one is named.
    let output = world.tok(["token", "--scope", "a\tb", "--bogus"]).run().code_is(2);
    assert!(output.stderr.contains("--bogus"), "{}", output.stderr);
}
