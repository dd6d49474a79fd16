//! The store `file`.

use std::fs;
use std::os::unix::fs::{PermissionsExt, chown, symlink};
use std::path::Path;

use crate::stage::Stage;
use crate::support::canary::Kind;
use crate::support::canary::places::everything_below;
use crate::support::run::Run;
use crate::support::strace::Strace;

/// Another user than ours, to whom only root can give a file.
const STRANGER: u32 = 65_534;

fn mode(path: &Path) -> u32 {
    fs::symlink_metadata(path).unwrap().permissions().mode() & 0o7777
}

/// A session cannot be used: exit 6, nothing is sent and nothing printed.
#[track_caller]
fn demand_refusal(stage: &Stage, run: Run, why: &str) {
    let seen = stage.server.log().requests.len();
    let output = run.run().code_is(6);
    assert!(output.stdout.is_empty() && output.stderr.contains(why), "{output:?}");
    assert_eq!(stage.server.log().requests.len(), seen);
}

#[test] // R05
fn modes_are_private_under_every_umask() {
    for umask in ["000", "022", "077"] {
        let stage = Stage::new("file");
        let under = |run: Run| run.under(["/bin/sh", "-c", &format!("umask {umask}; exec \"$0\" \"$@\"")]);
        stage.lifetime(Some(0));
        under(stage.login("default")).run().ok();
        stage.lifetime(Some(300));
        // To the end: what is made while it refreshes is seen at the gate.
        let gate = stage.server.hold_tokens();
        let running = under(stage.tok("token")).may_print(Kind::AccessToken).start();
        gate.wait_for_waiting(1);
        let mut seen = 0;
        for path in everything_below(&stage.world.path("state")) {
            let wanted = if path.is_dir() { 0o700 } else { 0o600 };
            assert_eq!(mode(&path), wanted, "{} under umask {umask}", path.display());
            seen += 1;
        }
        assert_eq!(seen, 6, "tok, sessions with a session and room for the next, locks with a lock");
        gate.open();
        stage.demand_alive(&running.wait());
        assert_eq!(mode(&stage.session_file()), 0o600);
        // And the configuration is not one that others may write, which would be refused.
        assert_eq!(mode(&stage.world.path("config/tok/config.toml")) & 0o022, 0);
    }
}

#[test] // R05
fn a_session_file_that_others_can_read_is_made_private() {
    let stage = Stage::logged_in("file");
    fs::set_permissions(stage.session_file(), fs::Permissions::from_mode(0o644)).unwrap();
    stage.empty_cache();
    stage.demand_alive(&stage.tok("token").run());
    assert_eq!(mode(&stage.session_file()), 0o600);
}

#[test] // R05
fn a_link_in_place_of_a_file_is_refused() {
    let stage = Stage::expired("file");
    let (session, lock) = (stage.session_file(), stage.files("locks")[0].clone());
    for path in [session, lock] {
        let elsewhere = stage.world.path("state/tok/sessions/../elsewhere");
        fs::rename(&path, &elsewhere).unwrap();
        let content = fs::read(&elsewhere).unwrap();
        symlink(&elsewhere, &path).unwrap();
        for verb in ["token", "refresh"] {
            demand_refusal(&stage, stage.tok(verb), "symbolic link");
        }
        assert_eq!(fs::read(&elsewhere).unwrap(), content);
        fs::remove_file(&path).unwrap();
        fs::rename(&elsewhere, &path).unwrap();
    }
    stage.demand_alive(&stage.tok("token").run());
}

#[test] // R05: the temporary file has a name that can be guessed
fn a_link_in_place_of_the_temporary_file_is_not_followed() {
    let stage = Stage::expired("file");
    let victim = stage.world.path("work/victim");
    fs::write(&victim, "untouched").unwrap();
    let name = format!(".{}.tmp", stage.session_file().file_name().unwrap().to_str().unwrap());
    symlink(&victim, stage.session_file().with_file_name(name)).unwrap();
    stage.demand_alive(&stage.tok("token").run());
    assert_eq!(fs::read_to_string(&victim).unwrap(), "untouched");
    assert_eq!(stage.files("sessions"), [stage.session_file()]);
}

