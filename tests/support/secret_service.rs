//! A Secret Service of the test's own, on a message bus of its own, that can do everything wrong (FKR): it hangs, is
//! locked, shows a dialog that nobody answers, cuts what it is given, forgets it, refuses to write, restarts.
//!
//! It is a socket that speaks D-Bus and answers for the bus and for the service behind it, so that neither a bus nor a
//! keyring need be installed. Secrets come encrypted with a key that both sides agree on; this side publishes the number
//! 1 as its half, which makes the shared number 1 whatever the other half is.

use std::collections::{BTreeMap, HashMap};
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixListener, UnixStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread;
use std::time::SystemTime;

use aes::cipher::block_padding::Pkcs7;
use aes::cipher::{BlockModeDecrypt, BlockModeEncrypt, KeyIvInit};
use rustix::net::sockopt::socket_peercred;
use rustix::process::{Pid, Signal, kill_process};
use zbus::blocking::connection::Builder;
use zbus::blocking::{Connection, MessageIterator};
use zbus::message::{Message, Type};
use zbus::zvariant::{DynamicType, ObjectPath, OwnedObjectPath, OwnedValue, Value};

use super::gate::lock;

const COLLECTION: &str = "/org/freedesktop/secrets/collection/login";
const PROMPT: &str = "/org/freedesktop/secrets/prompt/1";
/// The service's name on its bus.
const SELF: &str = ":1.1";

/// What goes wrong from now on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Fault {
    /// Nothing.
    #[default]
    None,
    /// No call to the service is answered.
    Hangs,
    /// Everything is locked, and the dialog to unlock it is dismissed at once, as without a display.
    Locked,
    /// Everything is locked, and nobody answers the dialog.
    DialogOpen,
    /// There is no collection to put anything into.
    NoCollection,
    /// What is written is kept up to this many bytes.
    Cuts(usize),
    /// What is written is confirmed and forgotten.
    Forgets,
    /// What is written over something is confirmed, and the old one stays.
    KeepsOld,
    /// Writes are refused.
    RefusesWrites,
    /// Deletions are refused.
    RefusesDeletes,
    /// It restarts when something is written: the write fails, and what was agreed with it before holds no longer. Then
    /// it works.
    RestartsAtWrite,
    /// The bus goes away when something is written. A new connection finds everything as it was.
    HangsUpAtWrite,
}

/// What befalls one message to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Blow {
    /// Whoever sent it is killed before it has an effect.
    KillsBefore,
    /// Whoever sent it is killed when it has had its effect, before the answer.
    KillsAfter,
    /// Whoever sent it gets this signal before it has an effect.
    Signals(Signal),
    /// It is refused.
    Refuses,
    /// The bus goes away before it has an effect.
    HangsUpBefore,
    /// The bus goes away when it has had its effect, before the answer.
    HangsUpAfter,
}

/// One entry.
#[derive(Debug, Clone)]
struct Item {
    attributes: HashMap<String, String>,
    secret: Vec<u8>,
}

#[derive(Default)]
struct State {
    fault: Fault,
    /// Faults that go before the lasting one, each for one write.
    next_writes: Vec<Fault>,
    items: BTreeMap<String, Item>,
    made: usize,
    sessions: Vec<String>,
    calls: Vec<String>,
    /// The number of a message, and what befalls it.
    blow: Option<(usize, Blow)>,
    connections: usize,
    last_write: Option<SystemTime>,
    /// Everything that was sent here.
    traffic: Vec<u8>,
}

/// A running service, until the test's process ends.
pub struct SecretService {
    name: String,
    state: Arc<Mutex<State>>,
}

