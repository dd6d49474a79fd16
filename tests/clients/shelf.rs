//! What registries serve: a folder of files that a few shell lines have made, once for each home.

use std::path::{Path, PathBuf};

use crate::support::run::World;
use crate::support::server::Answer;

/// In Python, which is on the machine anyway: an archive of these files and nothing else, no folders.
const ZIP: &str = "zip() {
    python3 -c 'import sys, zipfile
with zipfile.ZipFile(sys.argv[1], \"w\") as archive:
    for name in sys.argv[2:]: archive.write(name)' \"$@\"
}
";

/// A folder in which these lines have run; they know `zip ARCHIVE FILE...`.
pub fn make(world: &World, lines: &str) -> PathBuf {
    let folder = world.path("served");
    if !folder.exists() {
        std::fs::create_dir(&folder).unwrap();
        world.command("bash").arg("-euc").arg(format!("{ZIP}{lines}")).folder(&folder).run().ok();
    }
    folder
}

/// The file of that name, of this type.
pub fn file(folder: &Path, name: &str, content_type: &str) -> Answer {
    Answer::new(200, content_type, std::fs::read(folder.join(name)).unwrap())
}
