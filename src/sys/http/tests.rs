//! Against a scripted server on a thread: what it gets, byte for byte, and what we make of what it does.

use std::io::{BufRead, BufReader, ErrorKind, Write};
use std::net::{TcpListener, TcpStream};
use std::process::Stdio;
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Instant;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, ExtendedKeyUsagePurpose, IsCa, KeyPair};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use super::*;
use crate::oauth::ToSign;
use crate::secret::Secret;
use crate::sys::clock::UnixTime;
use crate::sys::testing::{child, in_child};

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}";

/// Nobody listens there (tcpmux), and no other test's server gets it.
const CLOSED: u16 = 1;

/// A server that does the same to every connection. What each request was is told on the channel.
fn serve(play: impl Fn(TcpStream) -> Option<String> + Send + 'static) -> (u16, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let (tell, told) = channel();
    thread::spawn(move || {
        for stream in listener.incoming() {
            if let Some(request) = play(stream.unwrap()) {
                let _ = tell.send(request);
            }
        }
    });
    (port, told)
}

/// Reads head and body of one request.
fn read_request(stream: impl Read) -> String {
    let mut reader = BufReader::new(stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head).unwrap_or(0) == 0 {
            return head;
        }
    }
    let length = head
        .to_lowercase()
        .split_once("content-length: ")
        .map_or(0, |(_, rest)| rest.lines().next().unwrap().trim().parse().unwrap());
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    head + &String::from_utf8(body).unwrap()
}

/// A server that answers every request with this.
fn answering(answer: impl Into<Vec<u8>>) -> (u16, Receiver<String>) {
    let answer = answer.into();
    serve(move |mut stream| {
        let request = read_request(&stream);
        let _ = stream.write_all(&answer);
        Some(request)
    })
}

fn post(url: &str) -> Request {
    Request {
        method: Method::Post,
        url: Endpoint::parse(url).unwrap(),
        headers: vec![
            ("Content-Type", Secret::new("application/x-www-form-urlencoded".into())),
            ("Authorization", Secret::new("Basic canary".into())),
        ],
        body: Some(Secret::new("password=canary".into())),
        to_sign: ToSign::default(),
    }
}

fn get(url: &str) -> Request {
    let url = Endpoint::parse(url).unwrap();
    Request { method: Method::Get, url, headers: Vec::new(), body: None, to_sign: ToSign::default() }
}

fn local(port: u16) -> String {
    format!("http://127.0.0.1:{port}/token?x=y")
}

fn send(request: &Request) -> Result<Response, TransportError> {
    HttpTransport::new(TransportOptions::default()).send(request)
}

/// What is made of a server that answers with this.
fn fault_of(answer: impl Into<Vec<u8>>) -> TransportFault {
    send(&post(&local(answering(answer).0))).unwrap_err().fault
}

#[test] // P03, T06
fn the_request_is_what_was_asked_for_and_no_more() {
    let (port, told) = answering(OK);
    let response = send(&post(&local(port))).unwrap();
    assert_eq!((response.status, response.body.as_slice()), (200, b"{}".as_slice()));
    assert_eq!(response.header("content-type"), Some("application/json"));
    let request = told.recv().unwrap().to_lowercase();
    let mut lines: Vec<_> = request.split("\r\n").collect();
    lines[1..].sort_unstable();
    let expected = [
        "post /token?x=y http/1.1",
        "",
        "accept: */*",
        "authorization: basic canary",
        "content-length: 15",
        "content-type: application/x-www-form-urlencoded",
        &format!("host: 127.0.0.1:{port}"),
        "password=canary",
        concat!("user-agent: tok/", env!("CARGO_PKG_VERSION")),
    ];
    assert_eq!(lines, expected);
}

#[test]
fn one_transport_serves_several_requests() {
    // On one connection: one that is closed without a word may be taken for the next request before its end is there.
    let (tell, told) = channel();
    let (port, _) = serve(move |mut stream| {
        loop {
            let request = read_request(&stream);
            if request.is_empty() || stream.write_all(OK.as_bytes()).is_err() {
                return None;
            }
            let _ = tell.send(request);
        }
    });
    let transport = HttpTransport::new(TransportOptions::default());
    transport.send(&get(&local(port))).unwrap();
    transport.send(&post(&local(port))).unwrap();
    assert!(told.recv().unwrap().starts_with("GET /token?x=y HTTP/1.1\r\n"));
    assert!(told.recv().unwrap().ends_with("\r\n\r\npassword=canary"));
}

