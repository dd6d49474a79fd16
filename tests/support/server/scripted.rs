//! The scripted server: answers each request by a closure, remembers everything, and fails the test at its end if a
//! reply was not used, a request was not expected or a closure panicked.

use std::collections::{HashMap, VecDeque};
use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rustls::{ServerConfig, ServerConnection, StreamOwned};

use super::answer::{Answer, End};
use super::fault::Fault;
use super::log::Log;
use super::wire::{Link, Received, read_request};
use crate::support::PATIENCE;
use crate::support::gate::{Gate, lock};

type Reply = Box<dyn FnOnce(&Received) -> Answer + Send>;
type Handler = Arc<dyn Fn(&Received) -> Answer + Send + Sync>;
type Talk = Box<dyn Fn(&mut Link, &Notes<'_>) -> io::Result<()> + Send + Sync>;

/// A running server. Dropping it ends all its connections and passes judgement.
pub struct Server {
    shared: Arc<Shared>,
    address: SocketAddr,
    listening: Option<JoinHandle<()>>,
}

struct Shared {
    tls: Option<Arc<ServerConfig>>,
    /// In place of HTTP.
    talk: Option<Talk>,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    closing: bool,
    /// Sockets of living connections, to end them from outside.
    sockets: HashMap<usize, TcpStream>,
    gates: Vec<Gate>,
    workers: Vec<JoinHandle<()>>,
    replies: VecDeque<Reply>,
    handler: Option<Handler>,
    faults: VecDeque<Fault>,
    constant_fault: Option<Fault>,
    log: Log,
    complaints: Vec<String>,
}

impl Server {
    /// Plain http.
    pub fn http() -> Self {
        Self::start(None, None)
    }

    /// https with this configuration (see [`super::tls::config`]).
    pub fn https(tls: Arc<ServerConfig>) -> Self {
        Self::start(Some(tls), None)
    }

    /// Another protocol through TLS: the whole life of a connection, which notes what it sees.
    pub fn talking(
        tls: Arc<ServerConfig>,
        talk: impl Fn(&mut Link, &Notes<'_>) -> io::Result<()> + Send + Sync + 'static,
    ) -> Self {
        Self::start(Some(tls), Some(Box::new(talk)))
    }

    fn start(tls: Option<Arc<ServerConfig>>, talk: Option<Talk>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared { tls, talk, state: Mutex::default(), changed: Condvar::new() });
        let accepting = Arc::clone(&shared);
        let listening = Some(thread::spawn(move || accept(&listener, &accepting)));
        Self { shared, address, listening }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// `https://127.0.0.1:PORT` and the path.
    pub fn url(&self, path: &str) -> String {
        let scheme = if self.shared.tls.is_some() { "https" } else { "http" };
        format!("{scheme}://{}{path}", self.address)
    }

    /// One reply to one request, in order of registration. Not using it fails the test.
    pub fn reply(&self, reply: impl FnOnce(&Received) -> Answer + Send + 'static) {
        lock(&self.shared.state).replies.push_back(Box::new(reply));
    }

    /// Answers every request for which no reply is left.
    pub fn answer_all(&self, handler: impl Fn(&Received) -> Answer + Send + Sync + 'static) {
        lock(&self.shared.state).handler = Some(Arc::new(handler));
    }

    /// The fate of one more connection, in order of registration. Not using it fails the test.
    pub fn fault(&self, fault: Fault) {
        lock(&self.shared.state).faults.push_back(fault);
    }

    /// The fate of every connection for which no other is left.
    pub fn always_fault(&self, fault: Fault) {
        lock(&self.shared.state).constant_fault = Some(fault);
    }

    /// What was seen up to now.
    pub fn log(&self) -> Log {
        lock(&self.shared.state).log.clone()
    }

    /// Waits until the log satisfies the condition.
    pub fn wait_until(&self, what: &str, condition: impl Fn(&Log) -> bool) {
        let state = lock(&self.shared.state);
        let (state, timeout) = self
            .shared
            .changed
            .wait_timeout_while(state, PATIENCE, |state| !condition(&state.log))
            .unwrap_or_else(PoisonError::into_inner);
        assert!(!timeout.timed_out(), "waited in vain for {what}; seen: {:?}", state.log.summary());
    }

    /// Waits until this many requests have come.
    pub fn wait_for_requests(&self, count: usize) {
        self.wait_until(&format!("{count} requests"), |log| log.requests.len() >= count);
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let mut state = lock(&self.shared.state);
        state.closing = true;
        for socket in state.sockets.values() {
            let _ = socket.shutdown(Shutdown::Both);
        }
        for gate in &state.gates {
            gate.open();
        }
        drop(state);
        let _ = TcpStream::connect(self.address); // wakes the listener
        if let Some(listening) = self.listening.take() {
            let _ = listening.join();
        }
        let workers = std::mem::take(&mut lock(&self.shared.state).workers);
        for worker in workers {
            let _ = worker.join();
        }
        let state = lock(&self.shared.state);
        let mut complaints = state.complaints.clone();
        let unused = [(state.replies.len(), "replies"), (state.faults.len(), "faults")];
        complaints.extend(unused.iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!("{n} {what} were not used")));
        drop(state);
        if complaints.is_empty() {
            return;
        }
        let verdict = format!("scripted server: {}", complaints.join("; "));
        if thread::panicking() {
            eprintln!("{verdict}");
        } else {
            panic!("{verdict}");
        }
    }
}

/// What a connection brings into the log where it is not HTTP.
pub struct Notes<'s> {
    shared: &'s Shared,
    number: usize,
}

