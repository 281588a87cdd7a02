//! What a log answers to a submission (`docs/API.md`).

use super::members::Members;
use super::{ClientError, Problem};
use crate::bytes::to_hex;
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
    /// For people; empty where the log gave none. It may hold any characters: escape it before it is shown.
    pub message: String,
    /// The member concerned, if there is one to name.
    pub field: Option<String>,
}

const NO_SUBMISSION: ClientError = ClientError::BadAnswer("not the answer to a submission");

pub(super) fn submitted(body: &[u8], leaf_hash: &Hash) -> Result<Submitted, ClientError> {
    let answer = Members::parse(body).ok_or(NO_SUBMISSION)?;
    of_members(&answer, leaf_hash).ok_or(NO_SUBMISSION)
}

/// None too where the log took something else for the entry.
fn of_members(answer: &Members, leaf_hash: &Hash) -> Option<Submitted> {
    if answer.text("leaf_hash")? != to_hex(leaf_hash) {
        return None;
    }
    Some(Submitted {
        index: answer.count("leaf_index")?,
        leaf_hash: *leaf_hash,
        duplicate: answer.flag("duplicate")?,
        proof: answer.optional_text("proof")?,
        warnings: answer.warnings.iter().map(warning).collect::<Option<_>>()?,
    })
}

fn warning(members: &Members) -> Option<Warning> {
    Some(Warning {
        code: members.text("code")?,
        message: members.text("message").unwrap_or_default(),
        field: members.text("field"),
    })
}

/// A line for each receipt of a batch, in their order.
pub(super) fn batch(body: &[u8], receipts: &[Receipt]) -> Result<Vec<Result<Submitted, Problem>>, ClientError> {
    let lines = body.strip_suffix(b"\n").unwrap_or(body).split(|&byte| byte == b'\n');
    if lines.clone().count() != receipts.len() {
        return Err(ClientError::BadAnswer("expected one result for each receipt"));
    }
    let pairs = lines.zip(receipts);
    pairs.map(|(line, receipt)| result(line, &receipt_leaf_hash(receipt)).ok_or(NO_SUBMISSION)).collect()
}

fn result(line: &[u8], leaf_hash: &Hash) -> Option<Result<Submitted, Problem>> {
    let answer = Members::parse(line)?;
    match u16::try_from(answer.count("status")?).ok()? {
        200 => of_members(&answer, leaf_hash).map(Ok),
        status @ 100..=999 => Some(Err(Problem::of_members(status, &answer))),
        _ => None,
    }
}
