//! The process itself: no core file, no other eyes, no secret in what is said when it dies, nothing written into what
//! was closed.

#![cfg(target_os = "linux")]

use std::fs;
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;

use rustix::process::Signal;

use crate::logins::{login_at, password_file, session, stored, tokens};
use crate::stage::poll;
use crate::support::canary::places::everything_below;
use crate::support::ordinary::Ordinary;
use crate::support::process::Running;
use crate::support::run::World;
use crate::support::server::{Answer, AuthServer, ClosedPort, Server};
use crate::support::strace::Strace;
use crate::world;

/// A private home of an ordinary user, and that user.
fn ordinary() -> (World, Ordinary) {
    let user = Ordinary::new(crate::tok());
    (World::new(user.program()), user)
}

/// Starts a login as an ordinary user, and waits until the password is with the server, which does not answer.
fn waiting_login(world: &World, user: &Ordinary, server: &AuthServer, before: &str) -> Running {
    world.secret_file("password", &server.password("ada"));
    let run = login_at(world, &server.url("/token"));
    user.owns(world);
    let script = format!("{before} exec \"$0\" \"$@\"");
    let running = user.runs(run.under(["/bin/sh", "-c", &script])).start();
    server.http.wait_for_requests(1);
    running
}

/// Which of a process's files in /proc another process of the same user can read.
fn readable(world: &World, user: &Ordinary, pid: u32) -> String {
    // To open one of these, the kernel asks whether the other may be traced.
    let script = format!(
        "cd /proc/{pid} || exit 1; for f in mem environ maps auxv; do (exec 3<$f) 2>/dev/null && echo $f; done; \
         ls fd >/dev/null 2>&1 && echo fd; readlink exe >/dev/null 2>&1 && echo exe; :"
    );
    let output = user.runs(world.command("/bin/sh").arg("-c").arg(script)).run().ok();
    output.stdout.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test] // M02 (run by root, it changes to an ordinary user: root may read everything)
fn another_process_of_the_same_user_cannot_look_into_it() {
    let (world, user) = ordinary();
    let server = AuthServer::start_http(world.canaries());
    let gate = server.hold_tokens();
    let running = waiting_login(&world, &user, &server, "");
    assert_eq!(readable(&world, &user, running.pid()), "");
    // The same look at any other program of that user sees everything.
    let open = user.runs(world.command("/bin/cat").stdin_pipe()).start();
    // At first it is still the program that changes the user.
    let everything = "mem environ maps auxv fd exe";
    poll("a look that sees everything", || readable(&world, &user, open.pid()) == everything);
    drop(open);
    gate.open();
    running.wait().ok();
}

#[test] // M02
fn the_soft_core_limit_is_zero_and_a_fatal_signal_leaves_no_core() {
    let (world, user) = ordinary();
    for signal in [Signal::ABORT, Signal::QUIT, Signal::ILL, Signal::FPE] {
        let server = AuthServer::start_http(world.canaries());
        let _gate = server.hold_tokens();
        // As high as it may be, so that the zero is ours.
        let running = waiting_login(&world, &user, &server, "ulimit -S -c $(ulimit -H -c);");
        let limits = fs::read_to_string(format!("/proc/{}/limits", running.pid())).unwrap();
        let core = limits.lines().find(|line| line.starts_with("Max core file size")).unwrap();
        assert_eq!(core.split_whitespace().nth(4), Some("0"), "{core}");
        running.signal(signal);
        let output = running.wait();
        assert_eq!((output.status.signal(), output.status.core_dumped()), (Some(signal.as_raw()), false));
        // M03
        assert_eq!((output.stdout.as_str(), output.stderr.as_str()), ("", ""));
    }
}

#[test] // M02
fn another_process_of_the_same_user_cannot_trace_it() {
    let Some(_) = Strace::find() else { return };
    let (world, user) = ordinary();
    let server = AuthServer::start_http(world.canaries());
    let gate = server.hold_tokens();
    let trace = |pid: u32| user.runs(world.command("strace").arg("-p").arg(pid.to_string()));
    let open = user.runs(world.command("/bin/cat").stdin_pipe()).start();
    poll("the cat", || fs::read_to_string(format!("/proc/{}/comm", open.pid())).unwrap() == "cat\n");
    let tracing = trace(open.pid()).start();
    let is_traced = || !fs::read_to_string(format!("/proc/{}/status", open.pid())).unwrap().contains("TracerPid:\t0\n");
    if fs::read_to_string("/proc/sys/kernel/yama/ptrace_scope").is_ok_and(|scope| scope.trim() != "0") {
        return eprintln!("skipped: this system lets nobody trace what is not a child");
    }
    poll("the cat being traced", is_traced);
    drop(tracing);
    let running = waiting_login(&world, &user, &server, "");
    let output = trace(running.pid()).run().code_is(1);
    assert!(output.stderr.contains("Operation not permitted"), "{}", output.stderr);
    gate.open();
    running.wait().ok();
}

