//! What goes over the wire, as values: a [`Request`] to be sent as it is, the [`Response`] that came.

use std::fmt;

use zeroize::Zeroizing;

use super::{Endpoint, Signed, ToSign};
use crate::secret::Secret;

/// The two methods that OAuth's back channel knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Metadata, keys, userinfo.
    Get,
    /// Everything else (RFC 6749 §3.2).
    Post,
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Get => "GET",
            Self::Post => "POST",
        })
    }
}

/// One request. A header's value and the body may hold secrets, so both are [`Secret`].
#[derive(Debug)]
pub struct Request {
    /// GET or POST.
    pub method: Method,
    /// Where it goes.
    pub url: Endpoint,
    /// Names as on the wire; `Accept`, `Content-Type` and `Authorization` are all that is ever in here besides
    /// `DPoP`. Values hold no CR, LF or NUL (I03).
    pub headers: Vec<(&'static str, Secret)>,
    /// The body of a POST.
    pub body: Option<Secret>,
    /// What is signed when it is sent.
    pub to_sign: ToSign,
}

impl Request {
    /// What is in it, without any value: its headers, then the parameters of its form, as they are encoded.
    #[must_use]
    pub fn names(&self) -> Vec<&str> {
        let headers = self.headers.iter().map(|(name, _)| *name);
        let form = self.body.as_ref().map_or("", Secret::expose);
        let parameters = form.split('&').filter_map(|pair| pair.split_once('=')).map(|(name, _)| name);
        headers.chain(parameters).collect()
    }
}

/// One response, read to its end. The body is wiped when dropped: it may hold tokens.
#[derive(Debug, Default)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// Header names in lower case with their values; what is not visible ASCII is left out by the transport.
    pub headers: Vec<(String, String)>,
    /// The body as it came, at most 1 MiB (T06).
    pub body: Zeroizing<Vec<u8>>,
    /// What was signed for the request that it answers.
    pub signed: Signed,
}

impl Response {
    /// The first value of a header, by its lower-case name.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    /// Its type, if it is one of those that token endpoints, gateways and login pages answer with: a server could write
    /// what was sent to it into this header as well (U07).
    #[must_use]
    pub fn usual_type(&self) -> &'static str {
        const USUAL: [&str; 4] = ["application/json", "application/problem+json", "text/html", "text/plain"];
        let given = self.header("content-type").map(|value| value.split(';').next().unwrap_or_default().trim());
        given.map_or("no type", |given| {
            USUAL.into_iter().find(|usual| usual.eq_ignore_ascii_case(given)).unwrap_or("another type")
        })
    }
}
