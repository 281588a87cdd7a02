//! ML-DSA-44 (FIPS 204), pure and with an empty context.

use ml_dsa::signature::Verifier;
use ml_dsa::{MlDsa44, Signature, VerifyingKey};

pub(crate) const ML_DSA_44_PUBLIC_KEY_BYTES: usize = 1312;

/// Whether 2,420 bytes are a pure ML-DSA-44 signature of the message with an empty context, by a key of 1,312 bytes
/// (FIPS 204). False for any other length.
pub fn verify_ml_dsa_44(key: &[u8], message: &[u8], signature: &[u8]) -> bool {
    let (Ok(key), Ok(signature)) = (key.try_into(), signature.try_into()) else { return false };
    let Some(signature) = Signature::<MlDsa44>::decode(signature) else { return false };
    VerifyingKey::<MlDsa44>::decode(key).verify(message, &signature).is_ok()
}
