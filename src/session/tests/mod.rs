//! The stories told with a server that says what it was told to, a store in memory and clocks that stand still.

mod device;
mod endings;
mod narrowed;
mod parts;
mod tokens;

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::path::Path;
use std::time::Duration;

use super::acquire::Proof;
use super::discover::{Endpoints, Others};
use super::error::NoSession;
use super::login::Credentials;
use super::*;
use crate::oauth::{Client, ClientAuthMethod, ClientId, Endpoint, GrantKind, Request, Response};
use crate::secret::Secret;
use crate::settings::{ConfigFile, Inputs, Settings, resolve};
use crate::store::{AccessCache, CacheSlot, CachedToken, EntryName, Store, StoreError, StoreFault, StoreKind};
use crate::sys::clock::{Clock, UnixTime};
use crate::sys::environment::Environment;
use crate::sys::http::{Transport, TransportError, TransportFault};

/// The profile that everything begins with.
const PROFILE: &str =
    "token-endpoint = 'https://h/t'\nclient-id = 'c'\nusername = 'u'\nstore = 'file'\ntimeout = '5s'\n";

/// Nothing special is wanted.
const ANY: Want = Want { min_ttl: Duration::from_secs(30), renew: false, scopes: false, id_token: false };

fn settings(profile: &str) -> Settings {
    from_file(&format!("[profiles.default]\n{profile}"), &[])
}

fn from_file(file: &str, variables: &[(&str, &str)]) -> Settings {
    resolve(&Inputs {
        options: None,
        profile: None,
        password_stdin: false,
        environment: &Environment::from_pairs(variables.iter().copied()),
        file: &ConfigFile::parse(Path::new("/c/config.toml"), file.to_owned()).unwrap(),
        may_create: true,
    })
    .unwrap()
}

fn secret(text: &str) -> Secret {
    Secret::new(text.to_owned())
}

fn endpoint(text: &str) -> Endpoint {
    Endpoint::parse(text).unwrap()
}

fn client() -> Client {
    Client::new(ClientId::parse("c").unwrap(), ClientAuthMethod::None, None)
}

