//! Signed notes (C2SP signed-note; `docs/spec/log.md`, section 3): a text, an empty line, and signature lines.
//!
//! Parsing checks the form only and trusts nothing. Sizes and counts are capped before any work is done.

mod checkpoint;
mod key;
mod statement;

use crate::base64;
use crate::error::{ErrorCode, ProtocolError};
pub use checkpoint::{Checkpoint, Cosignature, LogIdentity, OpenedCheckpoint, open_checkpoint};
pub(crate) use checkpoint::{bad_signature, verify_cosignatures, verify_log_lines};
use key::is_key_name;
pub(crate) use key::split_key;
pub use key::{KeyType, VerifierKey, parse_verifier_key};

/// Largest note, in bytes.
pub(crate) const MAX_NOTE_BYTES: usize = 983_040;
/// Most signature lines in one note.
const MAX_NOTE_SIGNATURES: usize = 512;
const KEY_ID_BYTES: usize = 4;

/// One line of signature, nothing of it verified.
pub(crate) struct SignatureLine<'a> {
    pub name: &'a str,
    pub id: [u8; KEY_ID_BYTES],
    /// The signature without the key ID; never empty.
    pub bytes: Vec<u8>,
    /// Whether the spare bits of its base64 are zero. A line for which they are not is carried along for keys that
    /// nobody here knows; for a known key it is bad.
    pub is_canonical: bool,
}

/// A note of good form, nothing of it verified.
pub(crate) struct Note<'a> {
    /// The signed text, its last newline included.
    pub text: &'a str,
    /// At least one.
    pub signatures: Vec<SignatureLine<'a>>,
}

fn bad_note(detail: &'static str) -> ProtocolError {
    ProtocolError::malformed(detail).in_field("note")
}

impl<'a> Note<'a> {
    pub(crate) fn parse(note: &'a str) -> Result<Self, ProtocolError> {
        if note.len() > MAX_NOTE_BYTES {
            return Err(bad_note("above its size limit"));
        }
        if note.bytes().any(|byte| byte < 0x20 && byte != b'\n') {
            return Err(bad_note("control character"));
        }
        let (before, block) = note.rsplit_once("\n\n").ok_or_else(|| bad_note("no empty line before signatures"))?;
        let text = note.get(..=before.len()).unwrap_or_default();
        let lines = block.strip_suffix('\n').ok_or_else(|| bad_note("the last line has no newline"))?;
        if lines.split('\n').nth(MAX_NOTE_SIGNATURES).is_some() {
            return Err(bad_note("too many signatures"));
        }
        let signatures = lines.split('\n').map(SignatureLine::parse).collect::<Result<_, _>>()?;
        Ok(Self { text, signatures })
    }

    /// Whether a line claims to be by this key.
    pub(crate) fn claims(&self, key: &VerifierKey) -> bool {
        self.signatures.iter().any(|line| line.is_by(key))
    }

    /// The lines that claim to be by this key, each once: one that is repeated is to be verified once.
    pub(crate) fn lines_by(&self, key: &VerifierKey) -> Result<Vec<&SignatureLine<'a>>, ProtocolError> {
        let mut lines: Vec<&SignatureLine<'a>> = Vec::new();
        for line in self.signatures.iter().filter(|line| line.is_by(key)) {
            if !line.is_canonical {
                return Err(bad_signature(key));
            }
            if !lines.iter().any(|known| known.bytes == line.bytes) {
                lines.push(line);
            }
        }
        Ok(lines)
    }
}

impl<'a> SignatureLine<'a> {
    fn parse(line: &'a str) -> Result<Self, ProtocolError> {
        let malformed = || bad_note("signature line that is none");
        let (name, encoded) = line.strip_prefix("— ").and_then(|rest| rest.split_once(' ')).ok_or_else(malformed)?;
        if !is_key_name(name) {
            return Err(malformed());
        }
        let (bytes, is_canonical) = base64::decode_with_spare_bits(encoded).ok_or_else(malformed)?;
        match bytes.split_first_chunk() {
            Some((id, bytes)) if !bytes.is_empty() => Ok(Self { name, id: *id, bytes: bytes.to_vec(), is_canonical }),
            _ => Err(malformed()),
        }
    }

    fn is_by(&self, key: &VerifierKey) -> bool {
        self.name == key.name() && self.id == key.id_bytes()
    }
}

/// A note that at least one known key has signed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct OpenedNote {
    /// The signed text, its last newline included.
    pub text: String,
    /// The keys that have signed, in the order in which they were given.
    pub verified: Vec<VerifierKey>,
}

/// Opens a note that one of `keys` has signed. Lines by other keys are ignored; a line with the name and key ID of
/// one of these that does not verify makes the note bad, whatever else is on it.
///
/// # Errors
///
/// In this order: `bad-key` for a key that does not sign notes as they are (type 0x01 or 0x02 does), `malformed`,
/// `bad-signature`, `untrusted`.
pub fn open_note(note: &str, keys: &[VerifierKey]) -> Result<OpenedNote, ProtocolError> {
    if !keys.iter().all(|key| key.key_type().signs_texts()) {
        return Err(ProtocolError::new(ErrorCode::BadKey, "expected keys of type 0x01 or 0x02"));
    }
    let note = Note::parse(note)?;
    let mut verified = Vec::new();
    for key in keys {
        let lines = note.lines_by(key)?;
        if !lines.iter().all(|line| key.verify(note.text.as_bytes(), &line.bytes)) {
            return Err(bad_signature(key));
        }
        if !lines.is_empty() {
            verified.push(key.clone());
        }
    }
    if verified.is_empty() {
        return Err(ProtocolError::new(ErrorCode::Untrusted, "no signature by a known key"));
    }
    Ok(OpenedNote { text: note.text.to_owned(), verified })
}
