//! The man pages: name, synopsis, description and options from the command line's definition, and so the sections that
//! stand below the options of its long help; the others from the tables.

use std::io;

use clap::builder::PossibleValue;
use clap::{Arg, Command};
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, italic, roman};

use super::sections::{self, Section};
use super::tables::{self, Setting};

const SOURCE: &str = concat!("tok ", env!("CARGO_PKG_VERSION"));

/// The section of the long help that says how a call ends, where that is not by the table.
const EXIT_CODES: &str = "Exit codes";

/// Sections of the long help that have a place of their own on the page.
const APART: [&str; 2] = ["Examples", EXIT_CODES];

/// The date on the pages: that of their last change of substance.
const DATE: &str = "2026-11-28";

/// The variables that are no setting's.
const VARIABLES: [(&str, &str); 20] = [
    ("TOK_PROFILE", "The profile to use where --profile names none."),
    ("TOK_CONFIG", "The configuration file where --config names none."),
    ("TOK_NO_INPUT", "Set to 1: never ask anything, as with --no-input."),
    (
        "TOK_BIND",
        "Services that the profile which the environment selects answers for, besides those in config.toml (tok bind): \
         ORIGIN, ORIGIN=basic:USER or ORIGIN=id-token, with spaces between them. It knows no resource, audience, scope or exchange.",
    ),
    (
        "TOK_PASSWORD",
        "The password. With issuer or token endpoint, client id and user name, from the environment or the profile that \
         it selects, tok token needs no login: it asks the server each time and nothing is stored.",
    ),
    (
        "TOK_CLIENT_SECRET",
        "The client secret. With the grant client-credentials, issuer or token endpoint and client id, no login is needed.",
    ),
    ("TOK_PRIVATE_KEY", "The private key of the client's assertions, in PEM or as a JWK; as good as a client secret."),
    (
        "TOK_SUBJECT_TOKEN",
        "The token that is exchanged or asserted. With the grants token-exchange and jwt-bearer, issuer or token endpoint and \
         client id, no login is needed.",
    ),
    (
        "ACTIONS_ID_TOKEN_REQUEST_URL, ACTIONS_ID_TOKEN_REQUEST_TOKEN",
        "Set by GitHub for a job with the permission id-token: write; for --subject-token-from github.",
    ),
    ("CREDENTIALS_DIRECTORY", "Set by systemd for a service with credentials; for --subject-token-from systemd:NAME."),
    ("LC_ALL, LC_CTYPE, LANG", "A locale other than one of UTF-8: no QR code is drawn."),
    ("TOK_COMPLETE", "Set by the completion scripts, to have tok answer a shell."),
    (
        "BROWSER",
        "Commands between colons that open a page; %s stands for its address. Else xdg-open. Linux and BSD only.",
    ),
    ("HTTPS_PROXY, ALL_PROXY", "Proxy for requests. Loopback addresses are always reached directly."),
    ("NO_PROXY", "Hosts that are reached without the proxy."),
    ("SSL_CERT_FILE, SSL_CERT_DIR", "The system's CA certificates, where they are elsewhere."),
    ("NO_COLOR", "Set to anything: no colour."),
    ("TERM", "Set to dumb: no colour and no spinner."),
    ("XDG_CONFIG_HOME", "Where configuration lies, on any platform; default ~/.config on Linux. An absolute path."),
    ("XDG_STATE_HOME", "Where state lies; default ~/.local/state. An absolute path."),
];

/// The same, for verbs that use no session.
const FEW_VARIABLES: [&str; 7] =
    ["TOK_PROFILE", "TOK_CONFIG", "TOK_NO_INPUT", "TOK_BIND", "NO_COLOR", "TERM", "XDG_CONFIG_HOME"];

/// And for helpers, which nobody gives options: what holds for all settings is said in one line.
const HELPERS_VARIABLES: [&str; 7] = [
    "TOK_PROFILE",
    "TOK_CONFIG",
    "TOK_BIND",
    "HTTPS_PROXY, ALL_PROXY",
    "SSL_CERT_FILE, SSL_CERT_DIR",
    "XDG_CONFIG_HOME",
    "XDG_STATE_HOME",
];

const FILES: [(&str, &str); 3] = [
    (
        "~/.config/tok/config.toml",
        "Profiles: [profiles.NAME] with the keys that tok(1) lists, and default-profile. Never a secret. Written by tok login and \
         tok profile, which keep its comments and order. On other platforms than Linux it lies in the platform's own \
         folder; tok profile show names it.",
    ),
    ("~/.local/state/tok/locks/", "One lock a session, so that many processes make one refresh. Never removed."),
    ("~/.local/state/tok/sessions/", "Sessions of the file store, readable by their owner only. Not encrypted."),
];

