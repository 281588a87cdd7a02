//! A receipt of good form, out of bytes or of a value in memory (`docs/spec/receipt.md`, sections 4, 5 and 7.3).

use std::fmt;
use std::ops::Range;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};

use super::members::{Decoded, check_members};
use super::{ReceiptCode, ReceiptError};
use crate::base64;
use crate::json::{MAX_JSON_BYTES, canonicalize, parse_canonical};
use crate::merkle::{Hash, leaf_hash};

/// Largest receipt, its proof included, in bytes.
const MAX_RECEIPT_BYTES: usize = MAX_JSON_BYTES;
/// Largest entry: canonical bytes without the proof.
const MAX_ENTRY_BYTES: usize = 8192;

/// A receipt that obeys every rule of form. Whether its signature, time, proof and policies are good is for
/// [`verify_receipt`](crate::verify_receipt) to say.
#[derive(Clone, PartialEq, Eq)]
pub struct Receipt {
    object: Map<String, Value>,
    /// Canonical bytes of the object.
    bytes: Vec<u8>,
    /// Where in these the members are, in their order.
    spans: Vec<Range<usize>>,
    /// The same without the proof; none where there is none, and the two are the same.
    entry: Option<Vec<u8>>,
    ts: i64,
    pub(super) public_key: [u8; 32],
    pub(super) signature: [u8; 64],
}

fn not_canonical<E>(_: E) -> ReceiptError {
    ReceiptError::new(ReceiptCode::NotCanonical, "not canonical JSON")
}

fn check_size(bytes: &[u8], max: usize) -> Result<(), ReceiptError> {
    if bytes.len() <= max { Ok(()) } else { Err(ReceiptError::new(ReceiptCode::TooLarge, "too large")) }
}

impl Receipt {
    /// A receipt as bytes, which must be its canonical form exactly: nothing is stripped.
    ///
    /// # Errors
    ///
    /// The first failure of `docs/spec/receipt.md`, section 7.3.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ReceiptError> {
        check_size(bytes, MAX_RECEIPT_BYTES)?;
        let (value, spans) = parse_canonical(bytes).map_err(not_canonical)?;
        check_is_object(&value)?;
        let Value::Object(object) = value else { return Err(not_canonical(())) };
        let has_proof = object.contains_key("log_inclusion");
        let entry = has_proof.then(|| without(bytes, &spans, &["log_inclusion"]));
        check_size(entry.as_deref().unwrap_or(bytes), MAX_ENTRY_BYTES)?;
        let Decoded { ts, public_key, signature } = check_members(&object)?;
        Ok(Self { object, bytes: bytes.to_vec(), spans, entry, ts, public_key, signature })
    }

    /// A receipt held in memory. It is canonicalised, never repaired.
    ///
    /// # Errors
    ///
    /// The first failure of `docs/spec/receipt.md`, section 7.3.
    pub fn from_value(value: &Value) -> Result<Self, ReceiptError> {
        check_is_object(value)?;
        // Read again, so that a number is the same whatever it was in memory, such as 1.0.
        Self::from_bytes(&canonicalize(value).map_err(not_canonical)?)
    }

    /// The canonical bytes of the whole receipt: what a file or a request carries.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The canonical bytes without the proof: what is logged.
    pub fn entry(&self) -> &[u8] {
        self.entry.as_ref().unwrap_or(&self.bytes)
    }

    /// What the signature covers: the canonical bytes without `sig` and `log_inclusion`.
    pub(super) fn signed_bytes(&self) -> Vec<u8> {
        without(&self.bytes, &self.spans, &["sig", "log_inclusion"])
    }

    /// The time that the issuer claims, Unix milliseconds.
    pub fn ts(&self) -> i64 {
        self.ts
    }

    /// The issuer's public key, base64url without padding.
    pub fn issuer(&self) -> &str {
        self.object.get("pubkey").and_then(Value::as_str).unwrap_or_default()
    }

    /// The text of the offline proof, if one is attached.
    pub fn proof(&self) -> Option<&str> {
        self.object.get("log_inclusion")?.get("proof")?.as_str()
    }

    /// The same receipt with this signature in place of another. As both texts have one length, nothing else moves.
    pub(super) fn with_signature(mut self, signature: [u8; 64]) -> Self {
        let text = base64::encode_url(&signature);
        let span = self.spans.iter().find(|span| is_member(self.bytes.get((*span).clone()), "sig"));
        // The text is followed by the closing quote.
        let range = span.map(|span| span.end - 1 - text.len()..span.end - 1).unwrap_or_default();
        if let Some(place) = self.bytes.get_mut(range) {
            place.copy_from_slice(text.as_bytes());
        }
        self.object.insert("sig".to_owned(), text.into());
        Self { signature, ..self }
    }

    /// All members, by their names.
    pub fn members(&self) -> &Map<String, Value> {
        &self.object
    }
}

/// Whether the text of a member is that of this one, whose name needs no escape.
fn is_member(member: Option<&[u8]>, name: &str) -> bool {
    let rest = member.and_then(|member| member.strip_prefix(b"\"")?.strip_prefix(name.as_bytes()));
    rest.is_some_and(|rest| rest.starts_with(b"\":"))
}

/// Canonical bytes of an object without some members.
fn without(bytes: &[u8], spans: &[Range<usize>], names: &[&str]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    out.push(b'{');
    for span in spans {
        let member = bytes.get(span.clone());
        if names.iter().any(|name| is_member(member, name)) {
            continue;
        }
        if out.len() > 1 {
            out.push(b',');
        }
        out.extend_from_slice(member.unwrap_or_default());
    }
    out.push(b'}');
    out
}

fn check_is_object(value: &Value) -> Result<(), ReceiptError> {
    if value.is_object() { Ok(()) } else { Err(ReceiptError::new(ReceiptCode::WrongForm, "expected a JSON object")) }
}

/// The leaf hash of the receipt's entry, which identifies it in a log. A proof does not change it.
pub fn receipt_leaf_hash(receipt: &Receipt) -> Hash {
    leaf_hash(receipt.entry())
}

/// The canonical text.
impl fmt::Display for Receipt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&String::from_utf8_lossy(&self.bytes))
    }
}

impl fmt::Debug for Receipt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Receipt({:?})", String::from_utf8_lossy(&self.bytes))
    }
}

/// As its JSON object. Canonical bytes are those of [`encode_receipt`](crate::encode_receipt).
impl Serialize for Receipt {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.object.serialize(serializer)
    }
}

/// Out of its JSON object, in any form that `serde_json` takes for it. Bytes that are to be verified are for
/// [`verify_receipt`](crate::verify_receipt).
impl<'de> Deserialize<'de> for Receipt {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        Self::from_value(&value).map_err(serde::de::Error::custom)
    }
}
