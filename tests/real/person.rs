//! A person with a browser, played with curl: opens the address that `tok` shows, logs in, allows or denies, and tells
//! where that led. Forms are filled in as they are found, so it works at every server whose pages work without scripts;
//! glewlwyd's do not, and what they do is done in their place.

use std::path::Path;
use std::process::{Command, Stdio};

use url::Url;
use url::form_urlencoded::Serializer;

use crate::harness::wait;
use crate::server::Server;

/// More pages than any server asks for.
const PAGES: usize = 20;

/// Where a visit ended.
#[derive(Debug)]
pub enum End {
    /// The server sent the person elsewhere, to where the client waits. Nobody has gone there yet.
    Sent(Url),
    /// A page of the server that asks nothing.
    Page { status: u16, text: String },
}

impl End {
    /// The address that the person was sent to.
    #[track_caller]
    pub fn sent(self) -> Url {
        match self {
            Self::Sent(url) => url,
            Self::Page { status, text } => panic!("a page ({status}) in place of a redirect: {text}"),
        }
    }

    /// The last page, which must be a good one.
    #[track_caller]
    pub fn page(self) -> String {
        match self {
            Self::Page { status: 200, text } => text,
            other => panic!("no good page: {other:?}"),
        }
    }
}

pub struct Person<'a> {
    server: &'a Server,
    password: String,
    allows: bool,
    user_code: String,
    /// The cookies of one browser.
    folder: tempfile::TempDir,
}

struct Answer {
    /// What was asked: a form without an action goes there again.
    url: Url,
    status: u16,
    location: Option<Url>,
    text: String,
}

impl<'a> Person<'a> {
    /// The user of the server, who allows what is asked.
    pub fn new(server: &'a Server) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let password = server.password().to_owned();
        Self { server, password, allows: true, user_code: String::new(), folder }
    }

    pub fn denies(mut self) -> Self {
        self.allows = false;
        self
    }

    pub fn mistypes_the_password(mut self) -> Self {
        self.password.push('x');
        self
    }

    /// Types this code where the page asks for the one that the device shows.
    pub fn types(mut self, user_code: &str) -> Self {
        user_code.clone_into(&mut self.user_code);
        self
    }

    /// Opens an address and does what the pages ask for.
    pub fn visits(&self, url: &str) -> End {
        let start = Url::parse(url).unwrap();
        let mut answer = self.get(start.clone());
        let mut has_denied = false;
        for _ in 0..PAGES {
            answer = match answer.location {
                Some(to) if to.origin() != start.origin() => return End::Sent(to),
                Some(to) if to.path() == "/login.html" => match self.at_glewlwyd(&to) {
                    Some(next) => next,
                    None => return End::Page { status: 200, text: to.into() },
                },
                Some(to) => self.get(to),
                // After a denial, some pages offer to start again.
                None if has_denied => return End::Page { status: answer.status, text: answer.text },
                None => match self.next(&answer) {
                    Some((next, denied)) => {
                        has_denied = denied;
                        next
                    }
                    None => return End::Page { status: answer.status, text: answer.text },
                },
            };
        }
        panic!("no end after {PAGES} pages: {}", answer.text);
    }

