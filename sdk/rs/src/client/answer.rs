//! What a log answers to a submission (`docs/API.md`).

use serde_json::Value;

use super::{ClientError, Problem};
use crate::bytes::{MAX_INTEGER, to_hex};
use crate::merkle::Hash;
use crate::receipt::{Receipt, receipt_leaf_hash};

/// An entry that is in the log.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Submitted {
    /// Its zero-based index, for ever.
    pub index: u64,
    /// Its leaf hash.
    pub leaf_hash: Hash,
    /// Whether it was in the log before.
    pub duplicate: bool,
    /// A tlog-proof, where it was waited for.
    pub proof: Option<String>,
    /// What a submitter should know of a receipt that was taken.
    pub warnings: Vec<Warning>,
}

/// A warning of a log, such as W-TS-002.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Warning {
    /// The stable code.
    pub code: String,
    /// For people. It may hold any characters: escape it before it is shown.
    pub message: String,
    /// The member concerned, if there is one to name.
    pub field: Option<String>,
}

const NO_SUBMISSION: ClientError = ClientError::BadAnswer("not the answer to a submission");

pub(super) fn submitted(body: &[u8], leaf_hash: &Hash) -> Result<Submitted, ClientError> {
    let value = serde_json::from_slice(body).map_err(|_| NO_SUBMISSION)?;
    of_value(&value, leaf_hash).ok_or(NO_SUBMISSION)
}

/// None too where the log took something else for the entry.
fn of_value(value: &Value, leaf_hash: &Hash) -> Option<Submitted> {
    let text = |value: &Value, name| value.get(name).and_then(Value::as_str).map(str::to_owned);
    let warning = |value: &Value| {
        Some(Warning { code: text(value, "code")?, message: text(value, "message")?, field: text(value, "field") })
    };
    let warnings =
        value.get("warnings").map_or(Some(Vec::new()), |warnings| warnings.as_array()?.iter().map(warning).collect());
    (text(value, "leaf_hash")? == to_hex(leaf_hash)).then_some(())?;
    Some(Submitted {
        index: value.get("leaf_index")?.as_u64().filter(|&index| index <= MAX_INTEGER)?,
        leaf_hash: *leaf_hash,
        duplicate: value.get("duplicate")?.as_bool()?,
        proof: text(value, "proof"),
        warnings: warnings?,
    })
}

/// A line for each receipt of a batch, in their order.
pub(super) fn batch(body: &[u8], receipts: &[Receipt]) -> Result<Vec<Result<Submitted, Problem>>, ClientError> {
    let lines = serde_json::Deserializer::from_slice(body).into_iter::<Value>();
    let lines: Vec<Value> = lines.collect::<Result<_, _>>().map_err(|_| NO_SUBMISSION)?;
    if lines.len() != receipts.len() {
        return Err(ClientError::BadAnswer("expected one result for each receipt"));
    }
    let pairs = lines.iter().zip(receipts);
    pairs.map(|(line, receipt)| line_of(line, &receipt_leaf_hash(receipt)).ok_or(NO_SUBMISSION)).collect()
}

fn line_of(line: &Value, leaf_hash: &Hash) -> Option<Result<Submitted, Problem>> {
    match u16::try_from(line.get("status")?.as_u64()?).ok()? {
        200 => of_value(line, leaf_hash).map(Ok),
        status => Some(Err(Problem::of_value(status, line))),
    }
}
