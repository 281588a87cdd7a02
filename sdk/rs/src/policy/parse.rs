//! The parser of policy files: every rule of `docs/spec/log.md`, section 8 is checked while reading.

use std::collections::{HashMap, HashSet};

use super::{NO_QUORUM, Policy, PolicyGroup, PolicyLog, PolicyWitness};
use crate::bytes::parse_decimal;
use crate::error::ProtocolError;
use crate::note::{VerifierKey, parse_verifier_key};

const MAX_POLICY_BYTES: usize = 1_048_576;
const MAX_POLICY_LOGS: usize = 256;
const MAX_POLICY_WITNESSES: usize = 256;
const MAX_POLICY_GROUPS: usize = 256;
/// Most groups on the way from the quorum down to a witness.
const MAX_POLICY_DEPTH: usize = 32;

fn bad(detail: &'static str) -> ProtocolError {
    ProtocolError::malformed(detail).in_field("policy")
}

/// Parses a policy file.
///
/// # Errors
///
/// `malformed`.
///
/// ```
/// let text = "log log.example/2025+13c41f9a+AYE5dw6ofRdfVqNUZsNMfszLjYqRtO43ol32D1uPybOU\nquorum none\n";
/// let policy = tecp::parse_policy(text)?;
/// assert_eq!(policy.logs()[0].key.name(), "log.example/2025");
/// # Ok::<(), tecp::ProtocolError>(())
/// ```
pub fn parse_policy(text: &str) -> Result<Policy, ProtocolError> {
    if text.len() > MAX_POLICY_BYTES {
        return Err(bad("above its size limit"));
    }
    let body = text.strip_suffix('\n').ok_or_else(|| bad("the last line has no newline"))?;
    let mut reader = Reader::default();
    body.split('\n').try_for_each(|line| reader.line(line))?;
    let quorum = reader.quorum.ok_or_else(|| bad("no quorum line"))?;
    Ok(Policy { logs: reader.logs, witnesses: reader.witnesses, groups: reader.groups, quorum })
}

/// What has been read so far.
#[derive(Default)]
struct Reader {
    logs: Vec<PolicyLog>,
    witnesses: Vec<PolicyWitness>,
    groups: Vec<PolicyGroup>,
    quorum: Option<String>,
    /// Depth of each defined name: 0 for a witness, else one more than its deepest member.
    depths: HashMap<String, usize>,
    /// Names that are a member of a group already.
    members: HashSet<String>,
    /// Public keys that were seen under any name and type, and names with key IDs.
    public_keys: HashSet<Vec<u8>>,
    key_names: HashSet<(String, String)>,
}

impl Reader {
    fn line(&mut self, line: &str) -> Result<(), ProtocolError> {
        if line.bytes().any(|byte| byte.is_ascii_control() && byte != b'\t') {
            return Err(bad("control character"));
        }
        let items: Vec<&str> = line.split([' ', '\t']).filter(|item| !item.is_empty()).collect();
        match items.as_slice() {
            [] => Ok(()),
            [first, ..] if first.starts_with('#') => Ok(()),
            ["log", key, url @ ..] => self.log(key, url),
            ["witness", name, key, url @ ..] => self.witness(name, key, url),
            ["group", name, rule, members @ ..] if !members.is_empty() => self.group(name, rule, members),
            ["quorum", name] => self.quorum(name),
            _ => Err(bad("expected a line of log, witness, group or quorum")),
        }
    }

    fn log(&mut self, key: &str, url: &[&str]) -> Result<(), ProtocolError> {
        if self.logs.len() == MAX_POLICY_LOGS {
            return Err(bad("too many logs"));
        }
        let key = self.key(key)?;
        if !key.key_type().is_log() {
            return Err(bad("key that no log signs with"));
        }
        self.logs.push(PolicyLog { key, url: read_url(url)? });
        Ok(())
    }

