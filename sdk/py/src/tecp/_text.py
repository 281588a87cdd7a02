"""Texts and integers of the C2SP formats in their one form (docs/spec/log.md, sections 1 and 10).

Limits are counted in bytes of UTF-8, and looked at before anything else.
"""

from __future__ import annotations

import re

from tecp._arguments import MAX_SAFE_INTEGER, check_bytes
from tecp._errors import malformed

_DECIMAL = re.compile("0|[1-9][0-9]{0,15}")


def read_text(data: bytes | str, max_bytes: int, name: str) -> str:
    """The text of UTF-8, or a text that could be written as such, of at most `max_bytes` bytes."""
    if len(data) > max_bytes:
        raise malformed(f"{name} above {max_bytes} bytes")
    try:
        if not isinstance(data, str):
            return check_bytes(data, name).decode()
        size = len(data) if data.isascii() else len(data.encode())
    except UnicodeError:
        raise malformed(f"{name} is not valid Unicode") from None
    if size > max_bytes:
        raise malformed(f"{name} above {max_bytes} bytes")
    return data


def read_decimal(text: str, name: str) -> int:
    """An integer in 0 to 2^53-1 without sign, leading zeros or white space."""
    if _DECIMAL.fullmatch(text) is None or (value := int(text)) > MAX_SAFE_INTEGER:
        raise malformed(f"{name} is not a decimal integer in 0..2^53-1")
    return value