#[test] // T03
fn a_redirect_is_a_response() {
    let (target, told) = answering(OK);
    for status in [301, 302, 303, 307, 308] {
        let (port, _) = answering(format!(
            "HTTP/1.1 {status} X\r\nLocation: http://127.0.0.1:{target}/\r\nContent-Length: 0\r\n\r\n"
        ));
        let response = send(&post(&local(port))).unwrap();
        assert_eq!(response.status, status);
        assert_eq!(response.header("location"), Some(format!("http://127.0.0.1:{target}/").as_str()));
    }
    assert!(told.try_recv().is_err());
}

#[test] // T04
fn nothing_is_sent_twice() {
    let (port, told) = answering("");
    let error = send(&post(&local(port))).unwrap_err();
    assert_eq!((&error.fault, error.sent), (&TransportFault::Cut, true));
    assert!(told.recv().is_ok() && told.try_recv().is_err());
    let again = "HTTP/1.1 503 X\r\nRetry-After: 0\r\nContent-Length: 0\r\n\r\n";
    let (port, told) = answering(again);
    assert_eq!(send(&post(&local(port))).unwrap().status, 503);
    assert!(told.recv().is_ok() && told.try_recv().is_err());
}

#[test] // T05
fn one_deadline_for_everything() {
    let endless = |drip: &'static [u8]| {
        serve(move |mut stream| {
            read_request(&stream);
            while stream.write_all(drip).is_ok() {}
            None
        })
    };
    let silent = serve(|stream| {
        read_request(&stream);
        let _ = (&stream).read(&mut [0]); // until the client goes away
        None
    });
    let deaf = TcpListener::bind("127.0.0.1:0").unwrap();
    // Long enough for what comes before the wait, also where many tests run at once.
    let limit = Duration::from_secs(2);
    let transport = HttpTransport::new(TransportOptions { timeout: limit, ..TransportOptions::default() });
    for (url, sent) in [
        (local(silent.0), true),
        (local(endless(b"HTTP/1.1 100 Continue\r\n\r\n").0), true),
        (format!("https://127.0.0.1:{}/", deaf.local_addr().unwrap().port()), false),
    ] {
        let start = Instant::now();
        let error = transport.send(&post(&url)).unwrap_err();
        assert_eq!((&error.fault, error.sent), (&TransportFault::Timeout(limit), sent), "{url}");
        assert!(start.elapsed() < Duration::from_secs(20), "{url} {:?}", start.elapsed());
    }
}

#[test] // T06
fn a_body_has_a_limit() {
    let exactly = [b"HTTP/1.1 200 OK\r\n\r\n".as_slice(), &vec![b'x'; BODY_LIMIT]].concat();
    let (port, _) = answering(exactly.clone());
    assert_eq!(send(&get(&local(port))).unwrap().body.len(), BODY_LIMIT);
    assert_eq!(fault_of([exactly, b"x".to_vec()].concat()), TransportFault::TooLarge);
    assert_eq!(fault_of("HTTP/1.1 200 OK\r\nContent-Length: 10000000000\r\n\r\n"), TransportFault::TooLarge);
}

#[test] // T06
fn headers_have_a_limit() {
    let many = "a: b\r\n".repeat(200);
    assert_eq!(fault_of(format!("HTTP/1.1 200 OK\r\n{many}\r\n")), TransportFault::TooLarge);
    let long = "x".repeat(HEADER_LIMIT);
    assert_eq!(
        fault_of(format!("HTTP/1.1 200 OK\r\na: {long}\r\nContent-Length: 0\r\n\r\n")),
        TransportFault::TooLarge
    );
    let endless = "x".repeat(1 << 20);
    assert_eq!(fault_of(format!("HTTP/1.1 200 OK\r\na: {endless}")), TransportFault::TooLarge);
}

#[test] // T06
fn a_compressed_body_comes_as_it_is() {
    let (port, _) = answering("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\n\x1f\u{b}x");
    let response = send(&get(&local(port))).unwrap();
    assert_eq!(response.header("content-encoding"), Some("gzip"));
    assert_eq!(response.body.len(), 3);
}

#[test] // U01
fn only_visible_headers_are_passed_on() {
    let (port, _) = answering(b"HTTP/1.1 200 OK\r\nA: \xff\r\nB: a\tb\r\nC: a b\r\nContent-Length: 0\r\n\r\n".to_vec());
    let response = send(&get(&local(port))).unwrap();
    assert_eq!((response.header("a"), response.header("b"), response.header("c")), (None, None, Some("a b")));
}

