//! Keys and certificates: `genPrivateKey`, `genCA`, `genSignedCert` and their kin.
//!
//! Randomness and time come from the call, so that a seed and a fixed clock give the same certificate again.

mod der;
mod keys;
mod pem;
mod primes;
mod x509;

use std::any::Any;
use std::net::IpAddr;

use num_bigint_dig::BigUint;
use rsa::rand_core::{self, CryptoRng, RngCore};

use self::keys::PrivateKey;
use self::x509::{Issuer, Template};
use super::encode::base64_decode;
use super::{hashes, text};
use crate::func::{Call, FuncError, FuncMap, Function, Sig, Ty};
use crate::gotime::{Time, duration};
use crate::str::Str;
use crate::value::{Elem, IntKind, Kind, Object, Value};

/// Go's name of the type that these functions return.
const CERTIFICATE: &str = "sprig.certificate";

const INT: Ty = Ty::Int(IntKind::Int);
const LIST: Ty = Ty::Slice(Elem::Any);
const AUTHORITY: Ty = Ty::Named(CERTIFICATE);

pub(super) fn add(m: &mut FuncMap) {
    m.add_with_call("genPrivateKey", |call: &mut Call<'_>, kind: Str| generate_private_key(call, &kind));
    m.add_with_call("buildCustomCert", |call: &mut Call<'_>, certificate: Str, key: Str| {
        build_custom(call, &certificate, &key)
    });
    insert(m, "genCA", Sig::fixed(&[Ty::Str, INT]), |call, args| {
        let template = template(call, args, None, None, 1, true)?;
        finish(&template, &new_key(call)?, None)
    });
    insert(m, "genCAWithKey", Sig::fixed(&[Ty::Str, INT, Ty::Str]), |call, args| {
        let key = given_key(&text_at(args, 2))?;
        finish(&template(call, args, None, None, 1, true)?, &key, None)
    });
    insert(m, "genSelfSignedCert", Sig::fixed(&[Ty::Str, LIST, LIST, INT]), |call, args| {
        let template = template(call, args, Some(1), Some(2), 3, false)?;
        finish(&template, &new_key(call)?, None)
    });
    insert(m, "genSelfSignedCertWithKey", Sig::fixed(&[Ty::Str, LIST, LIST, INT, Ty::Str]), |call, args| {
        let key = given_key(&text_at(args, 4))?;
        finish(&template(call, args, Some(1), Some(2), 3, false)?, &key, None)
    });
    insert(m, "genSignedCert", Sig::fixed(&[Ty::Str, LIST, LIST, INT, AUTHORITY]), |call, args| {
        let signer = signer(args, 4)?;
        let template = template(call, args, Some(1), Some(2), 3, false)?;
        finish(&template, &new_key(call)?, Some(signer))
    });
    insert(
        m,
        "genSignedCertWithKey",
        Sig::fixed(&[Ty::Str, LIST, LIST, INT, AUTHORITY, Ty::Str]),
        |call, args| {
            let key = given_key(&text_at(args, 5))?;
            let signer = signer(args, 4)?;
            finish(&template(call, args, Some(1), Some(2), 3, false)?, &key, Some(signer))
        },
    );
}