    /// Does what the page asks for, if it asks for anything. Was that a denial?
    fn next(&self, page: &Answer) -> Option<(Answer, bool)> {
        let tags = tags(&page.text);
        let asks_for_a_password = tags.iter().any(|tag| tag.get("type") == Some("password"));
        // Some errors come with the form again, and the person knows no other password.
        if page.status >= 400 {
            return None;
        }
        let cancel = tags.iter().find(|tag| tag.name == "a" && tag.text.contains("Cancel"));
        if let (false, false, Some(cancel)) = (self.allows, asks_for_a_password, cancel) {
            return Some((self.get(page.url.join(cancel.get("href")?).unwrap()), true));
        }
        let form = tags.iter().find(|tag| tag.name == "form")?;
        let action = page.url.join(form.get("action").unwrap_or_default()).unwrap();
        let mut fields = Serializer::new(String::new());
        for tag in tags.iter().filter(|tag| tag.name == "input") {
            let (Some(name), kind) = (tag.get("name"), tag.get("type").unwrap_or("text")) else { continue };
            let value = match (name, kind) {
                (_, "submit" | "checkbox") => continue,
                (_, "password") => &self.password,
                ("login" | "username", _) => self.server.user(),
                ("user_code", "text") if !self.user_code.is_empty() => &self.user_code,
                _ => tag.get("value").unwrap_or_default(),
            };
            fields.append_pair(name, value);
        }
        let button = tags.iter().find(|tag| self.presses(tag));
        if let Some(button) = button {
            fields.append_pair(button.get("name")?, button.get("value")?);
        }
        let answer = if form.get("method").is_some_and(|method| method.eq_ignore_ascii_case("post")) {
            self.ask(action, &["-d", "@-"], fields.finish())
        } else {
            let mut url = action;
            url.set_query(Some(&fields.finish()));
            self.get(url)
        };
        Some((answer, button.is_some() && !self.allows))
    }

    /// Is this the button for what the person wants? One without a name adds nothing to a form.
    fn presses(&self, tag: &Tag) -> bool {
        let wanted: &[&str] = if self.allows { &["allow", "accept"] } else { &["deny", "abort"] };
        let is_button = tag.name == "button" || (tag.name == "input" && tag.get("type") == Some("submit"));
        let says = |name| tag.get(name).is_some_and(|value| wanted.contains(&value));
        is_button && (says("name") || says("value"))
    }

    /// What the scripts of glewlwyd's page do when it was opened with this address. Nothing is left to do once the page
    /// says that the device has its token.
    fn at_glewlwyd(&self, page: &Url) -> Option<Answer> {
        assert!(self.allows, "glewlwyd's page has no way to deny");
        let parameter = |name| page.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned());
        if parameter("prompt").as_deref() == Some("deviceComplete") {
            return None;
        }
        let json = ["-H", "Content-Type: application/json", "--data-binary", "@-"];
        let login = serde_json::json!({"username": self.server.user(), "password": self.password});
        let answer = self.ask(page.join("/api/auth/").unwrap(), &json, login.to_string());
        if answer.status != 200 {
            return Some(answer);
        }
        let client = format!("/api/auth/grant/{}", parameter("client_id").unwrap());
        let scope = serde_json::json!({"scope": parameter("scope").unwrap()}).to_string();
        let put = [&["-X", "PUT"][..], &json].concat();
        assert_eq!(self.ask(page.join(&client).unwrap(), &put, scope).status, 200);
        let next = format!("{}&g_continue", parameter("callback_url").unwrap());
        Some(self.get(Url::parse(&next).unwrap()))
    }

    fn get(&self, url: Url) -> Answer {
        self.ask(url, &[], String::new())
    }

    fn ask(&self, url: Url, more: &[&str], body: String) -> Answer {
        let jar = self.folder.path().join("cookies");
        // Django wants to know which of its own pages a form comes from.
        let options = ["--referer", url.as_str(), "-D", "-", "-b", path(&jar), "-c", path(&jar)];
        let (headers, text) = curl(self.server, &url, &[&options, more].concat(), body);
        let status = headers.split(' ').nth(1).unwrap().parse().unwrap();
        let mut lines = headers.lines().filter_map(|line| line.split_once(": "));
        let location = lines.find(|(name, _)| name.eq_ignore_ascii_case("location"));
        let location = location.map(|(_, value)| url.join(value.trim()).unwrap());
        Answer { url, status, location, text }
    }
}

