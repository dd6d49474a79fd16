//! `tok setup`: it writes what the program reads, says so, says it once, undoes exactly what it did, and never touches
//! a file that it cannot read.

mod clients;
mod locks;
mod refusals;
mod sharing;

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use crate::scene::Scene;
use crate::support::process::Output;

/// Everything in the folders of other programs and in the configuration's: modes, contents, where links lead. Our own
/// state and locks, which stay, are apart.
fn tree(scene: &Scene) -> BTreeMap<String, String> {
    let mut tree = BTreeMap::new();
    for folder in ["home", "config", "data"] {
        walk(&scene.world.path(folder), folder, &mut tree);
    }
    tree
}

fn walk(folder: &Path, name: &str, tree: &mut BTreeMap<String, String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = format!("{name}/{}", path.file_name().unwrap().to_str().unwrap());
        if name.ends_with("/.config.toml.lock") {
            continue;
        }
        let metadata = path.symlink_metadata().unwrap();
        let mode = metadata.permissions().mode();
        let content = if metadata.is_symlink() {
            format!("-> {}", fs::read_link(&path).unwrap().display())
        } else if metadata.is_dir() {
            walk(&path, &name, tree);
            "folder".to_owned()
        } else {
            fs::read_to_string(&path).unwrap()
        };
        tree.insert(name, format!("{mode:o} {content}"));
    }
}

/// A profile, no session, and the machine's own git.
fn scene() -> Scene {
    let scene = Scene::new();
    scene.world.set_env("PATH", "/usr/local/bin:/usr/bin:/bin");
    scene
}

fn put(scene: &Scene, path: &str, text: &str) {
    let path = scene.world.path(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn get(scene: &Scene, path: &str) -> String {
    fs::read_to_string(scene.world.path(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Where a name leads.
fn target(scene: &Scene, path: &str) -> String {
    fs::read_link(scene.world.path(path)).unwrap_or_else(|error| panic!("{path}: {error}")).display().to_string()
}

#[track_caller]
fn setup(scene: &Scene, words: &str) -> Output {
    scene.tok(&format!("setup {words}")).run()
}
