//! Text from outside, fit to be shown: one line that steers no terminal.

/// The format characters of Unicode (Cf), and its separators of lines and paragraphs (Zl, Zp).
const UNSEEN: [(char, char); 21] = [
    ('\u{ad}', '\u{ad}'),
    ('\u{600}', '\u{605}'),
    ('\u{61c}', '\u{61c}'),
    ('\u{6dd}', '\u{6dd}'),
    ('\u{70f}', '\u{70f}'),
    ('\u{890}', '\u{891}'),
    ('\u{8e2}', '\u{8e2}'),
    ('\u{180e}', '\u{180e}'),
    ('\u{200b}', '\u{200f}'),
    ('\u{2028}', '\u{202e}'),
    ('\u{2060}', '\u{2064}'),
    ('\u{2066}', '\u{206f}'),
    ('\u{feff}', '\u{feff}'),
    ('\u{fff9}', '\u{fffb}'),
    ('\u{110bd}', '\u{110bd}'),
    ('\u{110cd}', '\u{110cd}'),
    ('\u{13430}', '\u{1343f}'),
    ('\u{1bca0}', '\u{1bca3}'),
    ('\u{1d173}', '\u{1d17a}'),
    ('\u{e0001}', '\u{e0001}'),
    ('\u{e0020}', '\u{e007f}'),
];

/// One line for a terminal: U+FFFD stands for every character that steers one or turns a line of text around, which
/// control and format characters and the separators of lines do.
pub fn printable(text: &str) -> String {
    text.replace(
        |c: char| c.is_control() || UNSEEN.iter().any(|&(first, last)| (first..=last).contains(&c)),
        "\u{fffd}",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_steers_a_terminal_is_replaced_and_nothing_else_is() {
        for (text, shown) in [
            ("", ""),
            ("é – 😀 \u{fffd} \u{a0}", "é – 😀 \u{fffd} \u{a0}"),
            ("\u{1b}[31m\0\r\n\t", "?[31m????"),
            ("\u{1f} \u{7f} \u{80}\u{9f}", "? ? ??"),
            ("\u{202e}a\u{2028}b\u{2029}c\u{200b}d\u{200f}e\u{2066}\u{feff}", "?a?b?c?d?e??"),
            ("\u{ad}\u{61c}\u{180e}\u{e0001}\u{e007f}", "?????"),
            ("\u{200a}\u{2010}\u{2027}\u{202f}\u{2065}", "\u{200a}\u{2010}\u{2027}\u{202f}\u{2065}"),
        ] {
            assert_eq!(printable(text), shown.replace('?', "\u{fffd}"), "{text:?}");
        }
    }
}
