//! What the stories are made of.

use std::error::Error;

use super::asked::{Which, fingerprint};
use super::binding::{Binding, Mismatch};
use super::error::Doing;
use super::exchange;
use super::failure::{adopt, class, describe};
use super::freshness::{Lifetime, Moment};
use super::record::{Asked, BadRecord};
use super::*;
use crate::oauth::{Issuer, MetadataError, Scopes, TokenError, TokenResponse, read_token_response};
use crate::store::LockError;

fn session(more: &str, tokens: &Response) -> (World, Session) {
    let world = World::new(more);
    let session = world.log_in(tokens).unwrap();
    (world, session)
}

fn scopes(text: &str) -> Scopes {
    Scopes::parse(text).unwrap()
}

#[test] // P14
fn the_order_of_scopes_is_no_difference_and_everything_else_is() {
    let settings = settings("scopes = ['b', 'a']\naudience = ['x']\nresource = ['https://r/']\n");
    let asked = Asked::from_settings(&settings, Which::Own);
    assert_eq!(
        (asked.scopes.as_str(), asked.audience, asked.resource),
        ("a b", vec!["x".into()], vec!["https://r/".into()])
    );
    let of = |lines: &str| fingerprint(&from_file(lines, &[]), Which::Own);
    let base = of("[profiles.default]\nscopes = ['a', 'b']\n");
    assert_eq!(base, of("[profiles.default]\nscopes = ['b', 'a']\n"));
    let mut all = vec![base, of("default-profile = 'other'\n[profiles.other]\nscopes = ['a', 'b']\n")];
    for line in [
        "",
        "issuer = 'https://h/'",
        "token-endpoint = 'https://h/'",
        "client-id = 'x'",
        "username = 'x'",
        "store = 'file'",
        "audience = ['x']",
        "resource = ['x:y']",
        "extra = { a = 'x' }",
    ] {
        all.push(of(&format!("[profiles.default]\nscopes = ['a']\n{line}\n")));
    }
    let count = all.len();
    all.sort();
    all.dedup();
    assert_eq!(all.len(), count);
}

#[test] // P14
fn where_no_profile_and_nobody_asks_for_anything_the_session_is_asked_for_what_the_login_asked() {
    let (_world, session) = session("scopes = ['a']\n", &tokens("a1", "r1", 60));
    let asked = |settings: &Settings| Asked::of_session(settings, &session, Which::Own).scopes;
    let nobody = from_file("", &[]);
    assert!(!nobody.profile_exists);
    assert_eq!(asked(&nobody), "a");
    assert_eq!(asked(&from_file("", &[("TOK_SCOPE", "b")])), "b");
    assert_eq!(asked(&from_file("", &[("TOK_AUDIENCE", "x")])), "");
    assert_eq!(asked(&settings("")), "", "a profile that asks for nothing asks for that");
}

#[test] // P14
fn a_value_that_the_profile_does_not_name_is_no_difference_and_another_one_is() {
    let issuer = Issuer::parse("https://i/").unwrap();
    let client = ClientId::parse("c").unwrap();
    let binding = Binding::new(Some(&issuer), &endpoint("https://h/t"), &client, GrantKind::Password, Some("u"));
    let check = |lines: &str| binding.check(&settings(lines));
    assert_eq!(check(""), Ok(()));
    assert_eq!(
        check("issuer = 'https://i/'\ntoken-endpoint = 'https://h/t'\nclient-id = 'c'\nusername = 'u'\n"),
        Ok(())
    );
    for (line, what, name) in [
        ("issuer = 'https://i'", Mismatch::Issuer, "issuer"),
        ("token-endpoint = 'https://h/T'", Mismatch::TokenEndpoint, "token endpoint"),
        ("client-id = 'C'", Mismatch::ClientId, "client id"),
        ("username = 'U'", Mismatch::Username, "user name"),
    ] {
        assert_eq!((check(line), what.to_string().as_str()), (Err(what), name));
    }
    let other = Binding { grant: "other".to_owned(), ..binding.clone() };
    assert_eq!(other.check(&settings("")), Err(Mismatch::Grant));
    assert_eq!(Mismatch::Grant.to_string(), "grant");
    let nobody = Binding { username: None, ..binding };
    assert_eq!(nobody.check(&settings("username = 'u'")), Err(Mismatch::Username));
    // The user name that a profile still has from its password days is no difference to a login by other means.
    let moved_on = Binding { grant: "browser".to_owned(), ..nobody.clone() };
    assert_eq!(moved_on.check(&settings("grant = 'browser'\nusername = 'u'")), Ok(()));
    assert_eq!(moved_on.check(&settings("grant = 'auto'\nusername = 'u'")), Ok(()));
    assert_eq!(moved_on.check(&settings("username = 'u'")), Err(Mismatch::Grant));
    let by_code = Binding { grant: "device".to_owned(), ..nobody };
    assert_eq!(by_code.check(&settings("grant = 'device'\nusername = 'u'")), Ok(()), "only the server knows the user");
    let unsaved = from_file("", &[]);
    assert_eq!(by_code.check(&unsaved), Ok(()), "after --no-save nothing names a grant");
}