/// What setup leaves, for its own page.
const JOURNAL: (&str, &str) = ("~/.local/state/tok/setup.json", "What tok setup did, to be undone by --remove.");

/// The section of the page of `tok token` that is a page of its own as well, so that it is found under its name.
const MAIL: &str = "Mail programs";

/// Every page with its file name.
pub fn pages() -> io::Result<Vec<(String, String)>> {
    let mut root = tok::command().disable_help_subcommand(true);
    for name in ["profile", "helper"] {
        root = root.mut_subcommand(name, |verb| verb.disable_help_subcommand(true));
    }
    root.build();
    let mut pages = Vec::new();
    add(&root, &mut pages)?;
    pages.extend(root.find_subcommand("token").map(|token| ("tok-mail.7".to_owned(), mail(token))));
    Ok(pages)
}

fn add(command: &Command, pages: &mut Vec<(String, String)>) -> io::Result<()> {
    let name = command.get_display_name().unwrap_or(command.get_name());
    pages.push((format!("{name}.1"), page(name, command)?));
    command.get_subcommands().try_for_each(|verb| add(verb, pages))
}

fn page(name: &str, command: &Command) -> io::Result<String> {
    let man = Man::new(plain(command)).title(name.to_uppercase()).date(DATE).source(SOURCE).manual("User Commands");
    let mut text = Vec::new();
    man.render_title(&mut text)?;
    let mut parts = Vec::new();
    man.render_name_section(&mut parts)?;
    man.render_synopsis_section(&mut parts)?;
    man.render_description_section(&mut parts)?;
    man.render_options_section(&mut parts)?;
    if command.has_subcommands() {
        man.render_subcommands_section(&mut parts)?;
    }
    text.extend(without_preambles(&parts));
    let mut more = Roff::new();
    let help = long_help(command);
    let sections = sections::of(&help);
    for section in sections.iter().filter(|section| !APART.contains(&section.name)) {
        section.render(&mut more);
    }
    exit_status(&mut more, sections.iter().find(|section| section.name == EXIT_CODES));
    environment(&mut more, name, command);
    files(&mut more, if name == "tok-setup" { Some(JOURNAL) } else { None });
    examples(&mut more, command);
    see_also(&mut more, name, command);
    text.extend(more.to_roff().into_bytes());
    String::from_utf8(text).map_err(io::Error::other)
}

fn long_help(command: &Command) -> String {
    command.get_after_long_help().or(command.get_after_help()).map(ToString::to_string).unwrap_or_default()
}

/// The page about mail programs.
fn mail(token: &Command) -> String {
    let help = long_help(token);
    let mut roff = Roff::new();
    roff.control("TH", ["TOK-MAIL", "7", DATE, SOURCE, "Miscellaneous"]);
    roff.control("SH", ["NAME"]);
    roff.text([roman("tok-mail - tokens for msmtp, mutt, isync and git send-email")]);
    for section in sections::of(&help).iter().filter(|section| section.name == MAIL) {
        roff.control("SH", ["DESCRIPTION"]);
        section.render_content(&mut roff);
    }
    roff.control("SH", ["SEE ALSO"]);
    for page in ["tok-bind", "tok-token", "msmtp", "mutt", "mbsync"] {
        roff.text([bold(page), roman("(1),")]);
    }
    roff.text([bold("git-send-email"), roman("(1)")]);
    roff.to_roff()
}

/// Each section begins with the same definition of the apostrophe; once is enough.
fn without_preambles(sections: &[u8]) -> Vec<u8> {
    let lines = sections.split_inclusive(|byte| *byte == b'\n');
    lines.filter(|line| !line.starts_with(b".ie ") && !line.starts_with(b".el ")).flatten().copied().collect()
}

/// The command as a page wants it: the short usage line, and options in one paragraph each.
fn plain(command: &Command) -> Command {
    let usage = command.clone().render_usage().to_string();
    let usage = usage.trim_start_matches("Usage: ").to_owned();
    let command = command.clone().override_usage(usage).subcommand_help_heading("COMMANDS").mut_args(one_paragraph);
    // The first line of the long text is that of the section NAME.
    let about = command.get_long_about().map(ToString::to_string);
    match about.as_deref().and_then(|about| about.split_once("\n\n")) {
        Some((_, rest)) => command.long_about(rest.to_owned()),
        None => command,
    }
}

/// The option's help as one paragraph, its possible values told in the last sentence.
fn one_paragraph(arg: Arg) -> Arg {
    let Some(help) = arg.get_long_help().or(arg.get_help()).map(ToString::to_string) else { return arg };
    let mut help = help.split("\n\n").map(sentence).collect::<Vec<_>>().join("\n");
    let value = |value: &PossibleValue| match value.get_help() {
        Some(help) => format!("{} ({help})", value.get_name()),
        None => value.get_name().to_owned(),
    };
    let values: Vec<String> = arg.get_possible_values().iter().map(value).collect();
    if !values.is_empty() && arg.get_action().takes_values() {
        help = format!("{help}\nOne of: {}.", values.join(", "));
    }
    arg.long_help(help).hide_possible_values(true)
}