fn insert(
    m: &mut FuncMap,
    name: &str,
    sig: Sig,
    body: fn(&mut Call<'_>, &[Value]) -> Result<Value, FuncError>,
) {
    m.insert(name, Function::new(sig, body));
}

/// The random source of a call, in the shape the key crates want it.
struct Source<'a, 'c> {
    call: &'a Call<'c>,
    failed: Option<FuncError>,
}

impl<'a, 'c> Source<'a, 'c> {
    fn new(call: &'a Call<'c>) -> Self {
        Self { call, failed: None }
    }

    /// Accounts for slow work before it starts.
    fn account(&self, slow: u64) -> Result<(), FuncError> {
        self.call.step(hashes::SLOW / 16 * slow)
    }

    fn step(&self) -> Result<(), FuncError> {
        self.call.step(1_000)
    }

    /// The error that a fill met, since the crates' interface has no place for one.
    fn check(&mut self) -> Result<(), FuncError> {
        self.failed.take().map_or(Ok(()), Err)
    }

    /// A random number of that many bytes; with the highest and lowest bit set if it is to be a `prime` candidate.
    fn number(&mut self, bytes: usize, prime: bool) -> Result<BigUint, FuncError> {
        let mut buffer = vec![0; bytes];
        self.call.fill_random(&mut buffer)?;
        if prime {
            if let Some(first) = buffer.first_mut() {
                *first |= 0x80;
            }
            if let Some(last) = buffer.last_mut() {
                *last |= 1;
            }
        }
        Ok(BigUint::from_bytes_be(&buffer))
    }
}

impl RngCore for Source<'_, '_> {
    fn next_u32(&mut self) -> u32 {
        rand_core::impls::next_u32_via_fill(self)
    }

    fn next_u64(&mut self) -> u64 {
        rand_core::impls::next_u64_via_fill(self)
    }

    fn fill_bytes(&mut self, buffer: &mut [u8]) {
        if let Err(error) = self.call.fill_random(buffer) {
            self.failed = Some(error);
            // The searches for primes and scalars in the crates must still come to an end.
            for (at, b) in buffer.iter_mut().enumerate() {
                *b = (at as u8).wrapping_mul(151).wrapping_add(7);
            }
        }
    }

    fn try_fill_bytes(&mut self, buffer: &mut [u8]) -> Result<(), rand_core::Error> {
        self.fill_bytes(buffer);
        Ok(())
    }
}

impl CryptoRng for Source<'_, '_> {}

/// `sprig.certificate`: the PEM texts of a certificate and its key.
struct Certificate {
    cert: Str,
    key: Str,
}

impl Object for Certificate {
    fn type_name(&self) -> &str {
        CERTIFICATE
    }

    fn kind(&self) -> Kind {
        Kind::Struct
    }

    fn field(&self, name: &str) -> Option<Value> {
        match name {
            "Cert" => Some(Value::Str(self.cert.clone())),
            "Key" => Some(Value::Str(self.key.clone())),
            _ => None,
        }
    }

    fn fields(&self) -> Vec<(&'static str, Value)> {
        vec![("Cert", Value::Str(self.cert.clone())), ("Key", Value::Str(self.key.clone()))]
    }

    fn equals(&self, other: &dyn Object) -> bool {
        let other = other.as_any().downcast_ref::<Self>();
        other.is_some_and(|other| other.cert == self.cert && other.key == self.key)
    }

    fn to_json(&self) -> Option<serde_json::Value> {
        Some(serde_json::json!({ "Cert": self.cert.to_text(), "Key": self.key.to_text() }))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

fn text_at(args: &[Value], at: usize) -> Str {
    args.get(at).and_then(Value::as_str).cloned().unwrap_or_default()
}

fn generate_private_key(call: &Call<'_>, kind: &Str) -> Result<String, FuncError> {
    let mut source = Source::new(call);
    let key = match kind.as_bytes() {
        b"" | b"rsa" => PrivateKey::rsa(&mut source, 4096),
        b"dsa" => PrivateKey::dsa(&mut source),
        b"ecdsa" => PrivateKey::ecdsa(&mut source),
        b"ed25519" => PrivateKey::ed25519(&mut source),
        _ => return Ok(format!("Unknown type {kind}")),
    };
    match key {
        Ok(key) => Ok(key.to_pem()),
        Err(error) if error.is_limit() => Err(error),
        Err(error) => Ok(format!("failed to generate private key: {error}")),
    }
}

fn new_key(call: &Call<'_>) -> Result<PrivateKey, FuncError> {
    PrivateKey::rsa(&mut Source::new(call), 2048).map_err(|error| {
        if error.is_limit() { error } else { FuncError::new(format!("error generating rsa key: {error}")) }
    })
}

fn given_key(text: &[u8]) -> Result<PrivateKey, FuncError> {
    PrivateKey::from_pem(text).map_err(|error| FuncError::new(format!("parsing private key: {error}")))
}

/// The certificate and key of the authority given as an argument.
fn signer(args: &[Value], at: usize) -> Result<(Issuer, PrivateKey), FuncError> {
    let authority = match args.get(at) {
        Some(Value::Object(object)) => object.as_any().downcast_ref::<Certificate>(),
        _ => None,
    };
    let (cert, key) = authority.map(|ca| (ca.cert.clone(), ca.key.clone())).unwrap_or_default();
    let (_, body) = pem::decode(&cert).ok_or_else(|| FuncError::new("unable to decode certificate"))?;
    let issuer = Issuer::read(&body).map_err(|error| {
        FuncError::new(format!("error parsing certificate: decodedSignerCert.Bytes: {error}"))
    })?;
    let key = PrivateKey::from_pem(&key)
        .map_err(|error| FuncError::new(format!("error parsing private key: {error}")))?;
    Ok((issuer, key))
}

/// Sprig's certificate template from the arguments at the given places.
fn template(
    call: &Call<'_>,
    args: &[Value],
    ips: Option<usize>,
    names: Option<usize>,
    days: usize,
    authority: bool,
) -> Result<Template, FuncError> {
    let items = |at: Option<usize>| {
        at.and_then(|at| args.get(at))
            .and_then(Value::as_list)
            .map(|list| list.items().to_vec())
            .unwrap_or_default()
    };
    let mut addresses = Vec::new();
    for ip in items(ips) {
        let Value::Str(written) = &ip else {
            let shown = String::from_utf8_lossy(&text::show(call, &ip)?).into_owned();
            return Err(FuncError::new(format!("error parsing ip: {shown} is not a string")));
        };
        let parsed = written.as_str().and_then(|text| text.parse::<IpAddr>().ok());
        addresses.push(parsed.ok_or_else(|| FuncError::new(format!("error parsing ip: {written}")))?);
    }
    let mut dns = Vec::new();
    for name in items(names) {
        let Value::Str(written) = &name else {
            let shown = String::from_utf8_lossy(&text::show(call, &name)?).into_owned();
            return Err(FuncError::new(format!(
                "error processing alternate dns name: {shown} is not a string"
            )));
        };
        dns.push(written.to_vec());
    }
    let mut serial = [0; 16];
    call.fill_random(&mut serial)?;
    let days = match args.get(days) {
        Some(Value::Int(_, days)) => *days,
        _ => 0,
    };
    let (seconds, nanos) = call.now();
    let not_before = Time::from_unix(seconds, nanos);
    let not_after = not_before.add((24 * 3_600 * duration::SECOND).wrapping_mul(days));
    let common_name = text_at(args, 0).to_vec();
    Ok(Template { serial, common_name, ips: addresses, names: dns, not_before, not_after, authority })
}

fn finish(
    template: &Template,
    key: &PrivateKey,
    signer: Option<(Issuer, PrivateKey)>,
) -> Result<Value, FuncError> {
    let made = match &signer {
        Some((issuer, signer)) => x509::create(template, key, Some(issuer), signer),
        None => x509::create(template, key, None, key),
    };
    let body = made.map_err(|error| FuncError::new(format!("error creating certificate: {error}")))?;
    let cert = Str::from(pem::encode("CERTIFICATE", &body));
    Ok(Value::object(Certificate { cert, key: Str::from(key.to_pem()) }))
}

fn build_custom(call: &Call<'_>, certificate: &[u8], key: &[u8]) -> Result<Value, FuncError> {
    call.charge(certificate.len().saturating_add(key.len()))?;
    let cert =
        base64_decode(certificate).map_err(|_| FuncError::new("unable to decode base64 certificate"))?;
    let key = base64_decode(key).map_err(|_| FuncError::new("unable to decode base64 private key"))?;
    let (_, body) = pem::decode(&cert).ok_or_else(|| FuncError::new("unable to decode certificate"))?;
    Issuer::read(&body)
        .map_err(|error| FuncError::new(format!("error parsing certificate: decodedCert.Bytes: {error}")))?;
    PrivateKey::from_pem(&key)
        .map_err(|error| FuncError::new(format!("error parsing private key: {error}")))?;
    Ok(Value::object(Certificate { cert: Str::from(cert), key: Str::from(key) }))
}
