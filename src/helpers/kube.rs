//! kubectl's and client-go's exec credential plugins: the API group client.authentication.k8s.io, versions v1 and
//! v1beta1 (Kubernetes documentation, "Authenticating", "client-go credential plugins").
//!
//! What is asked stands in the variable `KUBERNETES_EXEC_INFO`; standard input may be kubectl's own and is not touched.
//! The answer has to have the version of the question. kubectl shows standard error as it comes. It knows bearer tokens
//! only, so that a service which is bound otherwise gets its token all the same.

use anyhow::Result;
use serde::{Deserialize, Serialize};

use super::resolve::{self, Credential};
use super::{Failure, json};
use crate::context::Context;
use crate::error::Usage;
use crate::secret::Secret;

const VARIABLE: &str = "KUBERNETES_EXEC_INFO";

/// v1alpha1 is gone since Kubernetes 1.24.
const VERSIONS: [&str; 2] = ["client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1"];

const KIND: &str = "ExecCredential";

/// Answers for the cluster that kubectl names, else for the one that the option names.
///
/// # Errors
/// Whatever kept it from a token.
pub fn run(option: Option<&str>, context: &Context) -> Result<(), Failure> {
    let text = context.environment.text(VARIABLE).map_err(crate::settings::SettingsError::Variable)?;
    let asked = Asked::read(text.unwrap_or_default())?;
    // A server behind a gateway has a path (https://rancher.example.com/k8s/clusters/c-1): the token goes to the
    // origin.
    let server = asked.server.as_deref().or(option).ok_or(Usage::WhichCluster)?;
    let credential = resolve::resolve(&resolve::asked(server)?, context)?;
    Ok(context.terminal.print(&asked.answer(&credential)?)?)
}

/// What kubectl says.
#[derive(Debug, PartialEq, Eq)]
pub struct Asked {
    version: &'static str,
    /// Where the cluster is, with `provideClusterInfo: true`.
    server: Option<String>,
}

impl Asked {
    /// Reads what is in the variable.
    ///
    /// # Errors
    /// [`Usage::HelperInput`]
    pub fn read(text: &str) -> Result<Self, Usage> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Question {
            api_version: String,
            kind: Option<String>,
            spec: Option<Spec>,
        }
        #[derive(Deserialize)]
        struct Spec {
            cluster: Option<Cluster>,
        }
        #[derive(Deserialize)]
        struct Cluster {
            server: Option<String>,
        }
        if text.is_empty() {
            return Err(Usage::HelperInput("KUBERNETES_EXEC_INFO is not set: kubectl sets it for its plugins"));
        }
        let question: Question = serde_json::from_str(text)
            .map_err(|_| Usage::HelperInput("KUBERNETES_EXEC_INFO holds no ExecCredential in JSON"))?;
        if question.kind.is_some_and(|kind| kind != KIND) {
            return Err(Usage::HelperInput("KUBERNETES_EXEC_INFO holds no ExecCredential"));
        }
        let version =
            VERSIONS.into_iter().find(|version| *version == question.api_version).ok_or(Usage::HelperInput(
                "KUBERNETES_EXEC_INFO is of a version of client.authentication.k8s.io other than v1, v1beta1",
            ))?;
        let server = question.spec.and_then(|spec| spec.cluster?.server);
        Ok(Self { version, server: server.filter(|server| !server.is_empty()) })
    }

    /// # Errors
    /// None that can be told of.
    pub fn answer(&self, credential: &Credential) -> Result<Secret> {
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Answer<'a> {
            api_version: &'a str,
            kind: &'a str,
            status: Status<'a>,
        }
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Status<'a> {
            #[serde(skip_serializing_if = "Option::is_none")]
            expiration_timestamp: Option<String>,
            token: &'a str,
        }
        let expiration_timestamp = credential.expires_at.and_then(crate::sys::clock::UnixTime::rfc3339);
        let status = Status { expiration_timestamp, token: credential.token.expose() };
        json(&Answer { api_version: self.version, kind: KIND, status })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Scheme;
    use crate::sys::clock::UnixTime;

    const V1: &str =
        r#"{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","spec":{"interactive":true}}"#;

    #[test]
    fn the_cluster_comes_with_the_call_or_does_not() {
        let read = |text: &str| Asked::read(text).ok().map(|asked| (asked.version, asked.server));
        assert_eq!(read(V1), Some((VERSIONS[0], None)));
        let cluster = |cluster: &str| {
            read(&V1.replace("io/v1", "io/v1beta1").replace("\"interactive\":true", &format!("\"cluster\":{cluster}")))
        };
        let server = "https://k8s.example.com:6443/k8s/clusters/c-1".to_owned();
        assert_eq!(
            cluster(&format!(r#"{{"server":"{server}","certificate-authority-data":"AA==","config":{{"x":[1]}}}}"#)),
            Some((VERSIONS[1], Some(server)))
        );
        for none in ["null", "{}", r#"{"server":""}"#, r#"{"server":null}"#] {
            assert_eq!(cluster(none), Some((VERSIONS[1], None)), "{none}");
        }
        assert!(read(r#"{"apiVersion":"client.authentication.k8s.io/v1"}"#).is_some());
    }

    #[test]
    fn what_is_no_call_of_kubectls_is_refused() {
        for bad in [
            "",
            "{}",
            "x",
            "[]",
            &V1.replace("/v1", "/v1alpha1"),
            &V1.replace("/v1", "/v2"),
            &V1.replace("ExecCredential", "Pod"),
            &V1.replace("true", r#"true,"cluster":{"server":1}"#),
            &"[".repeat(100_000),
        ] {
            assert!(Asked::read(bad).is_err(), "{bad:.80}");
        }
    }

    #[test]
    fn the_answer_is_of_the_same_version() {
        let answer = |version, expires_at| {
            let credential = Credential {
                token: Secret::new("t0k3n".into()),
                scheme: Scheme::Basic("ada".into()),
                username: "ada".into(),
                expires_at,
            };
            Asked { version, server: None }.answer(&credential).unwrap().expose().to_owned()
        };
        assert_eq!(
            answer(VERSIONS[1], Some(UnixTime(1_772_370_300))),
            "{\"apiVersion\":\"client.authentication.k8s.io/v1beta1\",\"kind\":\"ExecCredential\",\
             \"status\":{\"expirationTimestamp\":\"2026-03-01T13:05:00Z\",\"token\":\"t0k3n\"}}"
        );
        assert_eq!(
            answer(VERSIONS[0], None),
            r#"{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"t0k3n"}}"#
        );
    }
}
