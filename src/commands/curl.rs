//! `tok curl`: curl with the token, which no list of processes shows.

mod request;

use std::io;

use anyhow::Result;

use self::request::Request;
use super::token::{self, Purpose, Target};
use crate::cli::CurlArgs;
use crate::context::Context;
use crate::error::Usage;
use crate::oauth::WebOrigin;
use crate::session::Want;
use crate::settings;
use crate::sys::handover::Successor;

/// Becomes curl; where there is no token, curl is not started.
///
/// # Errors
/// Whatever kept it from a token or from curl.
pub fn run(args: &CurlArgs, context: &Context) -> Result<()> {
    let request = Request::read(&args.args)?;
    let target = Target::read(request.url.as_str(), Some(&request.method), args.nonce.as_deref())?;
    let min_ttl = settings::min_ttl(args.min_ttl.as_deref())?;
    let origin = WebOrigin::of(&request.url).map_err(Usage::CurlAddress)?;
    let chosen = context.answering(origin)?;
    let mut curl = Successor::find("curl".as_ref(), &context.environment).map_err(not_started)?;
    let want = Want { min_ttl, renew: false, scopes: false, id_token: chosen.wants_id_token() };
    let purpose = Purpose::Header(Some(&target));
    let (handed, proof) = token::get(&args.settings, want, &purpose, Some(&chosen), context)?;
    let header = token::header(&handed, &chosen.service.scheme, proof.as_ref())?.into_line();
    let path = curl.file(&header).map_err(not_started)?;
    drop((handed, header));
    // What the person did not write here does not count: curl's own configuration could name other addresses.
    curl.arguments(["-q", "-H", &format!("@{path}")]);
    curl.arguments(&args.args);
    if request.url.is_loopback() {
        // This machine is not asked through a proxy, which would see the token (T01).
        curl.arguments(["--noproxy", "*"]);
    }
    Err(not_started(curl.start()))
}

fn not_started(error: io::Error) -> anyhow::Error {
    match error.kind() {
        io::ErrorKind::NotFound => Usage::NoCurl.into(),
        io::ErrorKind::Unsupported => Usage::NoFileHere.into(),
        _ => anyhow::Error::from(error).context("curl could not be started"),
    }
}