#[test] // R06
fn a_linked_folder_is_refused() {
    for folder in ["sessions", "locks"] {
        let stage = Stage::expired("file");
        let path = stage.world.path("state/tok").join(folder);
        let elsewhere = stage.world.path("state/tok/elsewhere");
        fs::rename(&path, &elsewhere).unwrap();
        symlink(&elsewhere, &path).unwrap();
        demand_refusal(&stage, stage.tok("token"), "symbolic link");
        fs::remove_file(&path).unwrap();
        fs::rename(&elsewhere, &path).unwrap();
        stage.demand_alive(&stage.tok("token").run());
    }
}

#[test] // R06: a link of our own above it is one of those who keep their files elsewhere
fn a_state_folder_that_is_a_link_of_our_own_is_used() {
    let stage = Stage::expired("file");
    let (path, elsewhere) = (stage.world.path("state/tok"), stage.world.path("data/tok-state"));
    fs::rename(&path, &elsewhere).unwrap();
    symlink(&elsewhere, &path).unwrap();
    stage.world.allow(Kind::AccessToken, "data/tok-state/");
    stage.world.allow(Kind::RefreshToken, "data/tok-state/");
    stage.demand_alive(&stage.tok("token").run());
}

#[test] // R06; as root, because only root can give a folder away
fn what_another_user_owns_is_refused() {
    if !rustix::process::geteuid().is_root() {
        return eprintln!("skipped: not root");
    }
    let stage = Stage::expired("file");
    let paths = [
        stage.session_file(),
        stage.world.path("state/tok/sessions"),
        stage.world.path("state/tok/locks"),
        stage.world.path("state/tok"),
    ];
    for path in paths {
        chown(&path, Some(STRANGER), None).unwrap();
        demand_refusal(&stage, stage.tok("token"), "another user owns it");
        chown(&path, Some(0), None).unwrap();
    }
    stage.demand_alive(&stage.tok("token").run());
}

#[test] // R06
fn a_folder_that_all_may_write_to_is_refused() {
    let stage = Stage::expired("file");
    for folder in ["state/tok/sessions", "state/tok/locks", "state/tok"] {
        let path = stage.world.path(folder);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o777)).unwrap();
        demand_refusal(&stage, stage.tok("token"), "every user may write to it");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o700)).unwrap();
    }
}

#[test] // R06
fn a_relative_home_is_none_and_nothing_falls_back_to_a_shared_folder() {
    let stage = Stage::new("file");
    for (name, value) in [("HOME", "home"), ("HOME", ""), ("XDG_STATE_HOME", "state")] {
        let mut run = stage.login("default").no_env("XDG_STATE_HOME").no_env("HOME").env(name, value);
        run = run.env("XDG_CONFIG_HOME", stage.world.path("config"));
        demand_refusal(&stage, run, "no state folder");
    }
    for folder in ["work", "tmp", "runtime", "cache", "home", "state"] {
        assert_eq!(fs::read_dir(stage.world.path(folder)).unwrap().count(), 0, "{folder}");
    }
}

#[test] // R05, R03
fn a_session_is_written_beside_the_old_one_made_lasting_and_renamed() {
    let Some(strace) = Strace::that_reads() else { return };
    let stage = Stage::expired("file");
    let calls = strace.calls(stage.tok("token"));
    let answered = calls.iter().position(|call| call.name == "recvfrom").unwrap();
    let rename = calls.iter().position(|call| call.name == "rename").unwrap();
    let name = stage.session_file().file_name().unwrap().to_str().unwrap().to_owned();
    let (before, after) = (&calls[answered..rename], &calls[rename + 1..]);
    let open = before.iter().find(|call| call.name == "openat").unwrap();
    assert!(open.text.contains(&format!("/.{name}.tmp\"")) && open.text.contains("O_NOFOLLOW"), "{open:?}");
    let descriptor = open.text.rsplit(' ').next().unwrap();
    let of_it = |name: &str| {
        let found = before.iter().rposition(|c| c.name == name && c.text.starts_with(&descriptor.to_string()));
        found.unwrap_or_else(|| panic!("no {name} of descriptor {descriptor} in {before:?}"))
    };
    assert!(of_it("write") < of_it("fsync"), "{before:?}");
    assert!(of_it("fsync") < of_it("read"), "read back before the old one is given up: {before:?}");
    assert!(calls[rename].text.contains(&format!("/sessions/{name}\"")));
    let folder = after.iter().position(|call| call.name == "openat" && call.text.contains("/sessions\"")).unwrap();
    assert!(after[folder..].iter().any(|call| call.name == "fsync"), "{after:?}");
}

