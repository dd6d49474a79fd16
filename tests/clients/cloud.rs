//! A small cloud on loopback: moto behind a guard that it lacks. Its token service takes ID tokens that the authorization
//! server stands by, and nothing is answered without keys that came of one.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, OnceLock};

use crate::manifest;
use crate::scene::Scene;
use crate::support::ca::Leaf;
use crate::support::gate::lock;
use crate::support::server::{Answer, Received, Server, tls};

/// The server; moto is started when it is needed, and ends with it.
pub fn serve(scene: &Scene) -> Server {
    let server = Server::https(tls::config(&scene.server.authority.leaf(Leaf::Good), None));
    let is_good = scene.server.registrar();
    let folder = scene.world.path("tmp");
    let (moto, keys) = (OnceLock::<Moto>::new(), Mutex::new(Vec::<String>::new()));
    server.answer_all(move |request| {
        let moto = || moto.get_or_init(|| Moto::start(&folder));
        let token = request.param("WebIdentityToken").filter(|_| request.header("authorization").is_none());
        match token {
            Some(token) if is_good(&token) => {
                let answer = moto().answer(request);
                lock(&keys).extend(key_in(&answer.bytes()));
                answer
            }
            Some(_) => Answer::new(400, "text/xml", REFUSAL),
            None if lock(&keys).iter().any(|key| signed_with(request) == Some(key)) => moto().answer(request),
            None => Answer::html(403),
        }
    });
    server
}

const REFUSAL: &str = "<ErrorResponse><Error><Type>Sender</Type><Code>InvalidIdentityToken</Code>\
    <Message>The token is not one that is known.</Message></Error></ErrorResponse>";

/// The name of the key with which a request is signed.
fn signed_with(request: &Received) -> Option<&str> {
    request.header("authorization")?.split_once("Credential=")?.1.split('/').next()
}

/// The name of the key in an answer of the token service.
fn key_in(answer: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(answer).into_owned();
    let (_, rest) = text.split_once("AccessKeyId")?;
    rest.split(|c: char| !c.is_ascii_alphanumeric()).find(|word| !word.is_empty()).map(str::to_owned)
}

/// The real moto.
struct Moto {
    child: Child,
    address: String,
}

impl Moto {
    fn start(folder: &std::path::Path) -> Self {
        let program = manifest::find("server:moto").unwrap_or_else(|why| panic!("moto: {why}")).program;
        let mut child = Command::new(program)
            .args(["-H", "127.0.0.1", "-p", "0"])
            .env_clear()
            .envs([("PATH", "/usr/bin:/bin"), ("PYTHONUNBUFFERED", "1"), ("PYTHONDONTWRITEBYTECODE", "1")])
            .env("HOME", folder)
            .env("TMPDIR", folder)
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let address = lines.find_map(|line| Some(line.ok()?.split_once("http://")?.1.trim().to_owned()));
        // What else it says is read, so that it can say it.
        std::thread::spawn(move || lines.for_each(drop));
        Self { child, address: address.expect("moto says where it listens") }
    }

    /// Its answer, over a connection of its own.
    fn answer(&self, request: &Received) -> Answer {
        let mut head = format!("{} {} HTTP/1.0\r\n", request.method, request.target);
        let kept = |name: &str| !["connection", "transfer-encoding", "content-length", "expect"].contains(&name);
        for (name, value) in request.headers.iter().filter(|(name, _)| kept(&name.to_ascii_lowercase())) {
            head += &format!("{name}: {value}\r\n");
        }
        head += &format!("Content-Length: {}\r\n\r\n", request.body.len());
        let mut link = TcpStream::connect(&self.address).unwrap();
        link.write_all(&[head.as_bytes(), &request.body].concat()).unwrap();
        let mut bytes = Vec::new();
        link.read_to_end(&mut bytes).unwrap();
        Answer::raw(bytes)
    }
}

impl Drop for Moto {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
