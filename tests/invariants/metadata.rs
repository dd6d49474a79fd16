//! The metadata of a server. A header `expected` is the issuer that was asked; without one it is [`ISSUER`].

use tok::oauth::{Endpoint, Issuer, Metadata, Response, discovery};

use super::input::{Answer, CANARY, answer, parsed};
use super::shown::safely;

const ISSUER: &str = "https://sso.example.com";

pub fn check(input: &[u8]) {
    let Answer { response, built } = answer(input);
    let unseen = |text: &str| assert!(!built || !text.contains(CANARY), "{text}");
    let expected = match Issuer::parse(response.header("expected").unwrap_or(ISSUER)) {
        Ok(issuer) => issuer,
        Err(why) => return drop(safely(&why)),
    };
    for address in discovery::well_known(&expected) {
        assert_eq!(address.origin(), expected.endpoint().origin());
        reachable(&address);
    }
    match discovery::read(&response, &expected) {
        Err(error) => unseen(&safely(&error)),
        Ok(metadata) => {
            assert_eq!(metadata.issuer, expected);
            if let Some(body) = parsed(&response) {
                assert_eq!(body["issuer"], expected.as_str(), "RFC 8414 §3.3: to the byte");
            }
            endpoints(&metadata).for_each(reachable);
            for (_, why) in &metadata.unusable {
                unseen(&safely(why));
            }
            completes_itself(metadata, &response);
        }
    }
}

fn endpoints(metadata: &Metadata) -> impl Iterator<Item = &Endpoint> {
    [
        &metadata.token_endpoint,
        &metadata.revocation_endpoint,
        &metadata.introspection_endpoint,
        &metadata.device_authorization_endpoint,
        &metadata.authorization_endpoint,
        &metadata.userinfo_endpoint,
        &metadata.pushed_authorization_request_endpoint,
        &metadata.jwks_uri,
    ]
    .into_iter()
    .flatten()
}

/// https, or http to this machine (T01); no user information, no fragment (T08); shown without the query.
fn reachable(endpoint: &Endpoint) {
    let url = endpoint.url();
    let host = url.host_str().expect("a host");
    let here = |host: &str| {
        let name = host.trim_end_matches('.');
        name == "localhost" || name.ends_with(".localhost") || host.starts_with("127.") || host == "[::1]"
    };
    assert!(!host.is_empty() && url.username().is_empty() && url.password().is_none() && url.fragment().is_none());
    assert!(url.scheme() == "https" || url.scheme() == "http" && here(host), "{url}");
    assert_eq!(Endpoint::parse(endpoint.as_str()).as_ref(), Ok(endpoint), "the same when it is read again");
    assert!(!safely(endpoint).contains(['?', '#']));
}

fn completes_itself(mut metadata: Metadata, response: &Response) {
    let again = discovery::read(response, &metadata.issuer).expect("the same answer");
    let before = metadata.clone();
    metadata.complete_from(again);
    metadata.unusable.truncate(before.unusable.len());
    assert_eq!(metadata, before);
}
