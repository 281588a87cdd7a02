//! Requests read member by member (`docs/spec/verifier.md`, section 2), and the short answers to those that get no
//! result.

use crate::base64;
use crate::bytes::MAX_INTEGER;
use crate::error::ProtocolError;
use crate::merkle::Hash;
use crate::note::{VerifierKey, parse_verifier_key};
use crate::policy::{Policy, parse_policy};
use serde_json::{Map, Value, json};

/// A request, or an object in it.
pub(super) struct Request(Map<String, Value>);

/// All that is to be said to a request without a result.
pub(super) struct Refusal(pub Value);

pub(super) type Read<T> = Result<T, Refusal>;

impl Refusal {
    pub(super) fn error(code: &str) -> Self {
        Self(json!({ "error": code }))
    }

    pub(super) fn bad_request() -> Self {
        Self::error("bad-request")
    }

    pub(super) fn bad_option(field: &str) -> Self {
        Self(json!({"error": "bad-option", "field": field}))
    }

    pub(super) fn malformed() -> Self {
        Self::error("malformed")
    }
}

impl From<ProtocolError> for Refusal {
    fn from(error: ProtocolError) -> Self {
        Self::error(error.code().as_str())
    }
}

impl Request {
    pub(super) fn parse(line: &[u8]) -> Read<Self> {
        match serde_json::from_slice(line) {
            Ok(Value::Object(members)) => Ok(Self(members)),
            _ => Err(Refusal::bad_request()),
        }
    }

    pub(super) fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    fn read<'a, T>(&'a self, name: &str, read: impl Fn(&'a Value) -> Option<T>) -> Read<T> {
        self.get(name).and_then(read).ok_or_else(Refusal::bad_request)
    }

    pub(super) fn object(&self, name: &str) -> Read<Self> {
        self.read(name, Value::as_object).map(|members| Self(members.clone()))
    }

    pub(super) fn text(&self, name: &str) -> Read<&str> {
        self.read(name, Value::as_str)
    }

    pub(super) fn texts(&self, name: &str) -> Read<Vec<&str>> {
        self.read(name, as_texts)
    }

    pub(super) fn bytes(&self, name: &str) -> Read<Vec<u8>> {
        self.read(name, as_bytes)
    }

    pub(super) fn hash(&self, name: &str) -> Read<Hash> {
        self.read(name, as_hash)
    }

    pub(super) fn hashes(&self, name: &str) -> Read<Vec<Hash>> {
        self.read(name, |value| value.as_array()?.iter().map(as_hash).collect())
    }

    /// An integer from 0 to 2^53-1.
    pub(super) fn count(&self, name: &str) -> Read<u64> {
        self.read(name, as_count)
    }

    /// Any integer; one beyond 64 bits with a sign is as good as the last within.
    pub(super) fn integer(&self, name: &str) -> Read<i64> {
        self.read(name, |value| value.as_i64().or(value.as_u64().map(|_| i64::MAX)))
    }

    /// The keys of a member, all of which parse.
    pub(super) fn keys(&self, name: &str) -> Read<Vec<VerifierKey>> {
        self.texts(name)?.into_iter().map(|text| Ok(parse_verifier_key(text)?)).collect()
    }

    /// The trust policy.
    pub(super) fn policy(&self) -> Read<Policy> {
        let bytes = self.get("policy").ok_or_else(Refusal::bad_request).map(as_bytes)?;
        let policy = bytes.and_then(|bytes| parse_policy(str::from_utf8(&bytes).ok()?).ok());
        policy.ok_or_else(|| Refusal::bad_option("policy"))
    }
}

pub(super) fn as_texts(value: &Value) -> Option<Vec<&str>> {
    value.as_array()?.iter().map(Value::as_str).collect()
}

pub(super) fn as_count(value: &Value) -> Option<u64> {
    value.as_u64().filter(|&count| count <= MAX_INTEGER)
}

fn as_bytes(value: &Value) -> Option<Vec<u8>> {
    base64::decode(value.as_str()?)
}

fn as_hash(value: &Value) -> Option<Hash> {
    as_bytes(value)?.try_into().ok()
}
