//! One request, one response: the only way to the network.
//!
//! Nothing is redirected (T03), sent twice (T04), compressed (T06) or logged (T09); certificates are always verified
//! (T02); the whole exchange, from the look-up of the name to the last byte, has one deadline (T05). Loopback is never
//! asked through a proxy (T01).

mod body;
mod classify;
mod fault;
mod resolve;
mod shown;

use std::cell::RefCell;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::thread;
use std::time::Duration;

use bytes::Bytes;
use hyper_util::client::proxy::matcher::Matcher;
use reqwest::header::{HeaderName, HeaderValue};
use tokio::runtime::Runtime;
use tokio::time::timeout;
use zeroize::Zeroizing;

use crate::oauth::{Endpoint, Foreign, Method, Request, Response};
use body::{SecretBytes, Watched};
use classify::{Circumstances, build_fault, classify};
use resolve::SystemResolver;

pub use fault::{TlsFault, TransportError, TransportFault};
pub use shown::Shown;

/// The most bytes of a response's body (T06).
pub const BODY_LIMIT: usize = 1 << 20;
/// The most bytes of a response's headers that are passed on; the library itself takes at most 100 headers.
const HEADER_LIMIT: usize = 64 << 10;
/// The most bytes of a file with certificates.
const PEM_LIMIT: u64 = 4 << 20;
/// How long a connection waits for the next request. A password typed in between takes longer, and a connection that
/// the server closed meanwhile is not tried.
const IDLE: Duration = Duration::from_secs(2);

/// How much later than its deadline an exchange is given up that does not notice the deadline itself.
const GRACE: Duration = Duration::from_millis(250);

/// How long an answer is read on that lies there when the deadline is over.
const LAST_LOOK: Duration = Duration::from_millis(100);

/// Carries requests to servers.
pub trait Transport {
    /// Sends a request once and reads the response to its end, whatever its status; a redirect has no body.
    ///
    /// # Errors
    /// [`TransportError`] if no complete response came.
    fn send(&self, request: &Request) -> Result<Response, TransportError>;
}

/// How to reach servers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TransportOptions {
    /// For the whole exchange (T05).
    pub timeout: Duration,
    /// Authorities to be trusted beside the system's, in PEM (T02).
    pub ca_file: Option<PathBuf>,
    /// The client's certificate chain and its key, both in PEM (RFC 8705).
    pub client_identity: Option<(PathBuf, PathBuf)>,
}

impl Default for TransportOptions {
    /// 30 s, the system's authorities, no client certificate.
    fn default() -> Self {
        Self { timeout: Duration::from_secs(30), ca_file: None, client_identity: None }
    }
}

/// HTTP/1.1 over TCP and TLS. Costs nothing until the first request.
#[derive(Debug)]
pub struct HttpTransport {
    options: TransportOptions,
    runtime: RefCell<Option<Arc<Runtime>>>,
    clients: RefCell<Vec<(Kind, reqwest::Client)>>,
}

/// The differences between clients.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Kind {
    tls: bool,
    loopback: bool,
}

impl Kind {
    fn of(endpoint: &Endpoint) -> Self {
        Self { tls: endpoint.url().scheme() == "https", loopback: endpoint.is_loopback() }
    }
}

impl HttpTransport {
    /// Nothing is opened or read yet.
    #[must_use]
    pub fn new(options: TransportOptions) -> Self {
        Self { options, runtime: RefCell::default(), clients: RefCell::default() }
    }

    /// The runtime: everything on one thread, the look-up of names as well.
    fn runtime(&self) -> Result<Arc<Runtime>, TransportFault> {
        let mut runtime = self.runtime.borrow_mut();
        if let Some(runtime) = &*runtime {
            return Ok(Arc::clone(runtime));
        }
        let new = tokio::runtime::Builder::new_current_thread().enable_io().enable_time().build().map_err(other)?;
        Ok(Arc::clone(runtime.insert(Arc::new(new))))
    }

    /// The client for this kind of endpoint.
    fn client(&self, kind: Kind) -> Result<reqwest::Client, TransportFault> {
        let mut clients = self.clients.borrow_mut();
        if let Some((_, client)) = clients.iter().find(|(k, _)| *k == kind) {
            return Ok(client.clone());
        }
        let client = self.build_client(kind)?;
        clients.push((kind, client.clone()));
        Ok(client)
    }