impl SecretService {
    /// Starts it.
    pub fn start() -> Self {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        // In no folder: a path has to be shorter than those of some temporary folders are.
        let name = format!("tok-test-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let listener = UnixListener::bind_addr(&SocketAddr::from_abstract_name(&name).unwrap()).unwrap();
        let state = Arc::new(Mutex::new(State::default()));
        let shared = Arc::clone(&state);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (stream, state) = (stream.unwrap(), Arc::clone(&shared));
                thread::spawn(move || serve(stream, &state));
            }
        });
        Self { name, state }
    }

    /// For `DBUS_SESSION_BUS_ADDRESS`.
    pub fn address(&self) -> String {
        format!("unix:abstract={}", self.name)
    }

    /// From now on this goes wrong.
    pub fn set(&self, fault: Fault) {
        self.state().fault = fault;
    }

    /// The next writes go wrong like this, one after the other; then it is as it was.
    pub fn next_writes(&self, faults: &[Fault]) {
        self.state().next_writes = faults.iter().rev().copied().collect();
    }

    /// The secrets that it holds, in the order in which they were made.
    pub fn secrets(&self) -> Vec<String> {
        self.state().items.values().map(|item| String::from_utf8_lossy(&item.secret).into_owned()).collect()
    }

    /// Meddles with every secret that it holds.
    pub fn damage(&self, how: impl Fn(&mut Vec<u8>)) {
        self.state().items.values_mut().for_each(|item| how(&mut item.secret));
    }

    /// The calls so far by their members' names.
    pub fn calls(&self, member: &str) -> usize {
        self.state().calls.iter().filter(|call| *call == member).count()
    }

    /// This befalls one message to the service: the how many-th from now, beginning with 0.
    pub fn strike(&self, number: usize, blow: Blow) {
        let mut state = self.state();
        state.blow = Some((state.calls.len() + number, blow));
    }

    /// How many messages the service has had.
    pub fn messages(&self) -> usize {
        self.state().calls.len()
    }

    /// How many connections there have been.
    pub fn connections(&self) -> usize {
        self.state().connections
    }

    /// When it last took something that was written.
    pub fn last_write(&self) -> SystemTime {
        self.state().last_write.unwrap()
    }

    /// Every byte of every message that came.
    pub fn traffic(&self) -> Vec<u8> {
        self.state().traffic.clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }
}

/// What becomes of a call.
enum Answer {
    Reply(Message),
    /// A reply, and a signal after it.
    Signal(Message, Message),
    Silence,
    HangUp,
}

type Answered = zbus::Result<Answer>;

fn serve(stream: UnixStream, state: &Mutex<State>) {
    lock(state).connections += 1;
    let client = socket_peercred(&stream).unwrap().pid;
    let guid = zbus::Guid::generate();
    let builder = Builder::async_io_unix_stream(stream).server(guid).unwrap().p2p();
    let Ok(mut messages) = builder.build_message_iterator() else { return };
    let connection = Connection::from(&messages);
    while let Some(Ok(message)) = messages.next() {
        if message.message_type() != Type::MethodCall {
            continue;
        }
        let answer = lock(state).take(&message, client);
        let sent = match answer {
            Answer::Reply(reply) => connection.send(&reply),
            Answer::Signal(reply, signal) => connection.send(&reply).and_then(|()| connection.send(&signal)),
            Answer::Silence => Ok(()),
            Answer::HangUp => break,
        };
        if sent.is_err() {
            break;
        }
    }
    let _ = connection.close();
}

/// A secret on its way: session, initialization vector, content, content type.
type Wrapped = (OwnedObjectPath, Vec<u8>, Vec<u8>, String);

fn path(text: &str) -> ObjectPath<'_> {
    ObjectPath::try_from(text).unwrap()
}

fn reply<B: serde::Serialize + DynamicType>(to: &Message, body: &B) -> Answered {
    Ok(Answer::Reply(Message::method_return(&to.header())?.build(body)?))
}

fn refusal(to: &Message, name: &str, why: &str) -> Message {
    Message::error(&to.header(), name).unwrap().build(&why).unwrap()
}

fn refused(to: &Message, name: &str) -> Answer {
    Answer::Reply(refusal(to, name, "refused, as the test wants it"))
}

