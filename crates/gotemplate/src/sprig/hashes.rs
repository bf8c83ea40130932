//! Sums and passwords: `sha256sum`, `bcrypt`, `htpasswd`, `derivePassword`, `encryptAES`.

use aes::Aes256;
use aes::cipher::block_padding::NoPadding;
use aes::cipher::{BlockDecryptMut, BlockEncryptMut, KeyIvInit};
use hmac::{Hmac, Mac};
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha512};

use super::encode::{base64_decode, base64_encode};
use super::panic;
use crate::func::{Call, FuncError, FuncMap, Function, Sig, Ty};
use crate::str::Str;
use crate::value::{UintKind, Value};

/// What Go's `bcrypt.DefaultCost` is.
const BCRYPT_COST: u32 = 10;

/// Steps that one slow key derivation (tens of milliseconds) counts for.
pub(super) const SLOW: u64 = 500_000;

pub(super) fn add(m: &mut FuncMap) {
    m.add_with_call("sha1sum", |call: &mut Call<'_>, s: Str| sum::<Sha1>(call, &s));
    m.add_with_call("sha256sum", |call: &mut Call<'_>, s: Str| sum::<Sha256>(call, &s));
    m.add_with_call("sha512sum", |call: &mut Call<'_>, s: Str| sum::<Sha512>(call, &s));
    m.add("adler32sum", |s: Str| adler32(&s).to_string());
    m.add_with_call("bcrypt", |call: &mut Call<'_>, s: Str| bcrypt_text(call, &s));
    m.add_with_call(
        "htpasswd",
        |call: &mut Call<'_>, user: Str, password: Str| -> Result<Vec<u8>, FuncError> {
            if user.contains(&b':') {
                return Ok([b"invalid username: ".as_slice(), &user].concat());
            }
            Ok([&user, b":".as_slice(), bcrypt_text(call, &password)?.as_bytes()].concat())
        },
    );
    const DERIVE: Sig = Sig::fixed(&[Ty::Uint(UintKind::Uint32), Ty::Str, Ty::Str, Ty::Str, Ty::Str]);
    m.insert(
        "derivePassword",
        Function::new(DERIVE, |call, args| {
            let counter = match args.first() {
                Some(Value::Uint(_, n)) => *n as u32,
                _ => 0,
            };
            let text = |at: usize| args.get(at).and_then(Value::as_str).cloned().unwrap_or_default();
            derive_password(call, counter, &text(1), &text(2), &text(3), &text(4)).map(Value::str)
        }),
    );
    m.add_with_call("encryptAES", |call: &mut Call<'_>, password: Str, text: Str| {
        encrypt(call, &password, &text)
    });
    m.add_with_call("decryptAES", |call: &mut Call<'_>, password: Str, text: Str| {
        decrypt(call, &password, &text)
    });
}

/// Lower case hexadecimal.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .flat_map(|b| [b >> 4, b & 15])
        .filter_map(|digit| char::from_digit(u32::from(digit), 16))
        .collect()
}

fn sum<D: Digest>(call: &Call<'_>, text: &[u8]) -> Result<String, FuncError> {
    call.step(1 + text.len() as u64 / 64)?;
    Ok(hex(&D::digest(text)))
}

fn adler32(text: &[u8]) -> u32 {
    let (mut a, mut b) = (1_u32, 0_u32);
    for byte in text {
        a = (a + u32::from(*byte)) % 65_521;
        b = (b + a) % 65_521;
    }
    b << 16 | a
}

fn bcrypt_text(call: &Call<'_>, password: &[u8]) -> Result<String, FuncError> {
    if password.len() > 72 {
        let why = "bcrypt: password length exceeds 72 bytes";
        return Ok(format!("failed to encrypt string with bcrypt: {why}"));
    }
    call.step(SLOW)?;
    let mut salt = [0; 16];
    call.fill_random(&mut salt)?;
    match bcrypt::hash_with_salt(password, BCRYPT_COST, salt) {
        Ok(parts) => Ok(parts.format_for_version(bcrypt::Version::TwoA)),
        Err(error) => Ok(format!("failed to encrypt string with bcrypt: {error}")),
    }
}

/// The templates of the Master Password algorithm, by kind of password.
const TEMPLATES: [(&str, &[&str]); 6] = [
    ("maximum", &["anoxxxxxxxxxxxxxxxxx", "axxxxxxxxxxxxxxxxxno"]),
    (
        "long",
        &[
            "CvcvnoCvcvCvcv",
            "CvcvCvcvnoCvcv",
            "CvcvCvcvCvcvno",
            "CvccnoCvcvCvcv",
            "CvccCvcvnoCvcv",
            "CvccCvcvCvcvno",
            "CvcvnoCvccCvcv",
            "CvcvCvccnoCvcv",
            "CvcvCvccCvcvno",
            "CvcvnoCvcvCvcc",
            "CvcvCvcvnoCvcc",
            "CvcvCvcvCvccno",
            "CvccnoCvccCvcv",
            "CvccCvccnoCvcv",
            "CvccCvccCvcvno",
            "CvcvnoCvccCvcc",
            "CvcvCvccnoCvcc",
            "CvcvCvccCvccno",
            "CvccnoCvcvCvcc",
            "CvccCvcvnoCvcc",
            "CvccCvcvCvccno",
        ],
    ),
    ("medium", &["CvcnoCvc", "CvcCvcno"]),
    ("short", &["Cvcn"]),
    ("basic", &["aaanaaan", "aannaaan", "aaannaaa"]),
    ("pin", &["nnnn"]),
];

