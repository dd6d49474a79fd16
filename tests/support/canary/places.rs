//! Where canaries are looked for besides given texts: folders and running processes.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::{Canaries, Finding};

impl Canaries {
    /// Searches every file below a folder, its name and the targets of links; a place is the path relative to the
    /// folder.
    pub fn search_folder(&self, folder: &Path) -> Vec<Finding> {
        let mut findings = Vec::new();
        for path in everything_below(folder) {
            let place = path.strip_prefix(folder).unwrap_or(&path).display().to_string();
            let place = place.replace(std::path::MAIN_SEPARATOR, "/");
            let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
            findings.extend(self.search(&format!("the name of {place}"), name.as_bytes()));
            findings.extend(self.search(&place, &content(&path)));
        }
        findings
    }

    /// Searches the arguments of a running process, and the arguments and environments of everything it started
    /// (M04). Its own initial environment is left out: what the test put there is there (M05).
    #[cfg(target_os = "linux")]
    pub fn search_processes(&self, pid: u32) -> Vec<Finding> {
        let read = |pid: u32, what: &str| match fs::read(format!("/proc/{pid}/{what}")) {
            Err(error) if error.kind() == ErrorKind::PermissionDenied => panic!("{what} of {pid}: {error}"),
            other => other.unwrap_or_default(), // it may have ended meanwhile
        };
        let mut findings = self.search(&format!("arguments of process {pid}"), &read(pid, "cmdline"));
        for child in descendants(pid) {
            findings.extend(self.search(&format!("arguments of process {child}"), &read(child, "cmdline")));
            findings.extend(self.search(&format!("environment of process {child}"), &read(child, "environ")));
        }
        findings
    }
}

/// The processes that this one started, and those that they started.
#[cfg(target_os = "linux")]
pub fn descendants(pid: u32) -> Vec<u32> {
    let mut parents: Vec<(u32, u32)> = Vec::new();
    for entry in fs::read_dir("/proc").unwrap().flatten() {
        let Some(child) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
        // The second field is the name in brackets, which may hold anything; the state and the parent follow it.
        let stat = fs::read_to_string(entry.path().join("stat")).unwrap_or_default();
        let parent = stat.rsplit_once(')').and_then(|(_, rest)| rest.split_whitespace().nth(1)?.parse().ok());
        parents.extend(parent.map(|parent| (child, parent)));
    }
    let mut family = vec![pid];
    let mut next = 0;
    while let Some(&elder) = family.get(next) {
        family.extend(parents.iter().filter(|(_, parent)| *parent == elder).map(|(child, _)| *child));
        next += 1;
    }
    family.split_off(1)
}

/// Every file, link and folder below this one.
pub fn everything_below(folder: &Path) -> Vec<PathBuf> {
    let mut paths = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let entries = match fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == ErrorKind::NotFound => continue,
            Err(error) => panic!("cannot search {}: {error}", folder.display()),
        };
        for path in entries.map(|entry| entry.unwrap().path()) {
            if fs::symlink_metadata(&path).is_ok_and(|meta| meta.is_dir()) {
                folders.push(path.clone());
            }
            paths.push(path);
        }
    }
    paths.sort();
    paths
}

/// A file's content or a link's target; nothing for what is neither.
fn content(path: &Path) -> Vec<u8> {
    let Ok(meta) = fs::symlink_metadata(path) else { return Vec::new() };
    if meta.is_symlink() {
        return fs::read_link(path).map(|t| t.to_string_lossy().into_owned().into_bytes()).unwrap_or_default();
    }
    if !meta.is_file() {
        return Vec::new();
    }
    match fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == ErrorKind::NotFound => Vec::new(),
        Err(error) => panic!("cannot search {}: {error}", path.display()),
    }
}
