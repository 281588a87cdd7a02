//! Making receipts (`docs/spec/receipt.md`, section 6; `docs/spec/verifier.md`, section 4).

use std::io::{self, Read};
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::members::VERSION;
use super::{Receipt, ReceiptError};
use crate::base64;
use crate::crypto::sha256;
use crate::issuer::{IssuerKey, random};
use crate::merkle::Hash;

/// An input or an output: its bytes, or their SHA-256 where it is too large to be held, or must not be.
#[derive(Clone, Copy, Debug)]
pub enum Payload<'a> {
    /// The bytes themselves, which are hashed.
    Bytes(&'a [u8]),
    /// Their SHA-256, such as [`hash_stream`] returns.
    Sha256(Hash),
}

impl Payload<'_> {
    fn hash(&self) -> Hash {
        match self {
            Self::Bytes(bytes) => sha256(&[bytes]),
            Self::Sha256(hash) => *hash,
        }
    }
}

impl<'a> From<&'a [u8]> for Payload<'a> {
    fn from(bytes: &'a [u8]) -> Self {
        Self::Bytes(bytes)
    }
}

impl<'a, const N: usize> From<&'a [u8; N]> for Payload<'a> {
    fn from(bytes: &'a [u8; N]) -> Self {
        Self::Bytes(bytes)
    }
}

impl<'a> From<&'a Vec<u8>> for Payload<'a> {
    fn from(bytes: &'a Vec<u8>) -> Self {
        Self::Bytes(bytes)
    }
}

impl<'a> From<&'a str> for Payload<'a> {
    fn from(text: &'a str) -> Self {
        Self::Bytes(text.as_bytes())
    }
}

/// The SHA-256 of all that a reader gives, for inputs and outputs that are too large to be held in memory.
///
/// # Errors
///
/// Those of the reader.
pub fn hash_stream(mut reader: impl Read) -> io::Result<Hash> {
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 64 * 1024];
    loop {
        match reader.read(&mut buffer) {
            Ok(0) => return Ok(hash.finalize().into()),
            Ok(count) => hash.update(buffer.get(..count).unwrap_or_default()),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// What a receipt says. The same values, with `ts` and `nonce` given, make the same receipt in every implementation.
#[derive(Clone, Debug)]
pub struct ReceiptParams<'a> {
    /// The key that signs.
    pub key: &'a IssuerKey,
    /// Which code ran: 1 to 256 printable ASCII characters, such as `git:<hex>`.
    pub code_ref: &'a str,
    /// What went in. The receipt holds its hash.
    pub input: Payload<'a>,
    /// What came out. The receipt holds its hash.
    pub output: Payload<'a>,
    /// At most 64 ids of policies that the issuer claims, in any order, none twice.
    pub policy_ids: &'a [&'a str],
    /// Unix milliseconds, 1 to 2^53-1; the machine's clock where there is none.
    pub ts: Option<i64>,
    /// 16 to 64 bytes that no other receipt has; 16 random ones where there are none.
    pub nonce: Option<&'a [u8]>,
    /// An object of `scheme` and `evidence`.
    pub key_erasure: Option<Value>,
    /// An object of `region` and `provider`, both optional.
    pub environment: Option<Value>,
    /// An object of `seq` and `prev`, which counts the receipts of this key.
    pub chain: Option<Value>,
    /// An object of anything, such as `policy_enforced`.
    pub ext: Option<Value>,
}

impl<'a> ReceiptParams<'a> {
    /// A receipt of what code made of an input, now, and without policies. Everything else is a member to be set:
    ///
    /// ```
    /// # use tecp::{IssuerKey, ReceiptParams, create_receipt};
    /// # let key = IssuerKey::generate();
    /// let params = ReceiptParams {
    ///     policy_ids: &["no_retention", "eu_region"],
    ///     ext: Some(serde_json::json!({"policy_enforced": {"no_retention": "tmpfs"}})),
    ///     ..ReceiptParams::new(&key, "git:0123abcd", b"in", b"out")
    /// };
    /// assert!(create_receipt(&params).is_ok());
    /// ```
    pub fn new(
        key: &'a IssuerKey,
        code_ref: &'a str,
        input: impl Into<Payload<'a>>,
        output: impl Into<Payload<'a>>,
    ) -> Self {
        Self {
            key,
            code_ref,
            input: input.into(),
            output: output.into(),
            policy_ids: &[],
            ts: None,
            nonce: None,
            key_erasure: None,
            environment: None,
            chain: None,
            ext: None,
        }
    }

    /// The members of the receipt without its signature.
    fn members(&self) -> Map<String, Value> {
        let random_nonce: [u8; 16];
        let nonce = match self.nonce {
            Some(nonce) => nonce,
            None => {
                random_nonce = random();
                &random_nonce
            }
        };
        let mut policy_ids = self.policy_ids.to_vec();
        policy_ids.sort_unstable();
        let mut members = Map::new();
        let mut set = |name: &str, value: Value| members.insert(name.to_owned(), value);
        set("version", VERSION.into());
        set("code_ref", self.code_ref.into());
        set("ts", self.ts.unwrap_or_else(now_ms).into());
        set("nonce", base64::encode_url(nonce).into());
        set("input_hash", base64::encode_url(&self.input.hash()).into());
        set("output_hash", base64::encode_url(&self.output.hash()).into());
        set("policy_ids", policy_ids.into());
        set("pubkey", self.key.public_key().into());
        let optional = [
            ("key_erasure", &self.key_erasure),
            ("environment", &self.environment),
            ("chain", &self.chain),
            ("ext", &self.ext),
        ];
        for (name, value) in optional {
            if let Some(value) = value {
                set(name, value.clone());
            }
        }
        members
    }
}

/// The machine's time, Unix milliseconds.
fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// Passes every check of form, so that all else can be checked before anything is signed.
const PLACEHOLDER: [u8; 64] = [2; 64];

/// Signs a receipt. What a verifier would refuse by its form is not signed.
///
/// # Errors
///
/// The first failure of `docs/spec/receipt.md`, section 7.3, such as E-SCHEMA-002 in `policy_ids` for a policy that
/// is given twice.
///
/// # Panics
///
/// When `nonce` is none and the operating system has no randomness.
pub fn create_receipt(params: &ReceiptParams<'_>) -> Result<Receipt, ReceiptError> {
    let mut members = params.members();
    members.insert("sig".to_owned(), base64::encode_url(&PLACEHOLDER).into());
    let unsigned = Receipt::from_value(&Value::Object(members))?;
    let signature = params.key.sign(&unsigned.signed_bytes());
    Ok(unsigned.with_signature(signature))
}

/// The receipt with the tlog-proof that a log handed out, in place of any that it has. The proof is not verified.
///
/// # Errors
///
/// E-SIZE-001 for a proof with which the receipt is too large.
pub fn attach_proof(receipt: &Receipt, proof: &str) -> Result<Receipt, ReceiptError> {
    let mut members = receipt.members().clone();
    let inclusion = Map::from_iter([("proof".to_owned(), Value::from(proof))]);
    members.insert("log_inclusion".to_owned(), Value::Object(inclusion));
    Receipt::from_value(&Value::Object(members))
}

/// The canonical bytes of a receipt: what a file, with a newline after it, or a request carries.
pub fn encode_receipt(receipt: &Receipt) -> Vec<u8> {
    receipt.as_bytes().to_vec()
}
