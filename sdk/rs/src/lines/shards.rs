//! `shards` (`docs/spec/verifier.md`, section 6).

use serde_json::{Value, json};

use super::request::{Read, Refusal, Request};
use crate::base64;
use crate::note::{KeyType, parse_verifier_key};
use crate::shards::{Shard, ShardList, open_shard_list, parse_shard_list};

pub(super) fn shards(request: &Request) -> Read<Value> {
    let (note, now) = (request.bytes("note")?, request.count("now")?);
    let key = request.text("key")?;
    let before = before(request)?;
    let key = parse_verifier_key(key)?;
    if key.key_type() != KeyType::Ed25519 {
        return Err(Refusal::error("bad-key"));
    }
    let note = str::from_utf8(&note).map_err(|_| Refusal::malformed())?;
    let list = open_shard_list(note, &key, now, before.as_ref())?;
    let mut answer = json!({
        "version": list.version,
        "issued": list.issued,
        "expires": list.expires,
        "shards": list.shards.iter().map(shard).collect::<Value>(),
    });
    if let (Some(write), Some(members)) = (list.shard_to_write(), answer.as_object_mut()) {
        members.insert("write".to_owned(), json!(write.key.to_string()));
    }
    Ok(answer)
}

/// The list that was seen before; all that is wrong with it is a bad option.
fn before(request: &Request) -> Read<Option<ShardList>> {
    if request.get("before").is_none() {
        return Ok(None);
    }
    let bytes = request.bytes("before").map_err(|_| Refusal::bad_option("before"))?;
    let list = str::from_utf8(&bytes).ok().and_then(|text| parse_shard_list(text).ok());
    list.map(Some).ok_or_else(|| Refusal::bad_option("before"))
}

fn shard(Shard { key, url, began, final_tree }: &Shard) -> Value {
    let mut answer = json!({"key": key.to_string(), "url": url, "began": began});
    if let (Some(tree), Some(members)) = (final_tree, answer.as_object_mut()) {
        let root = base64::encode(&tree.root);
        members.insert("final".to_owned(), json!({"size": tree.size, "root": root}));
    }
    answer
}
