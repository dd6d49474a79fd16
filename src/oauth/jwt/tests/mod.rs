//! The vectors of the RFCs, keys as programs write them (`keys.txt`, made with OpenSSL), and hostile texts.

use ring::rand::SystemRandom;
use serde_json::json;

use super::*;

const PAYLOAD: &str = "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
const RS256: &str = "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujG\
    bds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383\
    LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrB\
    p0igcN_IoypGlUPQGe77Rw";
const ES256: &str = "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";

fn text(name: &str) -> Secret {
    let all = include_str!("keys.txt");
    let (_, found) = all.split_once(&format!("# {name}\n")).unwrap_or_else(|| panic!("no key {name}"));
    Secret::new(found.split("\n# ").next().unwrap().to_owned())
}

fn read(name: &str) -> Result<SigningKey, KeyError> {
    SigningKey::read(&text(name), None, &SystemRandom::new())
}

fn read_for(name: &str, algorithm: Algorithm) -> Result<SigningKey, KeyError> {
    SigningKey::read(&text(name), Some(algorithm), &SystemRandom::new())
}

/// The set of the public parts of these keys.
fn public(keys: &[Value]) -> Jwks {
    Jwks::read(json!({ "keys": keys }).to_string().as_bytes()).unwrap()
}

fn public_of(name: &str) -> Value {
    let mut jwk: Map<String, Value> = serde_json::from_str(text(name).expose()).unwrap();
    jwk.retain(|name, _| !["d", "p", "q", "dp", "dq", "qi"].contains(&name.as_str()));
    jwk.into()
}

fn rfc_keys() -> [Value; 3] {
    ["RFC 7515 A.2, JWK", "RFC 7515 A.3, JWK", "RFC 8037 A.1, JWK"].map(public_of)
}

