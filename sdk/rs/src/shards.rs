//! Lists of shards (`docs/spec/shards.md`): which logs an operator has, one after the other, as a note that he signs.
//!
//! A list names the log to write to and those to read, and nobody whom to trust for a tree.

use std::collections::HashSet;
use std::str::Split;

use crate::base64;
use crate::bytes::parse_decimal;
use crate::error::{ErrorCode, ProtocolError};
use crate::merkle::Hash;
use crate::note::{KeyType, VerifierKey, open_note, parse_verifier_key};

const MAX_SHARDS: usize = 256;
const MAX_SHARD_LIST_BYTES: usize = 524_288;
const HEADER: &str = "tecp-shards@v1";

/// What a log that is frozen ends with.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FinalTree {
    /// Count of leaves.
    pub size: u64,
    /// Of all of them.
    pub root: Hash,
}

/// One log of an operator. Its origin is the name of its key.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Shard {
    /// Of the log.
    pub key: VerifierKey,
    /// Without a slash at its end. It is what the operator wrote, and need not be one that can be asked.
    pub url: String,
    /// Since when it is written to, in POSIX seconds.
    pub began: u64,
    /// None while the log takes entries.
    pub final_tree: Option<FinalTree>,
}

/// What an operator says of his logs.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ShardList {
    /// Greater than that of every list before it.
    pub version: u64,
    /// POSIX seconds.
    pub issued: u64,
    /// POSIX seconds, from which on it is not to be used.
    pub expires: u64,
    /// In the order in which they began; at least one.
    pub shards: Vec<Shard>,
    text: String,
}

impl ShardList {
    /// What [`parse_shard_list`] takes. Keep it: an older list is refused only by who has seen a newer one.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The last shard that takes entries; none if all are frozen.
    pub fn shard_to_write(&self) -> Option<&Shard> {
        self.shards.iter().rev().find(|shard| shard.final_tree.is_none())
    }

    fn follows(&self, before: &Self) -> bool {
        let is_newer = self.version > before.version || (self.version == before.version && self.text == before.text);
        is_newer && before.shards.iter().all(|shard| self.keeps(shard))
    }

    fn keeps(&self, before: &Shard) -> bool {
        self.shards.iter().any(|shard| {
            let is_same = shard.key == before.key && shard.began == before.began;
            is_same && (before.final_tree.is_none() || shard.final_tree == before.final_tree)
        })
    }
}

fn bad(detail: &'static str) -> ProtocolError {
    ProtocolError::malformed(detail).in_field("shards")
}

/// Opens a list by the operator's key, of type 0x01, at a time in Unix milliseconds. `before` is the list that was
/// seen last, if there was one.
///
/// # Errors
///
/// In this order: `bad-key`, `malformed`, `bad-signature`, `untrusted`, and `stale` for a list that has expired or does
/// not follow the one before.
pub fn open_shard_list(
    note: &str,
    operator: &VerifierKey,
    now_ms: u64,
    before: Option<&ShardList>,
) -> Result<ShardList, ProtocolError> {
    let bad_key = |detail| Err(ProtocolError::new(ErrorCode::BadKey, detail));
    if operator.key_type() != KeyType::Ed25519 {
        return bad_key("expected a key of type 0x01");
    }
    let list = parse_shard_list(&open_note(note, std::slice::from_ref(operator))?.text)?;
    if list.shards.iter().any(|shard| shard.key.name() == operator.name()) {
        return bad_key("expected a key of the operator, not of a shard");
    }
    if now_ms / 1000 >= list.expires {
        return Err(ProtocolError::new(ErrorCode::Stale, "the list of shards has expired"));
    }
    if before.is_some_and(|before| !list.follows(before)) {
        return Err(ProtocolError::new(ErrorCode::Stale, "the list does not follow the one that was seen before"));
    }
    Ok(list)
}

/// Parses the text of a list, such as one that was kept; it trusts nothing.
///
/// # Errors
///
/// `malformed`.
pub fn parse_shard_list(text: &str) -> Result<ShardList, ProtocolError> {
    if text.len() > MAX_SHARD_LIST_BYTES {
        return Err(bad("above its size limit"));
    }
    let body = text.strip_suffix('\n').ok_or_else(|| bad("the last line has no newline"))?;
    let mut lines = body.split('\n');
    if lines.next() != Some(HEADER) {
        return Err(bad("another header"));
    }
    let mut number = |keyword| decimal(value(lines.next(), keyword)?);
    let (version, issued, expires) = (number("version ")?, number("issued ")?, number("expires ")?);
    let mut shards = Vec::new();
    while let Some(line) = lines.next() {
        if shards.len() == MAX_SHARDS {
            return Err(bad("too many shards"));
        }
        shards.push(read_shard(line, &mut lines)?);
    }
    if version < 1 || expires <= issued || shards.is_empty() {
        return Err(bad("no version, an end before its beginning, or no shard"));
    }
    if !shards.is_sorted_by_key(|shard| shard.began) {
        return Err(bad("shards that are not in the order in which they began"));
    }
    let (names, urls): (HashSet<_>, HashSet<_>) = shards.iter().map(|shard| (shard.key.name(), &shard.url)).unzip();
    if names.len() < shards.len() || urls.len() < shards.len() {
        return Err(bad("one origin or one URL twice"));
    }
    Ok(ShardList { version, issued, expires, shards, text: text.to_owned() })
}

fn value<'a>(line: Option<&'a str>, keyword: &'static str) -> Result<&'a str, ProtocolError> {
    line.and_then(|line| line.strip_prefix(keyword)).ok_or_else(|| bad("another line than it has to be"))
}

fn decimal(text: &str) -> Result<u64, ProtocolError> {
    parse_decimal(text).ok_or_else(|| bad("integer that is none"))
}

fn read_shard(first: &str, lines: &mut Split<'_, char>) -> Result<Shard, ProtocolError> {
    let key = parse_verifier_key(value(Some(first), "shard ")?).map_err(|_| bad("verifier key that is none"))?;
    if !key.key_type().is_log() {
        return Err(bad("key of another role"));
    }
    let url = value(lines.next(), "url ")?;
    if !is_prefix(url) {
        return Err(bad("expected an http or https URL to which paths can be appended"));
    }
    let began = decimal(value(lines.next(), "began ")?)?;
    let final_tree = read_state(value(lines.next(), "state ")?)?;
    Ok(Shard { key, url: url.to_owned(), began, final_tree })
}

/// Characters only, so that no verdict hangs on a parser of URLs.
fn is_prefix(url: &str) -> bool {
    let rest = url.strip_prefix("http://").or_else(|| url.strip_prefix("https://")).unwrap_or_default();
    let is_plain = rest.bytes().all(|byte| byte.is_ascii_graphic() && !b"?#@\\".contains(&byte));
    is_plain && !rest.is_empty() && !rest.starts_with('/') && !rest.ends_with('/')
}

fn read_state(state: &str) -> Result<Option<FinalTree>, ProtocolError> {
    if state == "open" {
        return Ok(None);
    }
    let (size, root) = value(Some(state), "frozen ")?.split_once(' ').ok_or_else(|| bad("frozen without its tree"))?;
    let root = base64::decode(root).and_then(|bytes| bytes.try_into().ok()).ok_or_else(|| bad("root that is none"))?;
    Ok(Some(FinalTree { size: decimal(size)?, root }))
}