    fn build_client(&self, kind: Kind) -> Result<reqwest::Client, TransportFault> {
        // Fails if there is one already, which is then the same.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut builder = reqwest::Client::builder()
            .user_agent(concat!("tok/", env!("CARGO_PKG_VERSION")))
            .http1_only()
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .tls_sslkeylogfile(false)
            .dns_resolver(Arc::new(SystemResolver))
            .pool_idle_timeout(IDLE);
        if kind.loopback {
            builder = builder.no_proxy();
        }
        if !kind.tls {
            // Spares the reading of the system's authorities, and works where there are none.
            let builder = builder.tls_certs_only([]);
            return builder.build().map_err(|error| TransportFault::Tls(build_fault(&error)));
        }
        if let Some(path) = &self.options.ca_file {
            builder = builder.tls_certs_merge(read_authorities(path)?);
        }
        if let Some((certificate, key)) = &self.options.client_identity {
            builder = builder.identity(read_identity(certificate, key)?);
        }
        builder.build().map_err(|error| self.build_fault(&error))
    }

    /// Whose fault it is that there is no client: a file's or the system's.
    fn build_fault(&self, error: &reqwest::Error) -> TransportFault {
        match (build_fault(error), &self.options.client_identity, &self.options.ca_file) {
            (TlsFault::NoAuthorities, ..) => TransportFault::Tls(TlsFault::NoAuthorities),
            (fault, Some((path, _)), None) => TransportFault::ClientCert { path: path.clone(), why: fault.to_string() },
            (fault, None, Some(path)) => TransportFault::CaFile { path: path.clone(), why: fault.to_string() },
            (fault, ..) => TransportFault::Tls(fault),
        }
    }

    /// The exchange runs on a thread of its own, so that the deadline holds whatever happens there: a server that floods
    /// us with interim responses keeps the library busy for seconds without a look at the clock. Such a thread is
    /// left behind; it ends with the process.
    fn exchange(&self, request: &Request, sent: &Arc<AtomicBool>) -> Result<Response, TransportFault> {
        let client = self.client(Kind::of(&request.url))?;
        let wire = wire_request(request, sent)?;
        let (endpoint, limit, runtime) = (request.url.clone(), self.options.timeout, self.runtime()?);
        let (tell, told) = sync_channel(1);
        let work = move || {
            let whole = async {
                let mut talk = pin!(converse(client, wire, &endpoint));
                match timeout(limit, &mut talk).await {
                    Ok(result) => result,
                    // Who was stopped for so long finds an answer that came meanwhile: the new tokens may be in it.
                    Err(_) => timeout(LAST_LOOK, talk).await.unwrap_or(Err(TransportFault::Timeout(limit))),
                }
            };
            let result = runtime.block_on(whole);
            drop(runtime);
            let _ = tell.send(result);
        };
        thread::Builder::new().name("exchange".into()).spawn(work).map_err(other)?;
        let result = told.recv_timeout(limit.saturating_add(GRACE));
        // The same for this thread, which goes on at the same time as the other.
        result.or_else(|_| told.recv_timeout(GRACE)).unwrap_or_else(|error| {
            self.runtime.take();
            self.clients.take();
            Err(match error {
                RecvTimeoutError::Timeout => TransportFault::Timeout(limit),
                RecvTimeoutError::Disconnected => other("the exchange ended without a result"),
            })
        })
    }
}

impl Transport for HttpTransport {
    fn send(&self, request: &Request) -> Result<Response, TransportError> {
        let sent = Arc::new(AtomicBool::new(false));
        self.exchange(request, &sent)
            .map_err(|fault| TransportError { sent: sent.load(SeqCst), ..TransportError::new(&request.url, fault) })
    }
}

/// An exchange that was given up, in the look-up of a name for one, is not waited for.
impl Drop for HttpTransport {
    fn drop(&mut self) {
        self.clients.take();
        if let Some(runtime) = self.runtime.take().and_then(Arc::into_inner) {
            runtime.shutdown_background();
        }
    }
}

#[expect(clippy::needless_pass_by_value, reason = "made for `map_err`")]
fn other(text: impl ToString) -> TransportFault {
    TransportFault::Other(Foreign::new(text.to_string()))
}

/// The request as the library wants it. The values that it copies are marked, so that it shows none of them.
fn wire_request(request: &Request, sent: &Arc<AtomicBool>) -> Result<reqwest::Request, TransportFault> {
    let method = match request.method {
        Method::Get => reqwest::Method::GET,
        Method::Post => reqwest::Method::POST,
    };
    let mut wire = reqwest::Request::new(method, request.url.url().clone());
    for (name, value) in &request.headers {
        let value = Bytes::from_owner(SecretBytes(value.duplicate()));
        let mut value = HeaderValue::from_maybe_shared(value)
            .map_err(|_| other(format!("the header {name} holds a control character")))?;
        value.set_sensitive(true);
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| other("a header has no valid name"))?;
        wire.headers_mut().insert(name, value);
    }
    if let Some(body) = &request.body {
        *wire.body_mut() = Some(reqwest::Body::wrap(Watched::new(body.duplicate(), Arc::clone(sent))));
    }
    Ok(wire)
}

