//! Tokens that are each for one service alone, beside the profile's own.

use super::logout::Forgotten;
use super::*;
use crate::oauth::WebOrigin;
use crate::settings::Service;

const REGISTRY: &str = "https://registry.example.com";
const REFRESH_OWN: &str = "https://h/t grant_type=refresh_token&refresh_token=r1&client_id=c";
const EXCHANGE: &str = "https://h/t grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Atoken-exchange\
    &subject_token=a1&subject_token_type=urn%3Aietf%3Aparams%3Aoauth%3Atoken-type%3Aaccess_token\
    &requested_token_type=urn%3Aietf%3Aparams%3Aoauth%3Atoken-type%3Aaccess_token\
    &resource=https%3A%2F%2Fregistry.example.com&client_id=c";
const RENEW: Want = Want { renew: true, ..ANY };

fn service() -> Service {
    Service { resource: vec![REGISTRY.to_owned()], ..Service::new(WebOrigin::parse(REGISTRY).unwrap()) }
}

fn exchanged() -> Service {
    Service { exchange: true, ..service() }
}

impl World {
    /// What the service gets.
    fn for_service(&mut self, service: &Service) -> Result<Handed, SessionError> {
        self.settings.serve(service);
        let handed = self.token(ANY);
        self.settings.narrowing = None;
        handed
    }

    #[track_caller]
    fn text_for(&mut self, service: &Service) -> String {
        self.for_service(service).unwrap().token.expose().to_owned()
    }

    fn reject(&self, token: &str) {
        self.keeper().reject(&secret(token)).unwrap();
    }

    fn edit_record(&self, old: &str, new: &str) {
        let text = self.store.text.take().unwrap();
        assert!(text.contains(old), "{text}");
        *self.store.text.borrow_mut() = Some(text.replace(old, new));
    }
}

/// An answer with an access token alone.
fn access(token: &str, seconds: u64) -> Response {
    tokens(token, "", seconds)
}

