//! `note`, `checkpoint`, `policy` and `proof` (`docs/spec/verifier.md`, section 5).

use serde_json::{Map, Value, json};

use super::request::{Read, Refusal, Request};
use crate::base64;
use crate::error::{ErrorCode, ProtocolError};
use crate::note::{KeyType, LogIdentity, VerifierKey, open_checkpoint, open_note};
use crate::policy::parse_policy;
use crate::proof::verify_proof;

/// A text must be UTF-8; bytes that are not are as malformed as a text that is none of its format.
fn as_text(bytes: &[u8]) -> Read<&str> {
    str::from_utf8(bytes).map_err(|_| Refusal::malformed())
}

/// Keys are judged before the text.
fn check_keys(keys: &[VerifierKey], is_of_kind: fn(KeyType) -> bool) -> Result<(), ProtocolError> {
    let all_are = keys.iter().all(|key| is_of_kind(key.key_type()));
    if all_are { Ok(()) } else { Err(ProtocolError::new(ErrorCode::BadKey, "key of another kind")) }
}

fn texts(keys: &[VerifierKey]) -> Vec<String> {
    keys.iter().map(VerifierKey::to_string).collect()
}

pub(super) fn note(request: &Request) -> Read<Value> {
    let bytes = request.bytes("note")?;
    let keys = request.keys("keys")?;
    check_keys(&keys, KeyType::signs_texts)?;
    let opened = open_note(as_text(&bytes)?, &keys)?;
    Ok(json!({"text": base64::encode(opened.text.as_bytes()), "verified": texts(&opened.verified)}))
}

pub(super) fn checkpoint(request: &Request) -> Read<Value> {
    let bytes = request.bytes("note")?;
    let origin = request.text("origin")?.to_owned();
    request.texts("keys")?;
    let has_witnesses = request.get("witness_keys").is_some();
    if has_witnesses {
        request.texts("witness_keys")?;
    }
    let keys = request.keys("keys")?;
    let witness_keys = if has_witnesses { request.keys("witness_keys")? } else { Vec::new() };
    check_keys(&keys, KeyType::is_log)?;
    check_keys(&witness_keys, KeyType::is_witness)?;
    let opened = open_checkpoint(as_text(&bytes)?, &LogIdentity { origin, keys, witness_keys })?;
    let cosignatures = opened.cosignatures.iter();
    let cosignatures: Value =
        cosignatures.map(|line| json!({"key": line.key.to_string(), "time": line.time})).collect();
    Ok(json!({
        "origin": opened.checkpoint.origin,
        "size": opened.checkpoint.size,
        "root": base64::encode(&opened.checkpoint.root),
        "extensions": opened.checkpoint.extensions,
        "verified": texts(&opened.verified),
        "cosignatures": cosignatures,
    }))
}

/// An object without the members that are null.
fn present<const N: usize>(members: [(&str, Value); N]) -> Value {
    let members = members.into_iter().filter(|(_, value)| !value.is_null());
    Value::Object(members.map(|(name, value)| (name.to_owned(), value)).collect::<Map<_, _>>())
}

pub(super) fn policy(request: &Request) -> Read<Value> {
    let bytes = request.bytes("policy")?;
    let policy = parse_policy(as_text(&bytes)?)?;
    let logs = policy.logs().iter().map(|log| present([("key", json!(log.key.to_string())), ("url", json!(log.url))]));
    let witnesses = policy.witnesses().iter().map(|witness| {
        present([("name", json!(witness.name)), ("key", json!(witness.key.to_string())), ("url", json!(witness.url))])
    });
    let groups = policy
        .groups()
        .iter()
        .map(|group| json!({"name": group.name, "threshold": group.threshold, "members": group.members}));
    Ok(json!({
        "logs": logs.collect::<Value>(),
        "witnesses": witnesses.collect::<Value>(),
        "groups": groups.collect::<Value>(),
        "quorum": policy.quorum(),
    }))
}

pub(super) fn proof(request: &Request) -> Read<Value> {
    let (bytes, leaf) = (request.bytes("proof")?, request.hash("leaf")?);
    let policy = request.policy()?;
    let verified = verify_proof(as_text(&bytes)?, &leaf, &policy)?;
    Ok(present([
        ("origin", json!(verified.origin)),
        ("index", json!(verified.index)),
        ("tree_size", json!(verified.tree_size)),
        ("witnesses", json!(verified.witnesses)),
        ("quorum_met", json!(verified.quorum_met)),
        ("logged_at", json!(verified.logged_at)),
    ]))
}
