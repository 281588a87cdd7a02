//! What signatures of checkpoints say, and the bytes that are signed for it (C2SP tlog-cosignature;
//! `docs/spec/log.md`, sections 3 and 6).

use super::{Checkpoint, KeyType, SignatureLine, VerifierKey};
use crate::bytes::parse_uint64;

/// Latest time of a cosignature, in POSIX seconds: in milliseconds it is still an exact integer below 2^53.
const MAX_COSIGNATURE_SECONDS: u64 = 9_007_199_254_740;

/// A header with the time, and the checkpoint as it is.
fn text_message(text: &str, time: u64) -> Vec<u8> {
    format!("cosignature/v1\ntime {time}\n{text}").into_bytes()
}

/// The whole tree as a subtree, at a time, which is 0 for none. No message for an origin that does not fit.
fn tree_message(name: &str, checkpoint: &Checkpoint, time: u64) -> Option<Vec<u8>> {
    let mut out = b"subtree/v1\n\0".to_vec();
    push_short(name, &mut out)?;
    out.extend(time.to_be_bytes());
    push_short(&checkpoint.origin, &mut out)?;
    out.extend(0u64.to_be_bytes());
    out.extend(checkpoint.size.to_be_bytes());
    out.extend(checkpoint.root);
    Some(out)
}

/// One byte of length, and a text of at most 255 bytes.
fn push_short(text: &str, out: &mut Vec<u8>) -> Option<()> {
    out.push(u8::try_from(text.len()).ok()?);
    out.extend(text.as_bytes());
    Some(())
}

fn split_time(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let (time, signature) = bytes.split_first_chunk::<8>()?;
    Some((parse_uint64(time)?, signature))
}

/// Whether a line is a log's signature by its key on a checkpoint with this text.
pub(super) fn is_log_signature(
    key: &VerifierKey,
    line: &SignatureLine<'_>,
    text: &str,
    checkpoint: &Checkpoint,
) -> bool {
    if key.key_type() != KeyType::MlDsa44 {
        return key.verify(text.as_bytes(), &line.bytes);
    }
    split_time(&line.bytes).is_some_and(|(time, signature)| {
        let message = tree_message(key.name(), checkpoint, time);
        message.is_some_and(|message| key.verify(&message, signature))
    })
}

/// The time of a witness's cosignature in POSIX seconds, 1 to 9,007,199,254,740, if the line is one by its key.
pub(super) fn cosignature_time(
    key: &VerifierKey,
    line: &SignatureLine<'_>,
    text: &str,
    checkpoint: &Checkpoint,
) -> Option<u64> {
    let (time, signature) = split_time(&line.bytes)?;
    if !(1..=MAX_COSIGNATURE_SECONDS).contains(&time) {
        return None;
    }
    let message = match key.key_type() {
        KeyType::CosignatureEd25519 => text_message(text, time),
        KeyType::MlDsa44 => tree_message(key.name(), checkpoint, time)?,
        _ => return None,
    };
    key.verify(&message, signature).then_some(time)
}
