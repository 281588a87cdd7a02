//! The writer of canonical JSON.

use std::cmp::Ordering;

use serde_json::{Map, Number, Value};

use super::MAX_JSON_DEPTH;
use crate::bytes::MAX_INTEGER;
use crate::error::ProtocolError;

/// The canonical bytes of a value. A violation of canonical form is refused, never repaired: a number that is not an
/// integer within 2^53-1, a negative zero, nesting deeper than 16.
///
/// # Errors
///
/// `malformed`.
///
/// ```
/// let value = serde_json::json!({"b": [1, true], "a": "\u{1}"});
/// assert_eq!(tecp::canonicalize(&value)?, br#"{"a":"\u0001","b":[1,true]}"#);
/// # Ok::<(), tecp::ProtocolError>(())
/// ```
pub fn canonicalize(value: &Value) -> Result<Vec<u8>, ProtocolError> {
    let mut out = Vec::with_capacity(1024);
    write_value(value, 0, &mut out)?;
    Ok(out)
}

/// The order of names by their UTF-16 code units, which differs from that of their bytes where only one of two
/// characters is above U+FFFF: its surrogates come before U+E000 to U+FFFF.
pub(crate) fn utf16_order(a: &str, b: &str) -> Ordering {
    let differing = a.bytes().zip(b.bytes()).find(|(a, b)| a != b);
    // Bytes that begin U+E000 to U+FFFF are 0xEE and 0xEF; those above begin characters beyond U+FFFF.
    let rank = |byte: u8| if byte == 0xee || byte == 0xef { byte + 0x10 } else { byte };
    differing.map_or_else(|| a.len().cmp(&b.len()), |(a, b)| rank(a).cmp(&rank(b)))
}

/// `depth` is that of the container around the value.
fn write_value(value: &Value, depth: usize, out: &mut Vec<u8>) -> Result<(), ProtocolError> {
    match value {
        Value::Null => out.extend(b"null"),
        Value::Bool(true) => out.extend(b"true"),
        Value::Bool(false) => out.extend(b"false"),
        Value::Number(number) => write_number(number, out)?,
        Value::String(text) => write_string(text, out),
        Value::Array(items) => write_array(items, depth + 1, out)?,
        Value::Object(object) => write_object(object, depth + 1, out)?,
    }
    Ok(())
}

/// By way of a float, which says the same of `1`, `1.0` and `-0` whatever features `serde_json` was built with, and
/// is exact for every integer that is allowed.
fn write_number(number: &Number, out: &mut Vec<u8>) -> Result<(), ProtocolError> {
    let refuse = || ProtocolError::malformed("number that is not an integer within 2^53-1");
    let value = number.as_f64().ok_or_else(refuse)?;
    let is_negative_zero = value == 0.0 && value.is_sign_negative();
    if value.fract() != 0.0 || value.abs() > MAX_INTEGER as f64 || is_negative_zero {
        return Err(refuse());
    }
    out.extend((value as i64).to_string().into_bytes());
    Ok(())
}

fn write_array(items: &[Value], depth: usize, out: &mut Vec<u8>) -> Result<(), ProtocolError> {
    check_depth(depth)?;
    out.push(b'[');
    for (i, item) in items.iter().enumerate() {
        if i > 0 {
            out.push(b',');
        }
        write_value(item, depth, out)?;
    }
    out.push(b']');
    Ok(())
}

fn write_object(object: &Map<String, Value>, depth: usize, out: &mut Vec<u8>) -> Result<(), ProtocolError> {
    check_depth(depth)?;
    let mut members: Vec<_> = object.iter().collect();
    // The map is sorted by bytes unless a feature keeps the order of insertion: mostly there is nothing to do.
    members.sort_by(|(a, _), (b, _)| utf16_order(a, b));
    out.push(b'{');
    for (i, (name, value)) in members.into_iter().enumerate() {
        if i > 0 {
            out.push(b',');
        }
        write_string(name, out);
        out.push(b':');
        write_value(value, depth, out)?;
    }
    out.push(b'}');
    Ok(())
}

fn check_depth(depth: usize) -> Result<(), ProtocolError> {
    if depth <= MAX_JSON_DEPTH { Ok(()) } else { Err(ProtocolError::malformed("JSON nested deeper than 16")) }
}

fn is_escaped(byte: u8) -> bool {
    byte < 0x20 || byte == b'"' || byte == b'\\'
}

/// The escapes of RFC 8785, section 3.2.2.2.
fn write_string(text: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    let mut rest = text.as_bytes();
    while let Some(at) = rest.iter().position(|&byte| is_escaped(byte)) {
        let (plain, tail) = rest.split_at(at);
        out.extend(plain);
        let Some((&byte, tail)) = tail.split_first() else { break };
        match byte {
            b'"' | b'\\' => out.extend([b'\\', byte]),
            0x08 => out.extend(br"\b"),
            b'\t' => out.extend(br"\t"),
            b'\n' => out.extend(br"\n"),
            0x0c => out.extend(br"\f"),
            b'\r' => out.extend(br"\r"),
            _ => out.extend(format!("\\u{byte:04x}").into_bytes()),
        }
        rest = tail;
    }
    out.extend(rest);
    out.push(b'"');
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn text(value: &Value) -> Option<String> {
        canonicalize(value).ok().map(|bytes| String::from_utf8(bytes).unwrap())
    }

    #[test]
    fn names_are_sorted_by_utf16_code_units() {
        let mut names = ["\u{e000}", "\u{ffff}", "\u{10000}", "\u{10ffff}", "\u{d7ff}", "a", "", "aé", "a\u{10000}"];
        names.sort_by(|a, b| utf16_order(a, b));
        let mut expected = names;
        expected.sort_by_key(|name| name.encode_utf16().collect::<Vec<_>>());
        assert_eq!(names, expected);
        assert_eq!(
            text(&json!({"\u{ff}": 1, "\u{1f600}": 2, "\u{fb33}": 3})).unwrap(),
            "{\"ÿ\":1,\"😀\":2,\"\u{fb33}\":3}"
        );
    }

    #[test]
    fn numbers_are_integers_within_2_to_the_53() {
        for number in [json!(0), json!(-1), json!(9_007_199_254_740_991_i64), json!(1.0), json!(1e15)] {
            assert!(text(&number).is_some(), "{number}");
        }
        for number in [json!(9_007_199_254_740_992_i64), json!(u64::MAX), json!(i64::MIN), json!(0.5), json!(-0.0)] {
            assert_eq!(text(&number), None, "{number}");
        }
    }

    #[test]
    fn escapes_are_those_of_rfc_8785() {
        let all = json!("\u{0}\u{8}\t\n\u{b}\u{c}\r\u{1f}\"\\/\u{7f}é😀");
        assert_eq!(text(&all).unwrap(), "\"\\u0000\\b\\t\\n\\u000b\\f\\r\\u001f\\\"\\\\/\u{7f}é😀\"");
    }

    #[test]
    fn sixteen_levels_are_written_and_seventeen_are_not() {
        let nested = |levels| (0..levels).fold(json!(1), |value, _| json!([value]));
        assert!(text(&nested(16)).is_some());
        assert_eq!(text(&nested(17)), None);
        assert_eq!(text(&nested(120)), None);
    }
}
