//! Canonical JSON: RFC 8785 within the limits of `docs/spec/receipt.md`, section 3.
//!
//! Values are those of `serde_json`. Its own parser is not used for what is signed: it takes repeated members and
//! fractions, and what it makes of numbers depends on features that any crate of a program can turn on.

mod parse;
mod write;

pub(crate) use parse::parse_canonical;
pub use parse::parse_json;
pub use write::canonicalize;
pub(crate) use write::utf16_order;

/// Longest JSON text that is read, in bytes.
pub const MAX_JSON_BYTES: usize = 1024 * 1024;
/// How deep objects and arrays nest at most, the outermost counted as 1.
pub const MAX_JSON_DEPTH: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;

    /// The reader notices on its way what writing the value again would show.
    #[test]
    fn a_text_is_canonical_if_writing_its_value_gives_the_same_bytes() {
        let pieces = [
            "{",
            "}",
            "[",
            "]",
            ",",
            ":",
            "\"",
            "\"a\"",
            "\"b\":1",
            "\"\\n\"",
            "\"\\u000a\"",
            "\"\\u001F\"",
            "\"\\u001f\"",
            "\"\\/\"",
            "\"\\u0041\":",
            "\"\u{e000}\":2",
            "\"\u{10000}\":3",
            "\"\\ud83d\\ude00\"",
            "0",
            "-1",
            "-0",
            "1.0",
            "true",
            "null",
            " ",
            "\n",
        ];
        let mut state: u32 = 1;
        let mut next = |limit: usize| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) as usize % limit
        };
        let mut canonical = 0;
        for _ in 0..200_000 {
            let inner: String = (0..next(6)).map(|_| pieces[next(pieces.len())]).collect();
            let text = match next(3) {
                0 => inner,
                1 => format!("[{inner}]"),
                _ => format!("{{{inner}}}"),
            };
            let is_written_so =
                parse_json(text.as_bytes()).is_ok_and(|value| canonicalize(&value).unwrap() == text.as_bytes());
            assert_eq!(parse_canonical(text.as_bytes()).is_ok(), is_written_so, "{text:?}");
            canonical += usize::from(is_written_so);
        }
        assert!(canonical > 1000, "{canonical}");
    }
}
