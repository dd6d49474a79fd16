//! cargo: a credential provider for a registry (doc.rust-lang.org/cargo, Registry Authentication). Its arguments go to
//! it in the request; it is started with one of cargo's own alone, so that it needs a name of its own.

use std::path::PathBuf;

use super::super::edit::{Entry, Format};
use super::super::plan::Plan;
use super::Ask;
use crate::error::SetupError;
use crate::oauth::WebOrigin;

const REGISTRIES: &str = "registries";

pub fn plan(ask: &Ask<'_>, plan: &mut Plan<'_>) -> Result<(), SetupError> {
    let path = file(ask)?;
    let registries = match &ask.args.registry {
        Some(name) => vec![name.clone()],
        None => registries(&plan.entries(&path, Format::Toml)?, ask.origin),
    };
    if registries.is_empty() {
        return Err(SetupError::NeedsOption {
            client: "cargo",
            option: "--registry NAME: no registry in its settings is there",
        });
    }
    let link = ask.named("cargo-credential-tok")?;
    plan.link(&link, ask.program)?;
    let words = [Ask::text(&link)?.to_owned()].into_iter().chain(ask.profile_words());
    let words: Vec<String> = words.map(|word| toml_edit::Value::from(word).to_string()).collect();
    let provider = format!("[{}]", words.join(", "));
    for name in registries {
        plan.table(&path, Format::Toml, &[REGISTRIES, &name])?;
        plan.entry(&path, Format::Toml, &[REGISTRIES, &name, "credential-provider"], &provider)?;
    }
    Ok(())
}

/// The file that counts where cargo finds both: the one without an ending, which was the first.
fn file(ask: &Ask<'_>) -> Result<PathBuf, SetupError> {
    let folder = ask.file("CARGO_HOME", ".cargo")?;
    let old = folder.join("config");
    Ok(if old.is_file() { old } else { folder.join("config.toml") })
}

/// Those whose index is at the origin.
fn registries(entries: &[Entry], origin: &WebOrigin) -> Vec<String> {
    let name = |entry: &Entry| match entry.place.as_slice() {
        [registries, name, index] if registries == REGISTRIES && index == "index" => {
            let value: toml_edit::Value = entry.value.parse().ok()?;
            let address = value.as_str()?.trim_start_matches("sparse+");
            WebOrigin::of_url(address).is_ok_and(|there| there == *origin).then(|| name.clone())
        }
        _ => None,
    };
    entries.iter().filter_map(name).collect()
}
