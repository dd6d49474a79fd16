//! Where the browser comes back to: a small web server on loopback, for one login (RFC 8252 §7.3).
//!
//! Anybody on this machine can connect to it, and browsers open connections that they never use. So each connection
//! has its own thread and its own deadline, what is no GET of the one path at the one host is turned away, and whether a
//! query is the one that is waited for is for the [`Judge`] to say. The pages are fixed texts: nothing that came is in
//! them.
//!
//! | file | responsible for |
//! |---|---|
//! | this one | the addresses, the threads, their end |
//! | `visit` | one connection: its request read, its page written |

mod visit;

use std::fmt;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use url::Host;

use super::bell::{Bell, Ringer};
use crate::oauth::Endpoint;
use crate::secret::Secret;

/// The path where nobody names another.
const PATH: &str = "/";
/// The most connections at a time. A browser opens six to a host.
const VISITORS: usize = 32;
/// How often another port is tried where the first is free for one kind of address only.
const TRIES: usize = 10;
/// How long the wake-up call to a listener may take, which is this process.
const WAKE_UP: Duration = Duration::from_secs(1);

/// Why nobody can come back here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ListenError {
    /// The address is none of this machine's own, or not plain http.
    NotHere,
    /// Another program listens there.
    Taken(u16),
    /// Whatever else the system says, with its words.
    Io(String),
}

impl fmt::Display for ListenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotHere => f.write_str(
                "redirect-uri is not http to 127.0.0.1, [::1] or localhost: no browser comes back here by it",
            ),
            Self::Taken(port) => write!(f, "port {port}, which redirect-uri names, is taken by another program"),
            Self::Io(text) => write!(f, "cannot listen for the browser: {text}"),
        }
    }
}

impl std::error::Error for ListenError {}

/// What a visitor is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Page {
    /// It worked.
    Done,
    /// The server said no, or what it sent cannot be used.
    Refused,
    /// It belongs to another login, or to none.
    NotThisLogin,
}

/// Reads a query: what to show, and what to end the wait with, if it ends it.
pub type Judge<T> = Box<dyn Fn(&Secret) -> (Page, Option<T>) + Send + Sync>;

/// A place to come back to, reserved but not yet open.
#[derive(Debug)]
pub struct Reserved {
    listeners: Vec<TcpListener>,
    uri: String,
    host: String,
    path: String,
}

/// An open one. Dropping it closes it.
#[derive(Debug)]
pub struct Landing<T> {
    /// Rings when there is something to [take](Landing::take), and when the time is over.
    pub bell: Bell,
    outcomes: Receiver<T>,
    closing: Arc<AtomicBool>,
    addresses: Vec<SocketAddr>,
    threads: Vec<JoinHandle<()>>,
}

/// What all threads share.
struct Shared<T> {
    host: String,
    path: String,
    judge: Judge<T>,
    outcomes: Sender<T>,
    ringer: Ringer,
    visitors: AtomicUsize,
    closing: Arc<AtomicBool>,
}

impl Reserved {
    /// Takes the port of the redirect URI, or a free one where it names none; without a redirect URI a free one of
    /// `127.0.0.1`. From here on the address is known, and no other program can have it.
    ///
    /// # Errors
    /// [`ListenError`]
    pub fn new(redirect_uri: Option<&Endpoint>) -> Result<Self, ListenError> {
        let Some(uri) = redirect_uri.map(Endpoint::url) else {
            let listeners = bind(&[Ipv4Addr::LOCALHOST.into()], None)?;
            return Self::at(listeners, "127.0.0.1", PATH, "");
        };
        if uri.scheme() != "http" {
            return Err(ListenError::NotHere);
        }
        let addresses: Vec<IpAddr> = match uri.host() {
            Some(Host::Ipv4(ip)) if ip.is_loopback() => vec![ip.into()],
            Some(Host::Ipv6(ip)) if ip.is_loopback() => vec![ip.into()],
            // A browser may take either, so that nobody else may have one of them.
            Some(Host::Domain("localhost")) => vec![Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()],
            _ => return Err(ListenError::NotHere),
        };
        let listeners = bind(&addresses, uri.port())?;
        let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
        Self::at(listeners, uri.host_str().unwrap_or_default(), uri.path(), &query)
    }

    fn at(listeners: Vec<TcpListener>, host: &str, path: &str, query: &str) -> Result<Self, ListenError> {
        let port = listeners.first().map(TcpListener::local_addr).transpose().map_err(other)?;
        let host = format!("{host}:{}", port.map_or(0, |address| address.port()));
        let uri = format!("http://{host}{path}{query}");
        Ok(Self { listeners, uri, host, path: path.to_owned() })
    }

