//! Every value and its origin, for `tok profile show`.

use super::duration::show_duration;
use super::table::Key;
use super::{SecretSource, Settings, Sourced};
use crate::oauth::Foreign;

impl Settings {
    /// Key, value and origin of all that is set or has a default, in the table's order; values are escaped and hold no
    /// secret.
    #[must_use]
    pub fn explain(&self) -> Vec<(&'static str, String, String)> {
        let mut rows = Rows(Vec::new());
        rows.add("profile", Some(&self.profile), ToString::to_string);
        rows.key(Key::Issuer, self.issuer.as_ref(), ToString::to_string);
        rows.key(Key::TokenEndpoint, self.token_endpoint.as_ref(), ToString::to_string);
        rows.key(Key::RevocationEndpoint, self.revocation_endpoint.as_ref(), ToString::to_string);
        rows.key(Key::DeviceEndpoint, self.device_endpoint.as_ref(), ToString::to_string);
        rows.key(Key::AuthorizationEndpoint, self.authorization_endpoint.as_ref(), ToString::to_string);
        rows.key(Key::ParEndpoint, self.par_endpoint.as_ref(), ToString::to_string);
        rows.key(Key::IntrospectionEndpoint, self.introspection_endpoint.as_ref(), ToString::to_string);
        rows.key(Key::UserinfoEndpoint, self.userinfo_endpoint.as_ref(), ToString::to_string);
        rows.key(Key::ClientId, self.client_id.as_ref(), ToString::to_string);
        let usual = Sourced { value: self.client_auth_method(), origin: super::Origin::Default };
        rows.key(Key::ClientAuth, Some(self.client_auth.as_ref().unwrap_or(&usual)), ToString::to_string);
        rows.key(Key::Grant, Some(&self.grant), ToString::to_string);
        rows.key(Key::Username, self.username.as_ref(), Clone::clone);
        rows.secret(["password", "password-file", "password-command"], self.password.as_ref());
        rows.secret(["client-secret", "client-secret-file", "client-secret-command"], self.client_secret.as_ref());
        rows.secret(["private-key", "private-key-file", "private-key-command"], self.private_key.as_ref());
        rows.key(Key::KeyId, self.key_id.as_ref(), Clone::clone);
        rows.key(Key::SigningAlg, self.signing_alg.as_ref(), ToString::to_string);
        rows.key(Key::AssertionAudience, self.assertion_audience.as_ref(), Clone::clone);
        rows.key(Key::ClientCert, self.client_cert.as_ref(), |path| path.to_string_lossy().into_owned());
        rows.key(Key::ClientKey, self.client_key.as_ref(), |path| path.to_string_lossy().into_owned());
        rows.secret(["subject-token", "subject-token-file", "subject-token-command"], self.subject_token.as_ref());
        rows.key(Key::SubjectTokenFrom, self.subject_token_from.as_ref(), ToString::to_string);
        rows.key(Key::SubjectTokenType, self.subject_token_type.as_ref(), ToString::to_string);
        rows.key(Key::RequestedTokenType, self.requested_token_type.as_ref(), ToString::to_string);
        rows.key(Key::RedirectUri, self.redirect_uri.as_ref(), ToString::to_string);
        rows.key(Key::Dpop, said(&self.dpop), ToString::to_string);
        rows.key(Key::Scopes, said(&self.scopes), ToString::to_string);
        rows.key(Key::Audience, said(&self.audience), |texts| texts.join(", "));
        rows.key(Key::Resource, said(&self.resource), |texts| texts.join(", "));
        rows.key(Key::Extra, said(&self.extra), |pairs| {
            pairs.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(", ")
        });
        rows.key(Key::Store, Some(&self.store), ToString::to_string);
        rows.key(Key::CaFile, self.ca_file.as_ref(), |path| path.to_string_lossy().into_owned());
        rows.key(Key::Timeout, Some(&self.timeout), |time| show_duration(*time));
        rows.0
    }
}

/// A value, unless it is there by default: then it is empty.
fn said<T>(value: &Sourced<T>) -> Option<&Sourced<T>> {
    Some(value).filter(|value| value.origin != super::Origin::Default)
}

struct Rows(Vec<(&'static str, String, String)>);

impl Rows {
    fn key<T>(&mut self, key: Key, value: Option<&Sourced<T>>, show: impl Fn(&T) -> String) {
        self.add(key.row().name, value, show);
    }

    fn add<T>(&mut self, name: &'static str, value: Option<&Sourced<T>>, show: impl Fn(&T) -> String) {
        if let Some(Sourced { value, origin }) = value {
            self.0.push((name, Foreign::new(show(value)).to_string(), origin.to_string()));
        }
    }

    fn secret(&mut self, names: [&'static str; 3], source: Option<&Sourced<SecretSource>>) {
        let [itself, file, command] = names;
        let name = match source.map(|source| &source.value) {
            Some(SecretSource::File(_)) => file,
            Some(SecretSource::Command(_)) => command,
            _ => itself,
        };
        self.add(name, source, |source| match source {
            SecretSource::Given(_) => "(set)".to_owned(),
            SecretSource::Stdin => "(standard input)".to_owned(),
            SecretSource::File(path) => path.to_string_lossy().into_owned(),
            SecretSource::Command(command) => command.clone(),
        });
    }
}