#[test]
fn what_is_no_http_is_told_from_what_is_cut() {
    for cut in [
        "",
        "HTTP/1.1 200 OK\r\nContent-Le",
        "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{}",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
    ] {
        assert_eq!(fault_of(cut), TransportFault::Cut, "{cut:?}");
    }
    for strange in [
        "SSH-2.0-OpenSSH_9.2\r\n",
        "HTTP/1.1 2xx OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n{}",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        "\x15\x03\x01\x00\x02\x02\x46",
    ] {
        assert_eq!(fault_of(strange), TransportFault::BadResponse, "{strange:?}");
    }
}

#[test]
fn no_connection() {
    let error = send(&post(&local(CLOSED))).unwrap_err();
    assert_eq!((&error.fault, error.sent), (&TransportFault::Refused, false));
    // Where no name server answers, that is soon enough.
    let said = said("https://does-not-exist.invalid/token?x=y", &[("RES_OPTIONS", "timeout:1 attempts:1")]);
    assert_eq!(said, "cannot find the host does-not-exist.invalid");
}

#[test] // I03
fn a_header_with_a_line_break_is_not_sent() {
    let (port, told) = answering(OK);
    let mut request = post(&local(port));
    request.headers.push(("DPoP", Secret::new("canary\r\nX: y".into())));
    let error = send(&request).unwrap_err();
    assert!(!format!("{error} {error:?}").contains("canary"));
    assert!(told.try_recv().is_err());
}

/// A throw-away authority, its certificate in a file.
struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    folder: tempfile::TempDir,
}

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::new(Vec::<String>::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("ca.pem"), issuer.pem()).unwrap();
        Self { issuer, folder }
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }

    /// A TLS server with a certificate of this authority.
    fn serve(&self, change: impl FnOnce(&mut CertificateParams)) -> (u16, Receiver<String>) {
        let mut params = CertificateParams::new(vec!["localhost".to_owned(), "127.0.0.1".to_owned()]).unwrap();
        change(&mut params);
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        serve_tls(certificate.der().clone(), &key, false)
    }

    fn options(&self) -> TransportOptions {
        TransportOptions { ca_file: Some(self.file()), ..TransportOptions::default() }
    }

    fn send(&self, port: u16) -> Result<Response, TransportError> {
        HttpTransport::new(self.options()).send(&post(&format!("https://127.0.0.1:{port}/token")))
    }

    fn tls_fault(&self, change: impl FnOnce(&mut CertificateParams)) -> TlsFault {
        let (port, told) = self.serve(change);
        let error = self.send(port).unwrap_err();
        assert!(!error.sent && told.try_recv().is_err());
        match error.fault {
            TransportFault::Tls(fault) => fault,
            other => panic!("{other:?}"),
        }
    }
}

fn serve_tls(certificate: CertificateDer<'static>, key: &KeyPair, ask: bool) -> (u16, Receiver<String>) {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let builder = ServerConfig::builder();
    let builder = if ask {
        let mut roots = rustls::RootCertStore::empty();
        roots.add(certificate.clone()).unwrap();
        builder
            .with_client_cert_verifier(rustls::server::WebPkiClientVerifier::builder(Arc::new(roots)).build().unwrap())
    } else {
        builder.with_no_client_auth()
    };
    let config = Arc::new(builder.with_single_cert(vec![certificate], key).unwrap());
    serve(move |stream| {
        let mut stream = StreamOwned::new(ServerConnection::new(Arc::clone(&config)).unwrap(), stream);
        let request = read_request(&mut stream);
        if request.is_empty() {
            return None;
        }
        stream.write_all(OK.as_bytes()).ok()?;
        stream.conn.send_close_notify();
        let _ = stream.flush();
        Some(request)
    })
}

#[test] // T02
fn an_added_authority_is_trusted() {
    let authority = Authority::new();
    let (port, told) = authority.serve(|_| {});
    assert_eq!(authority.send(port).unwrap().status, 200);
    assert!(told.recv().unwrap().ends_with("password=canary"));
}

