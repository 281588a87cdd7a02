//! Base64 as notes use it (RFC 4648 section 4, padded) and as receipts use it (section 5, unpadded).
//!
//! A text has one meaning and bytes have one text: another alphabet, white space, missing or surplus padding and
//! spare bits that are not zero are refused. The one exception, for signature lines by unknown keys, has a function
//! of its own (`docs/spec/log.md`, section 3).

const STANDARD: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const URL_SAFE: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const NO_DIGIT: u8 = 255;
const FROM_STANDARD: [u8; 256] = reverse(STANDARD);
const FROM_URL_SAFE: [u8; 256] = reverse(URL_SAFE);

#[allow(clippy::indexing_slicing)] // Evaluated by the compiler, which would refuse an index that is none.
const fn reverse(alphabet: &[u8; 64]) -> [u8; 256] {
    let mut table = [NO_DIGIT; 256];
    let mut i = 0;
    while i < 64 {
        table[alphabet[i] as usize] = i as u8;
        i += 1;
    }
    table
}

/// Padded, in the standard alphabet.
pub(crate) fn encode(bytes: &[u8]) -> String {
    let mut out = encode_digits(bytes, STANDARD);
    while !out.len().is_multiple_of(4) {
        out.push('=');
    }
    out
}

/// Unpadded, in the alphabet for URLs.
pub(crate) fn encode_url(bytes: &[u8]) -> String {
    encode_digits(bytes, URL_SAFE)
}

fn encode_digits(bytes: &[u8], alphabet: &[u8; 64]) -> String {
    let digits = |[a, b, c]: [u8; 3]| {
        let value = u32::from_be_bytes([0, a, b, c]);
        [18, 12, 6, 0].map(|shift| alphabet.get((value >> shift & 63) as usize).copied().unwrap_or_default())
    };
    let mut out = Vec::with_capacity(bytes.len().div_ceil(3) * 4);
    let (groups, rest) = bytes.as_chunks();
    for group in groups {
        out.extend_from_slice(&digits(*group));
    }
    // What is missing in the last group counts as zero, and has no digits.
    match *rest {
        [a, b] => out.extend(digits([a, b, 0]).iter().take(3)),
        [a] => out.extend(digits([a, 0, 0]).iter().take(2)),
        _ => {}
    }
    String::from_utf8(out).unwrap_or_default()
}

#[derive(Clone, Copy, PartialEq)]
enum SpareBits {
    Zero,
    Any,
}

/// The bytes of a padded text in the standard alphabet.
pub(crate) fn decode(text: &str) -> Option<Vec<u8>> {
    decode_digits(unpadded(text)?, &FROM_STANDARD, SpareBits::Zero)
}

/// The same with spare bits of any value, and whether they are zero.
pub(crate) fn decode_with_spare_bits(text: &str) -> Option<(Vec<u8>, bool)> {
    let digits = unpadded(text)?;
    let bytes = decode_digits(digits, &FROM_STANDARD, SpareBits::Any)?;
    let is_canonical = has_zero_spare_bits(digits, &FROM_STANDARD);
    Some((bytes, is_canonical))
}

/// The bytes of an unpadded text in the alphabet for URLs.
pub(crate) fn decode_url(text: &str) -> Option<Vec<u8>> {
    decode_digits(text.as_bytes(), &FROM_URL_SAFE, SpareBits::Zero)
}

/// The digits of a text whose padding is right.
fn unpadded(text: &str) -> Option<&[u8]> {
    if !text.len().is_multiple_of(4) {
        return None;
    }
    let once = text.strip_suffix('=').unwrap_or(text);
    Some(once.strip_suffix('=').unwrap_or(once).as_bytes())
}

fn digit(byte: u8, table: &[u8; 256]) -> Option<u8> {
    table.get(usize::from(byte)).copied().filter(|&value| value != NO_DIGIT)
}

/// How many bits the last of so many digits has beyond the bytes; none for a count that no bytes have.
fn spare_bits(digits: usize) -> Option<u8> {
    match digits % 4 {
        0 => Some(0),
        2 => Some(4),
        3 => Some(2),
        _ => None,
    }
}

fn has_zero_spare_bits(digits: &[u8], table: &[u8; 256]) -> bool {
    let last = digits.last().and_then(|&byte| digit(byte, table)).unwrap_or(0);
    spare_bits(digits.len()).is_some_and(|spare| last & ((1 << spare) - 1) == 0)
}

fn decode_digits(digits: &[u8], table: &[u8; 256], spare: SpareBits) -> Option<Vec<u8>> {
    spare_bits(digits.len())?;
    if spare == SpareBits::Zero && !has_zero_spare_bits(digits, table) {
        return None;
    }
    let mut out = Vec::with_capacity(digits.len() / 4 * 3 + 2);
    let (groups, rest) = digits.as_chunks();
    for group in groups {
        out.extend_from_slice(&decode_group(group, table)?);
    }
    // What is missing in the last group counts as zero, the digit A, and is no byte.
    match *rest {
        [a, b, c] => out.extend(decode_group(&[a, b, c, b'A'], table)?.iter().take(2)),
        [a, b] => out.extend(decode_group(&[a, b, b'A', b'A'], table)?.iter().take(1)),
        _ => {}
    }
    Some(out)
}

fn decode_group(group: &[u8; 4], table: &[u8; 256]) -> Option<[u8; 3]> {
    let [a, b, c, d] = group.map(|byte| table.get(usize::from(byte)).copied().unwrap_or(NO_DIGIT));
    // All digits are below 64, and what is none has every bit.
    if (a | b | c | d) == NO_DIGIT {
        return None;
    }
    Some([a << 2 | b >> 4, b << 4 | c >> 2, c << 6 | d])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_encoded_decodes_to_the_same_bytes() {
        for length in 0..100u8 {
            let bytes: Vec<u8> = (0..length).map(|i| i.wrapping_mul(97) ^ 0xa5).collect();
            assert_eq!(decode(&encode(&bytes)), Some(bytes.clone()));
            assert_eq!(decode_url(&encode_url(&bytes)), Some(bytes));
        }
    }

    #[test]
    fn the_texts_of_rfc_4648_are_written() {
        let cases = [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg==")];
        for (text, encoded) in cases {
            assert_eq!(encode(text.as_bytes()), encoded);
            assert_eq!(encode_url(text.as_bytes()), encoded.trim_end_matches('='));
        }
        assert_eq!(encode(&[0xfb, 0xff]), "+/8=");
        assert_eq!(encode_url(&[0xfb, 0xff]), "-_8");
    }

    #[test]
    fn a_second_text_of_the_same_bytes_is_refused() {
        for text in ["Zg", "Zg=", "Zh==", "Zm9=", "Zg==\n", " Zg==", "Zg==Zg==", "====", "A===", "=", "Z-==", "Zm9v="] {
            assert_eq!(decode(text), None, "{text:?}");
        }
        for text in ["Z", "Zh", "Zg==", "Zm9", "Z+", "Zg\n", "é"] {
            assert_eq!(decode_url(text), None, "{text:?}");
        }
    }

    #[test]
    fn spare_bits_are_told_apart_where_they_are_taken() {
        assert_eq!(decode_with_spare_bits("Zg=="), Some((b"f".to_vec(), true)));
        assert_eq!(decode_with_spare_bits("Zh=="), Some((b"f".to_vec(), false)));
        assert_eq!(decode_with_spare_bits("Zm9v"), Some((b"foo".to_vec(), true)));
        assert_eq!(decode_with_spare_bits("Zg="), None);
    }
}
