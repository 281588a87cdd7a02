//! `canonical`, `leaf-hash`, the signatures, `inclusion` and `consistency`.

use serde_json::{Value, json};

use super::request::{Read, Request};
use crate::base64;
use crate::bytes::to_hex;
use crate::json::{canonicalize, parse_json};
use crate::merkle::{self, verify_consistency, verify_inclusion};

pub(super) fn canonical(request: &Request) -> Read<Value> {
    let value = parse_json(&request.bytes("json")?)?;
    Ok(json!({ "canonical": base64::encode(&canonicalize(&value)?) }))
}

pub(super) fn leaf_hash(request: &Request) -> Read<Value> {
    Ok(json!({ "leaf_hash": to_hex(&merkle::leaf_hash(&request.bytes("entry")?)) }))
}

pub(super) fn signature(request: &Request, verify: fn(&[u8], &[u8], &[u8]) -> bool) -> Read<Value> {
    let (key, message, signature) = (request.bytes("key")?, request.bytes("message")?, request.bytes("sig")?);
    Ok(json!({ "valid": verify(&key, &message, &signature) }))
}

pub(super) fn inclusion(request: &Request) -> Read<Value> {
    let (leaf, root) = (request.hash("leaf")?, request.hash("root")?);
    let (index, size) = (request.count("index")?, request.count("size")?);
    Ok(json!({ "valid": verify_inclusion(&leaf, index, size, &request.hashes("proof")?, &root) }))
}

pub(super) fn consistency(request: &Request) -> Read<Value> {
    let (old_size, new_size) = (request.count("old_size")?, request.count("new_size")?);
    let (old_root, new_root) = (request.hash("old_root")?, request.hash("new_root")?);
    Ok(json!({ "valid": verify_consistency(old_size, &old_root, new_size, &new_root, &request.hashes("proof")?) }))
}
