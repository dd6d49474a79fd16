//! How long a token has to live, and what servers make of it.

use crate::stage::Stage;
use crate::support::process::Running;

const WARNING: &str = "tok: warning: the server's tokens live shorter than asked for: this one has [..] s left\n";

#[test] // S06
fn a_token_serves_while_it_lives_long_enough() {
    let stage = Stage::logged_in("file");
    let first = stage.latest();
    for words in ["token", "token --min-ttl 0", "token --min-ttl 200s", "token --min-ttl 3m"] {
        assert_eq!(stage.tok(words).run().line(), first, "{words}");
        stage.empty_cache();
        assert_eq!(stage.tok(words).run().line(), first, "{words}, from the store");
    }
    assert_eq!(stage.refreshes(), 0);
}

#[test] // S06
fn one_that_ends_too_soon_is_refreshed_once() {
    for cached in [true, false] {
        let stage = Stage::logged_in("file");
        stage.lifetime(Some(3600));
        if !cached {
            stage.empty_cache();
        }
        let token = stage.tok("token --min-ttl 10m").run();
        assert_eq!(token.line(), stage.latest());
        assert_eq!(stage.tok("token --min-ttl 10m").run().line(), stage.latest());
        assert_eq!(stage.refreshes(), 1);
    }
}

#[test] // S06
fn a_server_whose_tokens_live_shorter_costs_a_refresh_each_time_and_a_warning() {
    let stage = Stage::logged_in("file");
    stage.lifetime(Some(20));
    stage.tok("refresh").run().ok();
    for (words, count) in [("token", 2), ("token --min-ttl 21s", 3), ("-q token", 4), ("token --min-ttl 5s", 4)] {
        let output = stage.tok(words).run();
        let warning = if words == "token --min-ttl 5s" { "" } else { WARNING };
        output.assert(0, &format!("{}\n", stage.latest()), warning);
        assert_eq!(stage.refreshes(), count, "{words}");
    }
    let header = stage.tok("token --header").run();
    header.assert(0, &format!("Authorization: Bearer {}\n", stage.latest()), WARNING);
}

#[test] // S06: what was stored while waiting is good enough, short-lived or not
fn a_short_one_of_another_process_is_adopted() {
    let stage = Stage::expired("file");
    stage.lifetime(Some(20));
    let gate = stage.server.hold_tokens();
    let running: Vec<Running> = (0..10).map(|_| stage.tok("token").start()).collect();
    gate.wait_for_waiting(1);
    stage.wait_for_waiters(9);
    gate.open();
    for running in running {
        running.wait().assert(0, &format!("{}\n", stage.latest()), WARNING);
    }
    assert_eq!(stage.refreshes(), 1);
}

#[test] // S06, P08
fn an_unknown_lifetime_counts_as_long_enough() {
    let stage = Stage::new("file");
    stage.lifetime(None);
    stage.log_in("default");
    let first = stage.latest();
    for words in ["token", "token --min-ttl 100h"] {
        assert_eq!(stage.tok(words).run().line(), first);
        stage.empty_cache();
        assert_eq!(stage.tok(words).run().line(), first);
    }
    assert_eq!(stage.refreshes(), 0);
    stage.tok("refresh").run().ok();
    assert_eq!(stage.tok("token").run().line(), stage.latest());
    assert_eq!(stage.refreshes(), 1);
}

#[test] // S06, P08
fn a_token_that_is_born_dead_is_handed_out_fresh_and_never_again() {
    let stage = Stage::new("file");
    stage.lifetime(Some(0));
    stage.log_in("default");
    for count in 1..4 {
        let output = stage.tok("token --min-ttl 0").run();
        output.assert(0, &format!("{}\n", stage.latest()), WARNING);
        assert_eq!(stage.refreshes(), count);
    }
}

#[test] // S06
fn without_a_refresh_token_the_token_serves_to_its_end() {
    let stage = Stage::new("file");
    stage.server.set(|setup| setup.refresh_tokens = false);
    stage.log_in("default");
    let token = stage.latest();
    assert_eq!(stage.tok("token").run().line(), token);
    stage.tok("token --min-ttl 10m").run().assert(0, &format!("{token}\n"), WARNING);
    stage.tok("refresh").run().assert(3, "", "tok: the server gave no refresh token [..]\nhint: [..]\n");
    stage.log_in_expired("default");
    stage.tok("token").run().assert(3, "", "tok: the access token has expired [..]\nhint: [..]\n");
    assert_eq!(stage.refreshes(), 0);
}

#[test] // S06, P09
fn refresh_brings_new_tokens_whatever_the_old_ones_age() {
    for store in ["file", "kernel"] {
        let stage = Stage::logged_in(store);
        let mut seen = vec![stage.latest()];
        for _ in 0..5 {
            let output = stage.tok("refresh").run();
            output.assert(0, "", "tok: refreshed; the new access token lives [..]\n");
            let token = stage.tok("token").run().line().to_owned();
            assert!(!seen.contains(&token) && token == stage.latest());
            seen.push(token);
        }
        assert_eq!((stage.refreshes(), stage.server.realm(|realm| realm.reuses)), (5, 0));
    }
}