/// The characters a letter of a template stands for.
fn template_characters(letter: u8) -> &'static [u8] {
    match letter {
        b'V' => b"AEIOU",
        b'C' => b"BCDFGHJKLMNPQRSTVWXYZ",
        b'v' => b"aeiou",
        b'c' => b"bcdfghjklmnpqrstvwxyz",
        b'a' => b"AEIOUaeiouBCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz",
        b'n' => b"0123456789",
        b'o' => b"@&%?,=[]_:-+*$#!'^~;()/.",
        _ => b"AEIOUaeiouBCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz0123456789!@#$%^&*()",
    }
}

fn derive_password(
    call: &Call<'_>,
    counter: u32,
    kind: &Str,
    password: &[u8],
    user: &[u8],
    site: &[u8],
) -> Result<Vec<u8>, FuncError> {
    const SEED: &[u8] = b"com.lyndir.masterpassword";
    let failed = |what: String| Ok(format!("failed to derive password: {what}").into_bytes());
    let Some((_, templates)) = TEMPLATES.iter().find(|(name, _)| *kind == *name) else {
        return Ok([b"cannot find password template ".as_slice(), kind].concat());
    };
    call.step(4 * SLOW)?;
    let length = |text: &[u8]| (text.len() as u32).to_be_bytes();
    let salt = [SEED, &length(user), user].concat();
    let params = match scrypt::Params::new(15, 8, 2, 64) {
        Ok(params) => params,
        Err(error) => return failed(error.to_string()),
    };
    let mut key = [0; 64];
    if let Err(error) = scrypt::scrypt(password, &salt, &params, &mut key) {
        return failed(error.to_string());
    }
    let mut mac = match Hmac::<Sha256>::new_from_slice(&key) {
        Ok(mac) => mac,
        Err(error) => return failed(error.to_string()),
    };
    mac.update(&[SEED, &length(site), site, &counter.to_be_bytes()].concat());
    let seed = mac.finalize().into_bytes();
    let pick = |at: usize| usize::from(seed.get(at).copied().unwrap_or(0));
    let template = templates.get(pick(0) % templates.len()).copied().unwrap_or_default();
    let letters = template.bytes().enumerate().filter_map(|(i, letter)| {
        let characters = template_characters(letter);
        characters.get(pick(i + 1) % characters.len()).copied()
    });
    Ok(letters.collect())
}

/// The first 32 bytes of the password, padded with zeros.
fn aes_key(password: &[u8]) -> [u8; 32] {
    let mut key = [0; 32];
    for (to, from) in key.iter_mut().zip(password) {
        *to = *from;
    }
    key
}

fn encrypt(call: &Call<'_>, password: &[u8], text: &[u8]) -> Result<String, FuncError> {
    if text.is_empty() {
        return Ok(String::new());
    }
    call.charge(text.len().saturating_mul(3))?;
    let padding = 16 - text.len() % 16;
    let mut content = text.to_vec();
    content.resize(text.len() + padding, padding as u8);
    let mut iv = [0; 16];
    call.fill_random(&mut iv)?;
    let cipher = cbc::Encryptor::<Aes256>::new(&aes_key(password).into(), &iv.into());
    let length = content.len();
    let sealed = cipher
        .encrypt_padded_mut::<NoPadding>(&mut content, length)
        .map_err(|error| FuncError::new(error.to_string()))?;
    Ok(base64_encode(&[iv.as_slice(), sealed].concat()))
}

fn decrypt(call: &Call<'_>, password: &[u8], text: &[u8]) -> Result<Vec<u8>, FuncError> {
    if text.is_empty() {
        return Ok(Vec::new());
    }
    call.charge(text.len())?;
    let sealed = base64_decode(text).map_err(FuncError::new)?;
    let out_of_range = |what: String| panic(format!("runtime error: slice bounds out of range {what}"));
    let Some((iv, content)) = sealed.split_first_chunk::<16>() else {
        return Err(out_of_range(format!("[:16] with capacity {}", sealed.len())));
    };
    let mut content = content.to_vec();
    if !content.len().is_multiple_of(16) {
        return Err(panic("crypto/cipher: input not full blocks"));
    }
    let cipher = cbc::Decryptor::<Aes256>::new(&aes_key(password).into(), iv.into());
    let plain = cipher
        .decrypt_padded_mut::<NoPadding>(&mut content)
        .map_err(|error| FuncError::new(error.to_string()))?;
    let Some(padding) = plain.last() else {
        return Err(panic("runtime error: index out of range [-1]"));
    };
    match plain.len().checked_sub(usize::from(*padding)) {
        Some(end) => Ok(plain.get(..end).unwrap_or_default().to_vec()),
        None => {
            let end = plain.len() as i64 - i64::from(*padding);
            Err(out_of_range(format!("[:{end}]")))
        }
    }
}