    /// The address, as the authorization request names it.
    #[must_use]
    pub fn uri(&self) -> &str {
        &self.uri
    }

    /// Begins to answer, for so long.
    ///
    /// # Errors
    /// [`ListenError::Io`]
    pub fn open<T: Send + 'static>(self, patience: Duration, judge: Judge<T>) -> Result<Landing<T>, ListenError> {
        let (bell, ringer) = Bell::new(patience).map_err(other)?;
        let (sender, outcomes) = channel();
        let closing = Arc::new(AtomicBool::new(false));
        let shared = Arc::new(Shared {
            host: self.host,
            path: self.path,
            judge,
            outcomes: sender,
            ringer,
            visitors: AtomicUsize::new(0),
            closing: Arc::clone(&closing),
        });
        let mut landing = Landing { bell, outcomes, closing, addresses: Vec::new(), threads: Vec::new() };
        for listener in self.listeners {
            let (address, shared) = (listener.local_addr().map_err(other)?, Arc::clone(&shared));
            let thread = thread::Builder::new().spawn(move || listen(&listener, &shared)).map_err(other)?;
            landing.addresses.push(address);
            landing.threads.push(thread);
        }
        Ok(landing)
    }
}

/// Takes the same port at each of the addresses. A kind of address that this machine does not have is left out, unless
/// it is the only one.
fn bind(addresses: &[IpAddr], port: Option<u16>) -> Result<Vec<TcpListener>, ListenError> {
    let mut tried = 0;
    loop {
        tried += 1;
        match bind_once(addresses, port.unwrap_or(0)) {
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => match port {
                Some(port) => return Err(ListenError::Taken(port)),
                None if tried < TRIES => {}
                None => return Err(other(error)),
            },
            listeners => return listeners.map_err(other),
        }
    }
}

fn bind_once(addresses: &[IpAddr], mut port: u16) -> io::Result<Vec<TcpListener>> {
    let mut listeners: Vec<TcpListener> = Vec::new();
    for address in addresses {
        match TcpListener::bind((*address, port)) {
            Ok(listener) => {
                port = listener.local_addr()?.port();
                listeners.push(listener);
            }
            Err(error) if error.kind() == io::ErrorKind::AddrInUse || addresses.len() == 1 => return Err(error),
            Err(error) if listeners.is_empty() && Some(address) == addresses.last() => return Err(error),
            Err(_) => {}
        }
    }
    Ok(listeners)
}

#[expect(clippy::needless_pass_by_value, reason = "reads well with `map_err`")]
fn other(error: io::Error) -> ListenError {
    ListenError::Io(error.to_string())
}

/// The life of a listener.
fn listen<T: Send + 'static>(listener: &TcpListener, shared: &Arc<Shared<T>>) {
    for visitor in listener.incoming() {
        if shared.closing.load(SeqCst) {
            return;
        }
        let Ok(visitor) = visitor else {
            // Out of descriptors, most likely: others are given back when a visit ends.
            thread::sleep(Duration::from_millis(50));
            continue;
        };
        if shared.visitors.fetch_add(1, SeqCst) >= VISITORS {
            shared.visitors.fetch_sub(1, SeqCst);
            continue;
        }
        let theirs = Arc::clone(shared);
        let started = thread::Builder::new().spawn(move || {
            visit::receive(&visitor, &theirs);
            theirs.visitors.fetch_sub(1, SeqCst);
        });
        if started.is_err() {
            shared.visitors.fetch_sub(1, SeqCst);
        }
    }
}

impl<T> Landing<T> {
    /// Waits for what ends the wait; `None` when the time is over.
    #[must_use]
    pub fn wait(&self) -> Option<T> {
        loop {
            match self.outcomes.recv_timeout(self.bell.left()) {
                Ok(outcome) => return Some(outcome),
                Err(RecvTimeoutError::Timeout) if !self.bell.left().is_zero() => {}
                Err(_) => return None,
            }
        }
    }

    /// What ends the wait, if it is there already.
    #[must_use]
    pub fn take(&self) -> Option<T> {
        self.outcomes.try_recv().ok()
    }
}

impl<T> Drop for Landing<T> {
    fn drop(&mut self) {
        self.closing.store(true, SeqCst);
        for (address, thread) in self.addresses.iter().zip(self.threads.drain(..)) {
            // A listener sees that it is to close when somebody comes.
            if TcpStream::connect_timeout(address, WAKE_UP).is_ok() {
                let _ = thread.join();
            }
        }
    }
}

#[cfg(test)]
mod tests;
