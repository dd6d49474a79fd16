//! A session ends: by the server, by a logout.

use super::logout::Forgotten;
use super::*;

/// An access token that was copied under both names.
fn copied(test: &str) -> Option<World> {
    let mut world = World::with_cache(test)?;
    world.logged_in(&tokens("a1", "r1", 3600));
    world.slots.reverse();
    world.text(ANY);
    world.slots.reverse();
    Some(world)
}

fn copies(world: &World) -> usize {
    world.slots.iter().filter(|slot| world.cache.get(slot).is_some()).count()
}

#[test] // C04
fn a_refused_refresh_token_ends_the_session_for_good() {
    let world = World::new("");
    world.logged_in(&tokens("a1", "r1", 3600));
    world.will_answer(&answer(400, r#"{"error":"invalid_grant"}"#));
    assert!(matches!(world.token(Want { renew: true, ..ANY }), Err(SessionError::Token { .. })));
    assert_eq!(world.sent().len(), 1);
    assert_eq!(world.no_session(ANY), NoSession::Ended);
    assert!(world.sent().is_empty());
    assert!(!world.store.text.borrow().as_ref().unwrap().contains("r1"));
}

#[test] // C04
fn any_other_answer_leaves_the_session() {
    for (status, body) in [(400, r#"{"error":"invalid_client"}"#), (503, ""), (400, "invalid_grant"), (200, "{}")] {
        let world = World::new("");
        world.logged_in(&tokens("a1", "r1", 0));
        world.will_answer(&answer(status, body));
        assert!(world.token(ANY).is_err());
        assert_eq!(world.session().unwrap().refresh_token.unwrap().expose(), "r1", "{status} {body}");
    }
}

#[test] // C04
fn a_refused_refresh_token_that_was_replaced_meanwhile_ends_nothing() {
    let world = World::new("");
    world.logged_in(&tokens("a1", "r1", 0));
    *world.store.meanwhile.borrow_mut() = Some((2, World::stored_by_another(&tokens("a2", "r2", 3600))));
    world.will_answer(&answer(400, r#"{"error":"invalid_grant"}"#));
    assert!(world.token(ANY).is_err());
    assert_eq!(world.text(ANY), "a2");
}

#[test] // C04
fn an_ended_session_leaves_no_copy() {
    let Some(world) = copied("ended") else { return };
    assert_eq!(copies(&world), 2);
    world.will_answer(&answer(400, r#"{"error":"invalid_grant"}"#));
    assert!(world.token(Want { renew: true, ..ANY }).is_err());
    assert_eq!(copies(&world), 0);
}

#[test] // C10
fn a_new_token_leaves_no_copy_of_the_old_one_under_any_name() {
    let Some(world) = copied("replaced") else { return };
    assert_eq!(copies(&world), 2);
    world.will_answer(&tokens("a2", "r2", 3600));
    assert_eq!(world.text(Want { renew: true, ..ANY }), "a2");
    assert_eq!((copies(&world), world.copy().as_deref()), (1, Some("a2")));
}

#[test] // P15
fn a_logout_revokes_the_refresh_token_or_the_access_token() {
    for (refresh, sent) in [
        ("r1", "https://h/r token=r1&token_type_hint=refresh_token&client_id=c"),
        ("", "https://h/r token=a1&token_type_hint=access_token&client_id=c"),
    ] {
        let world = World::new("");
        world.logged_in(&tokens("a1", refresh, 3600));
        world.will_answer(&answer(200, ""));
        assert_eq!(world.keeper().logout(false).unwrap(), Forgotten::Revoked);
        assert_eq!(world.sent(), [sent]);
        assert!(world.session().is_none());
        assert_eq!(world.keeper().logout(false).unwrap(), Forgotten::Nothing);
    }
}

#[test] // P15
fn a_logout_forgets_whatever_the_server_says() {
    let world = World::new("");
    world.logged_in(&tokens("a1", "r1", 3600));
    world.will_answer(&answer(503, ""));
    assert!(matches!(world.keeper().logout(false), Err(SessionError::Revocation { .. })));
    assert!(world.session().is_none());
}

#[test] // P14, P15
fn a_logout_sends_nothing_where_that_is_asked_for_or_the_profile_names_another_server() {
    let mut world = World::new("");
    world.logged_in(&tokens("a1", "r1", 3600));
    assert_eq!(world.keeper().logout(true).unwrap(), Forgotten::Here);
    assert!(world.session().is_none());
    world.logged_in(&tokens("a1", "r1", 3600));
    world.settings = settings(&PROFILE.replace("https://h/t", "https://other/t"));
    assert_eq!(world.keeper().logout(false).unwrap(), Forgotten::OtherBinding);
    assert!(world.session().is_none() && world.sent().is_empty());
}

#[test] // R08
fn a_logout_leaves_no_copy_under_any_name() {
    let Some(world) = copied("logout") else { return };
    assert_eq!(copies(&world), 2);
    world.keeper().logout(true).unwrap();
    assert_eq!(copies(&world), 0);
}

#[test] // R08
fn a_copy_without_a_session_does_not_outlive_a_logout() {
    let Some(world) = copied("orphan") else { return };
    world.store.text.take();
    assert_eq!(world.keeper().logout(false).unwrap(), Forgotten::Nothing);
    assert_eq!(copies(&world), 0);
}

#[test]
fn what_is_damaged_can_be_forgotten_and_what_is_newer_cannot() {
    let world = World::new("");
    for damaged in ["", "{}", "torn", r#"{"v":1}"#] {
        *world.store.text.borrow_mut() = Some(damaged.to_owned());
        let damaged_record = SessionError::Record { store: StoreKind::File, why: record::BadRecord::Damaged };
        assert_eq!(world.token(ANY).unwrap_err().to_string(), damaged_record.to_string());
        assert_eq!(world.keeper().logout(false).unwrap(), Forgotten::Here, "{damaged}");
        assert!(world.store.text.borrow().is_none());
    }
    for kept in [r#"{"v":2}"#, "locked"] {
        *world.store.text.borrow_mut() = Some(kept.to_owned());
        assert!(world.keeper().logout(true).is_err());
        assert_eq!(world.store.text.borrow().as_deref(), Some(kept));
    }
}

#[test] // H01
fn a_login_that_is_not_kept_touches_no_store() {
    let mut world = World::new("");
    world.store.kind = StoreKind::None;
    assert_eq!(world.log_in(&tokens("a1", "r1", 60)).unwrap().access.unwrap().token.expose(), "a1");
    assert!(world.store.text.borrow().is_none());
    world.keeper().make_room().unwrap();
    assert_eq!(world.store.prepared.get(), 0);
    world.store.kind = StoreKind::File;
    world.keeper().make_room().unwrap();
    assert_eq!(world.store.prepared.get(), 4096);
}