/// A discovery for a profile that names an issuer: the endpoints, and what was asked.
fn discovered(answers: &[Response]) -> (Result<Endpoints, SessionError>, usize) {
    let mut world = World::new("");
    world.settings = settings("issuer = 'https://i'\n");
    answers.iter().for_each(|answer| world.will_answer(answer));
    let endpoints = world.keeper().endpoints();
    (endpoints, world.sent().len())
}

fn document(endpoints: &str) -> Response {
    answer(200, &format!(r#"{{"issuer":"https://i"{endpoints}}}"#))
}

#[test] // P13
fn the_second_document_is_asked_for_what_the_first_one_lacks() {
    const TOKEN: &str = r#","token_endpoint":"https://i/t""#;
    const REVOCATION: &str = r#","revocation_endpoint":"https://i/r""#;
    let both = document(&[TOKEN, REVOCATION].concat());
    let found = |revocation: Option<&str>| Endpoints {
        token: endpoint("https://i/t"),
        others: Others { revocation: revocation.map(endpoint), ..Others::default() },
        offered: None,
    };
    for (answers, revocation, asked) in [
        (&[both][..], Some("https://i/r"), 1),
        (&[answer(404, ""), document(&[TOKEN, REVOCATION].concat())], Some("https://i/r"), 2),
        (&[document(TOKEN), document(REVOCATION)], Some("https://i/r"), 2),
        (&[document(REVOCATION), document(TOKEN)], Some("https://i/r"), 2),
        (&[document(TOKEN), answer(404, "")], None, 2),
        // No answer comes to the second request.
        (&[document(TOKEN)], None, 2),
    ] {
        let (endpoints, count) = discovered(answers);
        assert_eq!((endpoints.unwrap(), count), (found(revocation), asked));
    }
    assert!(matches!(discovered(&[]), (Err(SessionError::Transport(_)), 1)));
    assert!(matches!(discovered(&[answer(404, "")]), (Err(SessionError::Transport(_)), 2)));
    let missing = |result| matches!(result, (Err(SessionError::Metadata { tried, .. }), 2) if tried.len() == 2);
    assert!(missing(discovered(&[answer(404, ""), answer(404, "")])));
}

#[test] // P14
fn the_client_is_the_settings_else_the_sessions() {
    let environment = Environment::from_pairs::<&str, &str>([]);
    let kept = secret("kept");
    let of = |variables: &[(&str, &str)], kept: Option<&Secret>, recorded| {
        let settings = from_file("", variables);
        let id = ClientId::parse("c").unwrap();
        let client = exchange::client(&settings, id, kept, recorded, &environment).unwrap();
        (client.method, client.secret.map(|secret| secret.expose().to_owned()))
    };
    let given = [("TOK_CLIENT_SECRET", "given")];
    let with = |text: &str| Some(text.to_owned());
    assert_eq!(of(&[], None, None), (ClientAuthMethod::None, None));
    assert_eq!(of(&given, None, None), (ClientAuthMethod::Basic, with("given")));
    assert_eq!(of(&given, Some(&kept), Some(ClientAuthMethod::Post)), (ClientAuthMethod::Post, with("given")));
    assert_eq!(of(&[], Some(&kept), Some(ClientAuthMethod::Post)), (ClientAuthMethod::Post, with("kept")));
    assert_eq!(of(&given, Some(&kept), Some(ClientAuthMethod::None)), (ClientAuthMethod::None, None));
    let named = [("TOK_CLIENT_SECRET", "given"), ("TOK_CLIENT_AUTH", "post")];
    assert_eq!(of(&named, None, Some(ClientAuthMethod::None)), (ClientAuthMethod::Post, with("given")));
}

fn token_error(status: u16, body: &str) -> TokenError {
    read_token_response(&answer(status, body)).unwrap_err()
}

fn refused(doing: Doing, status: u16, body: &str) -> SessionError {
    SessionError::Token { endpoint: endpoint("https://h/t"), doing, error: token_error(status, body), tried: None }
}

fn silent(fault: TransportFault) -> SessionError {
    SessionError::Transport(TransportError { endpoint: Box::new(endpoint("https://h/t")), fault, sent: true })
}

fn no_metadata(why: &[MetadataError]) -> SessionError {
    let tried = why.iter().map(|why| (endpoint("https://i/"), why.clone())).collect();
    SessionError::Metadata { issuer: Issuer::parse("https://i/").unwrap(), tried }
}

#[test] // S04, C02
fn every_failure_has_its_class() {
    use FailureClass::{Configuration, LoginNeeded, Other, Refused, Store, Temporary};
    let absent = MetadataError::NotFound { status: 404 };
    let busy = MetadataError::ServerFailed { status: 503, retry_after: None };
    let bad_file = || ("/ca".into(), "no file".to_owned());
    let (path, why) = bad_file();
    let io = |kind: std::io::ErrorKind| LockError::Io { path: "/l".into(), kind, text: String::new() };
    for (error, expected) in [
        (SessionError::NoSession(NoSession::Ended), LoginNeeded),
        (SessionError::Missing(Missing::Where), Configuration),
        (SessionError::RecordedEndpoint, Configuration),
        (no_metadata(&[absent.clone(), absent.clone()]), Configuration),
        (no_metadata(&[absent, busy]), Temporary),
        (silent(TransportFault::Cut), Temporary),
        (silent(TransportFault::TooLarge), Other),
        (silent(TransportFault::CaFile { path, why }), Configuration),
        (silent(TransportFault::ClientCert { path: bad_file().0, why: bad_file().1 }), Configuration),
        (refused(Doing::Refresh, 400, ""), LoginNeeded),
        (refused(Doing::Refresh, 402, ""), Refused),
        (refused(Doing::Login, 400, ""), Refused),
        (refused(Doing::Refresh, 503, ""), Temporary),
        (refused(Doing::Refresh, 404, ""), Configuration),
        (refused(Doing::Refresh, 302, ""), Configuration),
        (refused(Doing::Refresh, 200, ""), Other),
        (SessionError::Lock(LockError::TimedOut { holder: None, waited: Duration::ZERO }), Temporary),
        (SessionError::Lock(io(std::io::ErrorKind::Other)), Store),
        (SessionError::NoStateFolder, Store),
        (SessionError::Adopted { class: Refused, message: String::new(), causes: Vec::new() }, Refused),
    ] {
        assert_eq!(class(&error), expected, "{error:?}");
    }
}

#[test] // C02
fn a_failure_is_heard_by_those_who_asked_for_the_same() {
    let failure = refused(Doing::Refresh, 400, r#"{"error":"invalid_grant"}"#);
    let told = describe(&failure, "this");
    let heard = adopt(&told, "this").unwrap();
    assert_eq!((heard.to_string(), class(&heard)), (failure.to_string(), FailureClass::LoginNeeded));
    match heard {
        SessionError::Adopted { causes, .. } => assert_eq!(causes, [failure.source().unwrap().to_string()]),
        other => panic!("{other:?}"),
    }
    assert!(adopt(&told, "that").is_none());
    assert!(adopt("no failure of ours", "this").is_none());
}

fn response(access: &str, more: &str) -> TokenResponse {
    read_token_response(&answer(200, &format!(r#"{{"access_token":"{access}"{more}}}"#))).unwrap()
}

fn life() -> Lifetime {
    Lifetime::starting(Moment { wall: UnixTime(7), boot: None }, None)
}

#[test] // P09, P10
fn a_refresh_keeps_what_the_answer_leaves_out() {
    let granted = r#","refresh_token":"r1","id_token":"i1","scope":"a""#;
    let (_world, mut session) =
        session("scopes = ['a', 'b']\n", &answer(200, &format!(r#"{{"access_token":"a1"{granted}}}"#)));
    let all = Asked { scopes: "a b".to_owned(), ..Asked::default() };
    let fewer = Asked { scopes: "b".to_owned(), ..Asked::default() };
    let mut after = |answer: TokenResponse, asked: &Asked| {
        session.refreshed(answer, life(), Which::Own, asked.clone());
        let text = |secret: &Option<Secret>| secret.as_ref().unwrap().expose().to_owned();
        let access = session.access.as_ref().unwrap();
        assert_eq!(access.asked, *asked);
        let secrets = [text(&session.refresh_token), text(&session.id_token), access.token.expose().to_owned()];
        (secrets.join(" "), access.scopes.clone())
    };
    assert_eq!(after(response("a2", ""), &all), ("r1 i1 a2".to_owned(), Some("a".to_owned())));
    assert_eq!(
        after(response("a3", r#","refresh_token":"r2","id_token":"i2""#), &fewer),
        ("r2 i2 a3".to_owned(), None)
    );
    assert_eq!(after(response("a4", r#","scope":"b""#), &fewer), ("r2 i2 a4".to_owned(), Some("b".to_owned())));
}

#[test] // P10
fn a_refresh_may_ask_for_what_was_asked_for_or_granted_at_login() {
    let tokens = answer(200, r#"{"access_token":"a1","scope":"a c"}"#);
    let (_world, session) = session("scopes = ['a', 'b']\n", &tokens);
    for covered in ["", "a", "b c", "a b c"] {
        assert!(session.uncovered(&scopes(covered)).is_empty(), "{covered}");
    }
    for wider in ["d", "a d"] {
        assert_eq!(session.uncovered(&scopes(wider)), scopes("d"), "{wider}");
    }
}

#[test] // C04
fn a_session_has_ended_when_nothing_is_left_to_use() {
    let (_world, mut session) = session("", &tokens("a1", "r1", 60));
    session.access = None;
    assert!(!session.is_ended(), "it can be refreshed");
    session.end();
    assert!(session.is_ended() && session.id_token.is_none());
    let (_world, session) = self::session("", &tokens("a1", "", 60));
    assert!(!session.is_ended(), "its token serves");
}

#[test]
fn a_record_comes_back_and_a_newer_one_is_left_alone() {
    let (_world, session) = session("", &tokens("a1", "r1", 60));
    let text = session.to_text();
    let back = Session::from_text(&text).unwrap();
    assert!(back.to_text().same_as(&text));
    assert_eq!(back.refresh_token.unwrap().expose(), "r1");
    let of_version = |v: u32| secret(&text.expose().replace(r#""v":1"#, &format!(r#""v":{v}"#)));
    assert!(Session::from_text(&of_version(0)).is_ok());
    let why = Session::from_text(&of_version(2)).unwrap_err();
    assert_eq!(why, BadRecord::Newer(2));
    assert_eq!(why.to_string(), "the stored session has format 2, written by a newer tok; this one reads 1");
    assert_eq!(Session::from_text(&secret("{}")).unwrap_err().to_string(), "the stored session is damaged");
}
