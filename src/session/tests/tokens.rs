//! An access token is handed out, refreshed, adopted or copied.

use super::*;

const REFRESH: &str = "https://h/t grant_type=refresh_token&refresh_token=r1&client_id=c";
const NOW: Want = Want { min_ttl: Duration::ZERO, ..ANY };
const RENEW: Want = Want { renew: true, ..ANY };

#[test] // S06
fn a_token_serves_while_it_lives_long_enough() {
    let world = World::new("scopes = ['b', 'a']\n");
    world.logged_in(&tokens("a1", "r1", 100));
    world.pass(70);
    let handed = world.token(ANY).unwrap();
    assert_eq!((handed.token.expose(), handed.left, handed.short), ("a1", Some(30), false));
    assert_eq!((handed.expires_at, handed.scopes.as_deref()), (Some(UnixTime(1_000_100)), Some("a b")));
    assert!(world.sent().is_empty());
}

#[test] // S06, P10, C03
fn one_that_ends_too_soon_is_refreshed_and_stored() {
    let world = World::new("");
    world.logged_in(&tokens("a1", "r1", 29));
    world.will_answer(&tokens("a2", "r2", 3600));
    let handed = world.token(ANY).unwrap();
    assert_eq!((handed.token.expose(), handed.left, handed.scopes), ("a2", Some(3600), None));
    assert_eq!(world.sent(), [REFRESH]);
    assert_eq!(world.session().unwrap().refresh_token.unwrap().expose(), "r2");
    assert!(world.store.prepared.get() > 100, "room was made sure of");
}

#[test] // S06
fn a_renewal_asks_whatever_the_age() {
    let world = World::new("");
    world.logged_in(&tokens("a1", "r1", 3600));
    world.will_answer(&tokens("a2", "r2", 20));
    let handed = world.token(RENEW).unwrap();
    assert_eq!((handed.token.expose(), handed.short), ("a2", true));
    assert_eq!(world.sent(), [REFRESH]);
}

#[test] // P09
fn without_a_refresh_token_a_token_serves_to_its_end() {
    let mut world = World::new("");
    world.logged_in(&tokens("a1", "", 20));
    let handed = world.token(ANY).unwrap();
    assert_eq!((handed.token.expose(), handed.short), ("a1", true));
    assert_eq!(world.no_session(RENEW), NoSession::NoRefreshToken);
    world.edit("scopes = ['b']\n");
    assert_eq!(world.no_session(ANY), NoSession::Expired, "it was asked for without that scope");
    world.edit("");
    world.pass(20);
    assert_eq!(world.no_session(NOW), NoSession::Expired);
    assert!(world.sent().is_empty());
}

#[test] // P14
fn a_session_of_another_user_is_none_however_fresh() {
    let mut world = World::new("");
    assert_eq!(world.no_session(ANY), NoSession::NeverLoggedIn);
    world.logged_in(&tokens("a1", "r1", 3600));
    world.settings = settings(&PROFILE.replace("'u'", "'v'"));
    assert_eq!(world.no_session(ANY), NoSession::OtherBinding(binding::Mismatch::Username));
    assert!(world.sent().is_empty());
}

#[test] // P10, P14
fn a_refresh_names_fewer_scopes_and_never_more() {
    let mut world = World::new("scopes = ['a', 'b']\n");
    world.logged_in(&tokens("a1", "r1", 3600));
    world.edit("scopes = ['b']\n");
    world.will_answer(&tokens("a2", "r1", 3600));
    assert_eq!(world.text(ANY), "a2");
    assert!(world.sent()[0].contains("&scope=b&"));
    world.edit("scopes = ['b', 'c']\n");
    assert_eq!(world.no_session(ANY), NoSession::WiderScopes);
    world.edit("scopes = ['b', 'a']\n");
    world.will_answer(&tokens("a3", "r1", 3600));
    assert_eq!(world.text(ANY), "a3");
    assert_eq!(world.sent(), [REFRESH]);
}

#[test] // C02, S06
fn what_was_stored_while_waiting_is_adopted_even_if_it_is_short() {
    for (want, stored) in [(ANY, 5), (RENEW, 3600)] {
        let world = World::new("");
        world.logged_in(&tokens("a1", "r1", 20));
        let other = World::stored_by_another(&tokens("a2", "r2", stored));
        *world.store.meanwhile.borrow_mut() = Some((1, other));
        let handed = world.token(want).unwrap();
        assert_eq!((handed.token.expose(), handed.short), ("a2", stored == 5));
        assert!(world.sent().is_empty());
    }
}

