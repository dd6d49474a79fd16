//! A registry of images: the real one (Debian's `docker-registry`), which believes only what a token server has signed
//! ("Token Authentication Specification" of its documentation). That one is part of the test, at the same origin, and
//! takes a person's token as a password (Basic); what it signs is good for what was asked, and no token of the program's.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use serde_json::{Value, json};

use crate::manifest;
use crate::support::ca::{Authority, Leaf};
use crate::support::canary::random_text;
use crate::support::codec::{base64, base64url, hex};
use crate::support::server::{Answer, Received, Server, tls};

/// What the token server signs for, and the registry demands.
const SERVICE: &str = "images";
const MANIFEST: &str = "application/vnd.docker.distribution.manifest.v2+json";

/// A registry with the image `app:1`, to which the token server at the same origin lets in whoever has a good token.
pub fn serve(authority: &Authority, is_good: impl Fn(&str) -> bool + Send + Sync + 'static) -> Server {
    let server = Server::https(tls::config(&authority.leaf(Leaf::Good), None));
    let signer = Signer::new(authority);
    let registry = Registry::start(authority, &server.url("/auth"));
    registry.fill(&signer);
    server.answer_all(move |request| match request.path() {
        "/auth" => match request.basic() {
            Some((user, token)) if is_good(&token) => {
                let query = request.query();
                let scopes = query.iter().filter(|(name, _)| name == "scope").flat_map(|(_, scope)| scope.split(' '));
                Answer::json(200, json!({ "token": signer.sign(&user, scopes), "expires_in": 60 }))
            }
            _ => Answer::error(401, "unauthorized").header("WWW-Authenticate", "Basic realm=\"images\""),
        },
        _ => registry.answer(request),
    });
    server
}

/// The token server's key, with a certificate of the authority whose certificate the registry knows.
struct Signer {
    key: EcdsaKeyPair,
    certificate: String,
}

impl Signer {
    fn new(authority: &Authority) -> Self {
        let identity = authority.client("tokens");
        let key = identity.key();
        let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, key.secret_der(), &SystemRandom::new());
        Self { key: key.unwrap(), certificate: base64(&identity.chain[0]) }
    }

    /// A token for scopes of the form `repository:NAME:ACTION,ACTION`.
    fn sign<'a>(&self, user: &str, scopes: impl Iterator<Item = &'a str>) -> String {
        let access: Vec<Value> = scopes
            .filter_map(|scope| {
                let (rest, actions) = scope.rsplit_once(':')?;
                let (kind, name) = rest.split_once(':')?;
                Some(json!({ "type": kind, "name": name, "actions": actions.split(',').collect::<Vec<_>>() }))
            })
            .collect();
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
        let header = json!({ "typ": "JWT", "alg": "ES256", "x5c": [self.certificate] });
        let claims = json!({
            "iss": SERVICE, "aud": SERVICE, "sub": user, "iat": now, "nbf": now - 5, "exp": now + 60,
            "jti": random_text(16), "access": access,
        });
        let text = [header, claims].map(|part| base64url(part.to_string().as_bytes())).join(".");
        let signature = self.key.sign(&SystemRandom::new(), text.as_bytes()).unwrap();
        format!("{text}.{}", base64url(signature.as_ref()))
    }
}

/// The registry's process, on a port of its own behind the server that the clients see.
struct Registry {
    child: Child,
    address: String,
    _folder: tempfile::TempDir,
}

