//! Proxies: a tunnel for https, and nothing about their credentials in any message.

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use crate::logins::{login_at, tokens};
use crate::support::ca::{Authority, Leaf};
use crate::support::canary::Kind;
use crate::support::codec::base64;
use crate::support::gate::lock;
use crate::support::run::World;
use crate::support::server::{Answer, ClosedPort, Server, tls};
use crate::world;

/// A name that the certificates of [`Leaf::WrongHost`] are for, and that no resolver knows.
const FAR: &str = "https://elsewhere.example/token";

/// A proxy that opens every tunnel to one server, and keeps what it was asked.
struct Tunnel {
    address: SocketAddr,
    heads: Arc<Mutex<Vec<String>>>,
}

impl Tunnel {
    fn to(server: &Server) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (address, server) = (listener.local_addr().unwrap(), server.address());
        let heads: Arc<Mutex<Vec<String>>> = Arc::default();
        let seen = Arc::clone(&heads);
        // Ends with the test's process.
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let seen = Arc::clone(&seen);
                thread::spawn(move || relay(client, server, &seen));
            }
        });
        Self { address, heads }
    }
}

fn relay(mut client: TcpStream, server: SocketAddr, seen: &Mutex<Vec<String>>) -> io::Result<()> {
    let (mut head, mut byte) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") {
        client.read_exact(&mut byte)?;
        head.push(byte[0]);
    }
    lock(seen).push(String::from_utf8_lossy(&head).into_owned());
    client.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n")?;
    let server = TcpStream::connect(server)?;
    let (mut from, mut to) = (client.try_clone()?, server.try_clone()?);
    thread::spawn(move || {
        let _ = io::copy(&mut from, &mut to);
        let _ = to.shutdown(Shutdown::Write);
    });
    io::copy(&mut &server, &mut client)?;
    client.shutdown(Shutdown::Both)
}

/// The variable's value, with credentials that must never be shown.
fn with_credentials(world: &World, address: SocketAddr) -> (String, String) {
    let secret = world.canaries().make(Kind::Other);
    (format!("http://ada:{secret}@{address}"), secret)
}

#[test] // T07, T02
fn https_goes_through_a_tunnel_and_the_proxy_reads_none_of_it() {
    let world = world();
    let authority = Authority::new();
    let server = Server::https(tls::config(&authority.leaf(Leaf::WrongHost), None));
    let answer = Answer::json(200, tokens(&world));
    server.answer_all(move |_| answer.clone());
    let proxy = Tunnel::to(&server);
    let (url, secret) = with_credentials(&world, proxy.address);
    let ca = authority.write_pem(&world.path("given"));
    for variable in ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"] {
        let output = login_at(&world, FAR).arg("--ca-file").arg(&ca).arg("-vv").env(variable, &url).run();
        assert!(output.stderr.contains(&format!("{FAR}: 200")), "{variable}: {}", output.stderr);
        output.ok();
    }
    let authorization = format!("Basic {}", base64(format!("ada:{secret}").as_bytes()));
    let heads = lock(&proxy.heads);
    assert_eq!((heads.len(), server.log().to("/token").len()), (3, 3));
    for head in heads.iter() {
        assert!(head.starts_with("CONNECT elsewhere.example:443 HTTP/1.1\r\n"), "{head}");
        assert!(head.contains(&authorization), "{head}");
        assert!(!head.contains("password"), "{head}");
    }
    assert!(server.log().requests.iter().all(|request| request.header("proxy-authorization").is_none()));
}

#[test] // T07, T02
fn a_certificate_behind_a_proxy_is_the_servers() {
    let world = world();
    let authority = Authority::new();
    let server = Server::https(tls::config(&authority.leaf(Leaf::Good), None));
    let proxy = Tunnel::to(&server);
    let (url, _) = with_credentials(&world, proxy.address);
    let ca = authority.write_pem(&world.path("given"));
    let output = login_at(&world, FAR).arg("--ca-file").arg(ca).env("HTTPS_PROXY", url).run();
    output.assert(
        5,
        "",
        "tok: no secure connection to https://elsewhere.example: its certificate is not for elsewhere.example but \
         for localhost, 127.0.0.1, [..]\nhint: use a name that the certificate has, if that is the server you mean\n",
    );
    assert!(server.log().requests.is_empty());
}

/// The words for a proxy that did not let us through.
fn refusal(proxy: &str, why: &str) -> String {
    format!(
        "tok: cannot connect to https://elsewhere.example through the proxy {proxy}: {why}\n\
         hint: check HTTPS_PROXY and NO_PROXY\n"
    )
}

