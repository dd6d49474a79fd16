//! The generated files: what each should hold now. The example writes them, a test compares them.
//!
//! - [`man`]: the man pages
//! - [`tables`]: what is told in more than one place: settings, exit codes; and the tables of the README

pub mod man;
pub mod tables;

use std::error::Error;

use tok::cli::Shell;
use tok::commands::completions;

/// A text that is changed in part.
pub const README: &str = "README.md";

/// Folders that hold generated files only.
pub const FOLDERS: [&str; 2] = ["completions", "man"];

/// The scripts of the shells, named as each shell looks for them.
const COMPLETIONS: [(Shell, &str); 6] = [
    (Shell::Bash, "tok.bash"),
    (Shell::Zsh, "_tok"),
    (Shell::Fish, "tok.fish"),
    (Shell::Elvish, "tok.elv"),
    (Shell::Powershell, "tok.ps1"),
    (Shell::Nushell, "tok.nu"),
];

/// One file.
pub struct File {
    /// From the repository's root.
    pub path: String,
    /// Whole.
    pub text: String,
}

/// All of them; the README is given as it is now.
pub fn all(readme: &str) -> Result<Vec<File>, Box<dyn Error>> {
    let mut files = Vec::new();
    for (shell, name) in COMPLETIONS {
        files.push(File { path: format!("completions/{name}"), text: completions::script(shell)? });
    }
    for (name, text) in man::pages()? {
        files.push(File { path: format!("man/{name}"), text });
    }
    files.push(File { path: README.to_owned(), text: tables::readme(readme)? });
    Ok(files)
}