impl Notes<'_> {
    /// What was read, to the byte.
    pub fn bytes(&self, bytes: &[u8]) {
        self.shared.note(|state| state.log.connections[self.number].extend_from_slice(bytes));
    }

    /// What it means.
    pub fn request(&self, request: Received) {
        self.shared.note(|state| state.log.requests.push(request));
    }
}

fn accept(listener: &TcpListener, shared: &Arc<Shared>) {
    for socket in listener.incoming() {
        let mut state = lock(&shared.state);
        if state.closing {
            return;
        }
        let Ok(socket) = socket else { continue };
        let _ = socket.set_nodelay(true);
        let number = state.log.connections.len();
        state.log.connections.push(Vec::new());
        state.sockets.insert(number, socket.try_clone().unwrap());
        let fault = state.faults.pop_front().or_else(|| state.constant_fault.clone());
        let shared_too = Arc::clone(shared);
        state.workers.push(thread::spawn(move || {
            if let Err(error) = serve(&shared_too, number, socket, fault) {
                shared_too.note(|state| state.log.failures.push(format!("connection {number}: {error}")));
            }
            shared_too.note(|state| drop(state.sockets.remove(&number)));
        }));
        shared.changed.notify_all();
    }
}

/// The life of one connection.
fn serve(shared: &Shared, number: usize, mut socket: TcpStream, fault: Option<Fault>) -> io::Result<()> {
    match fault {
        None => {}
        Some(Fault::Held(gate)) => shared.pass(&gate),
        Some(Fault::CloseAtAccept) => return Ok(()),
        Some(Fault::ResetAtAccept) => return shared.reset(number, &socket),
        Some(fault) => {
            let mut buffer = [0; 16 * 1024];
            let count = socket.read(&mut buffer)?;
            shared.note(|state| state.log.connections[number].extend_from_slice(&buffer[..count]));
            match fault {
                Fault::Stall => while socket.read(&mut buffer).is_ok_and(|count| count > 0) {},
                Fault::Bytes(bytes) => socket.write_all(&bytes)?,
                _ => {}
            }
            return Ok(());
        }
    }
    let mut link = match &shared.tls {
        None => Link::Plain(socket),
        Some(config) => {
            let connection = ServerConnection::new(Arc::clone(config)).map_err(io::Error::other)?;
            Link::Tls(Box::new(StreamOwned::new(connection, socket)))
        }
    };
    if let Some(talk) = &shared.talk {
        return talk(&mut link, &Notes { shared, number });
    }
    let mut rest = Vec::new();
    loop {
        let seen = |bytes: &[u8]| shared.note(|state| state.log.connections[number].extend_from_slice(bytes));
        let Some(mut request) = read_request(&mut link, &mut rest, seen)? else { return Ok(()) };
        request.connection = number;
        let mut answer = shared.answer(&request);
        let last = request.header("connection").is_some_and(|value| value.eq_ignore_ascii_case("close"));
        if last && answer.end == End::Keep {
            answer = answer.then(End::Close);
        }
        if send(shared, number, &mut link, &answer)? != End::Keep {
            return Ok(());
        }
    }
}