impl State {
    /// What becomes of a message.
    fn take(&mut self, call: &Message, client: Pid) -> Answer {
        self.traffic.extend_from_slice(call.data());
        let header = call.header();
        let member = header.member().map(ToString::to_string).unwrap_or_default();
        let failed =
            |error: zbus::Error| Answer::Reply(refusal(call, "org.freedesktop.DBus.Error.Failed", &error.to_string()));
        if header.interface().is_some_and(|name| name == "org.freedesktop.DBus") {
            return Self::bus(call, &member).unwrap_or_else(failed);
        }
        let blow = self.blow.filter(|(number, _)| *number == self.calls.len()).map(|(_, blow)| blow);
        self.calls.push(member.clone());
        match blow {
            Some(Blow::Signals(signal)) => kill_process(client, signal).unwrap(),
            Some(Blow::KillsBefore) => kill_process(client, Signal::KILL).unwrap(),
            _ => {}
        }
        let answer = match blow {
            Some(Blow::Refuses) => refused(call, "org.freedesktop.DBus.Error.Failed"),
            Some(Blow::HangsUpBefore | Blow::KillsBefore) => Answer::HangUp,
            _ => self.answer(call, &member).unwrap_or_else(failed),
        };
        match blow {
            Some(Blow::KillsAfter) => {
                kill_process(client, Signal::KILL).unwrap();
                Answer::HangUp
            }
            Some(Blow::HangsUpAfter) => Answer::HangUp,
            _ => answer,
        }
    }

    fn answer(&mut self, call: &Message, member: &str) -> Answered {
        let header = call.header();
        let interface = header.interface().map(ToString::to_string).unwrap_or_default();
        if self.fault == Fault::Hangs {
            return Ok(Answer::Silence);
        }
        let object = header.path().map(ToString::to_string).unwrap_or_default();
        match (interface.rsplit('.').next().unwrap_or_default(), member) {
            ("Service", "OpenSession") => {
                self.sessions
                    .push(format!("/org/freedesktop/secrets/session/s{}", self.sessions.len() + self.calls.len()));
                // 1 to the power of anything.
                reply(call, &(Value::from(vec![1_u8]), path(self.sessions.last().unwrap())))
            }
            ("Service", "SearchItems") => self.search(call),
            ("Service", "Unlock") => self.unlock(call),
            ("Service", "ReadAlias") => {
                reply(call, &path(if self.fault == Fault::NoCollection { "/" } else { COLLECTION }))
            }
            ("Properties", "Get") => reply(call, &Value::from(self.is_locked())),
            ("Collection", "CreateItem") => self.create(call),
            ("Item", "GetSecret") => self.give(call, &object),
            ("Item", "SetSecret") => {
                let secret: Wrapped = call.body().deserialize::<(Wrapped,)>()?.0;
                self.write(call, Some(object), HashMap::new(), &secret)
            }
            ("Item", "Delete") if self.fault == Fault::RefusesDeletes => {
                Ok(refused(call, "org.freedesktop.DBus.Error.Failed"))
            }
            ("Item", "Delete") => match self.items.remove(&object) {
                Some(_) => reply(call, &path("/")),
                None => Ok(refused(call, "org.freedesktop.Secret.Error.NoSuchObject")),
            },
            ("Prompt", "Prompt") if self.fault == Fault::DialogOpen => reply(call, &()),
            ("Prompt", "Prompt") => {
                let done = Message::signal(PROMPT, "org.freedesktop.Secret.Prompt", "Completed")?.sender(SELF)?;
                let done = done.build(&(true, Value::from("")))?;
                Ok(Answer::Signal(Message::method_return(&header)?.build(&())?, done))
            }
            _ => Ok(refused(call, "org.freedesktop.DBus.Error.UnknownMethod")),
        }
    }

    /// What the bus itself answers.
    fn bus(call: &Message, member: &str) -> Answered {
        match member {
            "Hello" => reply(call, &":1.42"),
            "GetNameOwner" => reply(call, &SELF),
            "AddMatch" | "RemoveMatch" => reply(call, &()),
            _ => Ok(refused(call, "org.freedesktop.DBus.Error.UnknownMethod")),
        }
    }

    fn is_locked(&self) -> bool {
        matches!(self.fault, Fault::Locked | Fault::DialogOpen)
    }

    fn search(&self, call: &Message) -> Answered {
        let wanted: HashMap<String, String> = call.body().deserialize()?;
        let fits = |item: &&Item| wanted.iter().all(|(name, value)| item.attributes.get(name) == Some(value));
        let found: Vec<ObjectPath<'_>> =
            self.items.iter().filter(|(_, item)| fits(item)).map(|(at, _)| path(at)).collect();
        let none: Vec<ObjectPath<'_>> = Vec::new();
        if self.is_locked() { reply(call, &(none, found)) } else { reply(call, &(found, none)) }
    }

