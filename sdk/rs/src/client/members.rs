//! The members of a log's JSON object that mean something here.

use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::{Map, Value};

use crate::bytes::MAX_INTEGER;

const KNOWN: [&str; 9] =
    ["status", "leaf_index", "leaf_hash", "duplicate", "proof", "code", "message", "detail", "field"];

/// What is known of an object. Everything else in it is passed over, whatever it is: a number that nothing can hold, a
/// lone surrogate, any nesting.
#[derive(Default)]
pub(super) struct Members {
    known: Map<String, Value>,
    pub warnings: Vec<Members>,
}

impl Members {
    /// None for what is no object.
    pub fn parse(json: &[u8]) -> Option<Self> {
        serde_json::from_slice(json).ok()
    }

    pub fn text(&self, name: &str) -> Option<String> {
        self.known.get(name)?.as_str().map(str::to_owned)
    }

    /// Of a member that may be absent, but has no other type.
    pub fn optional_text(&self, name: &str) -> Option<Option<String>> {
        if self.known.contains_key(name) { self.text(name).map(Some) } else { Some(None) }
    }

    /// An integer from 0 to 2^53-1.
    pub fn count(&self, name: &str) -> Option<u64> {
        self.known.get(name)?.as_u64().filter(|&count| count <= MAX_INTEGER)
    }

    pub fn flag(&self, name: &str) -> Option<bool> {
        self.known.get(name)?.as_bool()
    }
}

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(MembersVisitor)
    }
}

struct MembersVisitor;

impl<'de> Visitor<'de> for MembersVisitor {
    type Value = Members;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
        let mut members = Members::default();
        while let Some(name) = map.next_key::<String>()? {
            if name == "warnings" {
                members.warnings = map.next_value()?;
            } else if KNOWN.contains(&name.as_str()) {
                members.known.insert(name, map.next_value()?);
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(members)
    }
}
