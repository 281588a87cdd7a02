//! The form of each member of a receipt (`docs/spec/receipt.md`, section 4), in the order of its table: the first
//! failure is the one reported.

use serde_json::{Map, Value};

use super::{ReceiptCode, ReceiptError};
use crate::base64;
use crate::crypto::{is_strict_point, is_strict_signature};
use crate::json::utf16_order;

type Object = Map<String, Value>;
type Checked<T = ()> = Result<T, ReceiptError>;

pub(super) const VERSION: &str = "TECP-0.1";
const KEY_ERASURE_SCHEMES: [&str; 4] = ["counter+seal@tee", "hw-hsm", "sw-secure", "sw-sim"];
const MAX_CODE_REF_BYTES: usize = 256;
const MAX_POLICIES: usize = 64;
const MAX_POLICY_ID_BYTES: usize = 64;

/// The decoded values that later steps need.
pub(super) struct Decoded {
    pub ts: i64,
    pub public_key: [u8; 32],
    pub signature: [u8; 64],
}

/// Whether this version defines a member of this name.
pub(super) fn is_member(name: &str) -> bool {
    let is_required = matches!(
        name,
        "version" | "code_ref" | "ts" | "nonce" | "input_hash" | "output_hash" | "policy_ids" | "pubkey" | "sig"
    );
    is_required || matches!(name, "key_erasure" | "environment" | "chain" | "ext" | "log_inclusion")
}

fn wrong(field: impl Into<String>, expected: &'static str) -> ReceiptError {
    ReceiptError::of_field(ReceiptCode::WrongForm, field, expected)
}

fn missing(field: impl Into<String>) -> ReceiptError {
    ReceiptError::of_field(ReceiptCode::Missing, field, "missing")
}

/// Checks every member in its order.
pub(super) fn check_members(object: &Object) -> Checked<Decoded> {
    check_version(text(object, "version")?)?;
    check_code_ref(text(object, "code_ref")?)?;
    let ts = check_ts(required(object, "ts")?)?;
    check_bytes(text(object, "nonce")?, "nonce", 16, 64)?;
    check_bytes(text(object, "input_hash")?, "input_hash", 32, 32)?;
    check_bytes(text(object, "output_hash")?, "output_hash", 32, 32)?;
    check_policy_ids(required(object, "policy_ids")?)?;
    let public_key = decode_strict(object, "pubkey", is_strict_point)?;
    let signature = decode_strict(object, "sig", is_strict_signature)?;
    if_present(object, "key_erasure", check_key_erasure)?;
    if_present(object, "environment", check_environment)?;
    if_present(object, "chain", check_chain)?;
    if_present(object, "ext", |ext| as_object(ext, "ext").map(drop))?;
    if_present(object, "log_inclusion", check_log_inclusion)?;
    Ok(Decoded { ts, public_key, signature })
}

fn required<'a>(object: &'a Object, name: &str) -> Checked<&'a Value> {
    object.get(name).ok_or_else(|| missing(name))
}

fn as_text<'a>(value: &'a Value, field: &str) -> Checked<&'a str> {
    value.as_str().ok_or_else(|| wrong(field, "expected a string"))
}

fn as_object<'a>(value: &'a Value, field: &str) -> Checked<&'a Object> {
    value.as_object().ok_or_else(|| wrong(field, "expected an object"))
}

/// A required member that is a string.
fn text<'a>(object: &'a Object, name: &str) -> Checked<&'a str> {
    as_text(required(object, name)?, name)
}

fn if_present(object: &Object, name: &str, check: impl FnOnce(&Value) -> Checked) -> Checked {
    object.get(name).map_or(Ok(()), check)
}

fn check_version(version: &str) -> Checked {
    if version == VERSION {
        Ok(())
    } else {
        Err(ReceiptError::of_field(ReceiptCode::UnknownVersion, "version", "expected TECP-0.1"))
    }
}

fn check_code_ref(code_ref: &str) -> Checked {
    let is_printable = code_ref.bytes().all(|byte| (0x20..=0x7e).contains(&byte));
    if is_printable && (1..=MAX_CODE_REF_BYTES).contains(&code_ref.len()) {
        Ok(())
    } else {
        Err(wrong("code_ref", "expected 1 to 256 printable ASCII characters"))
    }
}

