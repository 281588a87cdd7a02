"""ECDSA keys and signatures as bytes, read strictly (docs/spec/log.md, section 3).

A key is the one DER form of RFC 5480 with an uncompressed point, a signature the one DER form of its
two integers (RFC 3279). Verdicts thus do not hang on what a library takes for DER.
"""

from __future__ import annotations

_SEQUENCE = 0x30
_INTEGER = 0x02

# All of the SubjectPublicKeyInfo before the coordinates, and the bytes of each of these.
_FORMS = (
    (bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d03010703420004"), 32),
    (bytes.fromhex("3076301006072a8648ce3d020106052b8104002203620004"), 48),
    (bytes.fromhex("30819b301006072a8648ce3d020106052b810400230381860004"), 66),
)


def coordinate_bytes(spki: bytes) -> int | None:
    """Bytes of a coordinate on the key's curve: P-256, P-384 or P-521. None for any other DER.

    Whether the point is on the curve is left to the equation.
    """
    for prefix, width in _FORMS:
        if len(spki) == len(prefix) + 2 * width and spki.startswith(prefix):
            return width
    return None


def is_strict_ecdsa_signature(der: bytes, width: int) -> bool:
    """Whether these are the DER of two positive integers of at most `width` bytes, and no more."""
    body = _element(der, _SEQUENCE)
    if body is None or body[1]:
        return False
    rest = _after_integer(body[0], width)
    return rest is not None and _after_integer(rest, width) == b""


def _element(der: bytes, tag: int) -> tuple[bytes, bytes] | None:
    """Content and rest of an element; its length takes at most one byte more here."""
    if len(der) < 2 or der[0] != tag:
        return None
    length, start = der[1], 2
    if length == 0x81:
        if len(der) < 3 or der[2] < 0x80:
            return None
        length, start = der[2], 3
    elif length >= 0x80:
        return None
    end = start + length
    return (der[start:end], der[end:]) if end <= len(der) else None


def _after_integer(der: bytes, width: int) -> bytes | None:
    """What follows a positive integer in its shortest form, or None."""
    element = _element(der, _INTEGER)
    if element is None:
        return None
    content, rest = element
    if not content or content[0] >= 0x80:
        return None
    if content[0] == 0:
        content = content[1:]
        if not content or content[0] < 0x80:
            return None
    return rest if len(content) <= width else None
