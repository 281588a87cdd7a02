"""The part of the Ed25519 verdict that is decided on bytes (docs/spec/receipt.md, section 6.2).

Libraries differ exactly here: in encodings of y >= p, of points of small order, and of S >= L.
Refusing these before any library is asked makes the verdict the same everywhere.
"""

from __future__ import annotations

PUBLIC_KEY_BYTES = 32
SIGNATURE_BYTES = 64

_WITHOUT_SIGN = 2**255 - 1
_P = 2**255 - 19
_L = 2**252 + 27742317777372353535851937790883648493

# Either sign is refused: where x is 0, a sign is not canonical.
_SMALL_ORDER_Y = frozenset(
    int.from_bytes(bytes.fromhex(y), "little")
    for y in (
        "0100000000000000000000000000000000000000000000000000000000000000",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "0000000000000000000000000000000000000000000000000000000000000000",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    )
)


def is_strict_point(point: bytes) -> bool:
    """Whether these are 32 bytes that may encode a point, canonically, and not one of small order."""
    y = int.from_bytes(point, "little") & _WITHOUT_SIGN
    return len(point) == PUBLIC_KEY_BYTES and y < _P and y not in _SMALL_ORDER_Y


def is_strict_signature(signature: bytes) -> bool:
    """Whether these are 64 bytes R || S with an acceptable R, and S < L."""
    return (
        len(signature) == SIGNATURE_BYTES
        and is_strict_point(signature[:32])
        and int.from_bytes(signature[32:], "little") < _L
    )