#[test] // C02, P14
fn what_was_stored_while_waiting_is_not_adopted_dead_old_or_for_something_else() {
    for (case, access, seconds, scopes) in [("dead", "a2", 0, ""), ("old", "a1", 20, ""), ("other", "a2", 20, "b")] {
        let mut world = World::new("scopes = ['a', 'b']\n");
        world.logged_in(&tokens("a1", "r1", 20));
        let text = world.store.text.borrow().clone().unwrap();
        let other = text
            .replace(r#""token":"a1""#, &format!(r#""token":"{access}""#))
            .replace(r#""seconds":20"#, &format!(r#""seconds":{seconds}"#));
        *world.store.meanwhile.borrow_mut() = Some((1, other));
        if !scopes.is_empty() {
            world.edit(&format!("scopes = ['{scopes}']\n"));
        }
        world.will_answer(&tokens("a3", "r3", 3600));
        assert_eq!(world.text(ANY), "a3", "{case}");
        assert_eq!(world.sent().len(), 1, "{case}");
    }
}

#[test] // C09
fn a_write_that_fails_is_tried_once_more_and_its_loss_is_told() {
    let world = World::new("");
    world.logged_in(&tokens("a1", "r1", 0));
    world.will_answer(&tokens("a2", "r2", 3600));
    world.store.failures.set(1);
    assert_eq!(world.text(ANY), "a2");
    world.will_answer(&tokens("a3", "r3", 3600));
    world.store.failures.set(2);
    assert!(matches!(world.token(RENEW), Err(SessionError::Lost { .. })));
    assert_eq!(world.text(ANY), "a2");
}

#[test] // H01
fn credentials_make_a_session_where_there_is_none() {
    for kept in [true, false] {
        let mut world = World::new("");
        world.store.kind = if kept { StoreKind::File } else { StoreKind::None };
        let made = Cell::new(0);
        let take = || {
            let keeper = world.keeper();
            let login = |_: Option<&Session>, _: asked::Which| {
                made.set(made.get() + 1);
                let endpoints = Endpoints { token: endpoint("https://h/t"), others: Others::default(), offered: None };
                let credentials = Credentials {
                    grant: GrantKind::Password,
                    endpoints: &endpoints,
                    client: &client(),
                    keep_client_secret: false,
                };
                keeper.acquire(&credentials, Proof::Password(secret("pw")))
            };
            keeper.token_or_login(ANY, &login, &|_| true).map(|handed| handed.token.expose().to_owned())
        };
        world.will_answer(&tokens("a1", "r1", 60));
        assert_eq!(take().unwrap(), "a1");
        assert_eq!((made.get(), world.store.text.borrow().is_some()), (1, kept));
        world.will_answer(&tokens("a2", "r2", 0));
        assert_eq!(take().unwrap(), if kept { "a1" } else { "a2" });
        if kept {
            world.pass(60);
            assert_eq!(take().unwrap(), "a2", "a refresh");
            assert!(matches!(take(), Err(SessionError::Transport(_))), "a server that is away is no reason to log in");
            assert_eq!(made.get(), 1);
            world.will_answer(&answer(400, r#"{"error":"invalid_grant"}"#));
            world.will_answer(&tokens("a3", "r3", 3600));
            assert_eq!(take().unwrap(), "a3", "a refused refresh is");
        }
        assert_eq!(made.get(), 2);
    }
}

#[test] // C02: who waited for a login does not make another
fn a_session_that_another_made_meanwhile_is_used_instead_of_the_credentials() {
    let world = World::new("");
    *world.store.meanwhile.borrow_mut() = Some((1, World::stored_by_another(&tokens("a2", "r2", 3600))));
    let handed = world.keeper().token_or_login(ANY, &|_, _| panic!("logs in"), &|_| true).unwrap();
    assert_eq!(handed.token.expose(), "a2");
}

/// The lines of a profile whose subject token lies in the world's folder.
fn exchanging(world: &World, grant: &str) -> String {
    let path = world.folder.path().join("subject");
    std::fs::write(&path, "s\n").unwrap();
    format!("grant = '{grant}'\nsubject-token-file = '{}'\n", path.display())
}

#[test] // P01, P14, C03
fn a_grant_that_needs_nobody_is_run_where_the_session_cannot_serve() {
    const EXCHANGE: &str = "https://h/t grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Atoken-exchange\
        &subject_token=s&subject_token_type=urn%3Aietf%3Aparams%3Aoauth%3Atoken-type%3Ajwt&client_id=c";
    let mut world = World::new("");
    let lines = exchanging(&world, "token-exchange");
    world.edit(&lines);
    world.will_answer(&tokens("a1", "", 60));
    assert_eq!((world.text(ANY), world.text(ANY)), ("a1".to_owned(), "a1".to_owned()));
    assert_eq!(world.sent(), [EXCHANGE]);
    assert!(world.store.prepared.get() > 0, "room was made sure of");
    world.pass(31);
    world.will_answer(&tokens("a2", "", 60));
    assert_eq!(world.text(ANY), "a2", "one that ends too soon is replaced");
    world.will_answer(&tokens("a3", "", 60));
    assert_eq!(world.text(RENEW), "a3");
    assert_eq!(world.sent(), [EXCHANGE; 2]);
    // With auto it is the grant that made the session.
    let lines = exchanging(&world, "auto");
    world.edit(&lines);
    world.pass(60);
    world.will_answer(&tokens("a4", "", 60));
    assert_eq!(world.text(ANY), "a4");
    assert_eq!(world.sent(), [EXCHANGE]);
    assert_eq!(world.session().unwrap().binding.grant, "token-exchange");
}

#[test] // P01
fn with_auto_no_grant_is_run_that_did_not_make_the_session() {
    let mut world = World::new("");
    world.logged_in(&tokens("a1", "", 60));
    let lines = exchanging(&world, "auto");
    world.edit(&lines);
    assert_eq!(world.text(ANY), "a1");
    world.pass(60);
    assert_eq!(world.no_session(ANY), NoSession::Expired);
    world.store.text.take();
    assert_eq!(world.no_session(ANY), NoSession::NeverLoggedIn);
    assert!(world.sent().is_empty());
}

#[test] // C03, C09
fn a_session_that_cannot_be_stored_gives_no_token() {
    let mut world = World::new("");
    let lines = exchanging(&world, "jwt-bearer");
    world.edit(&lines);
    world.will_answer(&tokens("a1", "", 60));
    world.store.failures.set(2);
    assert!(matches!(world.token(ANY), Err(SessionError::Lost { .. })));
}

#[test] // P14, S06
fn a_copy_is_handed_out_without_a_look_at_the_store() {
    let Some(mut world) = World::with_cache("copy") else { return };
    world.logged_in(&tokens("a1", "r1", 100));
    world.pass(70);
    let handed = world.token(ANY).unwrap();
    assert_eq!((handed.token.expose(), handed.left), ("a1", Some(30)));
    assert_eq!(world.store.loads.get(), 0);
    assert_eq!(world.text(Want { scopes: true, ..ANY }), "a1");
    assert_eq!(world.store.loads.get(), 1, "a copy has no scopes");
    world.edit("audience = ['x']\n");
    world.will_answer(&tokens("a2", "r2", 100));
    assert_eq!(world.text(ANY), "a2");
    world.will_answer(&tokens("a3", "r3", 20));
    assert_eq!(world.text(RENEW), "a3");
    world.will_answer(&tokens("a4", "r4", 1));
    assert_eq!(world.text(ANY), "a4", "the copy lives too short");
    world.pass(1);
    world.will_answer(&tokens("a5", "r5", 60));
    assert_eq!(world.text(NOW), "a5", "the copy is dead");
    world.store.kind = StoreKind::None;
    assert_eq!(world.copy().as_deref(), Some("a5"));
    let loads = world.store.loads.get();
    assert_eq!(world.text(ANY), "a5");
    assert_eq!(world.store.loads.get(), loads + 1, "without a store there are no copies");
}

#[test] // C10
fn a_token_from_the_store_is_copied() {
    let Some(world) = World::with_cache("again") else { return };
    world.logged_in(&tokens("a1", "r1", 100));
    world.keeper().forget_cached();
    assert_eq!(world.copy(), None);
    assert_eq!(world.text(ANY), "a1");
    assert_eq!(world.copy().as_deref(), Some("a1"));
}

#[test] // P14
fn a_copy_serves_the_shortcut_once_a_call_without_options_has_seen_it() {
    let Some(mut world) = World::with_cache("shortcut") else { return };
    let fingerprint = |world: &World| world.cache.get(&world.slots[0]).unwrap().config;
    world.logged_in(&tokens("a1", "r1", 100));
    assert_eq!(fingerprint(&world), "");
    world.config = "file".to_owned();
    assert_eq!(world.text(ANY), "a1");
    assert_eq!(fingerprint(&world), "file");
    world.config = String::new();
    assert_eq!(world.text(ANY), "a1");
    assert_eq!(fingerprint(&world), "file");
    assert_eq!(world.store.loads.get(), 0);
}

#[test] // C04
fn an_id_token_that_no_refresh_brings_is_asked_for_once() {
    use base64::Engine as _;
    let part = |text: &str| base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(text);
    let with_id_token = |access: &str, seconds: u32| {
        let id_token = format!("{}.{}.", part("{}"), part(&format!("{{\"exp\":{}}}", 1_000_000 + seconds)));
        let body =
            format!(r#"{{"access_token":"{access}","refresh_token":"r","id_token":"{id_token}","expires_in":3600}}"#);
        answer(200, &body)
    };
    let want = Want { id_token: true, ..ANY };
    let world = World::new("");
    world.logged_in(&with_id_token("a1", 600));
    assert!(world.token(want).is_ok() && world.sent().is_empty());
    world.pass(600);
    world.will_answer(&tokens("a2", "r2", 3600));
    for requests in [1, 0, 0] {
        assert_eq!((world.no_session(want), world.sent().len()), (NoSession::NoIdToken, requests));
    }
    assert_eq!(world.text(ANY), "a2");
    world.pass(3600);
    world.will_answer(&with_id_token("a3", 9000));
    assert!(world.token(want).is_ok());
}
