//! The requests of `docs/spec/verifier.md`, by which implementations are compared from outside: a line in, a line
//! out. `tecp-verify-rs --lines` is this and a loop.

mod notes;
mod primitives;
mod receipts;
mod request;
mod shards;

use serde_json::Value;

use crate::json::canonicalize;
pub use crate::printable::printable;
use crate::receipt::Verdict;
use request::{Read, Refusal, Request};

/// The answer to one request, both without a newline, whatever the request is.
///
/// ```
/// let answer = tecp::lines::answer_line(br#"{"op":"leaf-hash","entry":""}"#);
/// assert!(answer.starts_with(br#"{"leaf_hash":"6e340b9c"#));
/// ```
pub fn answer_line(request: &[u8]) -> Vec<u8> {
    write(&answer(request).unwrap_or_else(|Refusal(answer)| answer))
}

/// A verdict as the line that a command writes: canonical JSON, without messages, which are for people.
pub fn verdict_line(verdict: &Verdict) -> Vec<u8> {
    write(&receipts::verdict_answer(verdict))
}

/// All that an answer is made of has a canonical form.
fn write(answer: &Value) -> Vec<u8> {
    canonicalize(answer).unwrap_or_default()
}

fn answer(line: &[u8]) -> Read<Value> {
    let request = Request::parse(line)?;
    let op = if request.get("op").is_some() { request.text("op")? } else { "verify" };
    match op {
        "verify" => receipts::verify(&request),
        "create" => receipts::create(&request),
        "canonical" => primitives::canonical(&request),
        "leaf-hash" => primitives::leaf_hash(&request),
        "ed25519" => primitives::signature(&request, crate::verify_ed25519),
        "ml-dsa-44" => primitives::signature(&request, crate::verify_ml_dsa_44),
        "ecdsa" => primitives::signature(&request, crate::verify_ecdsa),
        "inclusion" => primitives::inclusion(&request),
        "consistency" => primitives::consistency(&request),
        "note" => notes::note(&request),
        "checkpoint" => notes::checkpoint(&request),
        "policy" => notes::policy(&request),
        "proof" => notes::proof(&request),
        "shards" => shards::shards(&request),
        _ => Err(Refusal::bad_request()),
    }
}