/// The user opens an address in Chromium, logs in and allows what is asked. Gives the address where that ended and the
/// text of the page there.
pub fn in_chromium(server: &Server, url: &str) -> (Url, String) {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/servers/browser");
    let mut command = Command::new(script);
    command.args([url, server.user(), server.password()]).env("CA_FILE", server.ca_file());
    let child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let (status, stdout, stderr) = wait(child, Vec::new(), url);
    let (output, errors) = (String::from_utf8(stdout).unwrap(), String::from_utf8_lossy(&stderr));
    assert!(status.success(), "{output}{errors}");
    let (url, text) = output.split_once('\n').unwrap();
    (Url::parse(url).unwrap(), text.to_owned())
}

/// Asks a server and gives what comes before and after the empty line.
pub fn curl(server: &Server, url: &Url, options: &[&str], body: String) -> (String, String) {
    let mut command = Command::new("curl");
    command.env_clear().env("PATH", std::env::var_os("PATH").unwrap());
    command
        .args(["-q", "-sS", "--max-time", "30", "--cacert", path(&server.ca_file())])
        .args(options)
        .arg(url.as_str());
    let child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let (status, stdout, stderr) = wait(child, body.into_bytes(), url.as_str());
    assert!(status.success(), "curl {url}: {}", String::from_utf8_lossy(&stderr));
    let output = String::from_utf8(stdout).unwrap();
    let (headers, text) = output.split_once("\r\n\r\n").unwrap();
    (headers.to_owned(), text.to_owned())
}

fn path(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// A start tag and the text up to the next tag.
struct Tag {
    name: String,
    attributes: Vec<(String, String)>,
    text: String,
}

impl Tag {
    fn get(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// The start tags of a page. Enough of HTML for the pages of these servers, which quote what they write.
fn tags(page: &str) -> Vec<Tag> {
    let mut tags = Vec::new();
    for piece in page.split('<').skip(1).filter(|piece| piece.starts_with(char::is_alphabetic)) {
        let name_end = piece.find(|c: char| !c.is_alphanumeric()).unwrap_or(piece.len());
        let (name, mut rest) = piece.split_at(name_end);
        let mut attributes = Vec::new();
        loop {
            rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == '/');
            let end = rest.find(|c: char| c.is_whitespace() || matches!(c, '=' | '>' | '/')).unwrap_or(rest.len());
            if end == 0 {
                break;
            }
            let (key, after) = rest.split_at(end);
            let mut value = "";
            rest = after;
            if let Some((quote @ ('"' | '\''), quoted)) = after.strip_prefix('=').and_then(|text| {
                let quote = text.chars().next()?;
                Some((quote, &text[quote.len_utf8()..]))
            }) {
                (value, rest) = quoted.split_once(quote).unwrap_or((quoted, ""));
            }
            attributes.push((key.to_lowercase(), unescaped(value)));
        }
        let text = rest.split_once('>').map_or("", |(_, text)| text);
        tags.push(Tag { name: name.to_lowercase(), attributes, text: unescaped(text) });
    }
    tags
}

fn unescaped(text: &str) -> String {
    [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#x27;", "'"), ("&#39;", "'"), ("&amp;", "&")]
        .iter()
        .fold(text.to_owned(), |text, (escaped, plain)| text.replace(escaped, plain))
}

#[test]
fn the_tags_of_a_page() {
    let page = "<p>x</p><form id='f' action=\"/a?b=1&amp;c=2\" method=post>\n\
                <input type=\"hidden\" name=\"n\" value=\"&lt;\"/>\
                <button autofocus name=\"allow\" value=\"yes\">Go</button>";
    let tags = tags(page);
    let names: Vec<_> = tags.iter().map(|tag| tag.name.as_str()).collect();
    assert_eq!(names, ["p", "form", "input", "button"]);
    assert_eq!(tags[1].get("action"), Some("/a?b=1&c=2"));
    assert_eq!((tags[2].get("name"), tags[2].get("value")), (Some("n"), Some("<")));
    assert_eq!((tags[3].get("autofocus"), tags[3].get("value"), tags[3].text.as_str()), (Some(""), Some("yes"), "Go"));
}