fn check_ts(ts: &Value) -> Checked<i64> {
    match ts.as_i64() {
        Some(ts) if ts >= 1 => Ok(ts),
        Some(_) => Err(ReceiptError::of_field(ReceiptCode::NoTime, "ts", "expected 1 to 2^53-1")),
        None => Err(wrong("ts", "expected an integer")),
    }
}

fn check_bytes(encoded: &str, field: &str, min: usize, max: usize) -> Checked {
    let length = base64::decode_url(encoded).map(|bytes| bytes.len());
    if length.is_some_and(|length| (min..=max).contains(&length)) {
        Ok(())
    } else {
        Err(wrong(field, "expected unpadded base64url of as many bytes as it has"))
    }
}

fn check_policy_ids(value: &Value) -> Checked {
    let refuse = || wrong("policy_ids", "expected at most 64 ids [a-z0-9][a-z0-9_]{0,63}, strictly ascending");
    let ids = value.as_array().filter(|ids| ids.len() <= MAX_POLICIES).ok_or_else(refuse)?;
    let mut previous = "";
    for id in ids {
        let id = id.as_str().filter(|id| is_policy_id(id) && *id > previous).ok_or_else(refuse)?;
        previous = id;
    }
    Ok(())
}

fn is_policy_id(id: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    id.len() <= MAX_POLICY_ID_BYTES && !id.is_empty() && !id.starts_with('_') && id.bytes().all(is_allowed)
}

/// Bytes of a key or a signature, which fail with E-SIG-001 for anything that is a string.
fn decode_strict<const N: usize>(object: &Object, name: &str, is_strict: fn(&[u8; N]) -> bool) -> Checked<[u8; N]> {
    let bytes = base64::decode_url(text(object, name)?).and_then(|bytes| bytes.try_into().ok());
    bytes.filter(is_strict).ok_or_else(|| {
        ReceiptError::of_field(ReceiptCode::MalformedSignature, name, "not an acceptable Ed25519 encoding")
    })
}

/// An object with no members but these.
fn closed_object<'a>(value: &'a Value, field: &str, required: &[&str], optional: &[&str]) -> Checked<&'a Object> {
    let object = as_object(value, field)?;
    for name in required {
        if !object.contains_key(*name) {
            return Err(missing(format!("{field}.{name}")));
        }
    }
    let is_surplus = |name: &&String| !required.contains(&name.as_str()) && !optional.contains(&name.as_str());
    match object.keys().filter(is_surplus).min_by(|a, b| utf16_order(a, b)) {
        Some(surplus) => Err(wrong(format!("{field}.{surplus}"), "no such member")),
        None => Ok(object),
    }
}

fn check_key_erasure(value: &Value) -> Checked {
    let object = closed_object(value, "key_erasure", &["scheme", "evidence"], &[])?;
    let scheme = object.get("scheme").and_then(Value::as_str);
    if !scheme.is_some_and(|scheme| KEY_ERASURE_SCHEMES.contains(&scheme)) {
        return Err(wrong("key_erasure.scheme", "expected counter+seal@tee, hw-hsm, sw-secure or sw-sim"));
    }
    if_present(object, "evidence", |evidence| as_text(evidence, "key_erasure.evidence").map(drop))
}

fn check_environment(value: &Value) -> Checked {
    let object = closed_object(value, "environment", &[], &["region", "provider"])?;
    if_present(object, "region", |region| as_text(region, "environment.region").map(drop))?;
    if_present(object, "provider", |provider| as_text(provider, "environment.provider").map(drop))
}

fn check_chain(value: &Value) -> Checked {
    let object = closed_object(value, "chain", &["seq"], &["prev"])?;
    let seq = object.get("seq").and_then(Value::as_i64).filter(|&seq| seq >= 0);
    let seq = seq.ok_or_else(|| wrong("chain.seq", "expected an integer from 0"))?;
    match object.get("prev") {
        None if seq > 0 => Err(missing("chain.prev")),
        None => Ok(()),
        Some(_) if seq == 0 => Err(wrong("chain.prev", "no such member at seq 0")),
        Some(prev) => check_bytes(as_text(prev, "chain.prev")?, "chain.prev", 32, 32),
    }
}

fn check_log_inclusion(value: &Value) -> Checked {
    let object = closed_object(value, "log_inclusion", &["proof"], &[])?;
    if_present(object, "proof", |proof| as_text(proof, "log_inclusion.proof").map(drop))
}
