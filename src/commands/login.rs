//! `tok login`: one grant, one session kept, one profile written.

use anyhow::Result;

use super::token::named;
use crate::cli::LoginArgs;
use crate::context::Context;
use crate::error::Usage;
use crate::oauth::{Client, ClientAuthMethod, ClientId, Foreign, GrantChoice, GrantKind};
use crate::secret::Secret;
use crate::session::acquire::{Person, Proof};
use crate::session::choose::{Here, choose};
use crate::session::discover::Endpoints;
use crate::session::error::SecretFault;
use crate::session::login::Credentials;
use crate::session::record::BadRecord;
use crate::session::{Keeper, Missing, Session, SessionError, exchange};
use crate::settings::{Inputs, Saved, Settings};
use crate::store::StoreKind;
use crate::sys::{browser, read_secret};

/// Logs in and says where the session and the profile are.
///
/// # Errors
/// Whatever kept it from a session; nothing that was there before is lost then.
pub fn run(args: &LoginArgs, context: &Context) -> Result<()> {
    let mut settings = context.kept_settings(Inputs {
        options: Some(&args.settings),
        password_stdin: args.password_stdin,
        may_create: true,
        ..context.inputs()
    })?;
    confirm_changes(args, context, &settings)?;
    if settings.issuer.is_none() && settings.token_endpoint.is_none() {
        return Err(SessionError::Missing(Missing::Where).into());
    }
    let id = settings.client_id.as_ref().ok_or(SessionError::Missing(Missing::ClientId))?.value.clone();
    demand_what_nobody_can_type(&settings, context)?;
    // Secrets that nobody types are refused before anything is sent, if they have to be (I05). A command may have a
    // person type it: it is run where the terminal would be asked.
    let world = context.world(&settings)?;
    let early = match (settings.grant.value, settings.secrets_by_command()) {
        (GrantChoice::This(grant), false) => Some(given(&world.keeper(context, &settings), grant, id.clone())?),
        _ => None,
    };
    // What can fail without a password fails before one is asked for: store, then discovery.
    let (kept, endpoints) = {
        let keeper = world.keeper(context, &settings);
        let kept = kept(&keeper)?;
        keeper.make_room()?;
        (kept, keeper.endpoints()?)
    };
    let grant = grant(args, &settings, &endpoints, context)?;
    if grant == GrantKind::Password {
        name_user(&mut settings, &endpoints, context)?;
    }

    let (client, proof) = match early {
        Some(secrets) => secrets,
        None => given(&world.keeper(context, &settings), grant, id)?,
    };
    let (client, keep_client_secret) = with_secret(client, grant, &settings, &endpoints, kept.as_ref(), context)?;
    let keeper = world.keeper(context, &settings);
    let credentials = Credentials { grant, endpoints: &endpoints, client: &client, keep_client_secret };
    let proof = match proof {
        Some(proof) => proof,
        None if grant == GrantKind::Password => Proof::Password(asked_password(&settings, &endpoints, context)?),
        None => {
            let may_open_browser = !args.no_browser && browser::is_there(&context.environment);
            let (terminal, environment) = (context.terminal.as_ref(), &context.environment);
            keeper.authorize(&credentials, &Person { terminal, may_open_browser, environment })?
        }
    };
    let session = keeper.login(&credentials, proof)?;
    let saved = if args.no_save { None } else { settings.save_login()? };
    tell(&session, &settings, saved.as_ref(), context);
    Ok(())
}

/// The grant that is run: the one that is named, else the safest that works here, which is then said.
fn grant(args: &LoginArgs, settings: &Settings, endpoints: &Endpoints, context: &Context) -> Result<GrantKind> {
    if let Some(grant) = settings.grant.value.named() {
        return Ok(grant);
    }
    let browser = !args.no_browser && browser::is_there(&context.environment);
    let here = Here::new(settings, context.terminal.can_prompt(), browser);
    let (grant, why) = choose(endpoints, here).ok_or(SessionError::NoGrant)?;
    context.terminal.notice(&format!("grant {grant}: {why}"));
    Ok(grant)
}

/// A login that would make the profile name another server or client asks first: the old session is lost by it.
fn confirm_changes(args: &LoginArgs, context: &Context, settings: &Settings) -> Result<()> {
    let changes: Vec<String> = settings.rebinding().into_iter().map(ToString::to_string).collect();
    if changes.is_empty() {
        return Ok(());
    }
    let profile = settings.profile.value.to_string();
    if args.no_save {
        return Err(Usage::OtherProfileUnsaved { profile, changes }.into());
    }
    if !context.terminal.can_prompt() {
        return Err(Usage::OtherProfile { profile, changes }.into());
    }
    let list = changes.join("\n  ");
    let question = format!("Profile {profile} names something else:\n  {list}\nChange the profile and log in?");
    if context.terminal.confirm(&question)? { Ok(()) } else { Err(Usage::Declined.into()) }
}

/// Without a terminal, what is missing is missed before the server is asked anything (U04).
fn demand_what_nobody_can_type(settings: &Settings, context: &Context) -> Result<(), SessionError> {
    if context.terminal.can_prompt() {
        return Ok(());
    }
    match settings.grant.value.named() {
        Some(GrantKind::Password) => {
            settings.username.as_ref().ok_or(SessionError::Missing(Missing::Username))?;
            settings.password.as_ref().ok_or(SessionError::Missing(Missing::Password))?;
        }
        Some(grant) if grant.needs_a_person() => return Err(SessionError::Missing(Missing::Person)),
        _ => {}
    }
    Ok(())
}

