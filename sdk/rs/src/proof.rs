//! Offline proofs (C2SP tlog-proof; `docs/spec/log.md`, section 9): an index, an inclusion proof and a cosigned
//! checkpoint in one short text.

use crate::base64;
use crate::bytes::parse_decimal;
use crate::error::{ErrorCode, ProtocolError};
use crate::merkle::{Hash, verify_inclusion};
use crate::note::{Checkpoint, Note};
use crate::policy::Policy;

/// Largest proof, in bytes.
const MAX_PROOF_BYTES: usize = 1_081_344;
/// Most sibling hashes: no tree of fewer than 2^63 leaves needs more.
const MAX_PROOF_HASHES: usize = 63;
/// Most bytes of `extra`.
const MAX_PROOF_EXTRA_BYTES: usize = 65_536;

const HEADER: &str = "c2sp.org/tlog-proof@v1";

fn bad_proof(detail: &'static str) -> ProtocolError {
    ProtocolError::malformed(detail).in_field("proof")
}

/// A proof of good form, its checkpoint included, nothing of it verified.
struct Proof<'a> {
    index: u64,
    hashes: Vec<Hash>,
    /// The note, verbatim.
    checkpoint: &'a str,
}

impl<'a> Proof<'a> {
    fn parse(text: &'a str) -> Result<Self, ProtocolError> {
        if text.len() > MAX_PROOF_BYTES {
            return Err(bad_proof("above its size limit"));
        }
        let (head, checkpoint) = text.split_once("\n\n").ok_or_else(|| bad_proof("no empty line"))?;
        let mut lines = head.split('\n').peekable();
        if lines.next() != Some(HEADER) {
            return Err(bad_proof("unknown header"));
        }
        if let Some(extra) = lines.peek().and_then(|line| line.strip_prefix("extra ")) {
            check_extra(extra)?;
            lines.next();
        }
        let index = lines.next().and_then(|line| line.strip_prefix("index ")).and_then(parse_decimal);
        let index = index.ok_or_else(|| bad_proof("expected an index line"))?;
        // One more than there may be, so that a text of a million lines is not decoded.
        let hashes: Option<Vec<Hash>> = lines.take(MAX_PROOF_HASHES + 1).map(read_hash).collect();
        let hashes = hashes.filter(|hashes| hashes.len() <= MAX_PROOF_HASHES);
        let hashes = hashes.ok_or_else(|| bad_proof("expected at most 63 hashes"))?;
        Checkpoint::parse(Note::parse(checkpoint)?.text)?;
        Ok(Self { index, hashes, checkpoint })
    }
}

fn read_hash(line: &str) -> Option<Hash> {
    base64::decode(line)?.try_into().ok()
}

/// Opaque bytes, at least one, authenticated by nothing.
fn check_extra(encoded: &str) -> Result<(), ProtocolError> {
    let length = base64::decode(encoded).map(|bytes| bytes.len());
    if length.is_some_and(|length| (1..=MAX_PROOF_EXTRA_BYTES).contains(&length)) {
        Ok(())
    } else {
        Err(bad_proof("extra that is none"))
    }
}

/// What an offline proof shows. **A quorum that is not met is no error**: look at `quorum_met`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct VerifiedProof {
    /// The log.
    pub origin: String,
    /// The zero-based index of the entry.
    pub index: u64,
    /// Leaves of the tree that the entry is in.
    pub tree_size: u64,
    /// The witnesses that cosigned, by their names in the policy and in its order.
    pub witnesses: Vec<String>,
    /// Whether they satisfy the policy's quorum.
    pub quorum_met: bool,
    /// When they did, Unix milliseconds; absent while they do not, and for `quorum none`.
    pub logged_at: Option<i64>,
}

/// Verifies that the entry with this leaf hash is in a tree that the policy trusts: the log's signature, every line by
/// a key of the policy, and the inclusion. Whether the witnesses are enough is said in the result.
///
/// # Errors
///
/// In this order: `malformed`, `untrusted`, `bad-signature`, `bad-proof`.
pub fn verify_proof(text: &str, leaf: &Hash, policy: &Policy) -> Result<VerifiedProof, ProtocolError> {
    let Proof { index, hashes, checkpoint } = Proof::parse(text)?;
    let witnessed = policy.open(checkpoint)?;
    let Checkpoint { origin, size, root, .. } = witnessed.checkpoint;
    if !verify_inclusion(leaf, index, size, &hashes, &root) {
        return Err(ProtocolError::new(ErrorCode::BadProof, "the inclusion proof does not lead to the root"));
    }
    // A time of a cosignature in milliseconds is below 2^53.
    let logged_at = witnessed.quorum_time.and_then(|seconds| i64::try_from(seconds * 1000).ok());
    Ok(VerifiedProof {
        origin,
        index,
        tree_size: size,
        witnesses: witnessed.witnesses,
        quorum_met: witnessed.quorum_met,
        logged_at,
    })
}
