//! A server that lets nobody in without a token that the authorization server honours now.

use crate::support::ca::{Authority, Leaf};
use crate::support::server::{Answer, AuthServer, Received, Server, tls};

/// https on loopback: `content` answers whoever shows a good token, as a Bearer token or as a password; everybody else
/// is asked for one in these ways.
pub fn serve(
    auth: &AuthServer,
    challenges: &'static [&'static str],
    content: impl Fn(&Received) -> Answer + Send + Sync + 'static,
) -> Server {
    serve_to(&auth.authority, auth.doorkeeper(), challenges, content)
}

/// The same where not every good token will do.
pub fn serve_to(
    authority: &Authority,
    is_good: impl Fn(&str) -> bool + Send + Sync + 'static,
    challenges: &'static [&'static str],
    content: impl Fn(&Received) -> Answer + Send + Sync + 'static,
) -> Server {
    let server = Server::https(tls::config(&authority.leaf(Leaf::Good), None));
    server.answer_all(move |request| match token(request) {
        Some(token) if is_good(&token) => content(request),
        _ => challenges
            .iter()
            .fold(Answer::error(401, "unauthorized"), |answer, challenge| answer.header("WWW-Authenticate", challenge)),
    });
    server
}

/// The token of a request, in whatever form.
pub fn token(request: &Received) -> Option<String> {
    let password = || request.basic().map(|(_, password)| password);
    request.bearer().map(str::to_owned).or_else(password)
}

/// How many requests came with an `Authorization` of any kind that is more than a user's name.
pub fn shown(server: &Server) -> usize {
    let is_shown =
        |request: &&Received| request.header("authorization").is_some() && token(request).is_none_or(|t| !t.is_empty());
    server.log().requests.iter().filter(is_shown).count()
}

/// The schemes of the `Authorization` headers that came, each once.
pub fn schemes(server: &Server) -> Vec<String> {
    let log = server.log();
    let headers = log.requests.iter().filter_map(|request| request.header("authorization"));
    let mut schemes: Vec<String> = headers.map(|value| value.split(' ').next().unwrap().to_owned()).collect();
    schemes.sort();
    schemes.dedup();
    schemes
}
