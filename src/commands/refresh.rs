//! `tok refresh`: new tokens now, whatever the old one's age.

use std::time::Duration;

use anyhow::Result;

use crate::cli::RefreshArgs;
use crate::context::Context;
use crate::error::Usage;
use crate::session::Want;
use crate::settings::Inputs;
use crate::store::StoreKind;

/// Refreshes and says how long the new token lives.
///
/// # Errors
/// Whatever kept it from new tokens.
pub fn run(args: &RefreshArgs, context: &Context) -> Result<()> {
    let settings = context.settings(Inputs { options: Some(&args.settings), ..context.inputs() })?;
    if settings.store.value == StoreKind::None {
        return Err(Usage::NothingKept.into());
    }
    let world = context.world(&settings)?;
    let want = Want { min_ttl: Duration::ZERO, renew: true, scopes: false, id_token: false };
    let handed = world.keeper(context, &settings).token(want)?;
    let life = match handed.left {
        Some(left) => format!("the new access token lives {}", super::time::duration(left)),
        None => "the server does not say how long the new access token lives".to_owned(),
    };
    context.terminal.notice(&format!("refreshed; {life}"));
    Ok(())
}
