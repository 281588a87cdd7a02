//! Signatures with verdicts that do not hang on a library: the bytes of keys and signatures are judged first.

mod ecdsa;
mod ed25519;
mod ml_dsa;

pub(crate) use ecdsa::is_ecdsa_key;
pub use ecdsa::verify_ecdsa;
pub use ed25519::verify_ed25519;
pub(crate) use ed25519::{is_strict_point, is_strict_signature, verify_checked};
pub(crate) use ml_dsa::ML_DSA_44_PUBLIC_KEY_BYTES;
pub use ml_dsa::verify_ml_dsa_44;

use sha2::{Digest, Sha256};

/// SHA-256 of the parts, one after the other.
pub(crate) fn sha256(parts: &[&[u8]]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part);
    }
    hash.finalize().into()
}

#[cfg(test)]
mod tests;
