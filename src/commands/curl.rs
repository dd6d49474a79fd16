//! `tok curl`: curl with the token, which no list of processes shows.

use std::ffi::OsString;
use std::io;

use anyhow::Result;

use super::token::{self, Target};
use crate::cli::CurlArgs;
use crate::context::Context;
use crate::error::Usage;
use crate::oauth::Endpoint;
use crate::session::Want;
use crate::settings;
use crate::sys::handover;

/// Becomes curl; where there is no token, curl is not started.
///
/// # Errors
/// Whatever kept it from a token or from curl.
pub fn run(args: &CurlArgs, context: &Context) -> Result<()> {
    let request = Request::read(&args.args)?;
    let target = Target::read(request.url.as_str(), Some(&request.method), args.nonce.as_deref())?;
    let min_ttl = settings::min_ttl(args.min_ttl.as_deref())?;
    let want = Want { min_ttl, renew: false, scopes: false, id_token: false };
    let (handed, proof) = token::get(&args.settings, want, true, Some(&target), context)?;
    let header = token::header(&handed, proof.as_ref())?.into_line();
    let argument = |path: &str| vec!["-H".into(), format!("@{path}").into()];
    let error = handover::become_with_file("curl", args.args.clone(), &header, argument, &context.environment);
    Err(match error.kind() {
        io::ErrorKind::NotFound => Usage::NoCurl.into(),
        _ => anyhow::Error::from(error).context("curl could not be started"),
    })
}

/// What curl's own arguments ask for, as far as it matters here.
#[derive(Debug, PartialEq, Eq)]
struct Request {
    url: Endpoint,
    method: String,
}

/// Short options that take a value, behind them or as the next argument (curl's manual).
const WITH_VALUE: &str = "AbcCdDeEFHKmoPQrtTuUwxXyYz";

/// Long options whose value may look like an address, and is none that is asked.
const MENTIONS: [&str; 24] = [
    "--connect-to",
    "--cookie",
    "--data",
    "--data-ascii",
    "--data-binary",
    "--data-raw",
    "--data-urlencode",
    "--doh-url",
    "--form",
    "--form-string",
    "--header",
    "--json",
    "--output",
    "--preproxy",
    "--proxy",
    "--proxy-header",
    "--referer",
    "--request-target",
    "--resolve",
    "--socks5",
    "--socks5-hostname",
    "--url-query",
    "--user-agent",
    "--write-out",
];

impl Request {
    /// Reads curl's arguments. The header goes to every address that they name, so that they may name one only; and
    /// nothing may be in them that hides another one.
    fn read(args: &[OsString]) -> Result<Self, Usage> {
        let mut urls = Vec::new();
        let (mut method, mut implied) = (None, None);
        let mut words = args.iter().map(|word| word.to_string_lossy());
        while let Some(word) = words.next() {
            match Word::read(&word) {
                Word::Long("--config" | "--next" | "--location-trusted", _) | Word::Short('K' | ':', _) => {
                    return Err(Usage::CurlTakesOne);
                }
                Word::Long("--url", value) => urls.extend(value.map(str::to_owned).or_else(|| next(&mut words))),
                Word::Long("--request", value) | Word::Short('X', value) => {
                    method = value.map(str::to_owned).or_else(|| next(&mut words));
                }
                Word::Long(name, value) => {
                    implied = implied_by(name).or(implied);
                    if value.is_none() && MENTIONS.contains(&name) {
                        words.next();
                    }
                }
                Word::Short(letter, value) => {
                    implied = implied_by(&format!("-{letter}")).or(implied);
                    if value.is_none() && WITH_VALUE.contains(letter) {
                        words.next();
                    }
                }
                Word::Plain(text) if is_address(text) => urls.push(text.to_owned()),
                Word::Plain(_) => {}
            }
        }
        let [url] = <[String; 1]>::try_from(urls).map_err(|_| Usage::CurlTakesOne)?;
        let url = Endpoint::parse(&url).map_err(Usage::CurlAddress)?;
        if url.host().contains(['{', '}']) {
            return Err(Usage::CurlTakesOne);
        }
        let is_get = args.iter().any(|word| word == "-G" || word == "--get");
        let implied = if is_get { "GET" } else { implied.unwrap_or("GET") };
        Ok(Self { url, method: method.unwrap_or_else(|| implied.to_owned()) })
    }
}

