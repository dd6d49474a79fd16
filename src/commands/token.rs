//! `tok token`: one valid access token on standard output, nothing else.

use anyhow::Result;
use serde::Serialize;
use url::Url;

use crate::cli::{SettingArgs, TokenArgs};
use crate::context::Context;
use crate::error::Usage;
use crate::oauth::dpop::Proof;
use crate::oauth::{Foreign, GrantKind, TokenType};
use crate::secret::Secret;
use crate::session::signing;
use crate::session::{Handed, Missing, NoSession, SessionError, Want};
use crate::settings::{self, Chosen, Inputs, Key, Origin, Scheme, Settings, SettingsError};
use crate::store::StoreFault;
use crate::sys::random;

/// Prints the token; asks the server only where no stored one serves.
///
/// # Errors
/// Whatever kept it from a token.
pub fn run(args: &TokenArgs, context: &Context) -> Result<()> {
    let target = args.url.as_deref();
    let target = target.map(|url| Target::read(url, args.method.as_deref(), args.nonce.as_deref())).transpose()?;
    let chosen = args.origin.as_deref().map(|origin| service(origin, context)).transpose()?;
    let want = Want {
        min_ttl: settings::min_ttl(args.min_ttl.as_deref())?,
        renew: false,
        scopes: args.json,
        id_token: args.id_token || chosen.as_ref().is_some_and(Chosen::wants_id_token),
    };
    let purpose = if args.header { Purpose::Header(target.as_ref()) } else { Purpose::Bare };
    let (handed, proof) = get(&args.settings, want, &purpose, chosen.as_ref(), context)?;
    let scheme = chosen.as_ref().map_or(&Scheme::Bearer, |chosen| &chosen.service.scheme);
    let line = if args.header { header(&handed, scheme, proof.as_ref())? } else { text(args, &handed) };
    warn(&handed, context);
    context.terminal.print(&line)?;
    Ok(())
}

/// The service that `--for` names, with the profile that answers for it.
pub(super) fn service(origin: &str, context: &Context) -> Result<Chosen, SettingsError> {
    context.answering(settings::named_origin(origin, Origin::Option("--for"))?)
}

/// What the caller should know of a token that is not quite what was asked for.
pub(super) fn warn(handed: &Handed, context: &Context) {
    if let Some(kind) = &handed.other_than_access {
        context.terminal.notice(&format!("this is no access token: the server issued {}", named(kind)));
    }
    if let Some(warning) = handed.warning() {
        context.terminal.warn(&warning);
    }
}

/// What a token is for.
pub(super) enum Purpose<'a> {
    /// It is handed over as it is.
    Bare,
    /// It goes into the header of a request; of this one, if it is known.
    Header(Option<&'a Target<'a>>),
}

/// Settings and session end here, and with them every copy of a password, before the token is printed (M01).
pub(super) fn get(
    options: &SettingArgs,
    want: Want,
    purpose: &Purpose<'_>,
    service: Option<&Chosen>,
    context: &Context,
) -> Result<(Handed, Option<Secret>)> {
    let inputs = Inputs { options: Some(options), ..context.inputs() };
    let settings = match service {
        Some(chosen) => context.settings_for(chosen, inputs)?,
        None => context.settings(inputs)?,
    };
    if settings.dpop.value && matches!(purpose, Purpose::Header(None)) {
        return Err(Usage::NeedsUrl.into());
    }
    let handed = context.world(&settings).and_then(|world| {
        let keeper = world.keeper(context, &settings);
        let handed = keeper.token(want)?;
        let key = handed.key.as_ref().map(|text| keeper.dpop_key(text)).transpose()?;
        Ok((handed, key))
    });
    let (handed, key) = handed.map_err(|error| blame_the_environment(error, &settings))?;
    let proof = match (key, purpose) {
        (Some(key), Purpose::Header(Some(target))) => {
            let proof = target.proof(&handed.token);
            let stamp = signing::stamp(context.clock.as_ref())?;
            Some(key.prove(proof, &stamp, &random::source())?)
        }
        (Some(_), Purpose::Header(None)) => return Err(Usage::NeedsUrl.into()),
        _ => None,
    };
    Ok((handed, proof))
}

/// The request that a header is for.
pub(super) struct Target<'a> {
    url: Url,
    method: &'a str,
    nonce: Option<&'a str>,
}

impl<'a> Target<'a> {
    pub(super) fn read(url: &str, method: Option<&'a str>, nonce: Option<&'a str>) -> Result<Self, Usage> {
        let bad = |option, expected| Usage::BadProof { option, expected };
        let url = Url::parse(url).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
        let url = url.filter(|url| url.username().is_empty() && url.password().is_none());
        let url = url.ok_or_else(|| bad("--url", "an http or https URL without a user name"))?;
        let method = method.unwrap_or("GET");
        // A token of RFC 9110 §5.6.2.
        let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
        if method.is_empty() || !method.bytes().all(is_token) {
            return Err(bad("--method", "the name of a method, such as POST"));
        }
        if nonce.is_some_and(|nonce| nonce.is_empty() || !nonce.bytes().all(|byte| byte.is_ascii_graphic())) {
            return Err(bad("--nonce", "the nonce as the server's DPoP-Nonce header has it"));
        }
        Ok(Self { url, method, nonce })
    }

    fn proof(&'a self, token: &'a Secret) -> Proof<'a> {
        Proof { method: self.method, url: &self.url, token: Some(token), nonce: self.nonce }
    }
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

fn token_type(handed: &Handed) -> TokenType {
    match (&handed.other_than_access, &handed.key) {
        (Some(_), _) => TokenType::NotApplicable,
        (None, Some(_)) => TokenType::DPoP,
        (None, None) => TokenType::Bearer,
    }
}

/// The header line, or the two of a token that is bound to a key; without the last newline.
pub(super) fn header(handed: &Handed, scheme: &Scheme, proof: Option<&Secret>) -> Result<Secret, Usage> {
    if let Some(kind) = &handed.other_than_access {
        return Err(Usage::NoAccessToken { kind: Foreign::new(kind.as_str()) });
    }
    // The token leaves the program here.
    let proof = proof.map(|proof| ["\nDPoP: ", proof.expose()].concat()).unwrap_or_default();
    let authorization = match (token_type(handed), scheme) {
        (TokenType::DPoP, Scheme::Basic(_)) => return Err(Usage::BoundToKey),
        (TokenType::DPoP, Scheme::Bearer) => Secret::new(format!("DPoP {}", handed.token.expose())),
        _ => scheme.authorization(&handed.token),
    };
    Ok(Secret::new(format!("Authorization: {}{proof}", authorization.expose())))
}

/// What goes to standard output, without the newline.
fn text(args: &TokenArgs, handed: &Handed) -> Secret {
    #[derive(Serialize)]
    struct Json<'a> {
        access_token: &'a str,
        token_type: String,
        expires_at: Option<i64>,
        expires_in: Option<u64>,
        scope: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        issued_token_type: Option<&'a str>,
    }
    // Standard output is a boundary: the token leaves the program here.
    let token = handed.token.expose();
    let text = if args.json {
        let json = Json {
            access_token: token,
            token_type: token_type(handed).to_string(),
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