#[test] // T02
fn certificates_are_verified() {
    let authority = Authority::new();
    let date = |year| rcgen::date_time_ymd(year, 1, 1);
    assert!(matches!(
        authority.tls_fault(|params| params.not_after = date(2020)),
        TlsFault::Expired { not_after: Some(UnixTime(1_577_836_800)), now: Some(_) }
    ));
    assert!(matches!(
        authority.tls_fault(|params| params.not_before = date(3000)),
        TlsFault::NotYetValid { not_before: Some(_), now: Some(_) }
    ));
    let named = |params: &mut CertificateParams| {
        *params = CertificateParams::new(vec!["a.example".to_owned(), "10.0.0.1".to_owned()]).unwrap();
    };
    assert_eq!(
        authority.tls_fault(named),
        TlsFault::WrongName {
            host: "127.0.0.1".into(),
            names: vec![Foreign::new("a.example"), Foreign::new("10.0.0.1")]
        }
    );
    assert_eq!(
        authority.tls_fault(|params| params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth]),
        TlsFault::NotForServers
    );
    let other = Authority::new();
    let (port, _) = other.serve(|_| {});
    assert_eq!(authority.send(port).unwrap_err().fault, TransportFault::Tls(TlsFault::UnknownIssuer));
    let system_only = send(&post(&format!("https://127.0.0.1:{port}/"))).unwrap_err().fault;
    assert!(
        matches!(system_only, TransportFault::Tls(TlsFault::UnknownIssuer | TlsFault::NoAuthorities)),
        "{system_only:?}"
    );
}

#[test] // T02
fn an_authority_is_no_server() {
    let authority = Authority::new();
    let (port, _) = serve_tls(authority.issuer.der().clone(), authority.issuer.key(), false);
    assert_eq!(authority.send(port).unwrap_err().fault, TransportFault::Tls(TlsFault::AuthorityAsServer));
}

#[test]
fn a_server_that_wants_a_client_certificate_says_so() {
    let authority = Authority::new();
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
    let certificate = params.signed_by(&key, &authority.issuer).unwrap();
    let (port, _) = serve_tls(certificate.der().clone(), &key, true);
    assert_eq!(authority.send(port).unwrap_err().fault, TransportFault::Tls(TlsFault::ClientCertRequired));
}

#[test]
fn what_is_no_tls_is_told_from_what_is_cut() {
    let authority = Authority::new();
    let shake = |answer: &'static [u8]| {
        let (port, _) = serve(move |mut stream| {
            let _ = stream.read(&mut [0; 4096]);
            let _ = stream.write_all(answer);
            None
        });
        authority.send(port).unwrap_err().fault
    };
    assert_eq!(shake(b"HTTP/1.1 400 Bad Request\r\n\r\n"), TransportFault::Tls(TlsFault::NotTls));
    assert_eq!(shake(b"220 mail ESMTP\r\n"), TransportFault::Tls(TlsFault::NotTls));
    assert_eq!(shake(b""), TransportFault::Tls(TlsFault::HandshakeCut));
    assert_eq!(shake(b"\x15\x03\x03\x00\x02\x02\x28"), TransportFault::Tls(TlsFault::NothingInCommon));
}

#[test]
fn an_unusable_file_of_authorities_is_named() {
    let authority = Authority::new();
    let port = authority.serve(|_| {}).0;
    for (content, why) in [
        (None, "No such file"),
        (Some("nothing"), "no PEM certificate is in it"),
        (Some("-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----\n"), "it is not valid PEM"),
        (Some("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"), "BadEncoding"),
    ] {
        match content {
            None => std::fs::remove_file(authority.file()).unwrap(),
            Some(content) => std::fs::write(authority.file(), content).unwrap(),
        }
        let error = authority.send(port).unwrap_err();
        assert!(matches!(&error.fault, TransportFault::CaFile { path, .. } if *path == authority.file()));
        assert!(cfg!(windows) || error.to_string().contains(why), "{error}");
    }
}

const ROLE: &str = "sys::http::tests::role";

/// Sends one request in a process whose environment is the test's: proxies and authorities come from there.
#[test]
fn role() {
    if let Some(url) = in_child() {
        match send(&post(&url)) {
            Ok(response) => println!("\nsaid: {}", response.status),
            Err(error) => println!("\nsaid: {error}\ndebug: {error:?}"),
        }
    }
}

fn said(url: &str, variables: &[(&str, &str)]) -> String {
    let mut command = child(ROLE, url);
    for name in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR"] {
        command.env_remove(name).env_remove(name.to_lowercase());
    }
    command.envs(variables.iter().copied()).stdin(Stdio::null());
    let output = String::from_utf8(command.output().unwrap().stdout).unwrap();
    assert!(!output.contains("canary"), "{output}");
    output.lines().find_map(|line| line.strip_prefix("said: ")).unwrap_or_else(|| panic!("{output}")).to_owned()
}