#[test] // T07, U07
fn a_proxy_that_refuses_is_named_without_its_credentials() {
    let world = world();
    let refuses = "it refuses the connection, or is no proxy";
    for (answer, why) in [
        (Answer::empty(407), "it wants other credentials, or any at all"),
        (Answer::empty(502), refuses),
        (Answer::empty(403), refuses),
        (Answer::html(200).cut_after(0), "it ended the connection"),
        (Answer::raw("SSH-2.0\r\n\r\n"), refuses),
        (Answer::redirect(302, "http://127.0.0.1:1/"), refuses),
    ] {
        let proxy = Server::http();
        proxy.reply(|request| {
            assert_eq!((request.method.as_str(), request.target.as_str()), ("CONNECT", "elsewhere.example:443"));
            answer
        });
        let (url, _) = with_credentials(&world, proxy.address());
        login_at(&world, FAR).env("HTTPS_PROXY", url).run().assert(5, "", &refusal(&proxy.url(""), why));
        assert_eq!(proxy.log().requests.len(), 1);
    }
}

#[test] // T07
fn a_proxy_that_cannot_be_reached_is_named_without_its_credentials() {
    let world = world();
    let held = ClosedPort::new();
    let closed = SocketAddr::from(([127, 0, 0, 1], held.number()));
    let (url, secret) = with_credentials(&world, closed);
    login_at(&world, FAR).env("HTTPS_PROXY", &url).run().assert(
        5,
        "",
        &refusal(&format!("http://{closed}"), "Connection refused[..]"),
    );
    let socks = format!("socks5h://ada:{secret}@{closed}");
    login_at(&world, FAR).env("ALL_PROXY", socks).run().assert(
        5,
        "",
        &refusal(&format!("socks5h://{closed}"), "it cannot be reached"),
    );
}

#[test] // T05, T07
fn a_proxy_that_stalls_is_not_waited_for_longer_than_the_deadline() {
    let world = world();
    let proxy = Server::http();
    proxy.reply(|_| Answer::never());
    let (url, _) = with_credentials(&world, proxy.address());
    login_at(&world, FAR).arg("--timeout").arg("3s").env("HTTPS_PROXY", url).run().assert(
        5,
        "",
        "tok: no complete answer from https://elsewhere.example within 3 s\n\
         hint: try again, or allow more time: --timeout 60s\n",
    );
}

#[test] // T07
fn a_host_in_no_proxy_is_asked_directly() {
    let world = world();
    let proxy = Server::http(); // any request there fails the test
    let run = login_at(&world, "https://elsewhere.invalid/token").env("HTTPS_PROXY", proxy.url(""));
    run.env("NO_PROXY", "elsewhere.invalid").run().assert(
        5,
        "",
        "tok: cannot find the host elsewhere.invalid\n\
         hint: check the host's name and the network\n",
    );
    assert!(proxy.log().connections.is_empty());
}

#[test] // P13: a port that is the scheme's own, and a host in capitals, are other texts
fn an_issuer_is_compared_by_its_bytes_where_its_address_is_the_same() {
    let world = world();
    let authority = Authority::new();
    let server = Server::https(tls::config(&authority.leaf(Leaf::WrongHost), None));
    let ca = authority.write_pem(&world.path("given"));
    let proxy = Tunnel::to(&server);
    let (url, _) = with_credentials(&world, proxy.address);
    let plain = "https://elsewhere.example/realm";
    let written = [
        plain,
        "https://elsewhere.example:443/realm",
        "https://ELSEWHERE.example/realm",
        "HTTPS://elsewhere.example/realm",
        "https://elsewhere.example/realm/",
        "https://elsewhere.example/re%61lm",
        "https://elsewhere.example/x/../realm",
        "https://elsewhere.example./realm",
    ];
    for document in written {
        let named = serde_json::json!({ "issuer": document, "token_endpoint": "https://elsewhere.example/token" });
        let answer = tokens(&world);
        server.answer_all(move |request| match request.method.as_str() {
            "GET" => Answer::json(200, named.clone()),
            _ => Answer::json(200, answer.clone()),
        });
        for configured in written.into_iter().filter(|text| [plain, document].contains(text) || document == plain) {
            let sent = server.log().to("/token").len();
            let run = crate::logins::login_by(&world, configured).arg("--ca-file").arg(&ca).env("HTTPS_PROXY", &url);
            let output = run.run();
            let same = configured == document;
            assert_eq!(output.code() == 0, same, "{configured} and {document}: {}", output.stderr);
            assert_eq!(server.log().to("/token").len(), sent + usize::from(same), "{configured} and {document}");
        }
    }
}
