//! The table of servers and features: a cell is a test of `tests/real` that names its feature.
//!
//! `#[test] // P04, matrix: basic, post` in the file of a server fills two cells of that server's column. The suite runs
//! all of them or fails, so that the table is what was seen.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

/// Files and the servers' names.
const SERVERS: [(&str, &str); 5] = [
    ("oidc_provider", "oidc-provider"),
    ("glewlwyd", "glewlwyd"),
    ("authlib", "Authlib"),
    ("node_oauth2_server", "node-oauth2-server"),
    ("django_oauth_toolkit", "django-oauth-toolkit"),
];

/// Features and their rows, in order.
const FEATURES: [(&str, &str); 22] = [
    ("discovery", "discovery"),
    ("password", "grant `password`"),
    ("client-credentials", "grant `client-credentials`"),
    ("device", "grant `device`"),
    ("browser", "grant `browser` (code and PKCE)"),
    ("token-exchange", "grant `token-exchange`"),
    ("jwt-bearer", "grant `jwt-bearer`"),
    ("refresh", "refresh"),
    ("resource", "a token for one service, by refresh (`resource`)"),
    ("exchange", "a token for one service, by exchange"),
    ("revocation", "revocation at logout"),
    ("none", "client authentication `none`"),
    ("basic", "`basic`"),
    ("basic-raw", "`basic-raw`"),
    ("post", "`post`"),
    ("client-secret-jwt", "`client-secret-jwt`"),
    ("private-key-jwt", "`private-key-jwt`"),
    ("tls", "`tls`"),
    ("dpop", "DPoP"),
    ("par", "pushed authorization requests"),
    ("introspection", "introspection"),
    ("userinfo", "userinfo"),
];

/// The files with the tests of a server: one of its name, or those of a folder of its name, in order.
fn files(root: &Path, server: &str) -> io::Result<Vec<String>> {
    let place = format!("tests/real/{server}");
    if !root.join(&place).is_dir() {
        return Ok(vec![format!("{place}.rs")]);
    }
    let names = fs::read_dir(root.join(&place))?.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()));
    let mut names: Vec<String> = names.collect::<io::Result<_>>()?;
    names.sort();
    Ok(names.into_iter().map(|name| format!("{place}/{name}")).collect())
}

/// The table.
pub fn table(root: &Path) -> io::Result<String> {
    let mut cells = BTreeMap::new();
    let mut paths = Vec::new();
    for (server, _) in SERVERS {
        paths.extend(files(root, server)?.into_iter().map(|path| (server, path)));
    }
    for (file, path) in paths {
        for line in fs::read_to_string(root.join(&path))?.lines() {
            let Some((_, features)) = line.split_once("#[test] //").and_then(|(_, text)| text.split_once("matrix: "))
            else {
                continue;
            };
            for feature in features.split(',').map(str::trim) {
                if !FEATURES.iter().any(|(known, _)| *known == feature) {
                    return Err(io::Error::other(format!("{path}: no row of the matrix is called {feature}")));
                }
                cells.insert((feature.to_owned(), file), path.clone());
            }
        }
    }
    let names = SERVERS.map(|(_, name)| name).join(" | ");
    let head = format!("| | {names} |\n|---|{}\n", "---|".repeat(SERVERS.len()));
    let row = |(feature, title): (&str, &str)| {
        let cell =
            |file| cells.get(&(feature.to_owned(), file)).map_or_else(String::new, |path| format!("[y]({path})"));
        format!("| {title} | {} |\n", SERVERS.map(|(file, _)| cell(file)).join(" | "))
    };
    let text = head + &FEATURES.map(row).concat();
    Ok(text.replace("|  |", "| |").replace("|  |", "| |"))
}