#[test] // T02
fn the_variable_for_authorities_is_honoured() {
    let authority = Authority::new();
    let url = format!("https://127.0.0.1:{}/", authority.serve(|_| {}).0);
    assert_eq!(said(&url, &[("SSL_CERT_FILE", authority.file().to_str().unwrap())]), "200");
    let text = said(&url, &[("SSL_CERT_FILE", "/does/not/exist")]);
    assert!(text.ends_with("this system has no list of trusted authorities"), "{text}");
}

#[test] // T09
fn no_key_log_is_written() {
    let authority = Authority::new();
    let url = format!("https://127.0.0.1:{}/", authority.serve(|_| {}).0);
    let log = authority.folder.path().join("keys");
    let ca = authority.file();
    assert_eq!(said(&url, &[("SSL_CERT_FILE", ca.to_str().unwrap()), ("SSLKEYLOGFILE", log.to_str().unwrap())]), "200");
    assert_eq!(std::fs::metadata(log).unwrap_err().kind(), ErrorKind::NotFound);
}

#[test] // T01
fn loopback_is_never_asked_through_a_proxy() {
    let (proxy, told) = answering("HTTP/1.1 502 X\r\nContent-Length: 0\r\n\r\n");
    let (port, _) = answering(OK);
    let proxy = format!("http://127.0.0.1:{proxy}");
    let variables = [("HTTP_PROXY", proxy.as_str()), ("http_proxy", &proxy), ("ALL_PROXY", &proxy)];
    assert_eq!(said(&local(port), &variables), "200");
    assert_eq!(said(&format!("http://localhost:{port}/"), &variables), "200");
    assert!(told.try_recv().is_err());
}

#[test] // T07
fn a_proxy_is_asked_for_a_tunnel_and_named_without_its_credentials() {
    let url = "https://sso.example.invalid/token";
    for (answer, why) in [
        ("HTTP/1.1 407 X\r\n\r\n", "it wants other credentials, or any at all"),
        ("HTTP/1.1 502 X\r\n\r\n", "it refuses the connection, or is no proxy"),
        ("", "it ended the connection"),
    ] {
        let (port, told) = answering(answer);
        let text = said(url, &[("HTTPS_PROXY", &format!("http://ada:canary@127.0.0.1:{port}"))]);
        let place = "cannot connect to https://sso.example.invalid through the proxy";
        assert_eq!(text, format!("{place} http://127.0.0.1:{port}: {why}"));
        let request = told.recv().unwrap();
        assert!(request.starts_with("CONNECT sso.example.invalid:443 HTTP/1.1\r\n"), "{request}");
        assert!(request.to_lowercase().contains("proxy-authorization: basic ywrhomnhbmfyeq=="), "{request}");
        assert!(!request.contains("password="));
    }
    let closed = CLOSED;
    for (scheme, why) in [("http", "Connection refused"), ("socks5h", "it cannot be reached")] {
        let text = said(url, &[("ALL_PROXY", &format!("{scheme}://ada:canary@127.0.0.1:{closed}"))]);
        assert!(text.contains(&format!("through the proxy {scheme}://127.0.0.1:{closed}: {why}")), "{text}");
    }
}

#[test] // T07, T02
fn a_certificate_behind_a_proxy_is_the_servers() {
    let authority = Authority::new();
    let (server, _) = authority.serve(|_| {});
    let (proxy, _) = serve(move |mut client| {
        read_request(&client);
        client.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").ok()?;
        let server = TcpStream::connect(("127.0.0.1", server)).ok()?;
        let (mut up, mut down) = (client.try_clone().ok()?, server.try_clone().ok()?);
        thread::spawn(move || std::io::copy(&mut up, &mut down));
        std::io::copy(&mut &server, &mut client).ok()?;
        None
    });
    let (proxy, ca) = (format!("http://127.0.0.1:{proxy}"), authority.file());
    let text = said(
        "https://sso.example.invalid/",
        &[("HTTPS_PROXY", proxy.as_str()), ("SSL_CERT_FILE", ca.to_str().unwrap())],
    );
    assert_eq!(
        text,
        "no secure connection to https://sso.example.invalid: its certificate is not for sso.example.invalid \
         but for localhost, 127.0.0.1"
    );
}
