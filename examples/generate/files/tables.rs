//! What is told in more than one place, from the one place that knows it.

use clap::Command;
use tok::error::Exit;
use tok::settings::table::{Key, Row};

/// The exit code of verbs that become another program, where that was not started.
pub const NOT_STARTED: &str = "125";

/// A setting with its meaning.
pub struct Setting {
    /// Its row in the table of settings.
    pub row: Row,
    /// The first sentence of its option's help.
    pub meaning: String,
}

/// Every setting, in the table's order.
pub fn settings() -> Vec<Setting> {
    let command = tok::command();
    let login = command.find_subcommand("login").unwrap_or(&command);
    Key::ALL.iter().map(|key| Setting { row: key.row(), meaning: meaning(login, key.row().option) }).collect()
}

fn meaning(command: &Command, option: &str) -> String {
    let mut arguments = command.get_arguments();
    let found = arguments.find(|arg| arg.get_long().is_some_and(|long| option.strip_prefix("--") == Some(long)));
    found.and_then(|arg| arg.get_help()).map(ToString::to_string).unwrap_or_default()
}

/// Every exit code: the code, what it means, what a script does about it.
pub fn exit_codes() -> Vec<[String; 3]> {
    let coded = Exit::ALL.map(|exit| [(exit as u8).to_string(), exit.meaning().into(), exit.remedy().into()]);
    let [done, not_started, signals] = [
        ("0", "done"),
        (NOT_STARTED, "tok exec, tok curl: no token, nothing was started"),
        ("129, 130, 143", "hung up, interrupted, terminated"),
    ]
    .map(|(code, meaning)| [code.to_owned(), meaning.to_owned(), String::new()]);
    [done].into_iter().chain(coded).chain([not_started, signals]).collect()
}

/// The README with its tables as they should be.
pub fn readme(text: &str, matrix: &str) -> Result<String, String> {
    let settings = settings().into_iter().map(|Setting { row, meaning }| {
        format!("| `{}` | `{}` | `{}` | {meaning} |\n", row.name, row.option, row.variable)
    });
    let settings =
        "| key | option | variable | meaning |\n|---|---|---|---|\n".to_owned() + &settings.collect::<String>();
    let codes = exit_codes().into_iter().map(|[code, meaning, remedy]| match remedy.as_str() {
        "" => format!("| {code} | {meaning} | |\n"),
        command if command.starts_with("tok ") => format!("| {code} | {meaning} | `{command}` |\n"),
        remedy => format!("| {code} | {meaning} | {remedy} |\n"),
    });
    let codes = "| code | meaning | what a script does |\n|---|---|---|\n".to_owned() + &codes.collect::<String>();
    let text = between_markers(text, "settings table", &settings)?;
    let text = between_markers(&text, "exit codes", &codes)?;
    between_markers(&text, "servers", matrix)
}

/// The text with something else between `<!-- NAME -->` and `<!-- end of NAME -->`.
pub(super) fn between_markers(text: &str, name: &str, table: &str) -> Result<String, String> {
    let (begin, end) = (format!("<!-- {name} -->\n"), format!("<!-- end of {name} -->\n"));
    let missing = || format!("there are no lines {} and {}", begin.trim(), end.trim());
    let (before, rest) = text.split_once(&begin).ok_or_else(missing)?;
    let (_, after) = rest.split_once(&end).ok_or_else(missing)?;
    Ok([before, &begin, "\n", table, "\n", &end, after].concat())
}
