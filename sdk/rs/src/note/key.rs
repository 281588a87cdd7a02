//! Verifier keys of signed notes (C2SP signed-note; `docs/spec/log.md`, section 3): a name, a type byte and a public
//! key, identified by the name and a key ID of four bytes.

use std::fmt;

use crate::base64;
use crate::bytes::to_hex;
use crate::crypto::{
    ML_DSA_44_PUBLIC_KEY_BYTES, is_ecdsa_key, is_strict_point, sha256, verify_ecdsa, verify_ed25519, verify_ml_dsa_44,
};
use crate::error::{ErrorCode, ProtocolError};

/// Longest key name, in bytes.
const MAX_KEY_NAME_BYTES: usize = 255;
/// Longest text of a key that is looked at, in bytes; an ML-DSA-44 key takes about 2,050.
const MAX_KEY_TEXT_BYTES: usize = 4096;

/// What a key is, and what it signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum KeyType {
    /// 0x01: Ed25519, of a log.
    Ed25519,
    /// 0x02: ECDSA, of a log of others.
    Ecdsa,
    /// 0x04: Ed25519, of a witness.
    CosignatureEd25519,
    /// 0x06: ML-DSA-44, of a witness or of a log that cosigns its own tree.
    MlDsa44,
}

impl KeyType {
    fn from_byte(byte: u8) -> Option<Self> {
        match byte {
            0x01 => Some(Self::Ed25519),
            0x02 => Some(Self::Ecdsa),
            0x04 => Some(Self::CosignatureEd25519),
            0x06 => Some(Self::MlDsa44),
            _ => None,
        }
    }

    /// The byte before the public key in the text of a key.
    pub fn byte(self) -> u8 {
        match self {
            Self::Ed25519 => 0x01,
            Self::Ecdsa => 0x02,
            Self::CosignatureEd25519 => 0x04,
            Self::MlDsa44 => 0x06,
        }
    }

    /// Whether keys of this type sign the text of a note as it is.
    pub fn signs_texts(self) -> bool {
        matches!(self, Self::Ed25519 | Self::Ecdsa)
    }

    /// Whether a log may sign with a key of this type.
    pub fn is_log(self) -> bool {
        matches!(self, Self::Ed25519 | Self::Ecdsa | Self::MlDsa44)
    }

    /// Whether a witness may cosign with a key of this type.
    pub fn is_witness(self) -> bool {
        matches!(self, Self::CosignatureEd25519 | Self::MlDsa44)
    }

    fn takes(self, public_key: &[u8]) -> bool {
        match self {
            Self::Ed25519 | Self::CosignatureEd25519 => public_key.try_into().is_ok_and(is_strict_point),
            Self::Ecdsa => is_ecdsa_key(public_key),
            Self::MlDsa44 => public_key.len() == ML_DSA_44_PUBLIC_KEY_BYTES,
        }
    }
}

/// A key that signatures of notes are verified with; see [`parse_verifier_key`].
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct VerifierKey {
    name: String,
    id: [u8; 4],
    key_type: KeyType,
    public_key: Vec<u8>,
}

impl VerifierKey {
    /// The name of the key; for a log's own key, its origin. It may hold any character but white space, plus signs and
    /// those below U+0020: escape it before it is shown.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The key ID: eight lowercase hex digits.
    pub fn id(&self) -> String {
        to_hex(&self.id)
    }

    pub(crate) fn id_bytes(&self) -> [u8; 4] {
        self.id
    }

    /// What kind of key it is.
    pub fn key_type(&self) -> KeyType {
        self.key_type
    }

    /// The public key: 32 bytes of Ed25519, 1,312 of ML-DSA-44, or the DER of a SubjectPublicKeyInfo.
    pub fn public_key(&self) -> &[u8] {
        &self.public_key
    }

    /// Whether the bytes are a signature by this key over the message proper.
    pub(crate) fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        match self.key_type {
            KeyType::Ed25519 | KeyType::CosignatureEd25519 => verify_ed25519(&self.public_key, message, signature),
            KeyType::Ecdsa => verify_ecdsa(&self.public_key, message, signature),
            KeyType::MlDsa44 => verify_ml_dsa_44(&self.public_key, message, signature),
        }
    }

    pub(crate) fn new(name: &str, key_type: KeyType, public_key: &[u8]) -> Result<Self, ProtocolError> {
        if !is_key_name(name) {
            return Err(bad_key("name of other than 1 to 255 bytes without white space and plus"));
        }
        if !key_type.takes(public_key) {
            return Err(bad_key("public key that its type does not take"));
        }
        let digest = match key_type {
            KeyType::Ecdsa => sha256(&[public_key]),
            _ => sha256(&[name.as_bytes(), b"\n", &[key_type.byte()], public_key]),
        };
        let [a, b, c, d, ..] = digest;
        Ok(Self { name: name.to_owned(), id: [a, b, c, d], key_type, public_key: public_key.to_vec() })
    }
}

/// The canonical text: `name+id+base64(type || public key)`.
impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = [&[self.key_type.byte()], self.public_key.as_slice()].concat();
        write!(f, "{}+{}+{}", self.name, self.id(), base64::encode(&bytes))
    }
}

impl fmt::Debug for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VerifierKey({:?}, {}, {:?})", self.name, self.id(), self.key_type)
    }
}

fn bad_key(detail: &'static str) -> ProtocolError {
    ProtocolError::new(ErrorCode::BadKey, detail)
}

/// Whether `name` may name a key: 1 to 255 bytes without white space, plus signs, and characters below U+0020.
pub(crate) fn is_key_name(name: &str) -> bool {
    let is_allowed = |c: char| !c.is_whitespace() && c != '+' && c >= ' ';
    (1..=MAX_KEY_NAME_BYTES).contains(&name.len()) && name.chars().all(is_allowed)
}

/// The three parts of the text of a key, the last one decoded: a type byte and the key. Base64 may itself hold plus
/// signs.
pub(crate) fn split_key(text: &str) -> Option<(&str, &str, Vec<u8>)> {
    if text.len() > MAX_KEY_TEXT_BYTES {
        return None;
    }
    let (name, rest) = text.split_once('+')?;
    let (id, encoded) = rest.split_once('+')?;
    Some((name, id, base64::decode(encoded)?))
}

/// Parses a verifier key, `name+id+base64(type || public key)`, of one of the types of [`KeyType`].
///
/// # Errors
///
/// `bad-key`: the text is not the one that such a key has, or the key itself is none.
pub fn parse_verifier_key(text: &str) -> Result<VerifierKey, ProtocolError> {
    let (name, id, bytes) = split_key(text).ok_or_else(|| bad_key("expected name+id+base64"))?;
    let (&byte, public_key) = bytes.split_first().ok_or_else(|| bad_key("expected a type and a key"))?;
    let key_type = KeyType::from_byte(byte).ok_or_else(|| bad_key("unknown type of key"))?;
    let key = VerifierKey::new(name, key_type, public_key)?;
    if key.id() == id { Ok(key) } else { Err(bad_key("key ID of another key")) }
}
