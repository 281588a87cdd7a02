"""Reading JSON strictly (docs/spec/receipt.md, section 3): canonical, or any form of what can be.

The module `json` scans in C; hooks refuse what it would take: fractions, exponents, -0, NaN, integers
that are too long, repeated members. The depth is known before it recurses.
"""

from __future__ import annotations

import json
import re
from typing import Any, NoReturn

from tecp._arguments import MAX_SAFE_INTEGER, check_bytes
from tecp._errors import malformed
from tecp._json.value import MAX_JSON_BYTES, MAX_JSON_DEPTH, JsonObject, JsonValue
from tecp._json.write import write_checked, write_sorted

_MAX_DIGITS = len(str(-MAX_SAFE_INTEGER))
# A string that does not end reaches to the end, so that nothing is looked at twice.
_BRACKET_OR_STRING = re.compile(r'[\[\]{}]|"[^"\\]*(?:\\.[^"\\]*)*(?:"|\\?\Z)', re.DOTALL)


def _refuse_number(_literal: str) -> NoReturn:
    raise malformed("number that is not an integer within 2^53-1")


def _read_integer(literal: str) -> int:
    if len(literal) > _MAX_DIGITS or literal == "-0" or not literal.isascii():
        _refuse_number(literal)
    value = int(literal)
    if not -MAX_SAFE_INTEGER <= value <= MAX_SAFE_INTEGER:
        _refuse_number(literal)
    return value


def _read_object(members: list[tuple[str, JsonValue]]) -> JsonObject:
    value = dict(members)
    if len(value) != len(members):
        raise malformed("repeated member")
    return value


_NUMBERS: dict[str, Any] = {
    "parse_float": _refuse_number,
    "parse_int": _read_integer,
    "parse_constant": _refuse_number,
}
_decoder = json.JSONDecoder(**_NUMBERS)
_unique_decoder = json.JSONDecoder(object_pairs_hook=_read_object, **_NUMBERS)


def _check_depth(text: str) -> None:
    if text.count("[") + text.count("{") <= MAX_JSON_DEPTH:
        return
    depth = 0
    for token in _BRACKET_OR_STRING.finditer(text):
        bracket = token[0]
        if bracket in ("[", "{"):
            depth += 1
            if depth > MAX_JSON_DEPTH:
                raise malformed(f"nested deeper than {MAX_JSON_DEPTH}")
        elif bracket in ("]", "}"):
            depth -= 1


def _decode_text(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise malformed("not valid UTF-8") from None


def read_written(text: str) -> JsonValue:
    """The value of a text that `canonical_text` has written."""
    value: JsonValue = _decoder.decode(text)
    return value


def _is_basic(text: str) -> bool:
    """Without characters above U+FFFF code points have the order of UTF-16 code units."""
    return text.isascii() or len(text.encode("utf-16-le")) == 2 * len(text)


def parse_canonical(data: bytes) -> JsonValue:
    """The value of bytes that are its canonical form. Raises `ProtocolError` for all others.

    Writing the value again catches at once: repeated members, white space, odd escapes, other orders,
    lone surrogates. How much is read is for the caller to limit.
    """
    text = _decode_text(data)
    _check_depth(text)
    try:
        value: JsonValue = _decoder.raw_decode(text)[0]
    except ValueError:
        raise malformed("not JSON") from None
    written = write_sorted(value) if _is_basic(text) else write_checked(value, is_ascii=False)
    if written != text:
        raise malformed("not in canonical form")
    return value


def parse_json(data: bytes) -> JsonValue:
    """The value of a JSON text of at most 1,048,576 bytes that need not be canonical.

    White space, any order of members and any escape are taken; what the six rules of
    docs/spec/receipt.md, section 3 refuse, is not: a repeated member, a fraction, an exponent, -0, an
    integer beyond 2^53-1, a lone surrogate, a byte order mark, more than 16 levels. `canonicalize`
    takes whatever this returns. Raises `ProtocolError` (`malformed`).
    """
    data = check_bytes(data, "JSON")
    if len(data) > MAX_JSON_BYTES:
        raise malformed(f"JSON above {MAX_JSON_BYTES} bytes")
    text = _decode_text(data)
    _check_depth(text)
    try:
        value: JsonValue = _unique_decoder.decode(text)
        if "\\u" in text:
            # A lone surrogate has no bytes.
            write_sorted(value).encode()
    except ValueError:
        raise malformed("not JSON, or a lone surrogate") from None
    return value
