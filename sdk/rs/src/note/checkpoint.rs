//! Checkpoints (C2SP tlog-checkpoint; `docs/spec/log.md`, section 4): the signed note by which a log commits to a
//! tree, and the cosignatures of witnesses on it.

use super::statement::{cosignature_time, is_log_signature};
use super::{Note, VerifierKey};
use crate::base64;
use crate::bytes::parse_decimal;
use crate::error::{ErrorCode, ProtocolError};
use crate::merkle::Hash;

/// Longest text of a checkpoint, in bytes.
const MAX_CHECKPOINT_TEXT_BYTES: usize = 16_384;
/// Most extension lines.
const MAX_CHECKPOINT_EXTENSIONS: usize = 64;

/// What a log says of its tree.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Checkpoint {
    /// The log's identity: the first line.
    pub origin: String,
    /// Count of leaves.
    pub size: u64,
    /// Root of the tree of that size; at size 0 not checked to be that of the empty tree.
    pub root: Hash,
    /// Opaque lines after the root. ML-DSA-44 signatures do not cover them, so nobody relies on one.
    pub extensions: Vec<String>,
}

fn bad_checkpoint(detail: &'static str) -> ProtocolError {
    ProtocolError::malformed(detail).in_field("checkpoint")
}

impl Checkpoint {
    /// Of the text of a note, which has no control characters.
    pub(crate) fn parse(text: &str) -> Result<Self, ProtocolError> {
        if text.len() > MAX_CHECKPOINT_TEXT_BYTES {
            return Err(bad_checkpoint("above its size limit"));
        }
        let body = text.strip_suffix('\n').ok_or_else(|| bad_checkpoint("the last line has no newline"))?;
        let mut lines = body.split('\n');
        let (Some(origin), Some(size), Some(root)) = (lines.next(), lines.next(), lines.next()) else {
            return Err(bad_checkpoint("expected lines of origin, size and root"));
        };
        let extensions: Vec<String> = lines.map(str::to_owned).collect();
        if extensions.len() > MAX_CHECKPOINT_EXTENSIONS {
            return Err(bad_checkpoint("too many extension lines"));
        }
        if origin.is_empty() || extensions.iter().any(String::is_empty) {
            return Err(bad_checkpoint("empty line"));
        }
        let size = parse_decimal(size).ok_or_else(|| bad_checkpoint("size that is none"))?;
        let root = base64::decode(root).and_then(|bytes| bytes.try_into().ok());
        let root = root.ok_or_else(|| bad_checkpoint("root that is none"))?;
        Ok(Self { origin: origin.to_owned(), size, root, extensions })
    }
}

pub(crate) fn bad_signature(key: &VerifierKey) -> ProtocolError {
    ProtocolError::new(ErrorCode::BadSignature, format!("a line by key {} does not verify", key.id()))
}

/// Every line that claims to be by this key of a log must verify.
pub(crate) fn verify_log_lines(
    note: &Note<'_>,
    checkpoint: &Checkpoint,
    key: &VerifierKey,
) -> Result<(), ProtocolError> {
    let lines = note.lines_by(key)?;
    let all_verify = lines.iter().all(|line| is_log_signature(key, line, note.text, checkpoint));
    if all_verify { Ok(()) } else { Err(bad_signature(key)) }
}

/// The times of a witness's cosignatures by this key, ascending, in POSIX seconds. Every line that claims to be by
/// it must verify.
pub(crate) fn verify_cosignatures(
    note: &Note<'_>,
    checkpoint: &Checkpoint,
    key: &VerifierKey,
) -> Result<Vec<u64>, ProtocolError> {
    let lines = note.lines_by(key)?;
    let times = lines.iter().map(|line| cosignature_time(key, line, note.text, checkpoint));
    let mut times = times.collect::<Option<Vec<_>>>().ok_or_else(|| bad_signature(key))?;
    times.sort_unstable();
    Ok(times)
}

/// Who a log is, and which witnesses to look for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogIdentity {
    /// The first line of the log's checkpoints.
    pub origin: String,
    /// Keys whose signature makes a checkpoint the log's: several while it changes its key, of any name.
    pub keys: Vec<VerifierKey>,
    /// Keys of witnesses whose cosignatures are wanted; may be empty.
    pub witness_keys: Vec<VerifierKey>,
}

/// A verified cosignature.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Cosignature {
    /// The key of the witness.
    pub key: VerifierKey,
    /// When it cosigned, in POSIX seconds.
    pub time: u64,
}

/// A checkpoint that its log has signed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct OpenedCheckpoint {
    /// What the log says.
    pub checkpoint: Checkpoint,
    /// The log's keys that have signed, in the order in which they were given; at least one.
    pub verified: Vec<VerifierKey>,
    /// The cosignatures, in the order of the keys of witnesses, and for one key in the order of their times.
    pub cosignatures: Vec<Cosignature>,
}

/// Opens a checkpoint of a log. Lines by unknown keys are ignored; a line with the name and key ID of any key of
/// `log` that does not verify makes the note bad.
///
/// # Errors
///
/// In this order: `bad-key` for a key that no log or no witness signs with, `malformed`, `untrusted` for another
/// origin or no line by a key of the log, `bad-signature`.
pub fn open_checkpoint(note: &str, log: &LogIdentity) -> Result<OpenedCheckpoint, ProtocolError> {
    let are_keys = log.keys.iter().all(|key| key.key_type().is_log());
    if !are_keys || !log.witness_keys.iter().all(|key| key.key_type().is_witness()) {
        let detail = "expected types 0x01, 0x02 or 0x06 of a log, 0x04 or 0x06 of a witness";
        return Err(ProtocolError::new(ErrorCode::BadKey, detail));
    }
    let note = Note::parse(note)?;
    let checkpoint = Checkpoint::parse(note.text)?;
    let verified: Vec<_> = log.keys.iter().filter(|key| note.claims(key)).cloned().collect();
    if checkpoint.origin != log.origin || verified.is_empty() {
        return Err(ProtocolError::new(ErrorCode::Untrusted, "not a checkpoint of this log"));
    }
    for key in &verified {
        verify_log_lines(&note, &checkpoint, key)?;
    }
    let mut cosignatures = Vec::new();
    for key in &log.witness_keys {
        let times = verify_cosignatures(&note, &checkpoint, key)?;
        cosignatures.extend(times.into_iter().map(|time| Cosignature { key: key.clone(), time }));
    }
    Ok(OpenedCheckpoint { checkpoint, verified, cosignatures })
}