fn next<'a>(words: &mut impl Iterator<Item = std::borrow::Cow<'a, str>>) -> Option<String> {
    words.next().map(std::borrow::Cow::into_owned)
}

fn is_address(text: &str) -> bool {
    let begins = |scheme: &str| text.get(..scheme.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(scheme));
    begins("https://") || begins("http://")
}

/// The method that an option means where none is named.
fn implied_by(option: &str) -> Option<&'static str> {
    match option {
        "-d" | "-F" | "--json" => Some("POST"),
        "-T" | "--upload-file" => Some("PUT"),
        "-I" | "--head" => Some("HEAD"),
        long if long.starts_with("--data") || long.starts_with("--form") => Some("POST"),
        _ => None,
    }
}

/// An argument of curl. Of several short options in one, only the last may have a value.
enum Word<'a> {
    Long(&'a str, Option<&'a str>),
    Short(char, Option<&'a str>),
    Plain(&'a str),
}

impl<'a> Word<'a> {
    fn read(word: &'a str) -> Self {
        if word.starts_with("--") && word.len() > 2 {
            return match word.split_once('=') {
                Some((name, value)) => Self::Long(name, Some(value)),
                None => Self::Long(word, None),
            };
        }
        let Some(letters) = word.strip_prefix('-').filter(|letters| !letters.is_empty()) else {
            return Self::Plain(word);
        };
        let decisive = |(_, letter): &(usize, char)| WITH_VALUE.contains(*letter) || "I:".contains(*letter);
        let Some((at, letter)) = letters.char_indices().find(decisive) else {
            return Self::Short(letters.chars().next().unwrap_or('-'), None);
        };
        let value = letters.get(at + letter.len_utf8()..).filter(|value| !value.is_empty() && letter != 'I');
        Self::Short(letter, value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Option<(String, String)> {
        let words: Vec<OsString> = line.split(' ').map(OsString::from).collect();
        Request::read(&words).ok().map(|request| (request.url.as_str().to_owned(), request.method))
    }

    #[test] // P16: what a proof is made for is what curl asks
    fn address_and_method_are_those_that_curl_takes() {
        for (line, method) in [
            ("https://h/x", "GET"),
            ("-sS https://h/x -o https://out", "GET"),
            ("-d a=1 https://h/x", "POST"),
            ("-sSda=1 https://h/x", "POST"),
            ("--data-urlencode https://other/ https://h/x", "POST"),
            ("--json {} https://h/x", "POST"),
            ("-G -d a=1 https://h/x", "GET"),
            ("-X DELETE https://h/x", "DELETE"),
            ("-XPATCH -d a=1 --url https://h/x", "PATCH"),
            ("--request=PUT --url=https://h/x", "PUT"),
            ("-sI https://h/x", "HEAD"),
            ("-T file https://h/x", "PUT"),
            ("-e https://referer/ -x http://proxy:1/ -H X:https://y https://h/x", "GET"),
        ] {
            assert_eq!(read(line), Some(("https://h/x".to_owned(), method.to_owned())), "{line}");
        }
    }

    #[test] // T01
    fn the_header_goes_to_one_address_and_not_in_clear() {
        for line in [
            "-s",
            "h/x",
            "http://h/x",
            "ftp://h/x",
            "https://u:p@h/x",
            "https://h/x https://other/",
            "https://h/x --url https://other/",
            "https://h/x --next https://other/",
            "https://h/x -: -s https://other/",
            "-K file https://h/x",
            "-sKfile https://h/x",
            "--config=file https://h/x",
            "--location-trusted https://h/x",
            "https://{h,other}/x",
        ] {
            assert_eq!(read(line), None, "{line}");
        }
        assert!(read("http://127.0.0.1:8000/x").is_some());
    }
}
