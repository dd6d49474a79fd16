//! Every TLS situation, with the words for it: which problem, which host, what helps. Further authorities add to the
//! system's.

use crate::logins::{login_at, tokens};
use crate::support::ca::{Authority, Leaf};
use crate::support::run::World;
use crate::support::server::{Answer, Fault, Server, tls};
use crate::world;

const OTHER_CA: &str = "if this is the right server with a CA of its own, trust that CA: --ca-file FILE, TOK_CA_FILE, \
                        or tok profile set ca-file=FILE; a server that leaves out its intermediate certificate has to \
                        send it";

/// A server with this certificate, which answers well.
fn server_with(world: &World, authority: &Authority, leaf: Leaf) -> Server {
    let server = Server::https(tls::config(&authority.leaf(leaf), None));
    let answer = Answer::json(200, tokens(world));
    server.answer_all(move |_| answer.clone());
    server
}

/// Logs in, trusting this authority, and demands that it fails so before anything was sent.
fn fails(world: &World, authority: &Authority, server: &Server, why: &str, hint: &str) {
    let ca = authority.write_pem(&world.path("given"));
    let (endpoint, origin) = (server.url("/token"), server.url(""));
    login_at(world, &endpoint).arg("--ca-file").arg(ca).run().assert(
        5,
        "",
        &format!("tok: no secure connection to {origin}: {why}\nhint: {hint}\n"),
    );
    assert!(server.log().requests.is_empty());
}

#[test] // T02
fn each_certificate_problem_has_its_words() {
    let world = world();
    let authority = Authority::new();
    let untrusted = "no authority that is trusted here issued its certificate";
    for (leaf, why, hint) in [
        (
            Leaf::Expired,
            "its certificate expired on [..] UTC (it is [..] UTC by this machine's clock)",
            "the server needs a new certificate; check this machine's clock too",
        ),
        (
            Leaf::NotYetValid,
            "its certificate is not valid yet, not before [..] UTC (it is [..] UTC by this machine's clock)",
            "check this machine's clock",
        ),
        (
            Leaf::WrongHost,
            "its certificate is not for 127.0.0.1 but for elsewhere.example",
            "use a name that the certificate has, if that is the server you mean",
        ),
        (Leaf::OtherCa, untrusted, OTHER_CA),
        (Leaf::SelfSigned, untrusted, OTHER_CA),
        (Leaf::MissingIntermediate, untrusted, OTHER_CA),
        (Leaf::ClientOnly, "its certificate is not meant for servers", "the server needs another certificate"),
    ] {
        fails(&world, &authority, &server_with(&world, &authority, leaf), why, hint);
    }
    for leaf in [Leaf::Good, Leaf::ViaIntermediate] {
        let server = server_with(&world, &authority, leaf);
        login_at(&world, &server.url("/token")).arg("--ca-file").arg(world.path("given/ca.pem")).run().ok();
    }
}

#[test] // T02
fn the_host_is_named_as_it_was_asked_for() {
    let world = world();
    let authority = Authority::new();
    let server = server_with(&world, &authority, Leaf::WrongHost);
    let ca = authority.write_pem(&world.path("given"));
    let endpoint = server.url("/token").replace("127.0.0.1", "localhost");
    let output = login_at(&world, &endpoint).arg("--ca-file").arg(ca).run().code_is(5);
    assert!(
        output.stderr.contains("its certificate is not for localhost but for elsewhere.example"),
        "{}",
        output.stderr
    );
}

#[test] // T02
fn what_else_keeps_a_secure_connection_from_being_made_has_its_words() {
    let world = world();
    let authority = Authority::new();
    let no_tls = "the server does not speak TLS at this port";
    let old = b"\x15\x03\x03\x00\x02\x02\x46".to_vec(); // the alert protocol_version
    for (fault, why, hint) in [
        (Fault::plain_http(), no_tls, "check scheme and port: something else may listen there"),
        (
            Fault::Bytes(b"220 mail ESMTP\r\n".to_vec()),
            no_tls,
            "check scheme and port: something else may listen there",
        ),
        (
            Fault::CloseAfterHello,
            "the server ended the connection during the TLS handshake",
            "check host and port; a proxy may be in between",
        ),
        (Fault::Bytes(old), "no TLS version or cipher in common", "the server has to offer TLS 1.2 or 1.3"),
    ] {
        let server = server_with(&world, &authority, Leaf::Good);
        server.always_fault(fault);
        fails(&world, &authority, &server, why, hint);
    }
    let wants = Server::https(tls::config(&authority.leaf(Leaf::Good), Some(&Authority::new())));
    let why = "the server wants another client certificate, or one at all";
    let hint = "mutual TLS: name the client's certificate: --client-cert FILE, --client-key FILE";
    fails(&world, &authority, &wants, why, hint);
}

