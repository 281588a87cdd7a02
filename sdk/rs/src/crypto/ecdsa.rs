//! ECDSA of the logs of others (`docs/spec/log.md`, section 3): SHA-256 on P-256, P-384 and P-521.
//!
//! A public key has the one DER form of its SubjectPublicKeyInfo with an uncompressed point (RFC 5480), a signature
//! the one DER form of its two integers (RFC 3279). Both are read here, so verdicts do not hang on what a library
//! takes for DER.

use p256::ecdsa::signature::hazmat::PrehashVerifier;

use super::sha256;

#[derive(Clone, Copy)]
enum Curve {
    P256,
    P384,
    P521,
}

/// A curve, the bytes of a coordinate on it, and all of a SubjectPublicKeyInfo before the coordinates.
type Form = (Curve, usize, &'static [u8]);

const FORMS: [Form; 3] = [
    (
        Curve::P256,
        32,
        b"\x30\x59\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07\x03\x42\x00\x04",
    ),
    (
        Curve::P384,
        48,
        b"\x30\x76\x30\x10\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x05\x2b\x81\x04\x00\x22\x03\x62\x00\x04",
    ),
    (
        Curve::P521,
        66,
        b"\x30\x81\x9b\x30\x10\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x05\x2b\x81\x04\x00\x23\x03\x81\x86\x00\x04",
    ),
];

/// The curve of a key, the bytes of its coordinates, and its point: 04 and both coordinates, not known to be on the
/// curve.
fn read_key(spki: &[u8]) -> Option<(Curve, usize, &[u8])> {
    FORMS.iter().find_map(|&(curve, bytes, prefix)| {
        let coordinates = spki.strip_prefix(prefix)?;
        let point = spki.get(prefix.len() - 1..)?;
        (coordinates.len() == 2 * bytes).then_some((curve, bytes, point))
    })
}

/// Whether the bytes are the one form of a key of a curve that is known. Its point may still be none.
pub(crate) fn is_ecdsa_key(spki: &[u8]) -> bool {
    read_key(spki).is_some()
}

/// Both integers of a signature, each at this width.
fn read_signature(der: &[u8], width: usize) -> Option<Vec<u8>> {
    let (body, rest) = read_element(der, 0x30)?;
    let (r, after_r) = read_element(body, 0x02)?;
    let (s, after_s) = read_element(after_r, 0x02)?;
    if !rest.is_empty() || !after_s.is_empty() {
        return None;
    }
    let mut out = Vec::with_capacity(2 * width);
    for integer in [positive(r)?, positive(s)?] {
        out.extend(std::iter::repeat_n(0, width.checked_sub(integer.len())?));
        out.extend(integer);
    }
    Some(out)
}

/// The content of one DER element of this tag, and what follows it. The length is in its shortest form; no signature
/// takes more than a byte for it.
fn read_element(der: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (length, rest) = match der {
        [first, 0x81, length @ 0x80..=0xff, rest @ ..] if *first == tag => (length, rest),
        [first, length @ 0..=0x7f, rest @ ..] if *first == tag => (length, rest),
        _ => return None,
    };
    rest.split_at_checked(usize::from(*length))
}

/// The digits of a positive integer in its shortest form, without the byte of its sign.
fn positive(content: &[u8]) -> Option<&[u8]> {
    match content {
        [0, digits @ ..] if digits.first().is_some_and(|&first| first >= 0x80) => Some(digits),
        [1..=0x7f, ..] => Some(content),
        _ => None,
    }
}

/// The same lines for each curve, whose types share no simple trait.
macro_rules! verify_on {
    ($curve:ident, $point:expr, $digest:expr, $integers:expr) => {{
        let key = $curve::ecdsa::VerifyingKey::from_sec1_bytes($point);
        let signature = $curve::ecdsa::Signature::from_slice($integers);
        key.is_ok_and(|key| signature.is_ok_and(|signature| key.verify_prehash($digest, &signature).is_ok()))
    }};
}

/// Whether `signature`, in strict DER, is an ECDSA signature over the SHA-256 of the message by a key on P-256, P-384
/// or P-521, given as the DER of its SubjectPublicKeyInfo in the one form of RFC 5480 with an uncompressed point
/// (`docs/spec/log.md`, section 3). Either of the two values of S is taken. False for any other form.
pub fn verify_ecdsa(key: &[u8], message: &[u8], signature: &[u8]) -> bool {
    let Some((curve, bytes, point)) = read_key(key) else { return false };
    let Some(integers) = read_signature(signature, bytes) else { return false };
    let digest = sha256(&[message]);
    match curve {
        Curve::P256 => verify_on!(p256, point, &digest, &integers),
        Curve::P384 => verify_on!(p384, point, &digest, &integers),
        Curve::P521 => verify_on!(p521, point, &digest, &integers),
    }
}
