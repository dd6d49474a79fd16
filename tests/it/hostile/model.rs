//! What an answer must come to: the rules of the design told a second time, from what the answer is and not from its
//! bytes.

/// Where an answer is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// The token endpoint, to the password grant.
    Login,
    /// The token endpoint, to the refresh grant.
    Refresh,
    /// Both well-known addresses.
    Discovery,
    /// The revocation endpoint.
    Revocation,
    /// The userinfo endpoint.
    Userinfo,
}

impl Place {
    pub const ALL: [Self; 5] = [Self::Login, Self::Refresh, Self::Discovery, Self::Revocation, Self::Userinfo];
}

/// What a body is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Body {
    /// What was asked for.
    Good,
    /// A JSON object with an `error` that is a text: this one.
    Error(&'static str),
    /// A JSON object with an `error` that is something else, or of no known name.
    OtherError,
    /// Nothing at all.
    Nothing,
    /// A page for people.
    Page,
    /// Bytes that are no JSON object.
    Noise,
    /// A JSON object that lacks what was asked for, or has it in a way that cannot be used.
    Useless,
    /// The same, but for a new refresh token, with which the old one may be used up.
    Rotated,
}

/// How the bytes come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wire {
    /// Whole.
    Whole,
    /// Whole, but in a coding that was not asked for.
    Coded,
    /// Not whole, or not in time, or no HTTP.
    Broken,
    /// More than is taken.
    TooMuch,
}

/// An answer as the model sees it.
#[derive(Debug, Clone, Copy)]
pub struct Seen {
    pub status: u16,
    pub body: Body,
    pub wire: Wire,
}

/// What becomes of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Session {
    /// Not a byte of it changes.
    Kept,
    /// It has new tokens.
    Renewed,
    /// It is marked as over, without a refresh token.
    Ended,
    /// It is gone.
    Gone,
}

/// The exit code.
pub fn exit(place: Place, seen: Seen) -> i32 {
    match (place, seen.wire) {
        (Place::Revocation, Wire::Whole | Wire::Coded) => i32::from(!revoked(seen)) * 5,
        (Place::Revocation, _) | (_, Wire::Broken) => 5,
        (_, Wire::TooMuch) => 1,
        (Place::Discovery, _) => discovered(seen),
        (Place::Login | Place::Refresh, _) => token(place, seen),
        (Place::Userinfo, _) => inquired(seen),
    }
}

/// What becomes of the session that was there.
pub fn session(place: Place, seen: Seen) -> Session {
    let ends = matches!(seen.status, 400 | 401) && seen.body == Body::Error("invalid_grant");
    match place {
        Place::Revocation => Session::Gone,
        Place::Refresh if exit(place, seen) == 0 => Session::Renewed,
        Place::Refresh if readable(seen) == Body::Rotated && seen.wire == Wire::Whole && seen.status < 300 => {
            Session::Renewed
        }
        Place::Refresh if ends && seen.wire == Wire::Whole => Session::Ended,
        _ => Session::Kept,
    }
}

/// What the body says, as far as it can be read.
fn readable(seen: Seen) -> Body {
    match (seen.wire, seen.body) {
        (Wire::Coded, Body::Nothing) => Body::Nothing,
        (Wire::Coded, _) => Body::Noise,
        (_, body) => body,
    }
}

/// Whether the server says that it cannot now, by status or by word.
fn is_busy(status: u16, body: Body) -> bool {
    let by_word = matches!(body, Body::Error("temporarily_unavailable" | "server_error"));
    matches!(status, 408 | 429 | 500..) || by_word
}

/// Whether the body is an error that RFC 6749 knows: then an OAuth server answered, whatever the status.
fn speaks_oauth(body: Body) -> bool {
    matches!(body, Body::Error(_))
}

fn token(place: Place, seen: Seen) -> i32 {
    let body = readable(seen);
    match seen.status {
        300..=399 => 2,
        status if is_busy(status, body) => 5,
        200..=299 => match body {
            Body::Good => 0,
            Body::Error(_) | Body::OtherError => 4,
            Body::Page => 2,
            Body::Nothing | Body::Noise | Body::Useless | Body::Rotated => 1,
        },
        404 | 405 if !speaks_oauth(body) => 2,
        400 | 401 | 403 if place == Place::Refresh => 3,
        _ => 4,
    }
}

fn inquired(seen: Seen) -> i32 {
    match (seen.status, readable(seen)) {
        (200..=299, Body::Page | Body::Nothing | Body::Noise | Body::Useless | Body::Rotated) => 2,
        // That the token is refused is what was asked.
        (400 | 401 | 403, body) if !is_busy(seen.status, body) => 4,
        _ => token(Place::Login, seen),
    }
}

fn discovered(seen: Seen) -> i32 {
    let body = readable(seen);
    match seen.status {
        200..=299 if body == Body::Good => 0,
        // A document is no answer to a request: what it calls an error means nothing.
        200..=399 => 2,
        status if is_busy(status, body) => 5,
        _ => 2,
    }
}

/// RFC 7009 §2.2: the status says it, unless the body says the opposite.
fn revoked(seen: Seen) -> bool {
    let body = readable(seen);
    (200..300).contains(&seen.status) && !matches!(body, Body::Page | Body::Error(_) | Body::OtherError)
}