#[test] // T02
fn a_server_that_resets_the_connection_is_no_certificate_problem() {
    let world = world();
    let authority = Authority::new();
    let server = server_with(&world, &authority, Leaf::Good);
    for fault in [Fault::ResetAtAccept, Fault::CloseAtAccept] {
        server.fault(fault);
        let output = login_at(&world, &server.url("/token")).run().code_is(5);
        assert!(
            output.stderr.contains("the server ended the connection during the TLS handshake"),
            "{}",
            output.stderr
        );
    }
}

#[test] // T02
fn an_added_authority_leaves_those_of_the_system() {
    let world = world();
    let (system, added, stranger) = (Authority::new(), Authority::new(), Authority::new());
    world.secret_file("system.pem", &system.pem());
    world.set_env("SSL_CERT_FILE", world.path("given/system.pem"));
    let ca = added.write_pem(&world.path("given"));
    let [of_system, of_added, of_stranger] =
        [&system, &added, &stranger].map(|authority| server_with(&world, authority, Leaf::Good));
    for server in [&of_system, &of_added] {
        login_at(&world, &server.url("/token")).arg("--ca-file").arg(&ca).run().ok();
    }
    login_at(&world, &of_system.url("/token")).run().ok();
    login_at(&world, &of_added.url("/token")).run().code_is(5);
    login_at(&world, &of_stranger.url("/token")).arg("--ca-file").arg(&ca).run().code_is(5);
    // Other ways to the same file.
    login_at(&world, &of_added.url("/token")).env("TOK_CA_FILE", &ca).run().ok();
    world.write_config("[profiles.default]\nca-file = \"../../given/ca.pem\"\n");
    login_at(&world, &of_added.url("/token")).run().ok();
}

#[test] // T02
fn an_unusable_file_of_authorities_is_named_before_anything_is_sent() {
    let world = world();
    let authority = Authority::new();
    let server = server_with(&world, &authority, Leaf::Good);
    let endpoint = server.url("/token");
    let file = world.path("given/ca.pem");
    for (content, why) in [
        (None, "No such file or directory[..]"),
        (Some("nothing\n"), "no PEM certificate is in it"),
        (Some("-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----\n"), "it is not valid PEM"),
    ] {
        if let Some(content) = content {
            std::fs::write(&file, content).unwrap();
        }
        login_at(&world, &endpoint).arg("--ca-file").arg(&file).run().assert(
            2,
            "",
            &format!(
                "tok: cannot use the CA file {}: {why}\n\
                 hint: ca-file is a PEM file with one or more CA certificates\n",
                file.display()
            ),
        );
    }
    assert!(server.log().connections.is_empty());
}

#[test] // T02
fn a_system_without_authorities_says_so() {
    let world = world();
    let authority = Authority::new();
    let server = server_with(&world, &authority, Leaf::Good);
    let endpoint = server.url("/token");
    login_at(&world, &endpoint).env("SSL_CERT_FILE", "/does/not/exist").run().assert(
        5,
        "",
        &format!(
            "tok: no secure connection to {}: this system has no list of trusted authorities\n\
             hint: install the system's CA certificates (Debian: ca-certificates), or set SSL_CERT_FILE\n",
            server.url("")
        ),
    );
    // A container without the system's certificates needs none for a server with a CA of its own.
    let ca = authority.write_pem(&world.path("given"));
    login_at(&world, &endpoint).arg("--ca-file").arg(ca).env("SSL_CERT_FILE", "/does/not/exist").run().ok();
}

#[test] // T09, H04
fn no_variable_and_no_level_writes_keys_or_secrets() {
    let world = world();
    let authority = Authority::new();
    let server = server_with(&world, &authority, Leaf::Good);
    let ca = authority.write_pem(&world.path("given"));
    for variable in ["RUST_LOG", "REQWEST_LOG", "TOK_LOG", "LOG"] {
        world.set_env(variable, "trace");
    }
    let log = world.path("tmp/keys");
    world.set_env("SSLKEYLOGFILE", &log);
    let output = login_at(&world, &server.url("/token")).arg("-vvv").arg("--ca-file").arg(ca).run().ok();
    assert!(output.stderr.contains(&format!("{}: 200", server.url("/token"))), "{}", output.stderr);
    assert!(!log.exists());
}

#[test] // T02
fn nothing_turns_verification_off() {
    let world = world();
    let authority = Authority::new();
    let server = server_with(&world, &authority, Leaf::Good);
    for variable in
        ["SSL_VERIFY", "CURL_INSECURE", "NODE_TLS_REJECT_UNAUTHORIZED", "PYTHONHTTPSVERIFY", "GIT_SSL_NO_VERIFY"]
    {
        world.set_env(variable, if variable.starts_with("GIT") { "1" } else { "0" });
    }
    login_at(&world, &server.url("/token")).run().code_is(5);
    for option in ["-k", "--insecure", "--no-verify", "--tls-no-verify"] {
        login_at(&world, &server.url("/token")).arg(option).run().code_is(2);
    }
    assert!(server.log().requests.is_empty());
}