#[test] // P16
fn the_signatures_of_the_rfcs_are_verified() {
    let keys = public(&rfc_keys());
    for (header, signature) in [(r#"{"alg":"RS256"}"#, RS256), (r#"{"alg":"ES256"}"#, ES256)] {
        let token = format!("{}.{PAYLOAD}.{signature}", URL_SAFE_NO_PAD.encode(header));
        let claims = verify(&token, &keys).unwrap();
        assert_eq!((&claims["iss"], &claims["exp"]), (&json!("joe"), &json!(1_300_819_380)));
        let changed = token.replace("eyJpc3MiOiJqb2Ui", "eyJpc3MiOiJqb2Yi");
        assert_eq!(verify(&changed, &keys), Err(JwtError::BadSignature));
        assert_eq!(decode(&changed).unwrap().claims["iss"], "jof");
    }
}

#[test] // P16
fn the_signatures_of_the_rfcs_are_made() {
    let random = SystemRandom::new();
    for form in ["JWK", "PKCS #8", "PKCS #1"] {
        let key = read(&format!("RFC 7515 A.2, {form}")).unwrap();
        let input = format!("{}.{PAYLOAD}", URL_SAFE_NO_PAD.encode(r#"{"alg":"RS256"}"#));
        assert_eq!(URL_SAFE_NO_PAD.encode(key.sign(input.as_bytes(), &random).unwrap()), RS256, "{form}");
    }
    for form in ["JWK", "PKCS #8"] {
        let key = read(&format!("RFC 8037 A.1, {form}")).unwrap();
        let made = key.sign(b"eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc", &random).unwrap();
        assert_eq!(
            URL_SAFE_NO_PAD.encode(made),
            "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"
        );
    }
}

#[test] // P16
fn a_client_secret_signs_as_the_bytes_of_its_text() {
    let key = SigningKey::from_secret(&Secret::new("p+w%20é".into()));
    let header = Map::from_iter([("typ".to_owned(), "JWT".into())]);
    let token = sign(&key, header, Map::from_iter([("sub".to_owned(), "x".into())]), &SystemRandom::new()).unwrap();
    assert_eq!(
        token.expose(), // by Python's hmac
        "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJ4In0.2oIlngo3M6KNr5_iqAEShFnOYLbxcBlJW8-Ps9zmyAc"
    );
}

#[test] // P16
fn every_form_of_a_key_signs_what_its_public_part_verifies() {
    use Algorithm::{EdDsa, Es256, Ps256, Ps384, Ps512, Rs256, Rs384, Rs512};
    let keys = public(&rfc_keys());
    for (names, algorithms) in [
        (&["RFC 7515 A.2, JWK", "RFC 7515 A.2, PKCS #8"][..], &[Rs256, Rs384, Rs512, Ps256, Ps384, Ps512][..]),
        (&["RFC 7515 A.2, PKCS #1"], &[Rs256, Ps256]),
        (&["RFC 7515 A.3, JWK", "RFC 7515 A.3, PKCS #8", "RFC 7515 A.3, SEC 1"], &[Es256]),
        (&["RFC 7515 A.3, SEC 1 after parameters"], &[Es256]),
        (&["RFC 8037 A.1, JWK", "RFC 8037 A.1, PKCS #8"], &[EdDsa]),
    ] {
        for name in names {
            assert_eq!(read(name).unwrap().algorithm(), algorithms[0], "{name}");
            for algorithm in algorithms {
                let key = read_for(name, *algorithm).unwrap();
                let claims = Map::from_iter([("sub".to_owned(), "me".into())]);
                let token = sign(&key, Map::new(), claims.clone(), &SystemRandom::new()).unwrap();
                assert_eq!(verify(token.expose(), &keys), Ok(claims), "{name} {algorithm}");
            }
        }
    }
    assert_eq!(read("P-384").unwrap().algorithm(), Algorithm::Es384);
    assert_eq!(read("RSA-PSS").unwrap().algorithm(), Ps256);
}

#[test] // P16
fn the_name_of_a_key_stands_in_the_header() {
    let made = |key: &SigningKey| {
        let token = sign(key, Map::new(), Map::new(), &SystemRandom::new()).unwrap();
        decode(token.expose()).unwrap().header.get("kid").cloned()
    };
    assert_eq!(made(&read("RFC 7515 A.3, SEC 1").unwrap()), None);
    assert_eq!(made(&read("RFC 7515 A.3, SEC 1").unwrap().named("k".into())), Some("k".into()));
    let jwk = text("RFC 7515 A.2, JWK").expose().replacen('{', r#"{"kid":"of the key","alg":"PS384","#, 1);
    let key = SigningKey::read(&Secret::new(jwk), None, &SystemRandom::new()).unwrap();
    assert_eq!((made(&key), key.algorithm()), (Some("of the key".into()), Algorithm::Ps384));
}

#[test] // P16
fn what_is_wrong_with_a_key_is_said() {
    for (name, says) in [
        ("P-521", "a key on the curve P-521 is not supported"),
        ("P-521, SEC 1", "a key on the curve P-521 is not supported"),
        ("brainpool", "a key on the curve that it names is not supported"),
        ("RSA, 1024 bits", "it is too short: an RSA key has at least 2048 bits"),
        ("X25519", "a key of the kind that this PEM names is not supported"),
        ("encrypted, PKCS #8", "it is an encrypted PEM"),
        ("encrypted, as before", "it is an encrypted PEM"),
        ("OpenSSH", "a key of the kind OpenSSH is not supported"),
        ("public", "it is not the private key, but a public key or a certificate"),
        ("without its public part", "it lacks its public part"),
    ] {
        assert_eq!(read(name).unwrap_err().to_string(), says, "{name}");
    }
    let of = |text: &str| SigningKey::read(&Secret::new(text.to_owned()), None, &SystemRandom::new()).unwrap_err();
    assert_eq!(of("hunter2"), KeyError::NoKey);
    assert_eq!(of("{"), KeyError::Malformed);
    assert_eq!(of(r#"{"kty":"oct","k":"AAAA"}"#), KeyError::Kind(Foreign::new("oct")));
    assert_eq!(of(&public_of("RFC 7515 A.3, JWK").to_string()), KeyError::Public);
    assert_eq!(of(r#"{"kty":"EC","crv":"P-521","d":"AA"}"#), KeyError::Curve(Foreign::new("P-521")));
    assert_eq!(of(r#"{"kty":"OKP","crv":"X25519","d":"AA"}"#), KeyError::Curve(Foreign::new("X25519")));
    assert_eq!(of(r#"{"kty":"EC","crv":"P-256","d":"AA"}"#), KeyError::NoPublicPart);
    assert_eq!(of(r#"{"kty":"RSA","n":"AQ","e":"AQAB","d":"AQ"}"#), KeyError::Malformed);
    let other = text("RFC 7515 A.3, JWK").expose().replace("jpsQ", "jpsR");
    assert!(matches!(of(&other), KeyError::Rejected(_)), "its parts do not belong together");
    let wrong = read_for("RFC 7515 A.3, JWK", Algorithm::Rs256).unwrap_err();
    assert_eq!(wrong.to_string(), "RS256 does not sign with it: it is for ES256");
    assert!(read_for("RFC 7515 A.2, JWK", Algorithm::Hs256).is_err());
}

#[test] // S04
fn no_key_that_was_damaged_gets_through_or_panics() {
    for name in ["RFC 7515 A.2, PKCS #8", "RFC 7515 A.3, PKCS #8", "RFC 7515 A.3, SEC 1", "RFC 8037 A.1, PKCS #8"] {
        let pem = text(name);
        let lines: Vec<&str> = pem.expose().lines().collect();
        let body: String = lines[1..lines.len() - 1].concat();
        let der = base64::engine::general_purpose::STANDARD.decode(&body).unwrap();
        let again = |der: &[u8]| {
            let body = base64::engine::general_purpose::STANDARD.encode(der);
            Secret::new(format!("{}\n{body}\n{}\n", lines[0], lines[lines.len() - 1]))
        };
        assert!(SigningKey::read(&again(&der), None, &SystemRandom::new()).is_ok(), "{name}");
        for length in 0..der.len() {
            assert!(SigningKey::read(&again(&der[..length]), None, &SystemRandom::new()).is_err(), "{name} {length}");
        }
        for place in 0..der.len().min(80) {
            for flip in [0x01, 0x80, 0xff] {
                let mut changed = der.clone();
                changed[place] ^= flip;
                let _ = SigningKey::read(&again(&changed), None, &SystemRandom::new());
            }
        }
    }
}

#[test] // P12, S04
fn hostile_tokens_are_refused() {
    let keys = public(&rfc_keys());
    let of = |header: &str, claims: &str| {
        let [header, claims] = [header, claims].map(|part| URL_SAFE_NO_PAD.encode(part));
        verify(&format!("{header}.{claims}."), &keys)
    };
    for text in ["", ".", "a", "a.b", "a.b.c.d", "a.b.c.d.e.f"] {
        assert!(matches!(decode(text), Err(JwtError::NotAJwt | JwtError::BadBase64(_))), "{text}");
    }
    assert_eq!(decode("a.b.c.d.e"), Err(JwtError::Encrypted));
    assert_eq!(decode("e30.e30.!"), Err(JwtError::BadBase64(Part::Signature)));
    assert_eq!(decode("e30=.e30.e30"), Err(JwtError::BadBase64(Part::Header)));
    assert_eq!(of("[]", "{}"), Err(JwtError::BadJson(Part::Header)));
    assert_eq!(of("{}", "1"), Err(JwtError::BadJson(Part::Claims)));
    let deep = "[".repeat(100_000);
    assert_eq!(of(&deep, "{}"), Err(JwtError::BadJson(Part::Header)));
    assert_eq!(of("{}", "{}"), Err(JwtError::Algorithm(None)));
    for name in ["none", "None", "HS256", "RS1", "ES256K", "\u{1b}"] {
        let header = json!({ "alg": name }).to_string();
        assert_eq!(of(&header, "{}"), Err(JwtError::Algorithm(Some(Foreign::new(name)))), "{name}");
    }
    assert_eq!(of(r#"{"alg":7}"#, "{}"), Err(JwtError::Algorithm(None)));
    assert_eq!(of(r#"{"alg":"RS256","crit":["b64"]}"#, "{}"), Err(JwtError::Critical));
    assert_eq!(of(r#"{"alg":"RS256"}"#, "{}"), Err(JwtError::BadSignature));
    assert_eq!(of(r#"{"alg":"RS256","kid":"other"}"#, "{}"), Err(JwtError::NoKey));
    assert_eq!(of(r#"{"alg":"ES384"}"#, "{}"), Err(JwtError::NoKey));
    let no_keys = Jwks::read(br#"{"keys":[]}"#).unwrap();
    assert_eq!(
        verify(&format!("{}.e30.", URL_SAFE_NO_PAD.encode(r#"{"alg":"ES256"}"#)), &no_keys),
        Err(JwtError::NoKey)
    );
}

#[test] // P12
fn a_key_is_chosen_by_name_and_use() {
    let token = |key: SigningKey| sign(&key, Map::new(), Map::new(), &SystemRandom::new()).unwrap();
    let with = |more: Value| {
        let mut jwk = public_of("RFC 7515 A.2, JWK");
        jwk.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        jwk
    };
    let key = || read("RFC 7515 A.2, JWK").unwrap();
    let check = |named: Option<&str>, keys: &[Value]| {
        let key = named.map_or_else(key, |name| key().named(name.to_owned()));
        verify(token(key).expose(), &public(keys)).map(drop)
    };
    let other = json!({ "kty": "RSA", "kid": "b", "n": "sgsg", "e": "AQAB" });
    assert_eq!(check(Some("a"), &[other.clone(), with(json!({ "kid": "a" }))]), Ok(()));
    assert_eq!(check(Some("b"), &[other.clone(), with(json!({ "kid": "a" }))]), Err(JwtError::BadSignature));
    assert_eq!(check(None, &[other, with(json!({ "kid": "a" }))]), Ok(()), "each is tried");
    assert_eq!(check(None, &[with(json!({ "use": "enc" }))]), Err(JwtError::NoKey));
    assert_eq!(check(None, &[with(json!({ "use": "sig", "alg": "RS256" }))]), Ok(()));
    assert_eq!(check(None, &[with(json!({ "alg": "PS256" }))]), Err(JwtError::NoKey));
    let strange = [json!(7), json!({ "kty": 1 }), json!({ "kty": "AKP" }), json!({ "kty": "EC", "crv": "P-256" })];
    assert_eq!(check(None, &[&strange[..], &[with(json!({}))]].concat()), Ok(()), "what is not known is passed over");
    for text in [&b"[]"[..], b"{}", b"", b"\xff", br#"{"keys":{}}"#] {
        assert_eq!(Jwks::read(text).unwrap_err(), NotAJwks);
    }
}

#[test] // M03
fn debug_shows_no_key() {
    let key = read("RFC 7515 A.3, JWK").unwrap();
    assert_eq!(format!("{key:?}"), "SigningKey { algorithm: Es256, id: None, .. }");
}

#[test]
fn algorithms_have_names() {
    for algorithm in Algorithm::ALL {
        assert_eq!(algorithm.to_string().parse(), Ok(algorithm));
    }
    assert!("es256".parse::<Algorithm>().unwrap_err().to_string().starts_with("\"es256\" is no signature algorithm"));
}
