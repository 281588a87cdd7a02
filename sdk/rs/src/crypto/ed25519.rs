//! The Ed25519 verdict of `docs/spec/receipt.md`, section 6.2.
//!
//! Libraries differ in encodings of y >= p, of x = 0 with a sign, of points of small order, and of S >= L. All of
//! these are refused on bytes; what is left to the library is the equation without the cofactor.

use ed25519_dalek::{Signature, Verifier, VerifyingKey};

/// The y coordinates of the eight points of small order, little-endian, sign bit clear. Either sign bit is refused:
/// where x is not 0 both signs are such points, where x is 0 a sign is not canonical.
const SMALL_ORDER_Y: [[u8; 32]; 5] = [
    hex32("0100000000000000000000000000000000000000000000000000000000000000"),
    hex32("ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"),
    hex32("0000000000000000000000000000000000000000000000000000000000000000"),
    hex32("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"),
    hex32("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"),
];
/// p = 2^255 - 19, little-endian.
const FIELD_PRIME: [u8; 32] = hex32("edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f");
/// The group order L = 2^252 + 27742317777372353535851937790883648493, little-endian.
const GROUP_ORDER: [u8; 32] = hex32("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");

#[allow(clippy::indexing_slicing)] // Evaluated by the compiler, which would refuse an index that is none.
const fn hex32(text: &str) -> [u8; 32] {
    const fn digit(byte: u8) -> u8 {
        if byte <= b'9' { byte - b'0' } else { byte - b'a' + 10 }
    }
    let digits = text.as_bytes();
    let mut out = [0; 32];
    let mut i = 0;
    while i < 32 {
        out[i] = digit(digits[2 * i]) << 4 | digit(digits[2 * i + 1]);
        i += 1;
    }
    out
}

/// Whether a little-endian number is below another.
fn is_below(a: &[u8; 32], b: &[u8; 32]) -> bool {
    a.iter().rev().lt(b.iter().rev())
}

/// Whether 32 bytes may encode a point that is not of small order, in its one encoding. Whether they are on the
/// curve at all is left to the equation.
pub(crate) fn is_strict_point(point: &[u8; 32]) -> bool {
    let mut y = *point;
    if let Some(last) = y.last_mut() {
        *last &= 0x7f;
    }
    is_below(&y, &FIELD_PRIME) && !SMALL_ORDER_Y.contains(&y)
}

/// Whether 64 bytes are R || S with an acceptable R, and S < L.
pub(crate) fn is_strict_signature(signature: &[u8; 64]) -> bool {
    let (Some(r), Some(s)) = (signature.first_chunk(), signature.last_chunk()) else { return false };
    is_strict_point(r) && is_below(s, &GROUP_ORDER)
}

/// The equation alone: for a key and a signature that have passed the byte checks.
pub(crate) fn verify_checked(key: &[u8; 32], message: &[u8], signature: &[u8; 64]) -> bool {
    // `verify` compares the encoding of [S]B - [k]A with the bytes of R. `verify_strict` would decompress R as
    // well, to find what the byte checks have found.
    VerifyingKey::from_bytes(key).is_ok_and(|key| key.verify(message, &Signature::from_bytes(signature)).is_ok())
}

/// Whether 64 bytes are a signature of the message by an Ed25519 key of 32 bytes, by the one verdict of TECP: only
/// canonical encodings, no point of small order, S below the group order, and no cofactor
/// (`docs/spec/receipt.md`, section 6.2). False for any other length.
pub fn verify_ed25519(key: &[u8], message: &[u8], signature: &[u8]) -> bool {
    let (Ok(key), Ok(signature)) = (key.try_into(), signature.try_into()) else { return false };
    is_strict_point(key) && is_strict_signature(signature) && verify_checked(key, message, signature)
}