#[test] // R03: a disk that says it wrote and did not
fn what_is_not_read_back_as_written_does_not_replace_the_old_session() {
    let Some(strace) = Strace::find() else { return };
    let stage = Stage::expired("file");
    stage.server.set(|setup| setup.rotation = crate::support::server::setup::Rotation::Omit);
    let calls = strace.calls(stage.tok("token"));
    let answered = calls.iter().position(|call| call.name == "recvfrom").unwrap();
    let write = calls[answered..].iter().find(|call| call.name == "write" && !call.text.ends_with("= 8")).unwrap();
    let length = write.text.rsplit(' ').next().unwrap().to_owned();
    let log = stage.world.path("work/trace");
    let lying = |when: &str| {
        stage.log_in_expired("default");
        let before = fs::read(stage.session_file()).unwrap();
        let what = format!("retval={length}");
        let output = strace.inject_at(stage.tok("token"), "write", &what, when, &log).run();
        (before, output)
    };
    // Once: the second attempt is the good one.
    let (_, output) = lying(&write.number.to_string());
    assert_eq!(output.line(), stage.latest());
    // And then the second, too.
    let (before, output) = lying(&format!("{}..{}", write.number, write.number + 1));
    output.assert(
        6,
        "",
        "tok: the server issued new tokens, but they could not be stored; [..]\ncaused by: [..]\nhint: [..]\n",
    );
    assert_eq!(fs::read(stage.session_file()).unwrap(), before);
    stage.demand_alive(&stage.tok("token").run());
}

#[test] // R01
fn a_client_secret_from_a_file_is_not_kept() {
    let stage = Stage::new("file");
    let file = stage.world.secret_file("client", &stage.server.client_secret("post"));
    let words = ["--client-id", "post", "--client-auth", "post", "--client-secret-file"];
    let endpoint = stage.server.url("/token");
    let login =
        stage.world.tok(["login", "--token-endpoint", &endpoint, "-u", "ada", "--password-stdin", "--store", "file"]);
    let login = words.iter().fold(login, |run, word| run.arg(word)).arg(&file);
    stage.lifetime(Some(0));
    login.stdin(stage.server.password("ada")).run().ok();
    stage.lifetime(Some(300));
    stage.demand_alive(&stage.tok("token").run());
    let kinds: Vec<Kind> = stage.world.remaining().iter().map(|finding| finding.kind).collect();
    assert!(kinds.contains(&Kind::RefreshToken) && !kinds.contains(&Kind::ClientSecret), "{kinds:?}");
}

#[test] // R01, R02
fn a_missing_keyring_is_no_reason_for_a_plain_file() {
    let stage = Stage::new("file");
    let issuer = stage.server.issuer();
    let words = ["login", "--issuer", &issuer, "--client-id", "tok", "-u", "ada", "--password-stdin"];
    let output = stage.world.tok(words).stdin(stage.server.password("ada")).run().code_is(6);
    assert!(output.stderr.contains("hint: stores that work here: "), "{}", output.stderr);
    assert!(output.stderr.contains("file"), "{}", output.stderr);
    assert_eq!(stage.server.log().requests.len(), 0, "nothing was asked of anybody");
    assert!(stage.world.remaining().is_empty() && stage.files("sessions").is_empty());
}
