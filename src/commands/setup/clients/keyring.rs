//! pip and uv: a program named `keyring`, which both look for in `PATH` (pip.pypa.io, Authentication;
//! docs.astral.sh/uv, HTTP credentials). It lies in a folder of its own, as it goes before the real one only for who
//! puts that folder first.

use super::super::edit::Format;
use super::super::plan::Plan;
use super::super::step::shown;
use super::Ask;
use crate::error::SetupError;
use crate::sys::child::{file_name, find, put_first_in_path};
use crate::sys::files::is_same;

pub fn plan(ask: &Ask<'_>, plan: &mut Plan<'_>) -> Result<(), SetupError> {
    let data = ask.bases.data.as_deref().ok_or(SetupError::NoFolder)?;
    let folder = data.join("tok").join("keyring");
    let link = folder.join(file_name("keyring"));
    plan.link(&link, ask.program)?;
    let environment = &ask.context.environment;
    let pip = match environment.path("PIP_CONFIG_FILE") {
        Some(path) => super::absolute(path),
        None => ask.bases.pip.clone().ok_or(SetupError::NoFolder)?,
    };
    plan.table(&pip, Format::Ini, &["global"])?;
    plan.entry(&pip, Format::Ini, &["global", "keyring-provider"], "subprocess")?;
    let uv = match environment.path("UV_CONFIG_FILE") {
        Some(path) => super::absolute(path),
        None => ask.config_base()?.join("uv").join("uv.toml"),
    };
    plan.entry(&uv, Format::Toml, &["keyring-provider"], "\"subprocess\"")?;
    if find("keyring", environment).is_none_or(|first| !is_same(&first, ask.program)) {
        let typed = put_first_in_path(&shown(&folder).to_string());
        plan.notes.push(format!("it works where that folder is first in PATH: {typed}"));
    }
    Ok(())
}
