//! Private keys: RSA, DSA, ECDSA and Ed25519, made from an injected random source, read from and written to PEM.

use num_bigint_dig::{BigUint, ModInverse};
use p256::elliptic_curve::sec1::ToEncodedPoint;
use rsa::traits::{PrivateKeyParts, PublicKeyParts};
use rsa::{Pkcs1v15Sign, RsaPrivateKey};
use sha2::{Digest, Sha256, Sha384};

use super::der::{self, BIT_STRING, INTEGER, NULL, OCTET_STRING, OID, Reader, SEQUENCE, context, element};
use super::primes::{is_probable_prime, prime};
use super::{Source, pem};
use crate::func::FuncError;

const RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
const RSA_SHA256: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b];
const EC: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
const P256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
const P384: &[u8] = &[0x2b, 0x81, 0x04, 0x00, 0x22];
const ECDSA_SHA256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02];
const ECDSA_SHA384: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x03];
const ED25519: &[u8] = &[0x2b, 0x65, 0x70];
/// The public exponent that everyone uses, a prime.
const RSA_EXPONENT: u64 = 65_537;
/// `DigestInfo` of a SHA-256 sum, up to the sum.
const SHA256_INFO: &[u8] = &[
    0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00,
    0x04, 0x20,
];

/// A private key.
pub(super) enum PrivateKey {
    Rsa(Box<RsaPrivateKey>),
    P256(p256::SecretKey),
    P384(p384::SecretKey),
    Ed25519(ed25519_dalek::SigningKey),
    /// p, q, g, y, x.
    Dsa([BigUint; 5]),
}

impl PrivateKey {
    /// An RSA key of that many bits, a multiple of 128.
    pub(super) fn rsa(source: &mut Source<'_, '_>, bits: usize) -> Result<Self, FuncError> {
        // What this takes grows with about the fourth power of the size.
        source.account((bits / 256) as u64 * (bits / 256) as u64)?;
        let words = bits / 128;
        loop {
            let (p, q) = (prime(source, words, RSA_EXPONENT)?, prime(source, words, RSA_EXPONENT)?);
            if p != q {
                let key = RsaPrivateKey::from_p_q(p, q, BigUint::from(RSA_EXPONENT));
                let key = key.map_err(|error| FuncError::new(error.to_string()))?;
                return Ok(Self::Rsa(Box::new(key)));
            }
        }
    }

    /// An ECDSA key on P-256.
    pub(super) fn ecdsa(source: &mut Source<'_, '_>) -> Result<Self, FuncError> {
        source.account(1)?;
        let key = p256::SecretKey::random(source);
        source.check()?;
        Ok(Self::P256(key))
    }

    /// An Ed25519 key.
    pub(super) fn ed25519(source: &mut Source<'_, '_>) -> Result<Self, FuncError> {
        source.account(1)?;
        let key = ed25519_dalek::SigningKey::generate(source);
        source.check()?;
        Ok(Self::Ed25519(key))
    }