impl Registry {
    fn start(authority: &Authority, realm: &str) -> Self {
        let program = manifest::find("server:docker-registry").unwrap_or_else(|why| panic!("docker-registry: {why}"));
        let folder = tempfile::tempdir().unwrap();
        let config = json!({
            "version": "0.1",
            "log": { "level": "info", "formatter": "text", "accesslog": { "disabled": true } },
            "storage": { "filesystem": { "rootdirectory": folder.path().join("images") } },
            "http": { "addr": "127.0.0.1:0", "relativeurls": true },
            "auth": { "token": {
                "realm": realm, "service": SERVICE, "issuer": SERVICE,
                "rootcertbundle": authority.write_pem(folder.path()),
            } },
        });
        // Its form is YAML, of which JSON is a part.
        let file = folder.path().join("config.yml");
        std::fs::write(&file, config.to_string()).unwrap();
        // With a test that is killed the registry goes too.
        let mut child = Command::new("setpriv")
            .args(["--pdeathsig", "KILL", "--"])
            .arg(program.program)
            .arg("serve")
            .arg(&file)
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .env("HOME", folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut said = BufReader::new(child.stderr.take().unwrap());
        let mut text = String::new();
        let address = loop {
            let begin = text.len();
            assert_ne!(said.read_line(&mut text).unwrap(), 0, "the registry did not start: {text}");
            if let Some((_, rest)) = text[begin..].split_once("listening on ") {
                break rest.trim_end().split(['"', ' ', ',']).next().unwrap().to_owned();
            }
        };
        std::thread::spawn(move || std::io::copy(&mut said, &mut std::io::sink()));
        Self { child, address, _folder: folder }
    }

    /// Passes a request on.
    fn answer(&self, request: &Received) -> Answer {
        // Without chunks in the answer, and the connection ends with it.
        let mut head = format!("{} {} HTTP/1.0\r\nX-Forwarded-Proto: https\r\n", request.method, request.target);
        let kept = |name: &str| !["connection", "transfer-encoding", "content-length"].contains(&name);
        for (name, value) in request.headers.iter().filter(|(name, _)| kept(&name.to_ascii_lowercase())) {
            head += &format!("{name}: {value}\r\n");
        }
        head += &format!("Content-Length: {}\r\n\r\n", request.body.len());
        let mut link = TcpStream::connect(&self.address).unwrap();
        link.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        link.write_all(&[head.as_bytes(), &request.body].concat()).unwrap();
        let mut bytes = Vec::new();
        link.read_to_end(&mut bytes).unwrap();
        let end = bytes.windows(4).position(|window| window == b"\r\n\r\n").unwrap();
        let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
        let mut lines = head.lines();
        let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
        let headers = lines.filter_map(|line| line.split_once(": "));
        let is_head = request.method == "HEAD";
        let headers = headers.filter(|(name, _)| is_head || kept(&name.to_ascii_lowercase()));
        let answer = headers
            .filter(|(name, _)| *name != "Connection")
            .fold(Answer::new(status, "", &bytes[end + 4..]), |answer, (name, value)| answer.header(name, value));
        // To a HEAD, the length is that of what is not sent.
        if is_head { answer.until_close() } else { answer }
    }

    /// Pushes `app:1`: an image of one layer.
    fn fill(&self, signer: &Signer) {
        let token = signer.sign("filler", ["repository:app:pull,push"].into_iter());
        let layer = b"not really an archive".to_vec();
        let config = json!({
            "architecture": "amd64", "os": "linux", "config": {},
            "rootfs": { "type": "layers", "diff_ids": [digest(&layer)] },
        });
        let config = config.to_string().into_bytes();
        let send = |method: &str, target: &str, kind: &str, body: &[u8]| {
            let headers = [("Host", "x"), ("Authorization", &format!("Bearer {token}")), ("Content-Type", kind)];
            let answer = self.answer(&Received {
                method: method.to_owned(),
                target: target.to_owned(),
                headers: headers.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
                body: body.to_owned(),
                ..Received::default()
            });
            String::from_utf8(answer.bytes()).unwrap()
        };
        for blob in [&layer, &config] {
            let begun = send("POST", "/v2/app/blobs/uploads/", "", b"");
            let location = begun.lines().find_map(|line| line.strip_prefix("Location: "));
            let location = location.unwrap_or_else(|| panic!("no upload: {begun}"));
            let put = send("PUT", &format!("{location}&digest={}", digest(blob)), "application/octet-stream", blob);
            assert!(put.contains(" 201 "), "{put}");
        }
        let part = |kind: &str, blob: &[u8]| json!({ "mediaType": kind, "size": blob.len(), "digest": digest(blob) });
        let manifest = json!({
            "schemaVersion": 2, "mediaType": MANIFEST,
            "config": part("application/vnd.docker.container.image.v1+json", &config),
            "layers": [part("application/vnd.docker.image.rootfs.diff.tar.gzip", &layer)],
        });
        let put = send("PUT", "/v2/app/manifests/1", MANIFEST, manifest.to_string().as_bytes());
        assert!(put.contains(" 201 "), "{put}");
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn digest(bytes: &[u8]) -> String {
    format!("sha256:{}", hex(ring::digest::digest(&ring::digest::SHA256, bytes).as_ref()))
}
