//! Trust policies (C2SP tlog-policy; `docs/spec/log.md`, section 8): which logs are trusted, and which sets of
//! witnesses must have cosigned a checkpoint.
//!
//! A name is a member at most once, so the quorum is a tree of groups over witnesses, and each witness counts once
//! however many signatures it makes.

mod parse;

use std::collections::HashMap;

use crate::error::{ErrorCode, ProtocolError};
use crate::note::{Checkpoint, Note, VerifierKey, verify_cosignatures, verify_log_lines};
pub use parse::parse_policy;

/// The predefined quorum that asks for no cosignature.
const NO_QUORUM: &str = "none";

/// A log of a policy.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PolicyLog {
    /// Of type 0x01, 0x02 or 0x06. Its name is the origin of the log's checkpoints.
    pub key: VerifierKey,
    /// An http or https prefix without slashes at its end.
    pub url: Option<String>,
}

/// A witness of a policy.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PolicyWitness {
    /// Its name in the policy, unrelated to the name of the key.
    pub name: String,
    /// Of type 0x04 or 0x06.
    pub key: VerifierKey,
    /// An http or https prefix without slashes at its end.
    pub url: Option<String>,
}

/// A group of witnesses and groups.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PolicyGroup {
    /// Its name.
    pub name: String,
    /// How many members are needed, from 1 to all of them.
    pub threshold: usize,
    /// Names of witnesses and groups that are defined before.
    pub members: Vec<String>,
}

/// A trust policy; see [`parse_policy`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    logs: Vec<PolicyLog>,
    witnesses: Vec<PolicyWitness>,
    groups: Vec<PolicyGroup>,
    quorum: String,
}

/// What a policy makes of a checkpoint.
pub(crate) struct Witnessed {
    pub checkpoint: Checkpoint,
    /// Names in the policy, in its order.
    pub witnesses: Vec<String>,
    pub quorum_met: bool,
    /// Smallest time in POSIX seconds by which the quorum was met; none for `quorum none`.
    pub quorum_time: Option<u64>,
}

impl Policy {
    /// The logs that are trusted, in the order of the file.
    pub fn logs(&self) -> &[PolicyLog] {
        &self.logs
    }

    /// The witnesses, in the order of the file.
    pub fn witnesses(&self) -> &[PolicyWitness] {
        &self.witnesses
    }

    /// The groups, in the order of the file.
    pub fn groups(&self) -> &[PolicyGroup] {
        &self.groups
    }

    /// The name of the witness or the group that must have cosigned, or `none`.
    pub fn quorum(&self) -> &str {
        &self.quorum
    }

    /// Opens a checkpoint: signed by a listed log of its origin, with no bad line by any listed key. A quorum that is
    /// not met is no error.
    pub(crate) fn open(&self, note: &str) -> Result<Witnessed, ProtocolError> {
        let note = Note::parse(note)?;
        let checkpoint = Checkpoint::parse(note.text)?;
        let is_log_of_it = |log: &PolicyLog| log.key.name() == checkpoint.origin && note.claims(&log.key);
        if !self.logs.iter().any(is_log_of_it) {
            return Err(ProtocolError::new(ErrorCode::Untrusted, "no signature by a trusted log of this origin"));
        }
        for log in &self.logs {
            verify_log_lines(&note, &checkpoint, &log.key)?;
        }
        let mut times: HashMap<&str, u64> = HashMap::new();
        let mut witnesses = Vec::new();
        for witness in &self.witnesses {
            let all = verify_cosignatures(&note, &checkpoint, &witness.key)?;
            if let Some(&earliest) = all.first() {
                times.insert(&witness.name, earliest);
                witnesses.push(witness.name.clone());
            }
        }
        let quorum_time = self.quorum_time(times);
        let quorum_met = self.quorum == NO_QUORUM || quorum_time.is_some();
        Ok(Witnessed { checkpoint, witnesses, quorum_met, quorum_time })
    }

    /// The smallest time such that the witnesses with a time up to it satisfy the quorum. Members are defined before
    /// their group, so one pass finds the time of each group.
    fn quorum_time<'a>(&'a self, mut times: HashMap<&'a str, u64>) -> Option<u64> {
        for group in &self.groups {
            let mut known: Vec<u64> =
                group.members.iter().filter_map(|name| times.get(name.as_str()).copied()).collect();
            known.sort_unstable();
            if let Some(&time) = known.get(group.threshold - 1) {
                times.insert(&group.name, time);
            }
        }
        times.get(self.quorum.as_str()).copied()
    }
}
