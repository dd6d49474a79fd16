//! Each profile has a place of its own; after a logout nothing is left there.

use std::collections::BTreeMap;

use crate::stage::Stage;

/// Names that a careless scheme would make one of.
const PROFILES: [&str; 7] = ["work", "Work", "work.", "work_", "work-", "work.default", "w"];

/// Logs all in, each under its name; their tokens.
fn all_logged_in(stage: &Stage) -> BTreeMap<&'static str, String> {
    let log_in = |profile: &&'static str| {
        stage.log_in(profile);
        (*profile, stage.latest())
    };
    PROFILES.iter().map(log_in).collect()
}

#[track_caller]
fn demand_token(stage: &Stage, profile: &str, token: &str) {
    for _ in ["with what the login left in the cache", "from the store"] {
        assert_eq!(stage.tok(&format!("-p {profile} token")).run().line(), token, "{profile}");
        stage.empty_cache();
    }
}

#[test] // R07
fn two_profiles_never_share_a_session() {
    for store in ["file", "kernel"] {
        let stage = Stage::new(store);
        let tokens = all_logged_in(&stage);
        tokens.iter().for_each(|(profile, token)| demand_token(&stage, profile, token));
        for profile in PROFILES {
            stage.tok(&format!("-p {profile} refresh")).run().ok();
            demand_token(&stage, profile, &stage.latest());
        }
        assert_eq!(stage.server.realm(|realm| (realm.living_sessions(), realm.reuses)), (PROFILES.len(), 0));
    }
}

#[test] // R07: another issuer or user of the same profile is another session, and the old one goes nowhere
fn another_user_or_issuer_never_gets_the_session_of_the_one_before() {
    for store in ["file", "kernel"] {
        for change in
            ["username=eve", "issuer=http://127.0.0.1:1", "client-id=other", "token-endpoint=http://127.0.0.1:1/"]
        {
            let stage = Stage::expired(store);
            let seen = stage.server.log().requests.len();
            stage.tok(&format!("profile set {change}")).run().ok();
            let output = stage.tok("token").run().code_is(3);
            assert!(output.stderr.contains("belongs to another"), "{change}: {}", output.stderr);
            assert_eq!(stage.server.log().requests.len(), seen, "{change}");
        }
    }
}

#[test] // R08
fn after_a_logout_nothing_is_left_and_other_profiles_are_whole() {
    for store in ["file", "kernel"] {
        let stage = Stage::new(store);
        let mut tokens = all_logged_in(&stage);
        // Under both names by which a profile can be called, so that there are two copies in the cache.
        stage.tok("profile default work").run().ok();
        stage.tok("token").run().ok();
        for profile in PROFILES {
            stage.tok(&format!("-p {profile} logout")).run().ok();
            let gone = tokens.remove(profile).unwrap();
            let left = stage.world.remaining();
            assert!(stage.server.realm(|realm| realm.who(&gone).is_none()));
            stage.tok(&format!("-p {profile} token")).run().assert(3, "", "tok: not logged in\nhint: [..]\n");
            tokens.iter().for_each(|(profile, token)| demand_token(&stage, profile, token));
            assert_eq!(left.is_empty(), tokens.is_empty(), "{left:?}");
        }
        assert_eq!(stage.files("sessions"), Vec::<std::path::PathBuf>::new());
    }
}

#[test] // R08
fn a_logout_of_all_leaves_nothing() {
    for store in ["file", "kernel"] {
        for words in ["logout --all", "logout --all --local"] {
            let stage = Stage::new(store);
            all_logged_in(&stage);
            stage.tok(words).run().ok();
            assert!(stage.world.remaining().is_empty(), "{:?}", stage.world.remaining());
            let living = if words.contains("local") { PROFILES.len() } else { 0 };
            assert_eq!(stage.server.realm(|realm| realm.living_sessions()), living);
        }
    }
}
