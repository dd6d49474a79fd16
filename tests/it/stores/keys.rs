//! The store `kernel`.

use crate::stage::{Stage, poll};
use crate::support::ordinary::Ordinary;
use crate::support::run::Run;

#[test] // P12, C09; as root, because others have room for 20,000 bytes
fn sessions_of_any_size_are_refreshed_again_and_again() {
    if !rustix::process::geteuid().is_root() {
        return eprintln!("skipped: not root");
    }
    let stage = Stage::new("kernel");
    stage.log_in("default");
    // Longer and shorter than a page of memory and than a key.
    for length in [10, 3000, 9000, 40_000, 12] {
        stage.server.set(|setup| {
            setup.edit_tokens = Some(std::sync::Arc::new(move |answer| {
                answer.insert("id_token".into(), "x".repeat(length).into());
            }));
        });
        for _ in 0..3 {
            stage.tok("refresh").run().ok();
            stage.empty_cache();
            assert_eq!(stage.tok("token").run().line(), stage.latest(), "{length}");
        }
        stage.log_in("default");
        assert_eq!(stage.tok("token").run().line(), stage.latest(), "{length}");
    }
    assert_eq!(stage.server.realm(|realm| realm.reuses), 0);
}

#[test] // R01, R08
fn nothing_of_it_is_on_the_disk_and_nothing_stays_after_a_logout() {
    let stage = Stage::logged_in("kernel");
    let places: Vec<String> = stage.world.remaining().into_iter().map(|finding| finding.place).collect();
    assert!(!places.is_empty() && places.iter().all(|place| place.starts_with("kernel key tok:")), "{places:?}");
    stage.tok("refresh").run().ok();
    stage.tok("logout").run().ok();
    assert!(stage.world.remaining().is_empty(), "{:?}", stage.world.remaining());
}

/// The stage of a user without privileges, who has 20,000 bytes of keys.
struct User {
    stage: Stage,
    user: Ordinary,
}

impl User {
    /// As root only, who can become anybody.
    fn new(store: &'static str) -> Option<Self> {
        let user = Ordinary::other(crate::tok())?;
        let stage = Stage::new(store);
        user.owns(&stage.world);
        Some(Self { stage, user })
    }

    /// The same run as that user, who has no session keyring of root's.
    fn by(&self, words: &[&str]) -> Run {
        let run = self.stage.world.command(self.user.program());
        self.user.runs(run.args(words)).may_print(crate::support::canary::Kind::AccessToken)
    }

    fn login(&self, profile: &str) -> Run {
        let issuer = self.stage.server.issuer();
        let words =
            ["-p", profile, "login", "--issuer", &issuer, "--client-id", "tok", "-u", "ada", "--password-stdin"];
        self.by(&words).arg("--store").arg("kernel").stdin(self.stage.server.password("ada"))
    }
}

impl Drop for User {
    fn drop(&mut self) {
        let _ = self.by(&["logout", "--all", "--local"]).run();
    }
}

#[test] // C09, R02; as root, who can become an ordinary user
fn a_quota_that_is_used_up_is_said_before_anything_is_sent() {
    let Some(user) = User::new("kernel") else { return };
    user.stage.server.set(|setup| setup.jwt = true);
    let profiles: Vec<String> = (0..40).map(|i| format!("p{i}")).collect();
    let mut logged_in = 0;
    for profile in &profiles {
        let seen = user.stage.server.log().requests.len();
        let output = user.login(profile).run();
        if output.code() == 0 {
            logged_in += 1;
            continue;
        }
        output.assert(
            6,
            "",
            "tok: the session store failed\ncaused by: kernel's keyring: full: the user's quota of keys is used up\n\
             hint: stores that work here: [..]\n",
        );
        assert_eq!(user.stage.server.log().requests.len(), seen);
        break;
    }
    assert!((2..40).contains(&logged_in), "{logged_in} sessions found room");
    // Those that are there work on: what cannot be stored is not asked for.
    let reuses = |user: &User| user.stage.server.realm(|realm| realm.reuses);
    for profile in &profiles[..logged_in] {
        let output = user.by(&["-p", profile, "refresh"]).run();
        assert!([0, 6].contains(&output.code()) && !output.stderr.contains("could not be stored"), "{output:?}");
        user.stage.demand_alive(&user.by(&["-p", profile, "token"]).run());
    }
    assert_eq!(reuses(&user), 0);
    // Room comes back with a logout: the kernel counts what it has freed a moment later.
    user.by(&["-p", "p0", "logout"]).run().ok();
    poll("room for a refresh", || user.by(&["-p", "p1", "refresh"]).run().code() == 0);
    poll("room for a login", || user.login("p0").run().code() == 0);
}

#[test] // S06, H01: the cache is silently no cache; as root, who can become an ordinary user
fn without_quota_for_the_cache_every_answer_is_right() {
    let Some(user) = User::new("file") else { return };
    user.stage.server.set(|setup| setup.jwt = true);
    let issuer = user.stage.server.issuer();
    let mut tokens = Vec::new();
    let profiles: Vec<String> = (0..30).map(|i| format!("p{i}")).collect();
    for profile in &profiles {
        let words =
            ["-p", profile, "login", "--issuer", &issuer, "--client-id", "tok", "-u", "ada", "--password-stdin"];
        user.by(&words).arg("--store").arg("file").stdin(user.stage.server.password("ada")).run().ok();
        tokens.push(user.stage.latest());
    }
    for (profile, token) in profiles.iter().zip(&tokens) {
        assert_eq!(user.by(&["-p", profile, "token"]).run().line(), token);
    }
    for profile in &profiles {
        user.by(&["-p", profile, "refresh"]).run().ok();
        assert_eq!(user.by(&["-p", profile, "token"]).run().line(), user.stage.latest());
    }
}