    fn unlock(&self, call: &Message) -> Answered {
        let objects: Vec<OwnedObjectPath> = call.body().deserialize()?;
        let none: Vec<OwnedObjectPath> = Vec::new();
        if self.is_locked() { reply(call, &(none, path(PROMPT))) } else { reply(call, &(objects, path("/"))) }
    }

    fn create(&mut self, call: &Message) -> Answered {
        let body = call.body();
        let (properties, secret, _): (HashMap<String, OwnedValue>, Wrapped, bool) = body.deserialize()?;
        let attributes = properties["org.freedesktop.Secret.Item.Attributes"].try_clone()?;
        self.write(call, None, attributes.try_into()?, &secret)
    }

    fn give(&self, call: &Message, object: &str) -> Answered {
        let session: OwnedObjectPath = call.body().deserialize()?;
        if !self.sessions.iter().any(|known| *known == session.as_str()) {
            return Ok(refused(call, "org.freedesktop.Secret.Error.NoSession"));
        }
        if self.is_locked() {
            return Ok(refused(call, "org.freedesktop.Secret.Error.IsLocked"));
        }
        let Some(item) = self.items.get(object) else {
            return Ok(refused(call, "org.freedesktop.Secret.Error.NoSuchObject"));
        };
        let vector = [7; 16];
        let encryptor = cbc::Encryptor::<aes::Aes128>::new(&key().into(), &vector.into());
        let content = encryptor.encrypt_padded_vec::<Pkcs7>(&item.secret);
        reply(call, &((session, vector.to_vec(), content, "application/octet-stream"),))
    }

    /// Writes a new entry, or over the one at `object`.
    fn write(
        &mut self,
        call: &Message,
        object: Option<String>,
        attributes: HashMap<String, String>,
        (session, vector, content, _): &Wrapped,
    ) -> Answered {
        let fault = self.next_writes.pop().unwrap_or(self.fault);
        if !self.sessions.iter().any(|known| *known == session.as_str()) {
            return Ok(refused(call, "org.freedesktop.Secret.Error.NoSession"));
        }
        let vector = <[u8; 16]>::try_from(vector.as_slice()).unwrap();
        let decryptor = cbc::Decryptor::<aes::Aes128>::new(&key().into(), &vector.into());
        let mut secret = decryptor.decrypt_padded_vec::<Pkcs7>(content).unwrap();
        match fault {
            Fault::Hangs => return Ok(Answer::Silence),
            Fault::HangsUpAtWrite => return Ok(Answer::HangUp),
            Fault::RefusesWrites => return Ok(refused(call, "org.freedesktop.DBus.Error.NoSpace")),
            Fault::RestartsAtWrite => {
                self.sessions.clear();
                return Ok(refused(call, "org.freedesktop.DBus.Error.NoReply"));
            }
            Fault::Cuts(length) => secret.truncate(length),
            _ => {}
        }
        self.last_write = Some(SystemTime::now());
        let is_new = object.is_none();
        let object = object.unwrap_or_else(|| {
            self.made += 1;
            format!("{COLLECTION}/{:04}", self.made)
        });
        if fault == Fault::Forgets {
            self.items.remove(&object);
        } else if is_new {
            self.items.insert(object.clone(), Item { attributes, secret });
        } else if let (Some(item), true) = (self.items.get_mut(&object), fault != Fault::KeepsOld) {
            item.secret = secret;
        }
        if is_new { reply(call, &(path(&object), path("/"))) } else { reply(call, &()) }
    }
}

/// AES-128, from the shared number 1 in as many bytes as the prime has, by HKDF with SHA-256.
fn key() -> [u8; 16] {
    struct Length;
    impl ring::hkdf::KeyType for Length {
        fn len(&self) -> usize {
            16
        }
    }
    let mut shared = [0; 128];
    shared[127] = 1;
    let mut key = [0; 16];
    let extracted = ring::hkdf::Salt::new(ring::hkdf::HKDF_SHA256, &[]).extract(&shared);
    extracted.expand(&[], Length).unwrap().fill(&mut key).unwrap();
    key
}