    /// A DSA key with new parameters of 2048 and 256 bits.
    pub(super) fn dsa(source: &mut Source<'_, '_>) -> Result<Self, FuncError> {
        source.account(128)?;
        let one = BigUint::from(1_u8);
        let low_bit = |n: BigUint| if &n % 2_u8 == BigUint::from(0_u8) { n + 1_u8 } else { n };
        let (p, q) = 'q: loop {
            let q = low_bit(source.number(32, true)?);
            if !is_probable_prime(source, &q)? {
                continue;
            }
            for _ in 0..4 * 2048 {
                let candidate = source.number(256, true)?;
                let rest = (&candidate - &one) % (&q * 2_u8);
                let p = candidate - rest;
                if p.bits() == 2048 && is_probable_prime(source, &p)? {
                    break 'q (p, q);
                }
                source.step()?;
            }
        };
        let exponent = (&p - &one) / &q;
        let g = (2_u8..=255).map(|h| BigUint::from(h).modpow(&exponent, &p)).find(|g| *g != one);
        let g = g.ok_or_else(|| FuncError::new("dsa: no generator"))?;
        let x = loop {
            let x = source.number(32, false)? % &q;
            if x != BigUint::from(0_u8) {
                break x;
            }
        };
        let y = g.modpow(&x, &p);
        Ok(Self::Dsa([p, q, g, y, x]))
    }

    /// Reads a PEM block as sprig does; the error is sprig's text.
    pub(super) fn from_pem(text: &[u8]) -> Result<Self, String> {
        let (kind, body) = pem::decode(text).ok_or("no PEM data in input")?;
        let malformed = "x509: malformed private key".to_owned();
        match kind.as_str() {
            "PRIVATE KEY" => {
                Self::read_pkcs8(&body).ok_or_else(|| format!("decoding PEM as PKCS#8: {malformed}"))
            }
            "RSA PRIVATE KEY" => {
                Self::read_rsa(&body).ok_or_else(|| format!("parsing RSA private key from PEM: {malformed}"))
            }
            "EC PRIVATE KEY" => Self::read_ec(&body, None)
                .ok_or_else(|| format!("parsing EC private key from PEM: {malformed}")),
            "DSA PRIVATE KEY" => {
                Self::read_dsa(&body).ok_or_else(|| format!("parsing DSA private key from PEM: {malformed}"))
            }
            kind if kind.ends_with(" PRIVATE KEY") => Err(format!("invalid private key type {kind}")),
            kind => Err(format!("no private key data in PEM block of type {kind}")),
        }
    }

    fn read_pkcs8(body: &[u8]) -> Option<Self> {
        let mut reader = Reader(body).enter(SEQUENCE)?;
        reader.take(INTEGER)?;
        let mut algorithm = reader.enter(SEQUENCE)?;
        let key = reader.take(OCTET_STRING)?;
        match algorithm.take(OID)? {
            RSA => Self::read_rsa(key),
            EC => Self::read_ec(key, algorithm.take(OID)),
            ED25519 => {
                let seed: [u8; 32] = Reader(key).take(OCTET_STRING)?.try_into().ok()?;
                Some(Self::Ed25519(ed25519_dalek::SigningKey::from_bytes(&seed)))
            }
            _ => None,
        }
    }

    fn read_rsa(body: &[u8]) -> Option<Self> {
        let mut reader = Reader(body).enter(SEQUENCE)?;
        let mut next = || reader.take(INTEGER).map(BigUint::from_bytes_be);
        let (_, n, e, d, p, q) = (next()?, next()?, next()?, next()?, next()?, next()?);
        // Larger keys take seconds per signature; nobody has them.
        if n.bits() > 16_384 {
            return None;
        }
        RsaPrivateKey::from_components(n, e, d, vec![p, q]).ok().map(|key| Self::Rsa(Box::new(key)))
    }

    fn read_ec(body: &[u8], curve: Option<&[u8]>) -> Option<Self> {
        let mut reader = Reader(body).enter(SEQUENCE)?;
        reader.take(INTEGER)?;
        let secret = reader.take(OCTET_STRING)?;
        let named = reader.enter(context(0)).and_then(|mut inner| inner.take(OID));
        match named.or(curve)? {
            P256 => p256::SecretKey::from_slice(secret).ok().map(Self::P256),
            P384 => p384::SecretKey::from_slice(secret).ok().map(Self::P384),
            _ => None,
        }
    }

    fn read_dsa(body: &[u8]) -> Option<Self> {
        let mut reader = Reader(body).enter(SEQUENCE)?;
        let mut next = || reader.take(INTEGER).map(BigUint::from_bytes_be);
        next()?;
        Some(Self::Dsa([next()?, next()?, next()?, next()?, next()?]))
    }

    /// The PEM block that sprig writes for a key of this kind.
    pub(super) fn to_pem(&self) -> String {
        match self {
            Self::Rsa(key) => pem::encode("RSA PRIVATE KEY", &rsa_body(key)),
            Self::P256(key) => {
                let public = key.public_key().to_encoded_point(false);
                pem::encode("EC PRIVATE KEY", &ec_body(&key.to_bytes(), P256, public.as_bytes()))
            }
            Self::P384(key) => {
                let public = key.public_key().to_encoded_point(false);
                pem::encode("EC PRIVATE KEY", &ec_body(&key.to_bytes(), P384, public.as_bytes()))
            }
            Self::Ed25519(key) => {
                let algorithm = element(SEQUENCE, &[&der::oid(ED25519)]);
                let seed = element(OCTET_STRING, &[&element(OCTET_STRING, &[&key.to_bytes()])]);
                pem::encode("PRIVATE KEY", &element(SEQUENCE, &[&der::unsigned(&[]), &algorithm, &seed]))
            }
            Self::Dsa(numbers) => {
                let mut body = der::unsigned(&[]);
                for number in numbers {
                    body.extend(der::unsigned(&number.to_bytes_be()));
                }
                pem::encode("DSA PRIVATE KEY", &element(SEQUENCE, &[&body]))
            }
        }
    }

    /// The `SubjectPublicKeyInfo`, and the bits of the key within; DSA keys are refused in `x509`'s words.
    pub(super) fn public(&self) -> Result<(Vec<u8>, Vec<u8>), String> {
        let ec = |curve: &[u8], point: &[u8]| (vec![der::oid(EC), der::oid(curve)], point.to_vec());
        let (algorithm, key) = match self {
            Self::Rsa(key) => {
                let numbers = [key.n().to_bytes_be(), key.e().to_bytes_be()].map(|n| der::unsigned(&n));
                let key = element(SEQUENCE, &[&numbers[0], &numbers[1]]);
                (vec![der::oid(RSA), element(NULL, &[])], key)
            }
            Self::P256(key) => ec(P256, key.public_key().to_encoded_point(false).as_bytes()),
            Self::P384(key) => ec(P384, key.public_key().to_encoded_point(false).as_bytes()),
            Self::Ed25519(key) => (vec![der::oid(ED25519)], key.verifying_key().to_bytes().to_vec()),
            Self::Dsa(_) => return Err("x509: unsupported public key type: *dsa.PublicKey".to_owned()),
        };
        let algorithm = element(SEQUENCE, &algorithm.iter().map(Vec::as_slice).collect::<Vec<_>>());
        Ok((element(SEQUENCE, &[&algorithm, &der::bits(&key)]), key))
    }

    /// The identifier of the algorithm that [`Self::sign`] uses.
    pub(super) fn signature_algorithm(&self) -> Result<Vec<u8>, String> {
        let parts = match self {
            Self::Rsa(_) => vec![der::oid(RSA_SHA256), element(NULL, &[])],
            Self::P256(_) => vec![der::oid(ECDSA_SHA256)],
            Self::P384(_) => vec![der::oid(ECDSA_SHA384)],
            Self::Ed25519(_) => vec![der::oid(ED25519)],
            Self::Dsa(_) => {
                return Err("x509: certificate private key does not implement crypto.Signer".to_owned());
            }
        };
        Ok(element(SEQUENCE, &parts.iter().map(Vec::as_slice).collect::<Vec<_>>()))
    }

    /// Signs a message; all these signatures are deterministic.
    pub(super) fn sign(&self, message: &[u8]) -> Result<Vec<u8>, String> {
        use ed25519_dalek::Signer;
        use p256::ecdsa::signature::hazmat::PrehashSigner;
        match self {
            Self::Rsa(key) => {
                let scheme = Pkcs1v15Sign { hash_len: Some(32), prefix: SHA256_INFO.into() };
                key.sign(scheme, &Sha256::digest(message)).map_err(|error| error.to_string())
            }
            Self::P256(key) => {
                let key = p256::ecdsa::SigningKey::from(key);
                let signed: Result<p256::ecdsa::Signature, _> = key.sign_prehash(&Sha256::digest(message));
                signed.map(|s| s.to_der().as_bytes().to_vec()).map_err(|error| error.to_string())
            }
            Self::P384(key) => {
                let key = p384::ecdsa::SigningKey::from(key);
                let signed: Result<p384::ecdsa::Signature, _> = key.sign_prehash(&Sha384::digest(message));
                signed.map(|s| s.to_der().as_bytes().to_vec()).map_err(|error| error.to_string())
            }
            Self::Ed25519(key) => Ok(key.sign(message).to_bytes().to_vec()),
            Self::Dsa(_) => Err("x509: certificate private key does not implement crypto.Signer".to_owned()),
        }
    }
}

