//! Errors of the formats of `docs/spec/log.md`, with the codes of `docs/spec/verifier.md`, sections 5 and 6, and errors
//! of a caller's options.

use std::borrow::Cow;
use std::error::Error;
use std::fmt;

/// What is wrong with a text or a signature, in a form that programs compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorCode {
    /// The form of the text: characters, lines, base64, numbers, lengths, limits.
    Malformed,
    /// A key that cannot be what it is given for.
    BadKey,
    /// Well formed, but no trusted key has signed it.
    Untrusted,
    /// A line with the name and key ID of a known key that does not verify.
    BadSignature,
    /// An inclusion proof that does not lead from the leaf to the root.
    BadProof,
    /// Genuine, and expired or older than what was seen before.
    Stale,
}

impl ErrorCode {
    /// The stable text of the code, such as `bad-signature`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::BadKey => "bad-key",
            Self::Untrusted => "untrusted",
            Self::BadSignature => "bad-signature",
            Self::BadProof => "bad-proof",
            Self::Stale => "stale",
        }
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The first thing wrong with a JSON text, a note, a key, a checkpoint, a policy, a proof or a list of shards.
///
/// It never repeats the text of a key, which may be a secret one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProtocolError {
    code: ErrorCode,
    field: Option<&'static str>,
    detail: Cow<'static, str>,
}

impl ProtocolError {
    pub(crate) fn new(code: ErrorCode, detail: impl Into<Cow<'static, str>>) -> Self {
        Self { code, field: None, detail: detail.into() }
    }

    pub(crate) fn malformed(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorCode::Malformed, detail)
    }

    pub(crate) fn in_field(self, field: &'static str) -> Self {
        Self { field: Some(field), ..self }
    }

    /// The stable code.
    pub fn code(&self) -> ErrorCode {
        self.code
    }

    /// The part that is wrong, such as `root`, where there is one to name.
    pub fn field(&self) -> Option<&str> {
        self.field
    }
}

impl fmt::Display for ProtocolError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.field {
            Some(field) => write!(f, "{}: {field}: {}", self.code, self.detail),
            None => write!(f, "{}: {}", self.code, self.detail),
        }
    }
}

impl Error for ProtocolError {}

/// An option that nobody can mean, such as a time below 0 (`docs/spec/receipt.md`, section 7.2): a mistake of the
/// program, and no verdict.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OptionError {
    field: &'static str,
    expected: &'static str,
}

impl OptionError {
    pub(crate) fn new(field: &'static str, expected: &'static str) -> Self {
        Self { field, expected }
    }

    /// The stable code, `bad-option`.
    pub fn code(&self) -> &'static str {
        "bad-option"
    }

    /// The option: `profile`, `now`, `policy`, `trusted_keys`, `url`, or another one's name.
    pub fn field(&self) -> &'static str {
        self.field
    }
}

impl fmt::Display for OptionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "bad-option: {}: expected {}", self.field, self.expected)
    }
}

impl Error for OptionError {}
