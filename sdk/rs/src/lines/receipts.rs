//! `verify` and `create`, and the verdict as it is answered (`docs/spec/verifier.md`, sections 3 and 4).

use serde_json::{Value, json};

use super::request::{Read, Refusal, Request, as_count, as_texts};
use crate::base64;
use crate::issuer::IssuerKey;
use crate::receipt::{Payload, Profile, ReceiptParams, Verdict, VerifyOptions, create_receipt, verify_receipt};

/// Options are looked at after all required members, in the order in which a bad one is reported.
pub(super) fn verify(request: &Request) -> Read<Value> {
    let receipt = request.bytes("receipt")?;
    let now = request.get("now").ok_or_else(Refusal::bad_request)?;
    let profile = match request.get("profile") {
        Some(name) => name.as_str().and_then(|name| name.parse().ok()).ok_or_else(|| Refusal::bad_option("profile"))?,
        None => Profile::default(),
    };
    let now_ms = as_count(now).and_then(|now| i64::try_from(now).ok()).ok_or_else(|| Refusal::bad_option("now"))?;
    let policy = request.get("policy").map(|_| request.policy()).transpose()?;
    let trusted_keys = match request.get("trusted_keys") {
        Some(keys) => Some(as_texts(keys).ok_or_else(|| Refusal::bad_option("trusted_keys"))?),
        None => None,
    };
    let trusted_keys = trusted_keys.map(|keys| keys.into_iter().map(str::to_owned).collect());
    let options = VerifyOptions { profile, now_ms, policy: policy.as_ref(), trusted_keys };
    match verify_receipt(&receipt, &options) {
        Ok(verdict) => Ok(verdict_answer(&verdict)),
        Err(error) => Err(Refusal::bad_option(error.field())),
    }
}

/// What is compared of a verdict: all but the messages.
pub(super) fn verdict_answer(verdict: &Verdict) -> Value {
    let mut answer = verdict.to_value();
    for list in ["errors", "warnings"] {
        let findings = answer.get_mut(list).and_then(Value::as_array_mut);
        for finding in findings.into_iter().flatten().filter_map(Value::as_object_mut) {
            finding.remove("message");
        }
    }
    answer
}

pub(super) fn create(request: &Request) -> Read<Value> {
    let seed = request.hash("seed")?;
    let params = request.object("params")?;
    let (input, output, nonce) = (params.bytes("input")?, params.bytes("output")?, params.bytes("nonce")?);
    let optional = |name| params.get(name).cloned();
    let created = create_receipt(&ReceiptParams {
        key: &IssuerKey::from_seed(&seed),
        code_ref: params.text("code_ref")?,
        input: Payload::Bytes(&input),
        output: Payload::Bytes(&output),
        policy_ids: &params.texts("policy_ids")?,
        ts: Some(params.integer("ts")?),
        nonce: Some(&nonce),
        key_erasure: optional("key_erasure"),
        environment: optional("environment"),
        chain: optional("chain"),
        ext: optional("ext"),
    });
    Ok(match created {
        Ok(receipt) => json!({ "receipt": base64::encode(receipt.as_bytes()) }),
        Err(error) => match error.field() {
            Some(field) => json!({"error": error.code().as_str(), "field": field}),
            None => json!({ "error": error.code().as_str() }),
        },
    })
}