#[test] // P09, P14: neither costs the other its token
fn a_refresh_for_a_service_leaves_the_profiles_token_and_the_reverse() {
    let mut world = World::new("");
    world.logged_in(&tokens("a1", "r1", 3600));
    world.will_answer(&answer(200, r#"{"access_token":"n1","refresh_token":"r2","id_token":"i2","expires_in":3600}"#));
    assert_eq!(world.text_for(&service()), "n1");
    assert_eq!(
        world.sent(),
        [
            "https://h/t grant_type=refresh_token&refresh_token=r1&resource=https%3A%2F%2Fregistry.example.com&client_id=c"
        ]
    );
    let session = world.session().unwrap();
    assert_eq!(session.refresh_token.unwrap().expose(), "r2");
    assert_eq!(session.id_token.unwrap().expose(), "i2");
    assert_eq!((world.text(ANY), world.text_for(&service())), ("a1".to_owned(), "n1".to_owned()));
    assert!(world.sent().is_empty(), "they take no turns");
    world.reject("a1");
    world.will_answer(&tokens("a2", "r3", 3600));
    assert_eq!((world.text(ANY), world.text_for(&service())), ("a2".to_owned(), "n1".to_owned()));
    assert_eq!(world.session().unwrap().refresh_token.unwrap().expose(), "r3");
}

#[test] // a program that cannot say that its token was rejected has no other remedy
fn who_wants_a_new_token_whatever_its_age_wants_one_for_each_service() {
    let logged_in = || {
        let world = World::new("");
        world.logged_in(&tokens("a1", "r1", 3600));
        world
    };
    let of_a_client = of_a_client("");
    of_a_client.will_answer(&access("a1", 3600));
    of_a_client.text(ANY);
    for (mut world, service) in [(logged_in(), service()), (logged_in(), exchanged()), (of_a_client, service())] {
        world.will_answer(&access("n1", 3600));
        world.text_for(&service);
        world.sent();
        world.will_answer(&access("a2", 3600));
        assert_eq!((world.text(RENEW), world.sent().len()), ("a2".to_owned(), 1), "nobody has asked for it yet");
        assert_eq!(world.session().unwrap().narrowed.len(), 1, "a logout may have to revoke it");
        world.will_answer(&access("n2", 3600));
        assert_eq!((world.text_for(&service), world.sent().len()), ("n2".to_owned(), 1));
        assert_eq!((world.text_for(&service), world.text(ANY)), ("n2".to_owned(), "a2".to_owned()));
    }
}

#[test]
fn each_service_has_its_own_and_none_of_what_the_profile_asks_for_elsewhere() {
    let mut world = World::new("scopes = ['a', 'b']\naudience = ['api']\nresource = ['https://api/']\n");
    world.logged_in(&tokens("a1", "r1", 3600));
    let by_scope = Service { scopes: crate::oauth::Scopes::parse("b").unwrap(), resource: Vec::new(), ..service() };
    let by_audience = Service { audience: vec!["x".to_owned()], resource: Vec::new(), ..service() };
    for (service, token, asked) in [
        (service(), "n1", "resource=https%3A%2F%2Fregistry.example.com"),
        (by_scope.clone(), "n2", "scope=b&audience=api&resource=https%3A%2F%2Fapi%2F"),
        (by_audience, "n3", "audience=x"),
        (exchanged(), "n4", "resource=https%3A%2F%2Fregistry.example.com"),
        (Service { exchange: true, ..by_scope }, "n5", "scope=b"),
    ] {
        world.will_answer(&tokens(token, "", 3600));
        assert_eq!(world.text_for(&service), token);
        let sent = world.sent();
        let form: Vec<&str> = sent[0].split('&').collect();
        let asks = |pair: &&&str| ["scope=", "audience=", "resource="].iter().any(|name| pair.starts_with(name));
        let said: Vec<&str> = form.iter().filter(asks).copied().collect();
        assert_eq!((said.join("&").as_str(), sent.len()), (asked, 1));
        assert_eq!((world.text_for(&service).as_str(), world.text(ANY).as_str()), (token, "a1"));
    }
    assert!(world.sent().is_empty());
    assert_eq!(world.session().unwrap().narrowed.len(), 5);
}

#[test] // P10
fn a_service_gets_no_scope_that_the_login_did_not_ask_for() {
    let mut world = World::new("scopes = ['a']\n");
    world.logged_in(&tokens("a1", "r1", 3600));
    let wider = Service { scopes: crate::oauth::Scopes::parse("b").unwrap(), ..service() };
    let Err(SessionError::ServiceScopes { missing, all }) = world.for_service(&wider) else { panic!("it got some") };
    assert_eq!((missing.to_string(), all.to_string()), ("b".to_owned(), "a b".to_owned()));
    assert!(world.sent().is_empty());
}

#[test] // R08: a copy is the profile's own token
fn no_copy_is_made_of_a_narrowed_token_and_none_is_handed_to_a_service() {
    let Some(mut world) = World::with_cache("narrowed") else { return };
    world.logged_in(&tokens("a1", "r1", 3600));
    assert_eq!(world.copy().as_deref(), Some("a1"));
    for (service, token) in [(service(), "n1"), (exchanged(), "n2")] {
        world.will_answer(&access(token, 3600));
        assert_eq!(world.text_for(&service), token);
        assert_eq!(world.copy().as_deref(), Some("a1"));
        world.keeper().forget_cached();
        assert_eq!((world.text_for(&service).as_str(), world.copy()), (token, None));
        assert_eq!((world.text(ANY), world.copy().as_deref()), ("a1".to_owned(), Some("a1")));
    }
    // The profile was edited since its token came: that one is none of its own any more.
    world.edit("audience = ['x']\n");
    world.pass(3600);
    world.will_answer(&tokens("n3", "r2", 3600));
    assert_eq!((world.text_for(&service()), world.copy()), ("n3".to_owned(), None));
}

#[test] // C04
fn an_exchange_shows_the_profiles_token_and_keeps_nothing_but_the_answers() {
    let mut world = World::new("");
    world.logged_in(&tokens("a1", "r1", 3600));
    world.will_answer(&tokens("n1", "another", 3600));
    let handed = world.for_service(&exchanged()).unwrap();
    assert_eq!((handed.token.expose(), handed.left), ("n1", Some(3600)));
    assert_eq!(world.sent(), [EXCHANGE]);
    assert_eq!((world.text_for(&exchanged()), world.text(ANY)), ("n1".to_owned(), "a1".to_owned()));
    assert!(world.sent().is_empty());
    assert!(!world.store.text.borrow().as_ref().unwrap().contains("another"));
    assert_eq!(world.session().unwrap().refresh_token.unwrap().expose(), "r1");
}

#[test] // S06: what the service gets may end with it
fn the_profiles_token_is_refreshed_before_it_is_exchanged() {
    let mut world = World::new("");
    world.logged_in(&tokens("a0", "r1", 29));
    world.will_answer(&tokens("a1", "r2", 3600));
    world.will_answer(&access("n1", 3600));
    assert_eq!(world.text_for(&exchanged()), "n1");
    assert_eq!(world.sent(), [REFRESH_OWN, EXCHANGE]);
    assert_eq!(world.text(ANY), "a1");
}

#[test] // C04, H03
fn a_refused_exchange_leaves_the_session_and_is_not_tried_again() {
    for error in ["invalid_token", "invalid_target", "invalid_client"] {
        let mut world = World::new("");
        world.logged_in(&tokens("a1", "r1", 3600));
        let before = world.store.text.borrow().clone();
        world.will_answer(&answer(400, &format!(r#"{{"error":"{error}"}}"#)));
        let refused = world.for_service(&exchanged()).unwrap_err();
        assert_eq!(refused.to_string(), "the exchange for the service's token at https://h/t failed");
        assert_eq!(failure::class(&refused), FailureClass::Refused);
        assert_eq!(world.sent(), [EXCHANGE]);
        assert_eq!(*world.store.text.borrow(), before);
        assert_eq!(world.text(ANY), "a1");
    }
}

#[test] // C04
fn a_token_that_the_server_no_longer_takes_in_exchange_is_refreshed_before_the_next_one() {
    let mut world = World::new("");
    world.logged_in(&tokens("a0", "r1", 3600));
    let dead = answer(400, r#"{"error":"invalid_grant"}"#);
    world.will_answer(&dead);
    assert!(world.for_service(&exchanged()).is_err());
    assert_eq!(world.sent().len(), 1, "and not at once");
    world.will_answer(&tokens("a1", "r2", 3600));
    world.will_answer(&access("n1", 3600));
    assert_eq!(world.text_for(&exchanged()), "n1");
    assert_eq!(world.sent(), [REFRESH_OWN, EXCHANGE]);
    // Who says so of whatever is shown brings about no refresh each time.
    world.reject("n1");
    for _ in 0..2 {
        world.will_answer(&dead);
        assert!(world.for_service(&exchanged()).is_err());
        assert_eq!(world.sent(), [EXCHANGE]);
    }
    assert_eq!(world.text(ANY), "a1");
}

#[test] // C04: RFC 8707 §2.2: what the login did not ask for may not be had by a refresh, but by another login
fn a_resource_that_a_refresh_does_not_bring_ends_nothing_and_the_grant_may_bring_it() {
    let refusal = answer(400, r#"{"error":"invalid_target"}"#);
    let mut person = World::new("");
    person.logged_in(&tokens("a1", "r1", 3600));
    person.will_answer(&refusal);
    let refused = person.for_service(&service()).unwrap_err();
    assert_eq!((failure::class(&refused), person.sent().len()), (FailureClass::LoginNeeded, 1));
    assert_eq!(person.text(ANY), "a1");
    assert_eq!(person.session().unwrap().refresh_token.unwrap().expose(), "r1");
    let mut client = of_a_client("");
    client.will_answer(&tokens("a1", "r1", 3600));
    assert_eq!(client.text(ANY), "a1");
    client.sent();
    client.will_answer(&refusal);
    client.will_answer(&access("n1", 3600));
    assert_eq!((client.text_for(&service()), client.sent().len()), ("n1".to_owned(), 2));
    assert_eq!(client.text(ANY), "a1");
    client.will_answer(&refusal);
    client.will_answer(&refusal);
    client.reject("n1");
    assert!(client.for_service(&service()).is_err());
    assert_eq!((client.sent().len(), client.text(ANY).as_str()), (2, "a1"), "and no third time");
}

#[test] // C04
fn a_refused_refresh_before_an_exchange_ends_the_session_and_nothing_is_exchanged() {
    let mut world = World::new("");
    world.logged_in(&tokens("a1", "r1", 0));
    world.will_answer(&answer(400, r#"{"error":"invalid_grant"}"#));
    assert!(matches!(world.for_service(&exchanged()), Err(SessionError::Token { .. })));
    assert!(matches!(world.for_service(&exchanged()), Err(SessionError::NoSession(NoSession::Ended))));
    assert_eq!(world.sent(), [REFRESH_OWN]);
}

#[test] // P07
fn an_exchange_that_brings_no_access_token_is_refused() {
    let mut world = World::new("");
    world.logged_in(&tokens("a1", "r1", 3600));
    world.will_answer(&answer(200, r#"{"access_token":"x","token_type":"N_A"}"#));
    assert!(matches!(world.for_service(&exchanged()), Err(SessionError::Token { .. })));
    assert!(world.session().unwrap().narrowed.is_empty());
}

#[test] // C01, C02
fn what_another_got_for_the_service_meanwhile_is_taken() {
    for service in [service(), exchanged()] {
        let mut other = World::new("");
        other.logged_in(&tokens("a1", "r1", 3600));
        other.will_answer(&access("n1", 3600));
        assert_eq!(other.text_for(&service), "n1");
        let mut world = World::new("");
        world.logged_in(&tokens("a1", "r1", 3600));
        *world.store.meanwhile.borrow_mut() = Some((1, other.store.text.take().unwrap()));
        assert_eq!(world.text_for(&service), "n1");
        assert!(world.sent().is_empty());
    }
}

#[test] // C02
fn a_token_for_the_service_that_was_rejected_meanwhile_is_not_taken() {
    let mut other = World::new("");
    other.logged_in(&tokens("a1", "r1", 3600));
    other.will_answer(&access("n1", 3600));
    other.text_for(&service());
    other.reject("n1");
    let mut world = World::new("");
    world.logged_in(&tokens("a1", "r1", 3600));
    *world.store.meanwhile.borrow_mut() = Some((1, other.store.text.take().unwrap()));
    world.will_answer(&access("n2", 3600));
    assert_eq!(world.text_for(&service()), "n2");
}

#[test] // C03
fn a_token_that_cannot_be_stored_is_not_handed_out() {
    for service in [service(), exchanged()] {
        let mut world = World::new("");
        world.logged_in(&tokens("a1", "r1", 3600));
        world.will_answer(&access("n1", 3600));
        world.store.failures.set(2);
        assert!(matches!(world.for_service(&service), Err(SessionError::Lost { .. })));
        assert_eq!(world.text(ANY), "a1");
    }
}

#[test]
fn what_has_run_out_goes_and_of_too_many_the_oldest() {
    let mut world = World::new("");
    world.logged_in(&tokens("a1", "r1", 3600));
    let one = |number: usize| Service { audience: vec![number.to_string()], ..service() };
    for number in 0..40 {
        world.will_answer(&access(&format!("n{number}"), 1000));
        world.text_for(&one(number));
    }
    let session = world.session().unwrap();
    let kept: Vec<&str> = session.narrowed.iter().map(|token| token.token.expose()).collect();
    assert_eq!((kept.len(), kept[0], kept[31]), (32, "n8", "n39"));
    world.pass(1000);
    // A server may give tokens that are of no use: even so they are handed out.
    world.will_answer(&access("n50", 0));
    let handed = world.for_service(&one(50)).unwrap();
    assert_eq!((handed.token.expose(), handed.short), ("n50", true));
    assert_eq!(world.session().unwrap().narrowed.len(), 1);
}

#[test] // C09
fn narrowed_tokens_are_given_up_where_there_is_no_room() {
    let mut world = World::new("");
    world.logged_in(&tokens("a1", "r1", 3600));
    let other = Service { audience: vec!["x".to_owned()], ..service() };
    world.will_answer(&access("n1", 3600));
    world.text_for(&other);
    // With room for it to be marked as one to be replaced.
    world.store.room.set(world.store.text.borrow().as_ref().unwrap().len() + 20);
    world.will_answer(&tokens("a2", "r2", 3600));
    assert_eq!(world.text(RENEW), "a2");
    assert_eq!(world.session().unwrap().narrowed.len(), 1);
    world.store.room.set(1);
    assert!(matches!(world.token(RENEW), Err(SessionError::Store(_))));
    let without = World::stored_by_another(&tokens("a1", "r1", 3600)).len();
    world.store.room.set(without + 1100);
    world.will_answer(&access("n2", 3600));
    world.sent();
    assert_eq!((world.text_for(&service()), world.sent().len()), ("n2".to_owned(), 1));
    assert_eq!(world.session().unwrap().narrowed.len(), 1);
}

#[test] // P14
fn a_record_without_narrowed_tokens_is_as_it_always_was() {
    let mut world = World::new("");
    world.logged_in(&tokens("a1", "r1", 3600));
    assert!(!world.store.text.borrow().as_ref().unwrap().contains("narrowed"));
    world.will_answer(&access("n1", 3600));
    world.text_for(&service());
    let text = secret(world.store.text.borrow().as_ref().unwrap());
    assert!(Session::from_text(&text).unwrap().to_text().same_as(&text));
}

#[test]
fn a_rejected_token_is_replaced_by_a_refresh_and_only_once() {
    let mut world = World::new("");
    world.logged_in(&tokens("a1", "r1", 3600));
    world.will_answer(&tokens("n1", "r2", 3600));
    world.text_for(&service());
    world.reject("n1");
    world.reject("n1");
    world.will_answer(&tokens("n2", "r3", 3600));
    assert_eq!((world.text_for(&service()), world.text(ANY)), ("n2".to_owned(), "a1".to_owned()));
    let before = world.store.text.borrow().clone();
    ["n1", "x", ""].iter().for_each(|old| world.reject(old));
    assert_eq!(*world.store.text.borrow(), before, "what was replaced is no matter");
    world.sent();
    assert_eq!(world.text_for(&service()), "n2");
    world.reject("a1");
    assert!(world.sent().is_empty());
    world.will_answer(&tokens("a2", "r4", 3600));
    assert_eq!((world.text(ANY), world.text_for(&service())), ("a2".to_owned(), "n2".to_owned()));
}

#[test]
fn a_rejected_token_of_an_exchange_is_replaced_by_another_exchange() {
    let mut world = World::new("");
    world.logged_in(&tokens("a1", "r1", 3600));
    world.will_answer(&access("n1", 3600));
    world.text_for(&exchanged());
    world.sent();
    world.reject("n1");
    world.will_answer(&access("n2", 3600));
    assert_eq!((world.text_for(&exchanged()), world.sent()), ("n2".to_owned(), vec![EXCHANGE.to_owned()]));
    world.pass(60);
    world.reject("a1");
    world.reject("n2");
    world.will_answer(&tokens("a2", "r2", 3600));
    world.will_answer(&access("n3", 3600));
    assert_eq!(world.text_for(&exchanged()), "n3");
    assert_eq!(world.sent(), [REFRESH_OWN.to_owned(), EXCHANGE.replace("=a1&", "=a2&")]);
}

#[test] // C04
fn who_rejects_everything_brings_about_a_refresh_in_a_while() {
    let world = World::new("");
    world.logged_in(&tokens("a1", "r1", 3600));
    world.reject("a1");
    world.will_answer(&tokens("a2", "r2", 3600));
    assert_eq!(world.text(ANY), "a2");
    world.pass(59);
    world.reject("a2");
    assert_eq!(world.text(ANY), "a2");
    world.pass(1);
    world.reject("a2");
    world.will_answer(&tokens("a3", "r3", 3600));
    assert_eq!(world.text(ANY), "a3");
    world.pass(60);
    world.will_answer(&tokens("a4", "r4", 3600));
    assert_eq!(world.text(RENEW), "a4");
    world.reject("a4");
    assert!(world.session().unwrap().access.unwrap().rejected, "it came in place of one that nobody rejected");
}

#[test] // C09
fn a_new_refresh_token_outlives_a_store_without_room_for_the_others() {
    let mut world = World::new("");
    world.logged_in(&tokens("a1", "r1", 3600));
    world.will_answer(&access(&"n".repeat(2000), 3600));
    world.text_for(&service());
    let length = world.store.text.borrow().as_ref().unwrap().len();
    world.store.room.set(length + 500);
    let long = "a".repeat(1500);
    world.will_answer(&tokens(&long, "r2", 3600));
    assert_eq!(world.text(RENEW), long);
    let session = world.session().unwrap();
    assert_eq!(session.refresh_token.unwrap().expose(), "r2");
    assert!(session.narrowed.is_empty());
}

#[test]
fn a_rejected_token_is_no_copy_and_where_there_is_no_other_it_serves() {
    let Some(mut world) = World::with_cache("rejected") else { return };
    world.logged_in(&tokens("a1", "", 3600));
    world.reject("a1");
    assert_eq!(world.copy(), None);
    assert_eq!(world.text(ANY), "a1");
    assert_eq!(world.copy(), None);
    world.pass(3600);
    assert_eq!(world.no_session(ANY), NoSession::Expired);
    assert!(matches!(world.for_service(&service()), Err(SessionError::NoSession(NoSession::NoRefreshToken))));
    assert!(world.sent().is_empty());
}

#[test] // C03
fn a_rejection_that_cannot_be_stored_is_told_and_no_token_is_lost() {
    let world = World::new("");
    world.logged_in(&tokens("a1", "r1", 3600));
    world.store.failures.set(2);
    assert!(matches!(world.keeper().reject(&secret("a1")), Err(SessionError::Store(_))));
}

#[test] // P14
fn a_session_of_another_user_has_nothing_that_could_be_rejected() {
    let mut world = World::new("");
    world.reject("a1");
    world.logged_in(&tokens("a1", "r1", 3600));
    world.settings = settings(&PROFILE.replace("'u'", "'v'"));
    world.reject("a1");
    assert!(!world.store.text.borrow().as_ref().unwrap().contains("rejected"));
}

/// A world whose grant is the client's own.
fn of_a_client(more: &str) -> World {
    let mut world = World::new("");
    let path = world.folder.path().join("secret");
    std::fs::write(&path, "s\n").unwrap();
    world.edit(&format!("grant = 'client-credentials'\nclient-secret-file = '{}'\n{more}", path.display()));
    world
}

#[test] // P01, C01
fn a_grant_that_needs_nobody_is_run_for_the_service() {
    const GRANT: &str = "https://h/t grant_type=client_credentials";
    const FOR_SERVICE: &str = "https://h/t grant_type=client_credentials&resource=https%3A%2F%2Fregistry.example.com";
    let mut world = of_a_client("");
    // A session begins with its own token.
    world.will_answer(&access("a1", 3600));
    world.will_answer(&access("n1", 60));
    assert_eq!(world.text_for(&service()), "n1");
    assert_eq!(world.sent(), [GRANT, FOR_SERVICE]);
    assert_eq!((world.text(ANY), world.text_for(&service())), ("a1".to_owned(), "n1".to_owned()));
    assert!(world.sent().is_empty());
    world.pass(40);
    world.will_answer(&tokens("n2", "nobodys", 3600));
    assert_eq!((world.text_for(&service()), world.text(ANY)), ("n2".to_owned(), "a1".to_owned()));
    assert_eq!(world.sent(), [FOR_SERVICE]);
    assert!(!world.store.text.borrow().as_ref().unwrap().contains("nobodys"));
    world.reject("a1");
    world.will_answer(&access("a2", 3600));
    assert_eq!((world.text(ANY), world.text_for(&service())), ("a2".to_owned(), "n2".to_owned()));
    assert_eq!(world.sent(), [GRANT], "a login of the same client leaves what the service has");
    world.reject("n2");
    world.will_answer(&access("n3", 3600));
    assert_eq!((world.text_for(&service()), world.sent()), ("n3".to_owned(), vec![FOR_SERVICE.to_owned()]));
}

#[test] // P01, C04
fn a_grant_that_needs_nobody_follows_a_refused_refresh() {
    let mut world = of_a_client("");
    world.will_answer(&tokens("a1", "r1", 3600));
    world.will_answer(&tokens("n1", "r2", 0));
    assert_eq!(world.text_for(&service()), "n1");
    world.sent();
    world.will_answer(&answer(400, r#"{"error":"invalid_grant"}"#));
    world.will_answer(&tokens("a2", "r3", 3600));
    world.will_answer(&tokens("n2", "r4", 3600));
    assert_eq!((world.text_for(&service()), world.sent().len()), ("n2".to_owned(), 3));
    assert_eq!(world.text(ANY), "a2");
    assert_eq!(world.session().unwrap().refresh_token.unwrap().expose(), "r3");
}

#[test] // H01
fn credentials_that_are_kept_nowhere_ask_for_what_the_service_gets() {
    let mut world = of_a_client("");
    world.store.kind = StoreKind::None;
    world.will_answer(&access("n1", 60));
    assert_eq!(world.text_for(&service()), "n1");
    assert_eq!(world.sent(), ["https://h/t grant_type=client_credentials&resource=https%3A%2F%2Fregistry.example.com"]);
    world.will_answer(&access("a1", 60));
    world.will_answer(&access("n2", 60));
    assert_eq!(world.text_for(&exchanged()), "n2");
    let sent = world.sent();
    assert_eq!(sent[0], "https://h/t grant_type=client_credentials");
    assert!(sent[1].contains("token-exchange&subject_token=a1&") && sent.len() == 2);
    assert!(world.store.text.borrow().is_none());
}

#[test] // P15
fn a_logout_revokes_each_token_where_no_refresh_token_takes_them_along() {
    let mut world = World::new("");
    world.logged_in(&tokens("a1", "r1", 3600));
    world.will_answer(&access("n1", 60));
    world.text_for(&exchanged());
    world.sent();
    world.edit_record(r#""refresh_token":"r1""#, r#""refresh_token":null"#);
    let kept = world.store.text.borrow().clone();
    let revoked = |token: &str| format!("https://h/r token={token}&token_type_hint=access_token&client_id=c");
    world.will_answer(&answer(503, ""));
    world.will_answer(&answer(200, ""));
    assert!(matches!(world.keeper().logout(false), Err(SessionError::Revocation { .. })));
    assert_eq!(world.sent(), [revoked("a1"), revoked("n1")]);
    assert!(world.session().is_none());
    *world.store.text.borrow_mut() = kept;
    world.pass(60);
    world.will_answer(&answer(200, ""));
    assert_eq!(world.keeper().logout(false).unwrap(), Forgotten::Revoked);
    assert_eq!(world.sent(), [revoked("a1")]);
}

#[test] // P15
fn a_logout_revokes_what_came_of_an_exchange_beside_the_refresh_token() {
    let mut world = World::new("");
    world.logged_in(&tokens("a1", "r1", 3600));
    world.will_answer(&access("n1", 60));
    world.text_for(&service());
    world.will_answer(&access("n2", 60));
    world.text_for(&exchanged());
    world.sent();
    world.will_answer(&answer(200, ""));
    // A JWT, which it cannot take back.
    world.will_answer(&answer(400, r#"{"error":"unsupported_token_type"}"#));
    assert_eq!(world.keeper().logout(false).unwrap(), Forgotten::Revoked);
    let revoked = |token: &str, hint: &str| format!("https://h/r token={token}&token_type_hint={hint}&client_id=c");
    assert_eq!(world.sent(), [revoked("r1", "refresh_token"), revoked("n2", "access_token")]);
}

#[test] // P16
fn tokens_that_are_bound_to_a_key_are_all_bound_to_the_same() {
    let mut world = of_a_client("dpop = true\n");
    let bound = |token: &str| answer(200, &format!(r#"{{"access_token":"{token}","expires_in":3600}}"#));
    world.will_answer(&bound("a1"));
    world.will_answer(&bound("n1"));
    let own = world.token(ANY).unwrap().key.unwrap();
    for service in [service(), exchanged()] {
        let key = world.for_service(&service).unwrap().key.unwrap();
        assert!(key.same_as(&own));
        world.will_answer(&bound("n2"));
    }
    world.server.answers.borrow_mut().clear();
    // A login that is made anew has another key, to which what the service has is not bound.
    world.will_answer(&bound("a2"));
    let anew = world.token(RENEW).unwrap().key.unwrap();
    assert!(!anew.same_as(&own));
    assert!(world.session().unwrap().narrowed.is_empty());
}
