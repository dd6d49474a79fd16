//! What is this machine, and that nothing that may go in the clear leaves it.

use crate::logins::{login_at, login_by};
use crate::support::run::World;
use crate::support::server::{ClosedPort, Server};
use crate::world;

/// Lets every variable for proxies name this server, in both spellings.
fn proxied(world: &World, proxy: &Server) {
    for variable in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"] {
        world.set_env(variable, proxy.url(""));
        world.set_env(variable.to_lowercase(), proxy.url(""));
    }
}

#[test] // T01
fn no_name_and_no_address_of_this_machine_is_asked_through_a_proxy() {
    let world = world();
    let proxy = Server::http(); // any request there fails the test
    proxied(&world, &proxy);
    // Nobody listens there: that it was tried directly is what is seen.
    let held = ClosedPort::new();
    let closed = held.number();
    for host in
        ["127.0.0.1", "127.9.9.9", "[::1]", "localhost", "LOCALHOST", "localhost.", "tok.localhost", "2130706433"]
    {
        for scheme in ["http", "https"] {
            let output = login_at(&world, &format!("{scheme}://{host}:{closed}/token")).run().code_is(5);
            assert!(!output.stderr.contains("proxy"), "{scheme}://{host}: {}", output.stderr);
            login_by(&world, &format!("{scheme}://{host}:{closed}/realm")).run().code_is(5);
        }
    }
    assert!(proxy.log().connections.is_empty());
}

#[test] // T01
fn what_only_looks_like_this_machine_gets_nothing_in_the_clear() {
    let world = world();
    let proxy = Server::http(); // any request there fails the test
    proxied(&world, &proxy);
    for host in [
        "127.0.0.1.example.com",
        "localhost.example.com",
        "notlocalhost",
        "localhost-",
        "0.0.0.0",
        "[::]",
        "[::ffff:192.0.2.1]",
        "192.0.2.1",
        "10.0.0.1",
        "[fe80::1]",
        "ip6-loopback",
    ] {
        for url in [format!("http://{host}:1/token"), format!("HTTP://{host}/")] {
            for run in [
                login_at(&world, &url),
                login_by(&world, &url),
                login_at(&world, "https://127.0.0.1:1/").arg("--revocation-endpoint").arg(&url),
                world.tok(["token"]).env("TOK_TOKEN_ENDPOINT", &url),
                world.tok(["token"]).env("TOK_ISSUER", &url),
                world.tok(["logout"]).env("TOK_REVOCATION_ENDPOINT", &url),
                world.tok(["profile", "set", "work", &format!("revocation-endpoint={url}")]),
            ] {
                let output = run.run().code_is(2);
                assert!(output.stderr.contains(" is neither https nor http to a loopback address\n"), "{output:?}");
            }
        }
    }
    assert!(proxy.log().connections.is_empty());
}

#[cfg(target_os = "linux")]
#[test] // T01; as root, who can give this run a table of hosts of its own
fn a_name_below_localhost_that_leads_elsewhere_is_not_gone_to() {
    let world = world();
    let hosts = world.path("given/hosts");
    // An address for documentation (RFC 5737): nobody has it.
    std::fs::write(
        &hosts,
        "127.0.0.1 localhost near.localhost\n192.0.2.1 far.localhost both.localhost\n127.0.0.1 both.localhost\n",
    )
    .unwrap();
    let script = format!("mount --bind '{}' /etc/hosts && exec \"$0\" \"$@\"", hosts.display());
    let with_hosts = |run: crate::support::run::Run| run.under(["unshare", "-m", "/bin/sh", "-c", &script]);
    if !world
        .command("/bin/cat")
        .arg("/etc/hosts")
        .under(["unshare", "-m", "/bin/sh", "-c", &script])
        .run()
        .stdout
        .contains("far.localhost")
    {
        return eprintln!("skipped: not root, or no unshare");
    }
    let server = Server::http();
    let port = server.address().port();
    let far = with_hosts(login_at(&world, &format!("http://far.localhost:{port}/token")).arg("--timeout").arg("10s"));
    far.run().assert(5, "", "tok: cannot find the host far.localhost\nhint: check the host's name and the network\n");
    for near in ["near", "both"] {
        let answer = crate::support::server::Answer::error(400, "invalid_grant");
        server.reply(|_| answer);
        with_hosts(login_at(&world, &format!("http://{near}.localhost:{port}/token"))).run().code_is(4);
    }
    assert_eq!(server.log().requests.len(), 2);
}

#[cfg(target_os = "linux")]
#[test] // T05
fn a_connection_that_is_not_taken_is_not_waited_for_longer_than_the_deadline() {
    use std::net::SocketAddr;

    use rustix::net::{AddressFamily, SocketType, bind, connect, getsockname, listen, socket};

    use crate::logins::password_file;

    let world = world();
    // A listener with a queue of the shortest kind, and that is full: the next connection gets no answer at all.
    let stream = || socket(AddressFamily::INET, SocketType::STREAM, None).unwrap();
    let listener = stream();
    bind(&listener, &SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
    listen(&listener, 0).unwrap();
    let address = SocketAddr::try_from(getsockname(&listener).unwrap()).unwrap();
    let waiting: Vec<_> = (0..3).map(|_| stream()).collect();
    for socket in &waiting {
        rustix::io::ioctl_fionbio(socket, true).unwrap();
        let _ = connect(socket, &address);
    }
    password_file(&world);
    let start = std::time::Instant::now();
    let output = login_at(&world, &format!("http://{address}/token")).arg("--timeout").arg("1s").run().code_is(5);
    let late = "tok: no complete answer from [..] within 1 s\nhint: try again, or allow more time: --timeout 60s\n";
    assert!(crate::support::process::matches(late, &output.stderr), "{}", output.stderr);
    assert!(start.elapsed().as_secs() < 25);
}

#[test] // T05
fn the_deadline_is_half_a_minute_unless_something_else_is_said() {
    let world = world();
    world.write_config("[profiles.default]\nclient-id = 'x'\n");
    let rows: serde_json::Value =
        serde_json::from_str(&world.tok(["profile", "show", "--json"]).run().ok().stdout).unwrap();
    let row = rows.as_array().unwrap().iter().find(|row| row["key"] == "timeout").unwrap();
    assert_eq!((row["value"].as_str(), row["from"].as_str()), (Some("30s"), Some("default")));
}
