//! The password grant and what follows it, the same at every server.

use crate::harness::{Client, Sandbox};
use crate::server::Server;

/// Login, token, refreshes, show, logout; every token is taken at the `resource`.
pub fn goes_the_whole_way(server: &Server, issuer: &str, client: &Client, resource: &str) {
    let sandbox = Sandbox::with_profile(server, issuer, client);
    sandbox.log_in(server).exits(0);
    let first = sandbox.token();
    sandbox.ask_with_token(server, resource).exits(0);
    for _ in 0..3 {
        sandbox.tok(&["refresh"]).exits(0);
    }
    assert_ne!(sandbox.token(), first);
    sandbox.ask_with_token(server, resource).exits(0);
    let shown = sandbox.tok(&["show"]).exits(0).stdout;
    assert!(shown.contains(server.user()), "{shown}");
    sandbox.tok(&["logout"]).exits(0);
    sandbox.no_token_is_left();
    sandbox.tok(&["token"]).exits(3);
}

/// A wrong password is refused with this reason, and not shown.
pub fn is_refused_if_wrong(server: &Server, client: &Client, reason: &str) {
    let sandbox = Sandbox::with_profile(server, "ROTATING", client);
    let wrong = "wrong password 4713";
    sandbox.never_shown(wrong);
    sandbox.tok_with_input(&["login", "--password-stdin"], wrong).exits(4).says(reason);
}

/// A wrong client secret is refused.
pub fn needs_the_right_secret(server: &Server, client: &Client) -> String {
    let sandbox = Sandbox::with_profile(server, "ROTATING", client);
    sandbox.give("client-secret", "wrong secret 4713");
    sandbox.log_in(server).exits(4).says("invalid_client").stderr
}

/// A client whose secret looks different in the two codings of HTTP Basic logs in with the `right` methods, and with the
/// `wrong` one it does not, for this reason.
pub fn takes_one_coding(server: &Server, right: &[Client], wrong: &Client, reason: &str) {
    for client in right {
        let sandbox = Sandbox::with_profile(server, "ROTATING", client);
        sandbox.log_in(server).exits(0);
        sandbox.tok(&["refresh"]).exits(0);
        sandbox.tok(&["logout"]).exits(0);
    }
    Sandbox::with_profile(server, "ROTATING", wrong).log_in(server).exits(4).says(reason);
}

/// The refresh token of the login serves again and again.
pub fn keeps_its_refresh_token(server: &Server, client: &Client) {
    let sandbox = Sandbox::with_profile(server, "FIXED", client);
    sandbox.log_in(server).exits(0);
    sandbox.save_state();
    let first = sandbox.token();
    sandbox.tok(&["refresh"]).exits(0);
    sandbox.tok(&["refresh"]).exits(0);
    assert_ne!(sandbox.token(), first);
    // The proof that it is the old one that is kept: it still works from the copy.
    sandbox.restore_state();
    sandbox.tok(&["refresh"]).exits(0);
    sandbox.tok(&["logout"]).exits(0);
}

/// Each refresh brings a new refresh token; the proof is that the first one is refused, with this reason.
pub fn changes_its_refresh_token(server: &Server, client: &Client, reason: &str) {
    let sandbox = Sandbox::with_profile(server, "ROTATING", client);
    sandbox.log_in(server).exits(0);
    let first = sandbox.token();
    sandbox.save_state();
    for _ in 0..3 {
        sandbox.tok(&["refresh"]).exits(0);
    }
    assert_ne!(sandbox.token(), first);
    sandbox.restore_state();
    sandbox.tok(&["refresh"]).exits(3).says(reason);
}

/// After a logout neither token of the session is good any more, not even from a copy.
pub fn is_revoked(server: &Server, issuer: &str, client: &Client, resource: &str) {
    let sandbox = Sandbox::with_profile(server, issuer, client);
    sandbox.log_in(server).exits(0);
    let token = sandbox.token();
    sandbox.save_state();
    sandbox.tok(&["logout"]).exits(0);
    sandbox.no_token_is_left();
    sandbox.restore_state();
    sandbox.tok(&["refresh"]).exits(3).says("invalid_grant");
    assert!(!sandbox.is_accepted(server, &token, resource));
}
