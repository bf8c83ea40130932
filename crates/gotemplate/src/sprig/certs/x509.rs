//! X.509 certificates as Go's `x509.CreateCertificate` builds them from sprig's template.

use std::net::IpAddr;

use sha2::{Digest, Sha256};

use super::der::{
    self, BOOLEAN, GENERALIZED_TIME, INTEGER, OCTET_STRING, OID, PRINTABLE_STRING, Reader, SEQUENCE, SET,
    UTC_TIME, UTF8_STRING, context, element,
};
use super::keys::PrivateKey;
use crate::gotime::Time;
use crate::quote::quote;

const COMMON_NAME: &[u8] = &[0x55, 0x04, 0x03];
const KEY_USAGE: &[u8] = &[0x55, 0x1d, 0x0f];
const EXTENDED_KEY_USAGE: &[u8] = &[0x55, 0x1d, 0x25];
const BASIC_CONSTRAINTS: &[u8] = &[0x55, 0x1d, 0x13];
const SUBJECT_KEY_ID: &[u8] = &[0x55, 0x1d, 0x0e];
const AUTHORITY_KEY_ID: &[u8] = &[0x55, 0x1d, 0x23];
const SUBJECT_ALT_NAME: &[u8] = &[0x55, 0x1d, 0x11];
const SERVER_AUTH: &[u8] = &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x01];
const CLIENT_AUTH: &[u8] = &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x02];

/// What a certificate is to say.
pub(super) struct Template {
    pub(super) serial: [u8; 16],
    pub(super) common_name: Vec<u8>,
    pub(super) ips: Vec<IpAddr>,
    pub(super) names: Vec<Vec<u8>>,
    pub(super) not_before: Time,
    pub(super) not_after: Time,
    pub(super) authority: bool,
}

/// What is needed of the certificate that signs.
pub(super) struct Issuer {
    /// The encoded subject.
    subject: Vec<u8>,
    public_key: Vec<u8>,
    key_id: Option<Vec<u8>>,
}

impl Issuer {
    /// Reads a certificate; the error is Go's text for one that is malformed.
    pub(super) fn read(certificate: &[u8]) -> Result<Self, String> {
        Self::read_parts(certificate).ok_or_else(|| "x509: malformed certificate".to_owned())
    }

    fn read_parts(certificate: &[u8]) -> Option<Self> {
        let mut whole = Reader(certificate).enter(SEQUENCE)?;
        let mut tbs = whole.enter(SEQUENCE)?;
        tbs.take(context(0));
        tbs.take(INTEGER)?;
        tbs.take(SEQUENCE)?;
        tbs.take(SEQUENCE)?;
        tbs.take(SEQUENCE)?;
        let subject = tbs.next().filter(|e| e.tag == SEQUENCE)?.whole.to_vec();
        let public_key = tbs.next().filter(|e| e.tag == SEQUENCE)?.whole.to_vec();
        let mut key_id = None;
        while let Some(part) = tbs.next() {
            if part.tag != context(3) {
                continue;
            }
            let mut extensions = Reader(part.body).enter(SEQUENCE)?;
            while let Some(mut extension) = extensions.enter(SEQUENCE) {
                let id = extension.take(OID)?;
                extension.take(BOOLEAN);
                let value = extension.take(OCTET_STRING)?;
                if id == SUBJECT_KEY_ID {
                    key_id = Some(Reader(value).take(OCTET_STRING)?.to_vec());
                }
            }
        }
        Some(Self { subject, public_key, key_id })
    }
}

/// The encoded certificate of `key`, signed by `signer`; without an issuer it is signed by itself.
pub(super) fn create(
    template: &Template,
    key: &PrivateKey,
    issuer: Option<&Issuer>,
    signer: &PrivateKey,
) -> Result<Vec<u8>, String> {
    let algorithm = signer.signature_algorithm()?;
    let (public_info, public_key) = key.public()?;
    let subject = name(&template.common_name)?;
    if let Some(issuer) = issuer
        && signer.public()?.0 != issuer.public_key
    {
        return Err("x509: provided PrivateKey doesn't match parent's PublicKey".to_owned());
    }
    let issuer_name = issuer.map_or(&subject, |issuer| &issuer.subject);
    let authority_id = issuer.filter(|_| *issuer_name != subject).and_then(|issuer| issuer.key_id.as_deref());
    let validity = element(SEQUENCE, &[&time(&template.not_before), &time(&template.not_after)]);
    let extensions = extensions(template, &public_key, authority_id, template.common_name.is_empty())?;
    let body = element(
        SEQUENCE,
        &[
            &element(context(0), &[&der::unsigned(&[2])]),
            &der::unsigned(&template.serial),
            &algorithm,
            issuer_name,
            &validity,
            &subject,
            &public_info,
            &element(context(3), &[&extensions]),
        ],
    );
    let signature = signer.sign(&body)?;
    Ok(element(SEQUENCE, &[&body, &algorithm, &der::bits(&signature)]))
}

