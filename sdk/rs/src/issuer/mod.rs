//! Keys of issuers: Ed25519 keys that sign receipts.
//!
//! Kept as PKCS#8 PEM (RFC 8410), as 32 raw bytes, or as the text of a log's key that `tecp keygen` writes. Memory
//! with a secret is overwritten when it is freed, and no error or `Debug` shows one.

mod file;

use std::error::Error;
use std::fmt;
use std::io;

use ed25519_dalek::{Signer, SigningKey};
use zeroize::Zeroizing;

use crate::base64;
use crate::note::{KeyType, VerifierKey, split_key};

/// Random bytes of the operating system. Panics when it has none, as nothing may be made with less.
#[allow(clippy::expect_used)]
pub(crate) fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("the operating system has randomness");
    bytes
}

/// Why a key cannot be read or written.
#[derive(Debug)]
#[non_exhaustive]
pub enum KeyError {
    /// The text or the file is no key of an issuer. What it holds is not repeated.
    Malformed,
    /// The file may be read or changed by others than its owner: `chmod 600`, and think of who has read it.
    Exposed,
    /// The file cannot be read or written; one that exists is never written over.
    Io(io::Error),
}

impl KeyError {
    /// The stable code: `malformed`, `exposed` or `io`.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::Exposed => "exposed",
            Self::Io(_) => "io",
        }
    }
}

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed => {
                f.write_str("not an issuer key: expected PKCS#8 PEM of Ed25519, 32 bytes, or PRIVATE+KEY+")
            }
            Self::Exposed => f.write_str("the file of an issuer key must not be open to others than its owner"),
            Self::Io(error) => write!(f, "file of an issuer key: {error}"),
        }
    }
}

impl Error for KeyError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Io(error) => Some(error),
            Self::Malformed | Self::Exposed => None,
        }
    }
}

impl From<io::Error> for KeyError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

const PEM_BEGIN: &str = "-----BEGIN PRIVATE KEY-----";
const PEM_END: &str = "-----END PRIVATE KEY-----";
/// All of the 48 bytes of a PKCS#8 Ed25519 key before its seed (RFC 8410).
const PKCS8_PREFIX: &[u8] = b"\x30\x2e\x02\x01\x00\x30\x05\x06\x03\x2b\x65\x70\x04\x22\x04\x20";

/// The bytes of the one block of a text, around which there is at most white space.
fn decode_pem(text: &str) -> Option<Zeroizing<Vec<u8>>> {
    let mut lines = text.trim_matches([' ', '\t', '\r', '\n']).lines();
    if lines.next() != Some(PEM_BEGIN) || lines.next_back() != Some(PEM_END) {
        return None;
    }
    // Room for all of it from the beginning: a text that grew would leave copies behind.
    let mut digits = Zeroizing::new(String::with_capacity(text.len()));
    digits.extend(lines);
    base64::decode(&digits).map(Zeroizing::new)
}

/// The key of an issuer. Its `Debug` shows the public key only, and its memory is overwritten when it is dropped.
#[derive(Clone)]
pub struct IssuerKey {
    key: SigningKey,
    /// base64url of the public key.
    public_key: String,
}

impl IssuerKey {
    /// A new key.
    ///
    /// # Panics
    ///
    /// When the operating system has no randomness.
    pub fn generate() -> Self {
        Self::from_seed(&Zeroizing::new(random()))
    }

    /// The key of 32 secret bytes.
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        let key = SigningKey::from_bytes(seed);
        let public_key = base64::encode_url(key.verifying_key().as_bytes());
        Self { key, public_key }
    }

    /// The 32 secret bytes. Do not copy them to where they stay.
    pub fn seed(&self) -> &[u8; 32] {
        self.key.as_bytes()
    }

    /// The key of a PKCS#8 PEM text: the 48 bytes of RFC 8410, without the public key (`docs/spec/receipt.md`,
    /// section 6.4).
    ///
    /// # Errors
    ///
    /// [`KeyError::Malformed`].
    pub fn from_pem(pem: &str) -> Result<Self, KeyError> {
        let der = decode_pem(pem).ok_or(KeyError::Malformed)?;
        let seed = der.strip_prefix(PKCS8_PREFIX).and_then(|seed| seed.try_into().ok());
        seed.map(Self::from_seed).ok_or(KeyError::Malformed)
    }

    /// PKCS#8 PEM, without the public key, as every library reads it.
    pub fn to_pem(&self) -> Zeroizing<String> {
        let der = Zeroizing::new([PKCS8_PREFIX, self.seed()].concat());
        let digits = Zeroizing::new(base64::encode(&der));
        Zeroizing::new([PEM_BEGIN, "\n", &digits, "\n", PEM_END, "\n"].concat())
    }

    /// The key of the text `PRIVATE+KEY+<name>+<key ID>+<base64>`, of a log's type, 0x01.
    fn from_note_key(text: &str) -> Option<Self> {
        let (name, id, bytes) = split_key(text.strip_prefix("PRIVATE+KEY+")?)?;
        let bytes = Zeroizing::new(bytes);
        let seed = bytes.strip_prefix(&[KeyType::Ed25519.byte()])?;
        let key = Self::from_seed(seed.try_into().ok()?);
        let verifier = VerifierKey::new(name, KeyType::Ed25519, key.key.verifying_key().as_bytes()).ok()?;
        (verifier.id() == id).then_some(key)
    }

    /// The public key: base64url of 32 bytes, without padding.
    pub fn public_key(&self) -> &str {
        &self.public_key
    }

    pub(crate) fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.key.sign(message).to_bytes()
    }
}

impl fmt::Debug for IssuerKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "IssuerKey({})", self.public_key)
    }
}

#[cfg(test)]
mod tests;
