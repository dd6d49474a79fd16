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
