//! `--grant auto`: the safest grant that this server has and that can be run here.
//!
//! Safest is where this program sees the least: a login page or a code on another device, where no password passes it;
//! without a person another issuer's token, which needs no secret, then the client's own. The password comes last, and
//! only where nothing else is to be had: it is no fallback, because nothing was tried before it (P01).

use super::discover::Endpoints;
use crate::oauth::GrantKind;
use crate::settings::Settings;

/// What there is on this side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is there or is not")]
pub struct Here {
    /// A person at a terminal.
    pub person: bool,
    /// A browser on this machine that the person can see.
    pub browser: bool,
    /// Another issuer's token.
    pub subject_token: bool,
    /// A secret, a key or a certificate of the client.
    pub client_secret: bool,
    /// A password that need not be asked for.
    pub password: bool,
}

impl Here {
    /// What the settings lead to, beside who is there.
    #[must_use]
    pub fn new(settings: &Settings, person: bool, browser: bool) -> Self {
        Self {
            person,
            browser: browser && person,
            subject_token: settings.subject_token.is_some() || settings.subject_token_from.is_some(),
            client_secret: [&settings.client_secret, &settings.private_key].into_iter().any(Option::is_some)
                || settings.client_cert.is_some(),
            password: settings.password.is_some(),
        }
    }
}

/// The grant and why it is that one; `None` where none can be run.
#[must_use]
pub fn choose(endpoints: &Endpoints, here: Here) -> Option<(GrantKind, &'static str)> {
    let has = |grant| endpoints.has(grant).unwrap_or(true);
    let candidates = [
        (GrantKind::Browser, here.browser, "the server has a login page, and a browser is here"),
        (GrantKind::Device, here.person, "the server takes a code that is entered in any browser"),
        (GrantKind::Browser, here.person, "the server has a login page, which can be opened elsewhere"),
        (GrantKind::TokenExchange, here.subject_token, "there is a token to exchange, and no secret is needed"),
        (GrantKind::JwtBearer, here.subject_token, "there is a token to assert, and no secret is needed"),
        (
            GrantKind::ClientCredentials,
            !here.person && here.client_secret,
            "the client can prove itself, and nobody is here",
        ),
        (GrantKind::Password, here.person || here.password, "the server offers nothing safer that works here"),
    ];
    let found = candidates.into_iter().find(|(grant, possible, _)| *possible && has(*grant));
    found.map(|(grant, _, why)| (grant, why))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::oauth::Endpoint;
    use crate::session::discover::Others;
    use crate::settings::{ConfigFile, Inputs, resolve};
    use crate::sys::environment::Environment;

    fn endpoints(authorization: bool, device: bool, offered: Option<&[GrantKind]>) -> Endpoints {
        let endpoint = || Endpoint::parse("https://server.example/x").unwrap();
        Endpoints {
            token: endpoint(),
            others: Others {
                authorization: authorization.then(endpoint),
                device: device.then(endpoint),
                ..Others::default()
            },
            offered: offered.map(<[GrantKind]>::to_vec),
        }
    }

    fn chosen(endpoints: &Endpoints, here: Here) -> Option<GrantKind> {
        choose(endpoints, here).map(|(grant, _)| grant)
    }

    const PERSON: Here =
        Here { person: true, browser: true, subject_token: false, client_secret: true, password: false };
    const OVER_SSH: Here = Here { browser: false, ..PERSON };
    const JOB: Here = Here { person: false, browser: false, subject_token: true, client_secret: true, password: true };

    #[test]
    fn a_person_is_sent_where_the_password_is_not_seen_here() {
        assert_eq!(chosen(&endpoints(true, true, None), PERSON), Some(GrantKind::Browser));
        assert_eq!(chosen(&endpoints(true, true, None), OVER_SSH), Some(GrantKind::Device));
        assert_eq!(chosen(&endpoints(true, false, None), OVER_SSH), Some(GrantKind::Browser));
    }

    #[test]
    fn a_job_needs_the_least_secret_that_it_has() {
        let offered = |grants: &[GrantKind]| endpoints(true, true, Some(grants));
        let all = offered(&GrantKind::ALL);
        assert_eq!(chosen(&all, JOB), Some(GrantKind::TokenExchange));
        assert_eq!(chosen(&offered(&[GrantKind::JwtBearer]), JOB), Some(GrantKind::JwtBearer));
        assert_eq!(chosen(&all, Here { subject_token: false, ..JOB }), Some(GrantKind::ClientCredentials));
        assert_eq!(chosen(&all, Here { password: true, ..Here::default() }), Some(GrantKind::Password));
        assert_eq!(chosen(&all, Here::default()), None);
    }

    #[test] // P16
    fn a_client_proves_itself_by_secret_key_or_certificate() {
        let here = |key: &str| {
            let file = format!("[profiles.default]\n{key} = '/c/file'\n");
            let settings = resolve(&Inputs {
                options: None,
                profile: None,
                password_stdin: false,
                environment: &Environment::from_pairs([("HOME", "/c")]),
                file: &ConfigFile::parse(Path::new("/c/config.toml"), file).unwrap(),
                may_create: false,
            });
            Here::new(&settings.unwrap(), false, false).client_secret
        };
        assert!(["client-secret-file", "private-key-file", "client-cert"].into_iter().all(here));
        assert!(!here("ca-file"));
    }

    #[test] // P01
    fn what_else_the_server_has_never_includes_the_password() {
        let all = endpoints(true, true, Some(&GrantKind::ALL));
        let others = all.others_than(GrantKind::Password);
        assert_eq!(
            others,
            [
                GrantKind::Browser,
                GrantKind::Device,
                GrantKind::ClientCredentials,
                GrantKind::TokenExchange,
                GrantKind::JwtBearer
            ]
        );
        assert!(!all.others_than(GrantKind::Device).contains(&GrantKind::Device));
        assert!(endpoints(false, false, None).others_than(GrantKind::Password).is_empty(), "what is not known");
        let listed = endpoints(false, false, Some(&[GrantKind::Browser, GrantKind::JwtBearer]));
        assert_eq!(listed.others_than(GrantKind::Password), [GrantKind::JwtBearer], "a page has an endpoint");
    }

    #[test] // P01
    fn the_password_comes_last() {
        assert_eq!(chosen(&endpoints(false, false, None), PERSON), Some(GrantKind::Password));
        assert_eq!(chosen(&endpoints(false, false, Some(&[GrantKind::ClientCredentials])), PERSON), None);
    }
}