/// `RSAPrivateKey` of PKCS #1.
fn rsa_body(key: &RsaPrivateKey) -> Vec<u8> {
    let one = BigUint::from(1_u8);
    let zero = BigUint::from(0_u8);
    let [p, q] = [0, 1].map(|i| key.primes().get(i).cloned().unwrap_or_else(|| one.clone()));
    let reduced = |prime: &BigUint| if *prime > one { key.d() % (prime - &one) } else { zero.clone() };
    let inverse = (&q).mod_inverse(&p).and_then(|n| n.to_biguint()).unwrap_or_else(|| zero.clone());
    let numbers = [
        zero.clone(),
        key.n().clone(),
        key.e().clone(),
        key.d().clone(),
        p.clone(),
        q.clone(),
        reduced(&p),
        reduced(&q),
        inverse,
    ];
    let body: Vec<u8> = numbers.iter().flat_map(|n| der::unsigned(&n.to_bytes_be())).collect();
    element(SEQUENCE, &[&body])
}

/// `ECPrivateKey` of SEC 1.
fn ec_body(secret: &[u8], curve: &[u8], public: &[u8]) -> Vec<u8> {
    element(
        SEQUENCE,
        &[
            &der::unsigned(&[1]),
            &element(OCTET_STRING, &[secret]),
            &element(context(0), &[&der::oid(curve)]),
            &element(context(1), &[&element(BIT_STRING, &[&[0], public])]),
        ],
    )
}
