//! The generated files: what each should hold now. The example writes them, a test compares them.
//!
//! - [`man`]: the man pages
//! - [`matrix`]: the table of servers and features in the README
//! - [`sections`]: what stands below the options of a verb's long help
//! - [`promises`]: the table in SECURITY.md
//! - [`tables`]: what is told in more than one place: settings, exit codes; and the tables of the README

pub mod man;
pub mod matrix;
pub mod promises;
pub mod sections;
pub mod tables;

use std::error::Error;
use std::path::Path;

use tok::cli::Shell;
use tok::commands::completions;

/// Texts that are changed in part.
const README: &str = "README.md";
pub const SECURITY: &str = "SECURITY.md";

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

/// All of them. `read` gives a text as it is now; figures are new ones for SECURITY.md.
pub fn all(root: &Path, read: impl Fn(&str) -> String, figures: Option<&str>) -> Result<Vec<File>, Box<dyn Error>> {
    let mut files = Vec::new();
    for (shell, name) in COMPLETIONS {
        files.push(File { path: format!("completions/{name}"), text: completions::script(shell)? });
    }
    for (name, text) in man::pages()? {
        files.push(File { path: format!("man/{name}"), text });
    }
    files.push(File { path: README.to_owned(), text: tables::readme(&read(README), &matrix::table(root)?)? });
    let security = promises::security(&read(SECURITY), &promises::proofs(root)?, figures)?;
    files.push(File { path: SECURITY.to_owned(), text: security });
    Ok(files)
}
