//! `tok token`: one valid access token on standard output, nothing else.

use anyhow::Result;
use serde::Serialize;

use crate::cli::TokenArgs;
use crate::context::Context;
use crate::error::Usage;
use crate::oauth::{Foreign, GrantKind};
use crate::secret::Secret;
use crate::session::{Handed, Missing, NoSession, SessionError, Want};
use crate::settings::{self, Inputs, Key, Settings};
use crate::store::StoreFault;

/// Prints the token; asks the server only where no stored one serves.
///
/// # Errors
/// Whatever kept it from a token.
pub fn run(args: &TokenArgs, context: &Context) -> Result<()> {
    let handed = get(args, context)?;
    if let Some(kind) = &handed.other_than_access {
        if args.header {
            return Err(Usage::NoAccessToken { kind: Foreign::new(kind.as_str()) }.into());
        }
        context.terminal.notice(&format!("this is no access token: the server issued {}", named(kind)));
    }
    if handed.short {
        let left = handed.left.unwrap_or_default();
        context.terminal.warn(&format!("the server's tokens live shorter than asked for: this one has {left} s left"));
    }
    context.terminal.print(&line(args, &handed))?;
    Ok(())
}

/// Settings and session end here, and with them every copy of a password, before the token is printed (M01).
fn get(args: &TokenArgs, context: &Context) -> Result<Handed> {
    let settings = context.settings(Inputs { options: Some(&args.settings), ..context.inputs() })?;
    let want = Want { min_ttl: settings::min_ttl(args.min_ttl.as_deref())?, renew: false, scopes: args.json };
    let handed = context.world(&settings).and_then(|world| world.keeper(context, &settings).token(want));
    Ok(handed.map_err(|error| blame_the_environment(error, &settings))?)
}

/// Where nothing is kept and the environment should have had credentials, what they lack is what went wrong.
fn blame_the_environment(error: SessionError, settings: &Settings) -> SessionError {
    let nothing_kept = match &error {
        SessionError::NoSession(NoSession::NeverLoggedIn) | SessionError::NoStateFolder => true,
        SessionError::Store(error) => matches!(error.fault, StoreFault::Missing(_)),
        _ => false,
    };
    let subject = settings.subject_token.is_some() || settings.subject_token_from.is_some();
    let secret = match settings.grant.value.named() {
        Some(GrantKind::ClientCredentials) if settings.lacks_client_proof() => Some(Missing::ClientSecret),
        Some(GrantKind::TokenExchange | GrantKind::JwtBearer) if !subject => Some(Missing::SubjectToken),
        _ => None,
    };
    match (settings.environment_lacks().first(), secret) {
        _ if !nothing_kept => error,
        (Some(Key::ClientId), _) => SessionError::Missing(Missing::ClientId),
        (Some(Key::Username), _) => SessionError::Missing(Missing::Username),
        (Some(_), _) => SessionError::Missing(Missing::Where),
        (None, Some(secret)) => SessionError::Missing(secret),
        (None, None) => error,
    }
}

/// What the server issued in an exchange, in its own words (RFC 8693 §3).
pub(super) fn named(kind: &str) -> Foreign {
    Foreign::new(if kind.is_empty() { "something that it does not name" } else { kind })
}

/// What goes to standard output, without the newline.
fn line(args: &TokenArgs, handed: &Handed) -> Secret {
    #[derive(Serialize)]
    struct Json<'a> {
        access_token: &'a str,
        token_type: &'a str,
        expires_at: Option<i64>,
        expires_in: Option<u64>,
        scope: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        issued_token_type: Option<&'a str>,
    }
    // Standard output is a boundary: the token leaves the program here.
    let token = handed.token.expose();
    let text = if args.header {
        format!("Authorization: Bearer {token}")
    } else if args.json {
        let json = Json {
            access_token: token,
            token_type: if handed.other_than_access.is_some() { "N_A" } else { "Bearer" },
            expires_at: handed.expires_at.map(|at| at.0),
            expires_in: handed.left,
            scope: handed.scopes.as_deref(),
            issued_token_type: handed.other_than_access.as_deref(),
        };
        serde_json::to_string(&json).unwrap_or_default()
    } else {
        token.to_owned()
    };
    Secret::new(text)
}