fn send(shared: &Shared, number: usize, link: &mut Link, answer: &Answer) -> io::Result<End> {
    for gate in &answer.gates {
        shared.pass(gate);
    }
    let bytes = answer.bytes();
    if answer.pace.is_none() && matches!(answer.end, End::Close | End::Abrupt) {
        cork(link.socket());
    }
    match answer.pace {
        None => link.write_all(&bytes)?,
        Some(pause) => bytes.iter().try_for_each(|byte| shared.write_slowly(link, &[*byte], pause))?,
    }
    link.flush()?;
    if let Some((piece, times)) = &answer.repeat {
        for _ in 0..*times {
            match answer.pace {
                None => link.write_all(piece)?,
                Some(pause) => shared.write_slowly(link, piece, pause)?,
            }
        }
        link.flush()?;
    }
    match answer.end {
        End::Keep => {}
        End::Abrupt => drop(link.socket().shutdown(Shutdown::Write)),
        End::Close => {
            link.close_politely();
            let _ = link.socket().shutdown(Shutdown::Write);
        }
        End::Reset => shared.reset(number, link.socket())?,
        End::Hold => while link.read(&mut [0; 1024]).is_ok_and(|count| count > 0) {},
    }
    Ok(answer.end)
}

/// Holds the last bytes of an answer back until its end is known, which then comes with them: a client that has read the
/// answer could otherwise send its next request before the end is there.
fn cork(socket: &TcpStream) {
    #[cfg(target_os = "linux")]
    let _ = rustix::net::sockopt::set_tcp_cork(socket, true);
    #[cfg(not(target_os = "linux"))]
    let _ = socket;
}

impl Shared {
    /// Changes the state and tells those who wait for it.
    fn note(&self, change: impl FnOnce(&mut State)) {
        change(&mut lock(&self.state));
        self.changed.notify_all();
    }

    /// Logs the request and asks the script.
    fn answer(&self, request: &Received) -> Answer {
        let mut state = lock(&self.state);
        let reply = state.replies.pop_front();
        let handler = state.handler.clone();
        drop(state);
        let answer = match (reply, handler) {
            (Some(reply), _) => catch_unwind(AssertUnwindSafe(|| reply(request))),
            (None, Some(handler)) => catch_unwind(AssertUnwindSafe(|| handler(request))),
            (None, None) => {
                let complaint = format!("unexpected request: {} {}", request.method, request.path());
                self.note(|state| state.complaints.push(complaint));
                Ok(Answer::error(500, "unexpected_request"))
            }
        };
        self.note(|state| state.log.requests.push(request.clone()));
        answer.unwrap_or_else(|panic| {
            let text = panic.downcast_ref::<String>().cloned();
            let text = text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
            let text = text.unwrap_or_else(|| "no text".into());
            self.note(|state| state.complaints.push(format!("a closure panicked: {text}")));
            Answer::error(500, "panic")
        })
    }

    /// Waits at a gate that the server's end opens, too.
    fn pass(&self, gate: &Gate) {
        let mut state = lock(&self.state);
        if state.closing {
            return;
        }
        state.gates.push(gate.clone());
        drop(state);
        gate.pass();
    }

    fn write_slowly(&self, link: &mut Link, bytes: &[u8], pause: Duration) -> io::Result<()> {
        link.write_all(bytes)?;
        link.flush()?;
        let state = lock(&self.state);
        let waited = self.changed.wait_timeout_while(state, pause, |state| !state.closing);
        let closing = waited.unwrap_or_else(PoisonError::into_inner).0.closing;
        if closing { Err(io::ErrorKind::Interrupted.into()) } else { Ok(()) }
    }

    /// Closing a socket with linger 0 sends RST; the other copy of the socket has to be gone for that.
    fn reset(&self, number: usize, socket: &TcpStream) -> io::Result<()> {
        #[cfg(unix)]
        rustix::net::sockopt::set_socket_linger(socket, Some(Duration::ZERO))?;
        #[cfg(not(unix))]
        let _ = socket;
        self.note(|state| drop(state.sockets.remove(&number)));
        Ok(())
    }
}
