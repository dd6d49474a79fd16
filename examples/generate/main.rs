//! Writes the files that are made from the program itself: man pages, completions and the tables of the README.
//! `cargo run --example generate`; a test fails when that is due.

mod files;

use std::error::Error;
use std::fs;
use std::path::Path;

#[expect(clippy::disallowed_methods, reason = "these files are for everybody to read")]
fn main() -> Result<(), Box<dyn Error>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let made = files::all(&fs::read_to_string(root.join(files::README))?)?;
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