/// The session that is there already. A damaged one is as good as none; a newer tok's is not written over.
fn kept(keeper: &Keeper<'_>) -> Result<Option<Session>> {
    match keeper.load() {
        Ok(session) => Ok(session),
        Err(SessionError::Record { why: BadRecord::Damaged, .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Asks for the user name where nothing names it; it is saved with the profile.
fn name_user(settings: &mut Settings, endpoints: &Endpoints, context: &Context) -> Result<()> {
    if settings.username.is_some() {
        return Ok(());
    }
    let value = context.terminal.ask_line(&format!("User name at {}: ", endpoints.token.origin()))?;
    if value.is_empty() {
        return Err(SessionError::Missing(Missing::Username).into());
    }
    settings.answer_username(value);
    Ok(())
}

/// The client with its secret, and whether that was typed in or kept from an earlier login, so that it is kept again. It
/// is asked for only where the client authentication that was chosen needs one.
fn with_secret(
    mut client: Client,
    grant: GrantKind,
    settings: &Settings,
    endpoints: &Endpoints,
    kept: Option<&Session>,
    context: &Context,
) -> Result<(Client, bool)> {
    let named = settings.client_auth.as_ref().map(|method| method.value);
    // The client that logs in for itself has to prove itself (RFC 6749 §4.4).
    let for_itself = grant == GrantKind::ClientCredentials && settings.lacks_client_proof();
    let chosen = named.or(for_itself.then_some(ClientAuthMethod::Basic));
    // What has another proof than a secret needs none, and what was chosen to have none.
    let may_need_one = chosen.map_or(client.method == ClientAuthMethod::None, ClientAuthMethod::needs_secret);
    if client.secret.is_some() || !may_need_one {
        return Ok((client, false));
    }
    let same = kept.filter(|session| {
        session.binding.client_id == client.id.as_str() && session.binding.token_endpoint == endpoints.token.as_str()
    });
    if let Some(secret) = same.and_then(|session| session.client_secret.as_ref()) {
        client.secret = Some(secret.duplicate());
        client.method = chosen.unwrap_or(ClientAuthMethod::Basic);
        return Ok((client, true));
    }
    if chosen.is_none() {
        return Ok((client, false));
    }
    if !context.terminal.can_prompt() {
        return Err(SessionError::Missing(Missing::ClientSecret).into());
    }
    let prompt = format!("Client secret of {} at {}: ", Foreign::new(client.id.as_str()), endpoints.token.origin());
    client.secret = Some(asked(context, &prompt, "client secret")?);
    client.method = chosen.unwrap_or(client.method);
    Ok((client, true))
}

/// The client with its secret, and what the grant shows, from where the call, the environment or the profile say.
fn given(keeper: &Keeper<'_>, grant: GrantKind, id: ClientId) -> Result<(Client, Option<Proof>), SessionError> {
    let client = exchange::client(keeper.settings, id, None, None, keeper.environment)?;
    Ok((client, keeper.given_proof(grant)?))
}

/// The password from the terminal.
fn asked_password(settings: &Settings, endpoints: &Endpoints, context: &Context) -> Result<Secret> {
    let user = settings.username.as_ref().map_or("", |username| username.value.as_str());
    let prompt = format!("Password for {} at {}: ", Foreign::new(user), endpoints.token.origin());
    asked(context, &prompt, "password")
}

fn asked(context: &Context, prompt: &str, what: &'static str) -> Result<Secret> {
    let secret = context.terminal.ask_secret(prompt)?;
    read_secret::check_secret(&secret)
        .map_err(|fault| SessionError::Secret { what, fault: SecretFault::Input(fault) })?;
    Ok(secret)
}

fn tell(session: &Session, settings: &Settings, saved: Option<&Saved>, context: &Context) {
    let terminal = &context.terminal;
    let profile = &settings.profile.value;
    let store = settings.store.value;
    let who = session.binding.username.as_deref().unwrap_or(&session.binding.client_id);
    let kept = match store {
        StoreKind::None => "nothing is kept (store none)".to_owned(),
        store => format!("the session of profile {profile} is in the {store} store"),
    };
    terminal.notice(&format!("logged in as {}; {kept}", Foreign::new(who)));
    if let Some(saved) = saved {
        let file = Foreign::new(saved.file.to_string_lossy());
        terminal.notice(&format!("profile {profile} is saved in {file}"));
    }
    if store == StoreKind::File {
        terminal.warn("the file store keeps the session unencrypted: whoever can read your files can use it");
    }
    if let Some(kind) = session.access.as_ref().and_then(|access| access.other_than_access.as_deref()) {
        terminal.notice(&format!("what the server issued is no access token: {}", named(kind)));
    }
    let is_unattended = session.binding.grant.parse().is_ok_and(GrantKind::is_unattended);
    if session.refresh_token.is_none() && !is_unattended {
        terminal.warn("the server gave no refresh token: when the access token expires you have to log in again");
    }
    if settings.environment_credentials {
        terminal.warn("the credentials in the environment win over this session until they are unset");
    }
}
