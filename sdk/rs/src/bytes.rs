//! Integers and hex in their one canonical form (`docs/spec/log.md`, section 1).

/// 2^53-1, the largest integer of every format.
pub(crate) const MAX_INTEGER: u64 = (1 << 53) - 1;

/// A decimal integer in 0..=2^53-1 without sign, leading zeros or white space.
pub(crate) fn parse_decimal(text: &str) -> Option<u64> {
    // `str::parse` takes a sign and leading zeros.
    let is_plain = text.bytes().all(|byte| byte.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
    let value = if is_plain { text.parse().ok()? } else { return None };
    (value <= MAX_INTEGER).then_some(value)
}

/// A big-endian integer of eight bytes that is at most 2^53-1.
pub(crate) fn parse_uint64(bytes: &[u8]) -> Option<u64> {
    let value = u64::from_be_bytes(bytes.try_into().ok()?);
    (value <= MAX_INTEGER).then_some(value)
}

/// Lowercase hex.
pub(crate) fn to_hex(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        for digit in [byte >> 4, byte & 15] {
            out.push(char::from(if digit < 10 { b'0' + digit } else { b'a' + digit - 10 }));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_have_one_text() {
        for (text, value) in [("0", 0), ("7", 7), ("9007199254740991", MAX_INTEGER)] {
            assert_eq!(parse_decimal(text), Some(value));
        }
        for text in ["", "+1", "-1", "01", "00", " 1", "1 ", "1.0", "1e3", "9007199254740992", "99999999999999999999"] {
            assert_eq!(parse_decimal(text), None, "{text:?}");
        }
    }

    #[test]
    fn wide_integers_stop_at_2_to_the_53() {
        assert_eq!(parse_uint64(&MAX_INTEGER.to_be_bytes()), Some(MAX_INTEGER));
        assert_eq!(parse_uint64(&(MAX_INTEGER + 1).to_be_bytes()), None);
        assert_eq!(parse_uint64(&[0; 7]), None);
    }

    #[test]
    fn hex_is_lowercase_and_whole() {
        assert_eq!(to_hex(&[0x00, 0x0f, 0xa5, 0xff]), "000fa5ff");
    }
}
