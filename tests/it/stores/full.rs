//! A disk that is really full: a file system of a few pages, in a mount namespace of its own.

use std::process::{Command, Stdio};

use crate::stage::Stage;
use crate::support::canary::Kind;

/// Whether this machine lets the tests have one: root may mount, and often who is root in a namespace of the user's own.
fn can_mount() -> bool {
    let mount = ["-rm", "mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", "/mnt"];
    let may = Command::new("unshare").args(mount).stderr(Stdio::null()).status().is_ok_and(|status| status.success());
    if !may {
        eprintln!("skipped: no file system can be mounted here, not even by `unshare -rm`");
    }
    may
}

#[test] // C09, C02
fn a_disk_that_is_full_costs_no_request_and_no_session() {
    if !can_mount() {
        return;
    }
    let stage = Stage::new("file");
    let issuer = stage.server.issuer();
    // `login` and `refresh`, and what each ended with; the disk goes with the script.
    let script = r#"
        mount -t tmpfs -o size=64k,mode=700 tmpfs "$XDG_STATE_HOME" || exit 1
        login() { "$TOK" login --issuer "$1" --client-id tok -u ada --store file --password-file "$2" 2>&1; }
        fill() { cat /dev/zero >"$XDG_STATE_HOME/filler" 2>/dev/null; }
        fill; login "$@" | head -2; rm "$XDG_STATE_HOME/filler"
        login "$@" >/dev/null || exit 2
        fill; "$TOK" refresh 2>&1; echo "full: $?"; "$TOK" show >/dev/null; echo "show: $?"; "$TOK" token
        rm "$XDG_STATE_HOME/filler"; "$TOK" -q refresh; echo "freed: $?"; "$TOK" token
    "#;
    let password = stage.world.secret_file("password", &stage.server.password("ada"));
    let run = stage.world.command("/bin/sh").arg("-c").arg(script).arg("sh").arg(&issuer).arg(&password);
    let output = run.env("TOK", crate::tok()).may_print(Kind::AccessToken).under(["unshare", "-rm"]).run().ok();
    let full = "tok: the session store failed\ncaused by: session file: full: cannot write [..]: no space is left\n";
    let tokens = stage.server.realm(|realm| realm.issued());
    output.assert(0, &format!("{full}{full}hint: [..]\nfull: 6\nshow: 0\n[..]\nfreed: 0\n{}\n", stage.latest()), "");
    // One login and one refresh: with the disk full nothing was sent.
    assert_eq!((tokens, stage.refreshes(), stage.server.count("password")), (2, 1, 1));
}