#[test] // M03: the runtime panics at an error that the kernel never gives, when the password is in memory
fn a_panic_shows_its_place_and_nothing_else() {
    let Some(strace) = Strace::find() else { return };
    let world = world();
    world.set_env("RUST_BACKTRACE", "full");
    world.set_env("RUST_LIB_BACKTRACE", "full");
    let server = AuthServer::start_http(world.canaries());
    world.secret_file("password", &server.password("ada"));
    let cores = ["/bin/sh", "-c", "ulimit -S -c $(ulimit -H -c); exec \"$0\" \"$@\""];
    let login = login_at(&world, &server.url("/token")).arg("-vv").under(cores);
    let output = strace.inject_at(login, "epoll_wait", "error=EIO", "1+", &world.path("work/trace")).run();
    let (asked, said) = output.stderr.split_once('\n').unwrap();
    assert!(asked.starts_with("tok: POST ") && asked.contains(", password, "), "{asked}");
    let (place, rest) = said.split_once('\n').unwrap();
    assert!(place.starts_with("tok: internal error (a bug): ") && place.contains(".rs:"), "{}", output.stderr);
    // Where a panic is the end, as in what is shipped, the place is all; else it is that of a thread alone.
    match output.code() {
        134 => assert_eq!(rest, ""),
        code => assert!(code == 5 && rest.contains("the exchange ended without a result"), "{}", output.stderr),
    }
    assert!(!rest.contains("internal error") && !rest.contains("backtrace"), "{}", output.stderr);
    let left = everything_below(&world.path("work"));
    assert_eq!(left, [world.path("work/trace")]);
}

#[test] // M03
fn too_little_memory_ends_it_without_a_secret() {
    let world = world();
    world.set_env("RUST_BACKTRACE", "full");
    let server = AuthServer::start_http(world.canaries());
    world.secret_file("password", &server.password("ada"));
    // In whatever way it ends: what it says is searched when the world ends.
    let ends = [64, 256, 512, 1024, 2048, 3072, 4096].map(|kib| {
        let limit = format!("ulimit -d {kib} && exec \"$0\" \"$@\"");
        login_at(&world, &server.url("/token")).under(["/bin/sh", "-c", &limit]).run().code()
    });
    assert!(ends.iter().any(|code| *code != 0), "{ends:?}");
}

#[test] // M03, C09
fn a_system_that_allows_no_more_threads_is_no_panic() {
    let (world, user) = ordinary();
    password_file(&world);
    user.owns(&world);
    let closed = ClosedPort::new();
    for limit in ["1", "2", "3"] {
        // All processes of a user count together: here there are no others, but where somebody else than root runs the
        // tests there are, and no limit leaves room for a thread.
        let run = user.runs(login_at(&world, &format!("http://localhost:{}/token", closed.number())));
        let output = run.under(["prlimit", &format!("--nproc={limit}")]).run().code_is(5);
        let said = ["cannot ask http://localhost", "cannot connect to http://localhost"];
        assert!(said.iter().any(|said| output.stderr.starts_with(&format!("tok: {said}"))), "{}", output.stderr);
        assert!(!output.stderr.contains("internal error"), "{}", output.stderr);
    }
}

/// Everything that lies in the private home: names and contents.
fn snapshot(world: &World) -> Vec<(String, Vec<u8>)> {
    let root = world.path("");
    let is_file = |path: &Path| fs::symlink_metadata(path).unwrap().is_file();
    everything_below(&root)
        .into_iter()
        .filter(|path| is_file(path))
        .map(|path| (path.display().to_string(), fs::read(&path).unwrap()))
        .collect()
}

/// Fails if a line for people or a token line stands in a file.
fn nothing_was_written_astray(world: &World) {
    for (path, content) in snapshot(world) {
        let text = String::from_utf8_lossy(&content);
        let astray = ["tok: ", "caused by: ", "hint: ", "Authorization: "].iter().any(|word| text.contains(word));
        assert!(!astray, "{path}: {text}");
    }
}

#[test] // S03
fn nothing_lands_in_a_descriptor_that_was_closed_at_the_start() {
    let world = world();
    let server = Server::http();
    session(&world, &server);
    let answer = Answer::json(200, tokens(&world));
    server.answer_all(move |_| answer.clone());
    let endpoint = server.url("/token");
    for closed in ["<&-", ">&-", "2>&-", "<&- >&-", "<&- 2>&-", ">&- 2>&-", "<&- >&- 2>&-"] {
        let run = |words: &[&str]| {
            world.tok(words.iter().copied()).under(["/bin/sh", "-c", &format!("exec \"$0\" \"$@\" {closed}")]).run()
        };
        let printing = closed.contains(" >&-") || closed.starts_with(">&-");
        let before = stored(&world).1;
        let output = run(&["token"]);
        assert_eq!(output.code(), i32::from(printing), "{closed}: {}", output.stderr);
        assert!(stored(&world).1 == before, "{closed}");
        let refreshes = server.log().to("/token").len();
        run(&["refresh"]).ok();
        assert_eq!(server.log().to("/token").len(), refreshes + 1, "{closed}");
        assert_eq!(run(&["show"]).code(), i32::from(printing), "{closed}");
        let password = password_file(&world).display().to_string();
        let login = ["login", "--token-endpoint", &endpoint, "--client-id", "tok", "-u", "ada", "--store", "file"];
        run(&[&login[..], &["--password-file", &password]].concat()).ok();
        assert_eq!(run(&["nonsense"]).code(), 2, "{closed}");
        assert_eq!(run(&["login", "--token-endpoint", "http://127.0.0.1:1/", "--store", "none"]).code(), 2, "{closed}");
        nothing_was_written_astray(&world);
    }
    // The session that all of them worked on is whole.
    assert!(!world.tok(["token"]).run().line().is_empty());
    let closed = ["/bin/sh", "-c", "exec \"$0\" \"$@\" <&-"];
    let words =
        ["login", "--token-endpoint", &endpoint, "--client-id", "tok", "-u", "ada", "--store", "none", "--no-save"];
    let output = world.tok(words).arg("--password-stdin").under(closed).run().code_is(2);
    assert!(output.stderr.starts_with("tok: the password could not be read\n"), "{}", output.stderr);
}