/// An answer with tokens; an empty refresh token is one that was left out (P09).
fn tokens(access: &str, refresh: &str, seconds: u64) -> Response {
    answer(200, &format!(r#"{{"access_token":"{access}","refresh_token":"{refresh}","expires_in":{seconds}}}"#))
}

fn answer(status: u16, body: &str) -> Response {
    Response { status, headers: Vec::new(), body: body.as_bytes().to_vec().into(), ..Response::default() }
}

/// Says what it was told to, and keeps what it was sent.
#[derive(Default)]
struct Server {
    answers: RefCell<VecDeque<Response>>,
    /// Addresses with their forms.
    sent: RefCell<Vec<String>>,
}

impl Transport for Server {
    /// Where there is no answer left, none comes.
    fn send(&self, request: &Request) -> Result<Response, TransportError> {
        let body = request.body.as_ref().map_or("", Secret::expose);
        self.sent.borrow_mut().push(format!("{} {body}", request.url.as_str()));
        let endpoint = Box::new(request.url.clone());
        let cut = TransportError { endpoint, fault: TransportFault::Cut, sent: true };
        self.answers.borrow_mut().pop_front().ok_or(cut)
    }
}

/// Holds one text.
struct Memory {
    kind: StoreKind,
    text: RefCell<Option<String>>,
    /// What another process stores once this one has loaded so often.
    meanwhile: RefCell<Option<(usize, String)>>,
    loads: Cell<usize>,
    /// How many saves fail.
    failures: Cell<usize>,
    /// How much room was asked for.
    prepared: Cell<usize>,
    /// How much there is.
    room: Cell<usize>,
}

impl Memory {
    fn error(&self, fault: StoreFault) -> StoreError {
        StoreError { store: self.kind, fault }
    }
}

impl Store for Memory {
    fn kind(&self) -> StoreKind {
        self.kind
    }

    fn load(&self, _: &EntryName) -> Result<Option<Secret>, StoreError> {
        self.loads.set(self.loads.get() + 1);
        let text = self.text.borrow().clone();
        if self.meanwhile.borrow().as_ref().is_some_and(|(after, _)| *after == self.loads.get()) {
            *self.text.borrow_mut() = self.meanwhile.take().map(|(_, text)| text);
        }
        match text.as_deref() {
            Some("torn") => Err(self.error(StoreFault::Torn)),
            Some("locked") => Err(self.error(StoreFault::Locked)),
            text => Ok(text.map(secret)),
        }
    }

    fn save(&self, _: &EntryName, value: &Secret) -> Result<(), StoreError> {
        if let Some(left) = self.failures.get().checked_sub(1) {
            self.failures.set(left);
            return Err(self.error(StoreFault::NotSaved));
        }
        if value.len() > self.room.get() {
            return Err(self.error(StoreFault::Full(String::new())));
        }
        *self.text.borrow_mut() = Some(value.expose().to_owned());
        Ok(())
    }

    fn delete(&self, _: &EntryName) -> Result<bool, StoreError> {
        Ok(self.text.take().is_some())
    }

    fn prepare(&self, _: &EntryName, expected_len: usize) -> Result<(), StoreError> {
        self.prepared.set(expected_len);
        if expected_len > self.room.get() { Err(self.error(StoreFault::Full(String::new()))) } else { Ok(()) }
    }
}

/// The wall clock and, at the same number, the boot clock.
struct Hands(Cell<u32>);

impl Clock for Hands {
    fn now(&self) -> UnixTime {
        UnixTime(self.0.get().into())
    }

    fn since_boot(&self) -> Option<Duration> {
        Some(Duration::from_secs(self.0.get().into()))
    }

    /// Nobody waits: the hands are put forward.
    fn sleep(&self, time: Duration) {
        self.0.set(self.0.get() + u32::try_from(time.as_secs_f64().ceil() as u64).unwrap());
    }
}

struct World {
    settings: Settings,
    store: Memory,
    server: Server,
    clock: Hands,
    environment: Environment,
    folder: tempfile::TempDir,
    cache: AccessCache,
    slots: [CacheSlot; 2],
    config: String,
}

impl World {
    /// With the profile, and these lines more in it.
    fn new(more: &str) -> Self {
        let settings = settings(&format!("{PROFILE}{more}"));
        Self {
            store: Memory {
                kind: settings.store.value,
                text: RefCell::default(),
                meanwhile: RefCell::default(),
                loads: Cell::default(),
                failures: Cell::default(),
                prepared: Cell::default(),
                room: Cell::new(usize::MAX),
            },
            settings,
            server: Server::default(),
            clock: Hands(Cell::new(1_000_000)),
            environment: Environment::from_pairs::<&str, &str>([]),
            folder: tempfile::tempdir().unwrap(),
            cache: AccessCache::none(),
            slots: ["", "default"].map(|name| CacheSlot::new(name, "")),
            config: String::new(),
        }
    }

    /// With the profile as it is after somebody edited it.
    fn edit(&mut self, more: &str) {
        self.settings = settings(&format!("{PROFILE}{more}"));
    }

    /// With copies of the access token; `None` where the kernel has no keyrings for us.
    fn with_cache(test: &str) -> Option<Self> {
        let scope = format!("{test} {}", std::process::id());
        let slots = ["", "default"].map(|name| CacheSlot::new(name, &scope));
        let mut world = Self::new("");
        (world.cache, world.slots) = (AccessCache::kernel(), slots);
        let (config, resolved, token) = (String::new(), String::new(), secret("probe"));
        let probe = CachedToken { config, resolved, expires_at: None, expires_boot: None, token };
        world.cache.put(&world.slots[0], &probe, Some(60));
        world.copy()?;
        world.cache.remove(&world.slots[0]);
        Some(world)
    }

    /// The copy under the name that is used.
    fn copy(&self) -> Option<String> {
        self.cache.get(&self.slots[0]).map(|copy| copy.token.expose().to_owned())
    }

    fn keeper(&self) -> Keeper<'_> {
        Keeper {
            settings: &self.settings,
            store: &self.store,
            transport: &self.server,
            clock: &self.clock,
            environment: &self.environment,
            locks: Some(self.folder.path()),
            entry: EntryName::new("default", ""),
            cached: Cached {
                cache: self.cache,
                slot: self.slots[0].clone(),
                all: self.slots.clone(),
                config: self.config.clone(),
            },
        }
    }

    /// Logs in; the server answers with these tokens.
    fn log_in(&self, answer: &Response) -> Result<Session, SessionError> {
        self.will_answer(answer);
        let endpoints = Endpoints {
            token: endpoint("https://h/t"),
            others: Others { revocation: Some(endpoint("https://h/r")), ..Others::default() },
            offered: None,
        };
        let credentials = Credentials {
            grant: GrantKind::Password,
            endpoints: &endpoints,
            client: &client(),
            keep_client_secret: false,
        };
        self.keeper().login(&credentials, Proof::Password(secret("pw")))
    }

    fn logged_in(&self, answer: &Response) {
        self.log_in(answer).unwrap();
        self.server.sent.borrow_mut().clear();
    }

    fn will_answer(&self, response: &Response) {
        let Response { status, headers, body, .. } = response;
        let response =
            Response { status: *status, headers: headers.clone(), body: body.clone(), ..Response::default() };
        self.server.answers.borrow_mut().push_back(response);
    }

    fn pass(&self, seconds: u32) {
        self.clock.0.set(self.clock.0.get() + seconds);
    }

    /// The text of the session that another process has stored after a refresh.
    fn stored_by_another(answer: &Response) -> String {
        let other = Self::new("");
        other.logged_in(answer);
        other.store.text.take().unwrap()
    }

    fn token(&self, want: Want) -> Result<Handed, SessionError> {
        self.keeper().token(want)
    }

    /// The token's text.
    fn text(&self, want: Want) -> String {
        self.token(want).unwrap().token.expose().to_owned()
    }

    fn no_session(&self, want: Want) -> NoSession {
        match self.token(want) {
            Err(SessionError::NoSession(why)) => why,
            other => panic!("{other:?}"),
        }
    }

    /// What was sent since it was last asked.
    fn sent(&self) -> Vec<String> {
        self.server.sent.take()
    }

    fn session(&self) -> Option<Session> {
        self.keeper().load().unwrap()
    }
}

impl Drop for World {
    fn drop(&mut self) {
        self.slots.iter().for_each(|slot| self.cache.remove(slot));
    }
}