/// Sends the request and reads the response.
async fn converse(
    client: reqwest::Client,
    wire: reqwest::Request,
    endpoint: &Endpoint,
) -> Result<Response, TransportFault> {
    let kind = Kind::of(endpoint);
    let failed = |error: reqwest::Error| {
        let proxy = if kind.loopback { None } else { proxy_for(endpoint) };
        classify(&error, Circumstances { host: endpoint.host(), tls: kind.tls, proxy })
    };
    read_response(client.execute(wire).await.map_err(failed)?, failed).await
}

/// Reads the response to its end, a redirect to the end of its head, within the limits (T06). A header with anything but
/// visible ASCII and spaces in its value is left out.
async fn read_response(
    mut response: reqwest::Response,
    failed: impl Fn(reqwest::Error) -> TransportFault,
) -> Result<Response, TransportFault> {
    let status = response.status().as_u16();
    let visible = |value: &HeaderValue| {
        let bytes = value.as_bytes();
        let visible = bytes.iter().all(|byte| matches!(byte, b' '..=b'~'));
        visible.then(|| String::from_utf8_lossy(bytes).into_owned())
    };
    let headers: Vec<_> = response
        .headers()
        .iter()
        .filter_map(|(name, value)| Some((name.as_str().to_owned(), visible(value)?)))
        .collect();
    if headers.iter().map(|(name, value)| name.len() + value.len()).sum::<usize>() > HEADER_LIMIT {
        return Err(TransportFault::TooLarge);
    }
    // Nobody reads the body of a redirect, so it is none the worse if it is cut, endless or without a proper end.
    if response.status().is_redirection() {
        return Ok(Response { status, headers, ..Response::default() });
    }
    let announced = response.content_length().map_or(0, |length| usize::try_from(length).unwrap_or(usize::MAX));
    if announced > BODY_LIMIT {
        return Err(TransportFault::TooLarge);
    }
    let mut body = Zeroizing::new(Vec::with_capacity(announced));
    while let Some(chunk) = response.chunk().await.map_err(&failed)? {
        if chunk.len() > BODY_LIMIT - body.len() {
            return Err(TransportFault::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Response { status, headers, body, ..Response::default() })
}

/// The origin of the proxy that the library takes for this endpoint, without credentials (T07).
fn proxy_for(endpoint: &Endpoint) -> Option<String> {
    let target = endpoint.as_str().parse().ok()?;
    let proxy = Matcher::from_system().intercept(&target)?;
    let uri = proxy.uri();
    Some(format!("{}://{}", uri.scheme_str().unwrap_or("http"), uri.authority()?))
}

fn read_authorities(path: &Path) -> Result<Vec<reqwest::Certificate>, TransportFault> {
    let fault = |why: &str| TransportFault::CaFile { path: path.to_owned(), why: why.to_owned() };
    let pem = read_pem(path).map_err(|why| fault(&why))?;
    let certificates = reqwest::Certificate::from_pem_bundle(&pem).map_err(|_| fault("it is not valid PEM"))?;
    if certificates.is_empty() { Err(fault("no PEM certificate is in it")) } else { Ok(certificates) }
}

fn read_identity(certificate: &Path, key: &Path) -> Result<reqwest::Identity, TransportFault> {
    let fault = |path: &Path, why: &str| TransportFault::ClientCert { path: path.to_owned(), why: why.to_owned() };
    let mut pem = read_pem(certificate).map_err(|why| fault(certificate, &why))?;
    let key_pem = read_pem(key).map_err(|why| fault(key, &why))?;
    let mut both = Zeroizing::new(Vec::with_capacity(pem.len() + key_pem.len() + 1));
    both.append(&mut pem);
    both.push(b'\n');
    if certificate != key {
        both.extend_from_slice(&key_pem);
    }
    reqwest::Identity::from_pem(&both).map_err(|_| fault(certificate, "certificate and key are not valid PEM"))
}

fn read_pem(path: &Path) -> Result<Zeroizing<Vec<u8>>, String> {
    let file = File::open(path).map_err(|error| error.to_string())?;
    let mut bytes = Zeroizing::new(Vec::new());
    file.take(PEM_LIMIT + 1).read_to_end(&mut bytes).map_err(|error| error.to_string())?;
    if bytes.len() as u64 > PEM_LIMIT { Err(format!("it is larger than {PEM_LIMIT} bytes")) } else { Ok(bytes) }
}

#[cfg(test)]
mod tests;
