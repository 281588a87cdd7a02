"""Writing canonical JSON (docs/spec/receipt.md, section 3).

The module `json` writes the escapes and integers of RFC 8785, in C. What it does not do comes before
it: a check of the whole value, and the order of members by UTF-16 code units where that is not the
order of code points. A violation is refused, never repaired.
"""

from __future__ import annotations

import json
from typing import Any, cast

from tecp._arguments import MAX_SAFE_INTEGER
from tecp._errors import ProtocolError, malformed
from tecp._json.value import MAX_JSON_BYTES, MAX_JSON_DEPTH, JsonValue


class TooLargeError(ProtocolError):
    """A value whose text is above its limit. Publicly it is malformed, as all that breaks a limit."""

    def __init__(self) -> None:
        super().__init__("malformed", "JSON above its size limit")

    def __reduce__(self) -> tuple[Any, ...]:
        return TooLargeError, ()


def _encoder(sort_keys: bool) -> json.JSONEncoder:
    return json.JSONEncoder(
        ensure_ascii=False, check_circular=False, sort_keys=sort_keys, separators=(",", ":")
    )


# By code points.
write_sorted = _encoder(sort_keys=True).encode
# As they are: right for what comes out of a canonical text.
write_in_order = _encoder(sort_keys=False).encode


def _code_units(member: tuple[str, object]) -> bytes:
    return member[0].encode("utf-16-be")


def _reordered(value: JsonValue) -> JsonValue:
    """The same value with the members of all objects in the order of their UTF-16 code units."""
    if isinstance(value, dict):
        members = sorted(value.items(), key=_code_units)
        return {name: _reordered(member) for name, member in members}
    if isinstance(value, list):
        return [_reordered(item) for item in value]
    return value


def write_checked(value: JsonValue, is_ascii: bool) -> str:
    """The canonical text of a value that breaks no rule but perhaps that of surrogates.

    `is_ascii` says that all names in it are ASCII, so that every order of characters is the same one.
    """
    try:
        return write_sorted(value) if is_ascii else write_in_order(_reordered(value))
    except UnicodeEncodeError:
        raise malformed("string with a lone surrogate") from None


class _Check:
    """One walk through a value from memory; owns how much may still be written."""

    __slots__ = ("budget", "is_ascii")

    def __init__(self, max_bytes: int) -> None:
        self.budget = max_bytes
        self.is_ascii = True

    def _spend(self, characters: int) -> None:
        self.budget -= characters
        if self.budget < 0:
            raise TooLargeError

    def _check_object(self, members: dict[str, object], depth: int) -> None:
        try:
            names = "".join(members)
        except TypeError:
            raise malformed("member whose name is not a string") from None
        if not names.isascii():
            self.is_ascii = False
        self._spend(len(members) + len(names))
        for value in members.values():
            # Most values are strings, and a call costs more than this, so the sum is looked at below.
            if type(value) is str:
                self.budget -= len(value)
            else:
                self.check(value, depth)
        self._spend(0)

    def check(self, value: object, depth: int = 0) -> None:
        """`depth` is that of the container around the value."""
        if isinstance(value, str):
            self._spend(len(value))
        elif isinstance(value, (dict, list)):
            if depth == MAX_JSON_DEPTH:
                raise malformed(f"nested deeper than {MAX_JSON_DEPTH}")
            if isinstance(value, dict):
                self._check_object(value, depth + 1)
                return
            self._spend(len(value))
            for item in value:
                self.check(item, depth + 1)
        elif isinstance(value, int):
            if not -MAX_SAFE_INTEGER <= value <= MAX_SAFE_INTEGER:
                raise malformed("number that is not an integer within 2^53-1")
        elif value is not None:
            raise malformed(f"{type(value).__name__}, which canonical JSON cannot express")


def canonical_text(value: object, max_bytes: int) -> tuple[str, bytes]:
    """The canonical form of a value from memory, as a text and as its bytes.

    Raises `TooLargeError` above `max_bytes`, at the latest when that many characters have been seen.
    """
    check = _Check(max_bytes)
    check.check(value)
    text = write_checked(cast(JsonValue, value), check.is_ascii)
    try:
        data = text.encode()
    except UnicodeEncodeError:
        raise malformed("string with a lone surrogate") from None
    if len(data) > max_bytes:
        raise TooLargeError
    return text, data


def canonicalize(value: object) -> bytes:
    """The canonical bytes of a JSON value (docs/spec/receipt.md, section 3).

    `value` consists of `dict` with names of `str`, `list`, `str`, `int`, `bool` and `None`, nested at
    most 16 deep; the result has at most 1,048,576 bytes. Raises `ProtocolError` (`malformed`) for
    anything else, such as a `float`, an integer beyond 2^53-1 or a lone surrogate.
    """
    return canonical_text(value, MAX_JSON_BYTES)[1]
