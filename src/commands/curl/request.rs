//! What `tok curl` reads of curl's own command line: where the header would go.

use std::ffi::OsString;

use crate::error::Usage;
use crate::oauth::{BadUrl, Endpoint, Foreign, WebOrigin};

/// What curl's own arguments ask for, as far as it matters here.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Request {
    pub(super) url: Endpoint,
    pub(super) method: String,
}

/// Short options without a value.
const FLAGS: &str = "#0146fgGiIjJLNOpqRsSv";

/// Short options with a value, behind them or as the next argument.
const WITH_VALUE: &str = "AbcCdDeEFHmoQrtTuUwxXyYz";

/// Long options without a value.
const LONG_FLAGS: &str = "\
    ca-native cert-status compressed create-dirs crlf disable fail fail-with-body form-escape get globoff head \
    http1.0 http1.1 http2 http3 http3-only ignore-content-length include ipv4 ipv6 junk-session-cookies location \
    no-buffer no-clobber no-keepalive no-progress-meter post301 post302 post303 progress-bar raw \
    remote-header-name remote-name remote-time remove-on-error retry-all-errors retry-connrefused show-error \
    silent tlsv1.2 tlsv1.3 verbose";

/// Long options with a value that is no address which is asked.
const LONG_WITH_VALUE: &str = "\
    cacert capath cert cert-type ciphers connect-timeout connect-to continue-at cookie cookie-jar crlfile curves \
    data data-ascii data-binary data-raw data-urlencode doh-url dump-header etag-compare etag-save \
    expect100-timeout form form-string header interface json keepalive-time key key-type limit-rate max-filesize \
    max-redirs max-time noproxy output output-dir pass pinnedpubkey proxy proxy-cacert proxy-header proxy-user \
    range referer resolve retry retry-delay retry-max-time speed-limit speed-time stderr tls-max trace \
    trace-ascii trace-config upload-file url-query user-agent write-out";

/// Options by which another host answers: over https its certificate shows it, over http nothing does.
const ELSEWHERE: [&str; 3] = ["--connect-to", "--doh-url", "--resolve"];

impl Request {
    /// Reads curl's arguments. Curl sends the header to every address that they name, also to one without a scheme or
    /// in a file, and takes beginnings of its options' names for them: so every argument has to be one that is known
    /// here, and one alone is an address.
    pub(super) fn read(args: &[OsString]) -> Result<Self, Usage> {
        let (mut address, mut method, mut implied) = (None, None, None);
        let (mut get, mut elsewhere) = (false, false);
        let mut words = args.iter().map(|word| word.to_string_lossy().into_owned());
        while let Some(word) = words.next() {
            let Some(options) = read_word(&word) else {
                if address.replace(word).is_some() {
                    return Err(Usage::CurlTakesOne);
                }
                continue;
            };
            for (name, value) in options {
                let value = match (takes_value(&name), value) {
                    (Some(false), None) => Some(String::new()),
                    (Some(true), Some(value)) => Some(value.to_owned()),
                    (Some(true), None) => words.next(),
                    (None, _) | (Some(false), Some(_)) => None,
                };
                let value = value.ok_or_else(|| Usage::CurlOption(Foreign::new(&name)))?;
                implied = implied_by(&name).or(implied);
                get |= name == "-G" || name == "--get";
                elsewhere |= ELSEWHERE.contains(&name.as_str());
                match name.as_str() {
                    "-X" | "--request" => method = Some(value),
                    "--url" if address.replace(value).is_some() => return Err(Usage::CurlTakesOne),
                    _ => {}
                }
            }
        }
        let url = read_address(&address.ok_or(Usage::CurlTakesOne)?)?;
        if is_http(&url) && elsewhere {
            return Err(Usage::CurlAddress(BadUrl::NotHttps(Foreign::new(url.as_str()))));
        }
        let implied = if get { "GET" } else { implied.unwrap_or("GET") };
        Ok(Self { url, method: method.unwrap_or_else(|| implied.to_owned()) })
    }
}