/// A name with only the common name in it, or with nothing.
fn name(common: &[u8]) -> Result<Vec<u8>, String> {
    if common.is_empty() {
        return Ok(element(SEQUENCE, &[]));
    }
    if std::str::from_utf8(common).is_err() {
        return Err("asn1: string not valid UTF-8".to_owned());
    }
    let printable = common.iter().all(|b| b.is_ascii_alphanumeric() || b" '()+,-./:=?".contains(b));
    let text = element(if printable { PRINTABLE_STRING } else { UTF8_STRING }, &[common]);
    let attribute = element(SEQUENCE, &[&der::oid(COMMON_NAME), &text]);
    Ok(element(SEQUENCE, &[&element(SET, &[&attribute])]))
}

/// `UTCTime` from 1950 to 2049, `GeneralizedTime` outside.
fn time(time: &Time) -> Vec<u8> {
    let year = time.date().0;
    if (1950..2050).contains(&year) {
        element(UTC_TIME, &[&time.format(b"060102150405Z")])
    } else {
        element(GENERALIZED_TIME, &[&time.format(b"20060102150405Z")])
    }
}

fn extension(id: &[u8], critical: bool, value: &[u8]) -> Vec<u8> {
    let flag = if critical { element(BOOLEAN, &[&[0xff]]) } else { Vec::new() };
    element(SEQUENCE, &[&der::oid(id), &flag, &element(OCTET_STRING, &[value])])
}

fn extensions(
    template: &Template,
    public_key: &[u8],
    authority_id: Option<&[u8]>,
    nameless: bool,
) -> Result<Vec<u8>, String> {
    let mut all = Vec::new();
    // Digital signature and key encipherment; for an authority also the signing of certificates.
    let usage: [u8; 2] = if template.authority { [2, 0xa4] } else { [5, 0xa0] };
    all.push(extension(KEY_USAGE, true, &element(der::BIT_STRING, &[&usage])));
    let purposes = element(SEQUENCE, &[&der::oid(SERVER_AUTH), &der::oid(CLIENT_AUTH)]);
    all.push(extension(EXTENDED_KEY_USAGE, false, &purposes));
    let authority = if template.authority { element(BOOLEAN, &[&[0xff]]) } else { Vec::new() };
    all.push(extension(BASIC_CONSTRAINTS, true, &element(SEQUENCE, &[&authority])));
    if template.authority {
        let sum = Sha256::digest(public_key);
        let id = element(OCTET_STRING, &[sum.get(..20).unwrap_or_default()]);
        all.push(extension(SUBJECT_KEY_ID, false, &id));
    }
    if let Some(id) = authority_id {
        let id = element(SEQUENCE, &[&element(0x80, &[id])]);
        all.push(extension(AUTHORITY_KEY_ID, false, &id));
    }
    let mut names = Vec::new();
    for dns in &template.names {
        if !dns.is_ascii() {
            return Err(format!("x509: {} cannot be encoded as an IA5String", quote(dns)));
        }
        names.extend(element(0x82, &[dns]));
    }
    for ip in &template.ips {
        names.extend(match ip.to_canonical() {
            IpAddr::V4(ip) => element(0x87, &[&ip.octets()]),
            IpAddr::V6(ip) => element(0x87, &[&ip.octets()]),
        });
    }
    if !names.is_empty() {
        all.push(extension(SUBJECT_ALT_NAME, nameless, &element(SEQUENCE, &[&names])));
    }
    let all: Vec<&[u8]> = all.iter().map(Vec::as_slice).collect();
    Ok(element(SEQUENCE, &all))
}