    fn witness(&mut self, name: &str, key: &str, url: &[&str]) -> Result<(), ProtocolError> {
        if self.witnesses.len() == MAX_POLICY_WITNESSES {
            return Err(bad("too many witnesses"));
        }
        let key = self.key(key)?;
        if !key.key_type().is_witness() {
            return Err(bad("key that no witness cosigns with"));
        }
        self.define(name, 0)?;
        self.witnesses.push(PolicyWitness { name: name.to_owned(), key, url: read_url(url)? });
        Ok(())
    }

    fn group(&mut self, name: &str, rule: &str, members: &[&str]) -> Result<(), ProtocolError> {
        if self.groups.len() == MAX_POLICY_GROUPS {
            return Err(bad("too many groups"));
        }
        let threshold = read_threshold(rule, members.len())?;
        let mut depth = 0;
        for member in members {
            depth = depth.max(1 + self.claim_member(member)?);
        }
        if depth > MAX_POLICY_DEPTH {
            return Err(bad("groups nest too deep"));
        }
        self.define(name, depth)?;
        let members = members.iter().map(|&member| member.to_owned()).collect();
        self.groups.push(PolicyGroup { name: name.to_owned(), threshold, members });
        Ok(())
    }

    fn quorum(&mut self, name: &str) -> Result<(), ProtocolError> {
        if self.quorum.is_some() {
            return Err(bad("a second quorum line"));
        }
        if name != NO_QUORUM && !self.depths.contains_key(name) {
            return Err(bad("quorum that is not defined"));
        }
        self.quorum = Some(name.to_owned());
        Ok(())
    }

    /// The depth of a member, which from now on no other group may list. `none` is never defined.
    fn claim_member(&mut self, name: &str) -> Result<usize, ProtocolError> {
        let depth = *self.depths.get(name).ok_or_else(|| bad("member that is not defined"))?;
        if self.members.insert(name.to_owned()) { Ok(depth) } else { Err(bad("a member of two groups")) }
    }

    fn define(&mut self, name: &str, depth: usize) -> Result<(), ProtocolError> {
        if name == NO_QUORUM || self.depths.insert(name.to_owned(), depth).is_some() {
            return Err(bad("name that is taken"));
        }
        Ok(())
    }

    fn key(&mut self, text: &str) -> Result<VerifierKey, ProtocolError> {
        let key = parse_verifier_key(text).map_err(|_| bad("verifier key that is none"))?;
        let is_new = self.public_keys.insert(key.public_key().to_vec())
            && self.key_names.insert((key.name().to_owned(), key.id()));
        if is_new { Ok(key) } else { Err(bad("a second verifier key of the same key")) }
    }
}

fn read_threshold(rule: &str, count: usize) -> Result<usize, ProtocolError> {
    match rule {
        "all" => Ok(count),
        "any" => Ok(1),
        _ => {
            let k = parse_decimal(rule).and_then(|k| usize::try_from(k).ok());
            k.filter(|k| (1..=count).contains(k)).ok_or_else(|| bad("expected all, any, or 1 to the count of members"))
        }
    }
}

/// None, or one URL without the slashes at its end.
fn read_url(items: &[&str]) -> Result<Option<String>, ProtocolError> {
    match items {
        [] => Ok(None),
        [url] => http_prefix(url).map(|prefix| Some(prefix.to_owned())).ok_or_else(|| bad("expected an http(s) URL")),
        _ => Err(bad("more items than a line has")),
    }
}

/// A URL prefix as policies have it: `http://` or `https://`, and then any character but `/`, `?` and `#`; without
/// the slashes at its end.
fn http_prefix(url: &str) -> Option<&str> {
    let rest = url.strip_prefix("http://").or_else(|| url.strip_prefix("https://"))?;
    let has_host = !rest.is_empty() && !rest.starts_with(['/', '?', '#']);
    has_host.then(|| url.trim_end_matches('/'))
}
