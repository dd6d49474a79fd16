//! `tok bind`: which services a profile's token is for.

use anyhow::Result;
use serde::Serialize;

use crate::cli::BindArgs;
use crate::context::Context;
use crate::oauth::{Foreign, Scopes, WebOrigin};
use crate::settings::{
    self, BadService, ConfigError, ConfigFile, Origin, ProfileName, Service, SettingsError, WhichToken,
};

/// Binds, lists or removes.
///
/// # Errors
/// An origin or a scheme that cannot be; a profile that does not exist; a file that cannot be read or written.
pub fn run(args: &BindArgs, context: &Context) -> Result<()> {
    match &args.origin {
        _ if args.list => list(args.json, context),
        Some(text) if args.remove => remove(&settings::named_origin(text, Origin::Argument)?, context),
        Some(text) => bind(args, settings::named_origin(text, Origin::Argument)?, context),
        // The command line is not read without one of them.
        None => Ok(()),
    }
}

fn bind(args: &BindArgs, origin: WebOrigin, context: &Context) -> Result<()> {
    let profile = profile(context)?;
    let service = service(args, origin).map_err(|why| SettingsError::BadService { origin: Origin::Argument, why })?;
    let path = context.config.path().ok_or(ConfigError::NoFolder)?;
    let before = ConfigFile::change(path, |file| {
        let before = file.services(&profile).find(|known| known.origin == service.origin).cloned();
        if before.as_ref() != Some(&service) {
            file.bind(&profile, &service)?;
        }
        Ok(before)
    })?;
    let terminal = &context.terminal;
    let (origin, file) = (&service.origin, Foreign::new(path.to_string_lossy()));
    terminal.notice(&match before {
        Some(before) if before == service => format!("profile {profile} is bound to {origin} already"),
        Some(before) => {
            let (now, before) = (how(&service), how(&before));
            format!("profile {profile} is bound to {origin} in {file}: {now}; before: {before}")
        }
        None => format!("profile {profile} is bound to {origin} in {file}"),
    });
    let others: Vec<&str> = others_bound(origin, &profile, context).collect();
    if !others.is_empty() {
        terminal.notice(&format!(
            "also bound to it: {}; helpers take the default profile, or the one named with -p",
            others.join(", ")
        ));
    }
    Ok(())
}

/// What the options say of a service.
fn service(args: &BindArgs, origin: WebOrigin) -> Result<Service, BadService> {
    let usual = Service::new(origin);
    Service {
        scheme: args.scheme.as_deref().map_or(Ok(usual.scheme.clone()), str::parse)?,
        token: if args.id_token { WhichToken::Id } else { WhichToken::Access },
        resource: args.resource.clone(),
        audience: args.audience.clone(),
        scopes: Scopes::parse(&args.scope.join(" ")).map_err(BadService::Scope)?,
        exchange: args.exchange,
        ..usual
    }
    .checked()
}

fn others_bound<'a>(
    origin: &'a WebOrigin,
    profile: &'a ProfileName,
    context: &'a Context,
) -> impl Iterator<Item = &'a str> {
    let config = &context.config;
    let others = config.profiles().filter(move |name| *name != profile);
    others.filter(|name| config.services(name).any(|service| service.origin == *origin)).map(ProfileName::as_str)
}

fn remove(origin: &WebOrigin, context: &Context) -> Result<()> {
    let profile = profile(context)?;
    let path = context.config.path().ok_or(ConfigError::NoFolder)?;
    let was_bound = ConfigFile::change(path, |file| file.unbind(&profile, origin))?;
    let how = if was_bound { "no longer bound" } else { "not bound" };
    context.terminal.notice(&format!("profile {profile} is {how} to {origin}"));
    Ok(())
}

fn list(json: bool, context: &Context) -> Result<()> {
    #[derive(Serialize)]
    struct Row {
        profile: String,
        origin: String,
        #[serde(rename = "as")]
        scheme: String,
        token: &'static str,
        resource: Vec<String>,
        audience: Vec<String>,
        scopes: Vec<String>,
        exchange: bool,
        #[serde(skip_serializing_if = "Option::is_none")]
        variable: Option<&'static str>,
        #[serde(skip)]
        how: String,
    }
    let mut rows = Vec::new();
    for profile in profiles(context)? {
        for service in settings::services_of(&profile, &context.environment, &context.config)? {
            let in_file = context.config.services(&profile).any(|known| *known == service);
            let variable = (!in_file).then_some(settings::BIND_VARIABLE);
            let from = variable.map_or_else(String::new, |name| format!(", from {name}"));
            rows.push(Row {
                how: format!("{}{from}", how(&service)),
                variable,
                profile: profile.to_string(),
                origin: service.origin.to_string(),
                scheme: service.scheme.to_string(),
                token: service.token.name(),
                scopes: service.scopes.iter().map(str::to_owned).collect(),
                resource: service.resource,
                audience: service.audience,
                exchange: service.exchange,
            });
        }
    }
    if json {
        return Ok(context.terminal.show(&(serde_json::to_string_pretty(&rows)? + "\n"))?);
    }
    if rows.is_empty() {
        context.terminal.notice("nothing is bound: tok bind ORIGIN");
    }
    let widest = |of: fn(&Row) -> usize| rows.iter().map(of).max().unwrap_or_default();
    let (origins, profiles) = (widest(|row| row.origin.len()), widest(|row| row.profile.len()));
    let line = |row: &Row| format!("{:<origins$}  {:<profiles$}  {}\n", row.origin, row.profile, row.how);
    Ok(context.terminal.show(&rows.iter().map(line).collect::<String>())?)
}

/// How a service is bound, for people.
fn how(service: &Service) -> Foreign {
    let mut parts = vec![service.scheme.to_string()];
    parts.extend((service.token == WhichToken::Id).then(|| service.token.name().to_owned()));
    let scopes = service.scopes.to_string();
    let lists =
        [("resource", service.resource.join(" ")), ("audience", service.audience.join(" ")), ("scopes", scopes)];
    parts.extend(lists.into_iter().filter(|(_, list)| !list.is_empty()).map(|(name, list)| format!("{name} {list}")));
    parts.extend(service.exchange.then(|| "by exchange".to_owned()));
    Foreign::new(parts.join(", "))
}

/// The profile that was named, if one was; else all that there are, and the one that the environment selects.
fn profiles(context: &Context) -> Result<Vec<ProfileName>> {
    let selected = selected(context)?;
    let mut profiles: Vec<ProfileName> = context.config.profiles().cloned().collect();
    if !profiles.contains(&selected) {
        profiles.push(selected.clone());
    }
    if context.profile.is_some() {
        profiles.retain(|profile| *profile == selected);
    }
    Ok(profiles)
}

/// The selected profile, which has to exist: one that only names services could not get a token.
fn profile(context: &Context) -> Result<ProfileName> {
    Ok(settings::existing_profile(selected(context)?.as_str(), &context.config)?)
}

fn selected(context: &Context) -> Result<ProfileName> {
    Ok(settings::selected_profile(context.profile.as_deref(), &context.environment, &context.config)?)
}
