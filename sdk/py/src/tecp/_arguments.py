"""Checks of what a program passes, as opposed to bytes from elsewhere.

A size, a time or a hash that no caller can have meant is a mistake in a program: a `TypeError` when
it is of the wrong kind, a `ValueError` when it is out of range, never a verdict.
"""

from __future__ import annotations

MAX_SAFE_INTEGER = 2**53 - 1


def check_integer(value: object, name: str) -> int:
    """An integer from 0 to 2^53-1; a bool is none."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"expected an integer as {name}, got {type(value).__name__}")
    if not 0 <= value <= MAX_SAFE_INTEGER:
        raise ValueError(f"expected 0 to 2^53-1 as {name}")
    return value


def check_bytes(value: object, name: str, length: int | None = None) -> bytes:
    """Bytes of any kind as `bytes`; with `length`, exactly that many. They are never quoted."""
    if not isinstance(value, (bytes, bytearray, memoryview)):
        raise TypeError(f"expected bytes as {name}, got {type(value).__name__}")
    data = bytes(value)
    if length is not None and len(data) != length:
        raise ValueError(f"expected {length} bytes as {name}, got {len(data)}")
    return data
