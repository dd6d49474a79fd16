//! The way to the server for requests that are signed: each at the moment when it is sent, with the clock and the
//! randomness of this machine.
//!
//! A request goes out twice in one case (T04): the server asks for a DPoP proof with the nonce that its answer brings
//! (RFC 9449 §8), and then everything that was signed is signed anew. The last nonce of each server is remembered for the
//! rest of the run.

use std::cell::RefCell;
use std::rc::Rc;

use crate::oauth::jwt::SigningFailed;
use crate::oauth::{Foreign, Request, Response, Stamp, dpop};
use crate::sys::clock::Clock;
use crate::sys::http::{Transport, TransportError, TransportFault};
use crate::sys::random;

/// Signs what is to be signed, and lets another carry it.
pub struct Signing<T> {
    inner: T,
    clock: Rc<dyn Clock>,
    /// Origins with their nonces.
    nonces: RefCell<Vec<(String, String)>>,
}

impl<T: Transport> Signing<T> {
    /// In front of `inner`.
    pub fn new(inner: T, clock: Rc<dyn Clock>) -> Self {
        Self { inner, clock, nonces: RefCell::default() }
    }

    fn once(&self, request: &Request) -> Result<Response, TransportError> {
        let nonce = self.nonce(&request.url.origin());
        let made = stamp(self.clock.as_ref())
            .and_then(|stamp| request.signed(&stamp, nonce.as_deref(), &random::source()))
            .map_err(|why| TransportError::new(&request.url, TransportFault::Other(Foreign::new(why.to_string()))));
        let (request, signed) = made?;
        let response = self.inner.send(&request)?;
        if let (true, Some(nonce)) = (signed.bound, dpop::nonce_of(&response)) {
            self.remember(request.url.origin(), nonce.to_owned());
        }
        Ok(Response { signed, ..response })
    }

    fn nonce(&self, origin: &str) -> Option<String> {
        self.nonces.borrow().iter().find(|(known, _)| known == origin).map(|(_, nonce)| nonce.clone())
    }

    fn remember(&self, origin: String, nonce: String) {
        let mut nonces = self.nonces.borrow_mut();
        nonces.retain(|(known, _)| *known != origin);
        nonces.push((origin, nonce));
    }
}

impl<T: Transport> Transport for Signing<T> {
    fn send(&self, request: &Request) -> Result<Response, TransportError> {
        if request.to_sign.is_empty() {
            return self.inner.send(request);
        }
        let response = self.once(request)?;
        if response.signed.bound && dpop::asks_for_nonce(&response) { self.once(request) } else { Ok(response) }
    }
}

/// Now, and a name of its own.
///
/// # Errors
/// [`SigningFailed`]
pub fn stamp(clock: &dyn Clock) -> Result<Stamp, SigningFailed> {
    let id = random::text().ok_or(SigningFailed)?;
    Ok(Stamp { now: clock.now().0, id })
}

#[cfg(test)]
mod tests {
    use std::collections::{HashSet, VecDeque};
    use std::time::Duration;

    use super::*;
    use crate::oauth::jwt::{Claims, SigningKey, decode};
    use crate::oauth::{Audience, Client, ClientAuthMethod, ClientId, DpopKey, Endpoint, Scopes, grant};
    use crate::secret::Secret;
    use crate::sys::clock::UnixTime;

    /// Answers as it was told to, and keeps the claims of assertion and proof of each request.
    #[derive(Default)]
    struct Server {
        answers: RefCell<VecDeque<Response>>,
        seen: RefCell<Vec<(Option<Claims>, Option<Claims>)>>,
    }

    impl Transport for &Server {
        fn send(&self, request: &Request) -> Result<Response, TransportError> {
            let claims = |text: &str| decode(text).unwrap().claims;
            let body = request.body.as_ref().unwrap().expose();
            let assertion = body.split("client_assertion=").nth(1).map(claims);
            let proof = request.headers.iter().find(|(name, _)| *name == "DPoP");
            self.seen.borrow_mut().push((assertion, proof.map(|(_, value)| claims(value.expose()))));
            Ok(self.answers.borrow_mut().pop_front().unwrap_or_default())
        }
    }

    struct Noon;

    impl Clock for Noon {
        fn now(&self) -> UnixTime {
            UnixTime(1_000_000)
        }

        fn since_boot(&self) -> Option<Duration> {
            None
        }
    }

    fn request(host: &str, dpop: bool) -> Request {
        let key = SigningKey::from_secret(&Secret::new("secret".to_owned()));
        let mut client = Client::new(ClientId::parse("me").unwrap(), ClientAuthMethod::PrivateKeyJwt, None);
        client.key = Some(Rc::new(key));
        client.audience = Audience::Named("issuer".to_owned());
        client.dpop = dpop.then(|| Rc::new(DpopKey::generate(&random::source()).unwrap()));
        let endpoint = Endpoint::parse(&format!("https://{host}/t")).unwrap();
        let scopes = Scopes::default();
        grant::client_credentials(&grant::TokenRequest {
            endpoint: &endpoint,
            client: &client,
            scopes: &scopes,
            audience: &[],
            resource: &[],
            extra: &[],
        })
        .unwrap()
    }

    fn nonce(status: u16, nonce: &str, body: &str) -> Response {
        let headers = vec![("dpop-nonce".to_owned(), nonce.to_owned())];
        Response { status, headers, body: body.as_bytes().to_vec().into(), ..Response::default() }
    }

    #[test] // P16, T04
    fn a_nonce_is_answered_once_and_remembered_for_its_server() {
        let server = Server::default();
        let signing = Signing::new(&server, Rc::new(Noon));
        let ask = |host: &str| signing.send(&request(host, true)).unwrap().status;
        let wanted = || nonce(400, "n-1", r#"{"error":"use_dpop_nonce"}"#);
        server.answers.borrow_mut().extend([wanted(), nonce(200, "n-2", "{}")]);
        assert_eq!((ask("a"), ask("a"), ask("b")), (200, 0, 0));
        server.answers.borrow_mut().extend([wanted(), wanted(), wanted()]);
        assert_eq!((ask("a"), server.answers.borrow().len()), (400, 1), "asked twice, and no more");
        let seen = server.seen.borrow();
        let nonces: Vec<_> = seen.iter().map(|(_, proof)| proof.as_ref().unwrap().get("nonce").cloned()).collect();
        let expected = [None, Some("n-1"), Some("n-2"), None, Some("n-2"), Some("n-1")];
        assert_eq!(nonces, expected.map(|nonce| nonce.map(Into::into)));
        // Everything is signed anew: a server takes no assertion twice, either.
        let claims =
            || seen.iter().flat_map(|(assertion, proof)| [assertion.as_ref().unwrap(), proof.as_ref().unwrap()]);
        let names: HashSet<_> = claims().map(|claims| claims["jti"].as_str().unwrap()).collect();
        assert_eq!(names.len(), 2 * seen.len());
        assert!(claims().all(|claims| claims["iat"] == 1_000_000));
    }

    #[test] // T04
    fn a_request_without_a_proof_is_never_repeated() {
        let server = Server::default();
        let signing = Signing::new(&server, Rc::new(Noon));
        server.answers.borrow_mut().push_back(nonce(400, "n-1", r#"{"error":"use_dpop_nonce"}"#));
        let response = signing.send(&request("a", false)).unwrap();
        assert_eq!((response.status, response.signed.bound, response.signed.texts.len()), (400, false, 1));
        assert_eq!(server.seen.borrow().len(), 1);
    }
}