/// An address that curl reads as we do: as a whole, in ASCII, with no pattern in the host, and with the scheme, for
/// which curl would take http.
fn read_address(text: &str) -> Result<Endpoint, Usage> {
    let begins = |scheme: &str| text.get(..scheme.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(scheme));
    let plain = |byte: u8| matches!(byte, 0x21..=0x7e) && byte != b'\\';
    if !(begins("https://") || begins("http://")) || !text.bytes().all(plain) {
        return Err(Usage::CurlTakesOne);
    }
    let url = Endpoint::parse(text).map_err(Usage::CurlAddress)?;
    if url.host().contains(['{', '}']) {
        return Err(Usage::CurlTakesOne);
    }
    WebOrigin::of_url(text).map_err(Usage::CurlAddress)?;
    Ok(url)
}

fn is_http(url: &Endpoint) -> bool {
    url.as_str().starts_with("http:")
}

/// The options in an argument, with the value that stands behind the last; `None` for what is no option. Several short
/// ones may stand in one argument, up to one that takes the rest of it.
fn read_word(word: &str) -> Option<Vec<(String, Option<&str>)>> {
    if word.starts_with("--") {
        let (name, value) = word.split_once('=').map_or((word, None), |(name, value)| (name, Some(value)));
        return Some(vec![(name.to_owned(), value)]);
    }
    let letters = word.strip_prefix('-').filter(|letters| !letters.is_empty())?;
    let mut options = Vec::new();
    for (at, letter) in letters.char_indices() {
        let rest = letters.get(at + letter.len_utf8()..).unwrap_or_default();
        let ends = WITH_VALUE.contains(letter);
        options.push((format!("-{letter}"), (ends && !rest.is_empty()).then_some(rest)));
        if ends {
            break;
        }
    }
    Some(options)
}

/// Whether an option takes a value; `None` for one that is not known here.
fn takes_value(name: &str) -> Option<bool> {
    let (with_value, flag) = if let Some(long) = name.strip_prefix("--") {
        let is_in = |names: &str| names.split(' ').any(|name| name == long);
        (is_in("url request") || is_in(LONG_WITH_VALUE), is_in(LONG_FLAGS))
    } else {
        let is_in = |letters: &str| name.strip_prefix('-').is_some_and(|letter| letters.contains(letter));
        (is_in(WITH_VALUE), is_in(FLAGS))
    };
    (with_value || flag).then_some(with_value)
}

/// The method that an option means where none is named.
fn implied_by(option: &str) -> Option<&'static str> {
    match option {
        "-d" | "-F" | "--json" | "--form" | "--form-string" => Some("POST"),
        "-T" | "--upload-file" => Some("PUT"),
        "-I" | "--head" => Some("HEAD"),
        long if long.starts_with("--data") => Some("POST"),
        _ => None,
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
            ("-sG -d a=1 https://h/x", "GET"),
            ("-IXPOST https://h/x", "POST"),
            ("-Lo-K https://h/x", "GET"),
            ("--remote-header-name --trace-ascii - https://h/x", "GET"),
            ("--max-time 5 --cacert https://x https://h/x", "GET"),
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
            "h/x https://h/x",
            "other.example/ https://h/x",
            "-H X: y https://h/x",
            "http{s,}://h/x",
            "ftp://other/ https://h/x",
            "- https://h/x",
            "-- https://h/x",
            "-IK file https://h/x",
            "-IKfile https://h/x",
            "-s: https://h/x",
            "--conf file https://h/x",
            "--LOCATION-TRUSTED https://h/x",
            "--nex https://h/x",
            "--location=x https://h/x",
            "--expand-url {{v}} https://h/x",
            "--url @file",
            "--url",
            "https://h/x -d",
            "-k https://h/x",
            "https://h\\@other/x",
            "https://h/\u{e9}",
            "http://x.localhost/",
            "http://0177.0.0.1/",
            "https://h%61/",
            "http://127.0.0.1/ --connect-to ::other:80",
            "http://127.0.0.1/ --resolve *:80:192.0.2.1",
        ] {
            assert_eq!(read(line), None, "{line}");
        }
        assert!(read("http://127.0.0.1:8000/x").is_some());
    }
}
