//! A throw-away certificate authority: a root, an intermediate, and a leaf for every TLS situation.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose, date_time_ymd,
};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};

const DAY: Duration = Duration::from_secs(86_400);

/// What is right or wrong with a server's certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leaf {
    /// Valid for `localhost`, `127.0.0.1` and `::1`.
    Good,
    /// Not valid after three days ago.
    Expired,
    /// Not valid before three days from now.
    NotYetValid,
    /// Valid, but for `elsewhere.example`.
    WrongHost,
    /// Valid, but for names with escape sequences for terminals in them, and for a great many.
    OddNames,
    /// Signed by a CA that nobody trusts.
    OtherCa,
    /// Signed by itself.
    SelfSigned,
    /// For clients only (extended key usage).
    ClientOnly,
    /// Signed by the intermediate, which is sent along.
    ViaIntermediate,
    /// Signed by the intermediate, which is not sent.
    MissingIntermediate,
}

/// A certificate chain with its key.
pub struct Identity {
    /// Leaf first.
    pub chain: Vec<CertificateDer<'static>>,
    key: Vec<u8>,
    /// The chain as PEM.
    pub certificates_pem: String,
    /// The key as PEM.
    pub key_pem: String,
}

impl Identity {
    /// The private key, in the form rustls takes it.
    pub fn key(&self) -> PrivateKeyDer<'static> {
        PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(self.key.clone()))
    }
}

/// The root and its intermediate.
pub struct Authority {
    root: CertifiedIssuer<'static, KeyPair>,
    intermediate: CertifiedIssuer<'static, KeyPair>,
}

impl Authority {
    /// New keys, new certificates.
    pub fn new() -> Self {
        Self::named("tok test root")
    }

    fn named(name: &str) -> Self {
        let root = CertifiedIssuer::self_signed(ca_params(name), new_key()).unwrap();
        let intermediate = CertifiedIssuer::signed_by(ca_params("tok test intermediate"), new_key(), &root).unwrap();
        Self { root, intermediate }
    }

    /// The root certificate as PEM: what a client has to trust.
    pub fn pem(&self) -> String {
        self.root.pem()
    }

    /// The root certificate, in the form rustls takes it.
    pub fn der(&self) -> CertificateDer<'static> {
        self.root.der().clone()
    }

    /// Writes `ca.pem` into a folder and says where.
    pub fn write_pem(&self, folder: &Path) -> PathBuf {
        let path = folder.join("ca.pem");
        fs::write(&path, self.pem()).unwrap();
        path
    }

    /// A server's identity.
    pub fn leaf(&self, leaf: Leaf) -> Identity {
        let host = if leaf == Leaf::WrongHost { "elsewhere.example" } else { "localhost" };
        let mut names = vec![host.to_owned()];
        if leaf != Leaf::WrongHost {
            names.extend(["127.0.0.1".to_owned(), "::1".to_owned()]);
        }
        if leaf == Leaf::OddNames {
            names = (0..200).map(|n| format!("\u{1b}[2J\u{1b}]0;t\u{7}\r\u{7f}{n}.example")).collect();
        }
        let mut params = CertificateParams::new(names).unwrap();
        params.distinguished_name.push(DnType::CommonName, host);
        params.use_authority_key_identifier_extension = true;
        let usage = if leaf == Leaf::ClientOnly {
            ExtendedKeyUsagePurpose::ClientAuth
        } else {
            ExtendedKeyUsagePurpose::ServerAuth
        };
        params.extended_key_usages = vec![usage];
        let since_1970 = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
        let epoch = date_time_ymd(1970, 1, 1);
        match leaf {
            Leaf::Expired => params.not_after = epoch + since_1970.checked_sub(3 * DAY).unwrap(),
            Leaf::NotYetValid => params.not_before = epoch + (since_1970 + 3 * DAY),
            _ => {}
        }
        self.sign(&params, leaf)
    }

    /// A client's identity for mutual TLS.
    pub fn client(&self, name: &str) -> Identity {
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        params.distinguished_name.push(DnType::CommonName, name);
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        self.sign(&params, Leaf::Good)
    }

    fn sign(&self, params: &CertificateParams, leaf: Leaf) -> Identity {
        let key = new_key();
        let certificate = match leaf {
            Leaf::SelfSigned => params.self_signed(&key),
            Leaf::OtherCa => params.signed_by(&key, &Self::named("another root").root),
            Leaf::ViaIntermediate | Leaf::MissingIntermediate => params.signed_by(&key, &self.intermediate),
            _ => params.signed_by(&key, &self.root),
        }
        .unwrap();
        let mut chain = vec![certificate.der().clone()];
        let mut certificates_pem = certificate.pem();
        if leaf == Leaf::ViaIntermediate {
            chain.push(self.intermediate.der().clone());
            certificates_pem += &self.intermediate.pem();
        }
        Identity { chain, key: key.serialize_der(), certificates_pem, key_pem: key.serialize_pem() }
    }
}

impl Default for Authority {
    fn default() -> Self {
        Self::new()
    }
}

fn new_key() -> KeyPair {
    KeyPair::generate().unwrap()
}

fn ca_params(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}
