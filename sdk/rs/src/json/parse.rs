//! A strict parser of JSON in one pass, for texts that are canonical and for those that need not be.
//!
//! It takes what RFC 8259 allows within the limits of canonical form: white space, any order of members and any
//! escape, but no repeated member, no fraction, exponent or -0, no lone surrogate, no byte order mark. On the way it
//! notices whatever the writer would have written in another way.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::ops::Range;

use serde_json::{Map, Value};

use super::{MAX_JSON_BYTES, MAX_JSON_DEPTH, utf16_order};
use crate::bytes::MAX_INTEGER;
use crate::error::ProtocolError;

/// The value of a JSON text of at most [`MAX_JSON_BYTES`] bytes, canonical or not. [`canonicalize`] takes whatever
/// this returns.
///
/// # Errors
///
/// `malformed`.
///
/// [`canonicalize`]: crate::canonicalize
pub fn parse_json(bytes: &[u8]) -> Result<Value, ProtocolError> {
    read(bytes).map(|(value, _)| value)
}

/// The value of a text that is its canonical form, and where the members of the outermost object are in it, from the
/// quote of the name to the end of the value. Anything else is refused.
pub(crate) fn parse_canonical(bytes: &[u8]) -> Result<(Value, Vec<Range<usize>>), ProtocolError> {
    let (value, reader) = read(bytes)?;
    if reader.is_canonical {
        Ok((value, reader.members))
    } else {
        Err(ProtocolError::malformed("JSON that is not in canonical form"))
    }
}

fn read(bytes: &[u8]) -> Result<(Value, Reader<'_>), ProtocolError> {
    if bytes.len() > MAX_JSON_BYTES {
        return Err(ProtocolError::malformed("JSON above its size limit"));
    }
    let text = str::from_utf8(bytes).map_err(|_| ProtocolError::malformed("JSON that is not UTF-8"))?;
    let mut reader = Reader { text, at: 0, is_canonical: true, members: Vec::new() };
    let value = reader.value(0)?;
    reader.white_space();
    if reader.at == text.len() { Ok((value, reader)) } else { Err(reader.refuse("text after the value")) }
}

/// The text and how far it has been read: always to the border of a character.
struct Reader<'a> {
    text: &'a str,
    at: usize,
    /// Whether the writer would have written the same so far.
    is_canonical: bool,
    /// Where the members of the outermost object are.
    members: Vec<Range<usize>>,
}

