package jcs

// CompareUTF16 orders valid UTF-8 by its UTF-16 code units, as RFC 8785 orders members. That is the
// order of the bytes, but for characters above U+FFFF: as surrogates they come before U+E000.
func CompareUTF16(a, b string) int {
	n := min(len(a), len(b))
	i := 0
	for i < n && a[i] == b[i] {
		i++
	}
	if i == n {
		return len(a) - len(b)
	}
	return rankUTF16(a[i]) - rankUTF16(b[i])
}

// rankUTF16 moves the first bytes of U+E000 to U+FFFF (0xEE, 0xEF) behind those of what comes after.
func rankUTF16(b byte) int {
	if b == 0xee || b == 0xef {
		return int(b) + 0x10
	}
	return int(b)
}
