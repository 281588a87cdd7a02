"""Base64 as C2SP uses it (RFC 4648 section 4, padded) and as receipts use it (section 5, unpadded).

Decoding proves itself by encoding again, as the decoders of Python skip what they do not know:
spare bits, white space, another alphabet and wrong padding are all refused. Every decoder returns
None for what is not canonical; its caller knows which error that is.
"""

from __future__ import annotations

import re
from binascii import a2b_base64, b2a_base64

_TO_URL_SAFE = bytes.maketrans(b"+/", b"-_")
_FROM_URL_SAFE = bytes.maketrans(b"-_", b"+/")
_PADDING = (b"", None, b"==", b"=")
_DIGIT = "[A-Za-z0-9+/]"
_PADDED = re.compile(f"(?:{_DIGIT}{{4}})*(?:{_DIGIT}{{2}}==|{_DIGIT}{{3}}=)?")


def encode_base64(data: bytes) -> str:
    """Padded standard base64."""
    return b2a_base64(data, newline=False).decode("ascii")


def encode_base64url(data: bytes) -> str:
    """Unpadded URL-safe base64."""
    return b2a_base64(data, newline=False).rstrip(b"=").translate(_TO_URL_SAFE).decode("ascii")


def decode_base64(text: str) -> bytes | None:
    """Bytes of canonical padded standard base64, or None."""
    try:
        data = a2b_base64(text)
    except ValueError:
        return None
    return data if encode_base64(data) == text else None


def decode_base64_with_spare_bits(text: str) -> bytes | None:
    """Bytes of padded standard base64 whose spare bits may be anything, or None."""
    return a2b_base64(text) if _PADDED.fullmatch(text) else None


def decode_base64url(text: str) -> bytes | None:
    """Bytes of canonical unpadded URL-safe base64, or None."""
    padding = _PADDING[len(text) % 4]
    if padding is None:
        return None
    try:
        data = a2b_base64(text.encode("ascii").translate(_FROM_URL_SAFE) + padding)
    except ValueError:
        return None
    return data if encode_base64url(data) == text else None