impl<'a> Reader<'a> {
    fn refuse(&self, what: &str) -> ProtocolError {
        ProtocolError::malformed(format!("{what} at byte {} of JSON", self.at))
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// The text that is left.
    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn white_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.is_canonical = false;
            self.at += 1;
        }
    }

    /// Skips white space and tells whether this character comes next; moves past it if so.
    fn take(&mut self, token: u8) -> bool {
        self.white_space();
        let found = self.peek() == Some(token);
        if found {
            self.at += 1;
        }
        found
    }

    /// `depth` is that of the container around the value.
    fn value(&mut self, depth: usize) -> Result<Value, ProtocolError> {
        self.white_space();
        match self.peek() {
            Some(b'{' | b'[') if depth == MAX_JSON_DEPTH => Err(self.refuse("nested deeper than 16")),
            Some(b'{') => self.object(depth + 1),
            Some(b'[') => self.array(depth + 1),
            Some(b'"') => Ok(Value::String(self.string()?.into_owned())),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b't') => self.literal("true", Value::Bool(true)),
            Some(b'f') => self.literal("false", Value::Bool(false)),
            _ => self.literal("null", Value::Null),
        }
    }

    fn literal(&mut self, literal: &str, value: Value) -> Result<Value, ProtocolError> {
        if !self.rest().starts_with(literal) {
            return Err(self.refuse("expected a value"));
        }
        self.at += literal.len();
        Ok(value)
    }

    fn array(&mut self, depth: usize) -> Result<Value, ProtocolError> {
        self.at += 1;
        let mut items = Vec::new();
        if self.take(b']') {
            return Ok(Value::Array(items));
        }
        loop {
            items.push(self.value(depth)?);
            if self.take(b']') {
                return Ok(Value::Array(items));
            }
            if !self.take(b',') {
                return Err(self.refuse("expected , or ]"));
            }
        }
    }

    fn object(&mut self, depth: usize) -> Result<Value, ProtocolError> {
        self.at += 1;
        let mut object = Map::new();
        if self.take(b'}') {
            return Ok(Value::Object(object));
        }
        let mut last: Option<Cow<'a, str>> = None;
        loop {
            self.white_space();
            let start = self.at;
            let name = self.string()?;
            if last.as_ref().is_some_and(|last| utf16_order(last, &name) != Ordering::Less) {
                self.is_canonical = false;
            }
            if !self.take(b':') {
                return Err(self.refuse("expected :"));
            }
            let value = self.value(depth)?;
            if depth == 1 {
                self.members.push(start..self.at);
            }
            if object.insert(name.clone().into_owned(), value).is_some() {
                return Err(self.refuse("repeated member"));
            }
            last = Some(name);
            if self.take(b'}') {
                return Ok(Value::Object(object));
            }
            if !self.take(b',') {
                return Err(self.refuse("expected , or }"));
            }
        }
    }

    /// An integer; what makes another number of it, such as `.5`, `e3` or a digit after a leading zero, is left
    /// over and refused there.
    fn number(&mut self) -> Result<Value, ProtocolError> {
        let rest = self.rest();
        let digits = rest.strip_prefix('-').unwrap_or(rest);
        let count = match digits.bytes().position(|byte| !byte.is_ascii_digit()) {
            _ if digits.starts_with('0') => 1,
            Some(end) => end,
            None => digits.len(),
        };
        let literal = rest.get(..rest.len() - digits.len() + count).unwrap_or_default();
        let value = literal.parse::<i64>().ok().filter(|value| value.unsigned_abs() <= MAX_INTEGER);
        match value {
            Some(value) if literal != "-0" => {
                self.at += literal.len();
                Ok(Value::from(value))
            }
            _ => Err(self.refuse("number that is not an integer within 2^53-1")),
        }
    }

    fn string(&mut self) -> Result<Cow<'a, str>, ProtocolError> {
        if self.peek() != Some(b'"') {
            return Err(self.refuse("expected a string"));
        }
        self.at += 1;
        let mut out = Cow::Borrowed("");
        loop {
            // Adding to nothing borrows, so only a string with escapes is copied.
            out += self.plain();
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(out);
                }
                Some(b'\\') => out.to_mut().push(self.escape()?),
                _ => return Err(self.refuse("control character in a string, or no end of it")),
            }
        }
    }

    /// What comes next in a string up to an escape, its end, or what it must not hold; moves past it.
    fn plain(&mut self) -> &'a str {
        let is_special = |byte: u8| byte < 0x20 || byte == b'"' || byte == b'\\';
        let rest = self.rest();
        let length = rest.bytes().position(is_special).unwrap_or(rest.len());
        self.at += length;
        rest.get(..length).unwrap_or_default()
    }

    fn escape(&mut self) -> Result<char, ProtocolError> {
        let escaped = self.text.as_bytes().get(self.at + 1).copied();
        let simple = match escaped {
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => {
                self.is_canonical = false;
                '/'
            }
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            _ => return self.unicode_escapes(),
        };
        self.at += 2;
        Ok(simple)
    }

    /// The character of one `\u0000`, or of two that are a pair of surrogates.
    fn unicode_escapes(&mut self) -> Result<char, ProtocolError> {
        let first = self.code_unit().ok_or_else(|| self.refuse("escape that is none"))?;
        let second = if (0xd800..0xdc00).contains(&first) { self.code_unit() } else { None };
        match char::decode_utf16([Some(first), second].into_iter().flatten()).next() {
            Some(Ok(character)) => Ok(character),
            _ => Err(self.refuse("lone surrogate in a string")),
        }
    }

    /// The code unit of a `\u0000` that comes next; moves past it.
    fn code_unit(&mut self) -> Option<u16> {
        let digits = self.rest().strip_prefix("\\u")?.get(..4)?;
        // `from_str_radix` would take a sign.
        let is_hex = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        let unit = if is_hex { u16::from_str_radix(digits, 16).ok()? } else { return None };
        // Of the characters that must be escaped, five have a shorter way.
        let is_shortest = unit < 0x20 && !matches!(unit, 0x08 | 0x09 | 0x0a | 0x0c | 0x0d);
        if !is_shortest || digits.bytes().any(|byte| byte.is_ascii_uppercase()) {
            self.is_canonical = false;
        }
        self.at += 6;
        Some(unit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_rfc_8259_allows_is_read() {
        let text =
            " {\"b\" : [ ] ,\n\t\"a\":{\"x\":-12,\"y\":\"\\u00e9\\ud83d\\uDE00\\/\\\"\"},\r\"c\":[true,false,null,0]} ";
        let value = json!({"a": {"x": -12, "y": "é😀/\""}, "b": [], "c": [true, false, null, 0]});
        assert_eq!(parse_json(text.as_bytes()).unwrap(), value);
    }

    #[test]
    fn what_canonical_form_cannot_express_is_refused() {
        let texts = [
            "",
            " ",
            "\u{feff}1",
            "1.0",
            "1e3",
            "-0",
            "01",
            "-",
            "+1",
            "9007199254740992",
            "-9007199254740992",
            "NaN",
            "tru",
            "truex",
            "nul",
            "{",
            "[",
            "[1",
            "[1,]",
            "[,1]",
            "[1 2]",
            "{\"a\"}",
            "{\"a\":}",
            "{\"a\":1,}",
            "{a:1}",
            "{\"a\":1,\"a\":1}",
            "{\"a\":1,\"\\u0061\":2}",
            "\"",
            "\"\n\"",
            "\"\\x\"",
            "\"\\u12g4\"",
            "\"\\u+123\"",
            "\"\\ud800\"",
            "\"\\udc00\"",
            "\"\\ud800\\u0041\"",
            "\"\\ud800\\ud800\"",
            "\"\\ud800x\"",
            "1 1",
            "[]]",
            "'a'",
        ];
        for text in texts {
            assert!(parse_json(text.as_bytes()).is_err(), "{text:?}");
        }
        assert!(parse_json(b"\"\xff\"").is_err());
        assert!(parse_json(b"\"\xed\xa0\x80\"").is_err());
    }

    #[test]
    fn depth_and_size_have_a_limit() {
        let nested = |levels: usize| "[".repeat(levels) + &"]".repeat(levels);
        assert!(parse_json(nested(16).as_bytes()).is_ok());
        assert!(parse_json(nested(17).as_bytes()).is_err());
        assert!(parse_json(nested(500_000).as_bytes()).is_err());
        let text = |length: usize| format!("\"{}\"", "a".repeat(length - 2));
        assert!(parse_json(text(MAX_JSON_BYTES).as_bytes()).is_ok());
        assert!(parse_json(text(MAX_JSON_BYTES + 1).as_bytes()).is_err());
    }
}