fn sentence(text: &str) -> String {
    if text.ends_with('.') { text.to_owned() } else { format!("{text}.") }
}

fn takes_settings(command: &Command) -> bool {
    command.get_arguments().any(|arg| arg.get_long() == Some("issuer"))
}

/// By the table, or what the section says, with the table in the place of what it leaves to that.
fn exit_status(roff: &mut Roff, said: Option<&Section<'_>>) {
    roff.control("SH", ["EXIT STATUS"]);
    let table = tables::exit_codes().into_iter().map(|[code, meaning, _]| (code, meaning));
    // A code of other verbs.
    let table = table.filter(|(code, _)| code != tables::NOT_STARTED);
    let Some(said) = said else {
        return table.for_each(|(code, meaning)| entry(roff, &code, &meaning));
    };
    let entries = said.entries();
    let mut table = table.filter(|(code, _)| entries.iter().all(|(said, _)| said != code));
    for (code, meaning) in &entries {
        if code == "else" && meaning.starts_with(sections::AS_LISTED) {
            table.by_ref().for_each(|(code, meaning)| entry(roff, &code, &meaning));
        } else {
            entry(roff, code, meaning);
        }
    }
}

fn environment(roff: &mut Roff, name: &str, command: &Command) {
    roff.control("SH", ["ENVIRONMENT"]);
    let all = name == "tok" || takes_settings(command);
    let is_helper = name.starts_with("tok-helper");
    let setting = |Setting { row, meaning }: Setting| {
        entry(roff, row.variable, &format!("{} As {} and the key {}.", sentence(&meaning), row.option, row.name));
    };
    if all {
        tables::settings().into_iter().for_each(setting);
    }
    let few = if is_helper { &HELPERS_VARIABLES } else { &FEW_VARIABLES };
    for (name, meaning) in VARIABLES.iter().filter(|(name, _)| all || few.contains(name)) {
        entry(roff, name, meaning);
    }
    if is_helper {
        roff.control("PP", []);
        roff.text([
            roman("The variables of settings and secrets that "),
            bold("tok"),
            roman("(1) lists count as well."),
        ]);
    }
}

fn files(roff: &mut Roff, more: Option<(&str, &str)>) {
    roff.control("SH", ["FILES"]);
    for (path, meaning) in FILES.into_iter().chain(more) {
        roff.control("TP", []);
        roff.text([italic(path)]);
        roff.text([roman(meaning)]);
    }
}

/// The examples of the command's help, each on a line of its own.
fn examples(roff: &mut Roff, command: &Command) {
    let lines = example_lines(command);
    if lines.is_empty() {
        return;
    }
    roff.control("SH", ["EXAMPLES"]);
    sections::as_it_stands(roff, lines.iter().map(String::as_str));
}

/// What stands below `Examples:` in a command's help.
pub fn example_lines(command: &Command) -> Vec<String> {
    let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
    let lines = help.lines().skip_while(|line| *line != "Examples:").skip(1);
    lines.map_while(|line| line.strip_prefix("  ")).map(str::to_owned).collect()
}

fn see_also(roff: &mut Roff, name: &str, command: &Command) {
    let mut pages: Vec<String> = Vec::new();
    let mut parent = name;
    while let Some((above, _)) = parent.rsplit_once('-') {
        pages.insert(0, above.to_owned());
        parent = above;
    }
    let others: &[&str] = match name {
        "tok-token" => &["tok-bind", "tok-mail"],
        "tok-curl" | "tok-exec" => &["tok-bind"],
        "tok-bind" | "tok-setup" => &["tok-helper"],
        name if name.starts_with("tok-helper") => &["tok-bind", "tok-setup"],
        _ => &[],
    };
    pages.extend(others.iter().map(ToString::to_string));
    pages.extend(command.get_subcommands().map(|verb| format!("{name}-{}", verb.get_name())));
    roff.control("SH", ["SEE ALSO"]);
    let count = pages.len();
    for (index, page) in pages.into_iter().enumerate() {
        let (section, comma) = (if page == "tok-mail" { 7 } else { 1 }, if index + 1 < count { "," } else { "" });
        roff.text([bold(page), roman(format!("({section}){comma}"))]);
    }
}

fn entry(roff: &mut Roff, name: &str, meaning: &str) {
    roff.control("TP", []);
    roff.text([bold(name)]);
    roff.text([roman(meaning)]);
}
