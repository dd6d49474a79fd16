//! Writes the files that are made from the program itself: man pages, completions and the tables of the README and of
//! SECURITY.md. `cargo run --example generate`; a test fails when that is due.
//!
//! `cargo run --example generate -- FILE` also puts the figures into SECURITY.md that `tests/run --long` left in a file.

mod files;

use std::error::Error;
use std::fs;
use std::path::Path;

#[expect(clippy::disallowed_methods, reason = "these files are for everybody to read, and the figures' file is named")]
fn main() -> Result<(), Box<dyn Error>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let figures = std::env::args_os().nth(1).map(fs::read_to_string).transpose()?;
    let read = |path: &str| fs::read_to_string(root.join(path)).unwrap_or_default();
    let made = files::all(root, read, figures.as_deref())?;
    for folder in files::FOLDERS {
        fs::create_dir_all(root.join(folder))?;
        for entry in fs::read_dir(root.join(folder))? {
            let path = entry?.path();
            if !made.iter().any(|file| root.join(&file.path) == path) {
                fs::remove_file(path)?;
            }
        }
    }
    for file in made {
        fs::write(root.join(file.path), file.text)?;
    }
    Ok(())
}
