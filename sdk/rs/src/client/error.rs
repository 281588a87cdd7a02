//! What can go wrong with a log.

use std::error::Error;
use std::fmt;

use super::members::Members;
use crate::error::ProtocolError;
use crate::printable::printable;

/// A problem document of a log (RFC 9457; `docs/API.md`).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Problem {
    /// The HTTP status.
    pub status: u16,
    /// The log's stable code, such as `proof-pending` or `E-TS-003`, if it gave one.
    pub code: Option<String>,
    /// For people. It may hold any characters: escape it before it is shown.
    pub detail: Option<String>,
    /// The member or the parameter that is wrong, if there is one to name.
    pub field: Option<String>,
}

impl Problem {
    /// Of the status of an answer and its body, which may be anything.
    pub(super) fn new(status: u16, body: &[u8]) -> Self {
        Self::of_members(status, &Members::parse(body).unwrap_or_default())
    }

    pub(super) fn of_members(status: u16, document: &Members) -> Self {
        Self { status, code: document.text("code"), detail: document.text("detail"), field: document.text("field") }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "status {}", self.status)?;
        for part in [&self.code, &self.detail].into_iter().flatten() {
            write!(f, ": {}", printable(part))?;
        }
        Ok(())
    }
}

impl Error for Problem {}

/// Why a log could not be asked, or what it answered.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ClientError {
    /// No connection, or it broke, each time.
    Unreachable(String),
    /// No whole answer in time, the last time.
    Late,
    /// An answer that is a problem, the last one if there were several.
    Problem(Problem),
    /// An answer that is not what it must be, or too large.
    BadAnswer(&'static str),
    /// A list of shards that is not to be believed, and why.
    BadList(ProtocolError),
}

impl ClientError {
    /// The stable code: `unreachable`, `late`, `problem`, `bad-answer` or `bad-list`.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unreachable(_) => "unreachable",
            Self::Late => "late",
            Self::Problem(_) => "problem",
            Self::BadAnswer(_) => "bad-answer",
            Self::BadList(_) => "bad-list",
        }
    }

    /// The problem, if that is what the log answered.
    pub fn problem(&self) -> Option<&Problem> {
        match self {
            Self::Problem(problem) => Some(problem),
            _ => None,
        }
    }
}

impl fmt::Display for ClientError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreachable(detail) => write!(f, "the log is unreachable: {detail}"),
            Self::Late => f.write_str("the log did not answer in time"),
            Self::Problem(problem) => write!(f, "the log answered {problem}"),
            Self::BadAnswer(detail) => write!(f, "the log's answer is not what it must be: {detail}"),
            Self::BadList(error) => write!(f, "the list of shards is not to be believed: {error}"),
        }
    }
}

impl Error for ClientError {}
