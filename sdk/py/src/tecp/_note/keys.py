"""Verifier keys of signed notes (C2SP signed-note; docs/spec/log.md, section 3).

Parsing accepts exactly what formatting writes. The types are rows of one table: what their keys look
like, and how they verify. Errors never repeat the text of a key, which may be a secret one.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256

from tecp._base64 import decode_base64
from tecp._crypto.ecdsa_encoding import coordinate_bytes
from tecp._crypto.ed25519_encoding import is_strict_point
from tecp._crypto.verify import (
    ML_DSA_44_PUBLIC_KEY_BYTES,
    verify_ecdsa,
    verify_ed25519,
    verify_ml_dsa_44,
)
from tecp._errors import ProtocolError

MAX_KEY_NAME_BYTES = 255
MAX_KEY_TEXT_BYTES = 4096
KEY_ID_BYTES = 4

ED25519_LOG = 0x01
ECDSA_LOG = 0x02
ED25519_WITNESS = 0x04
ML_DSA_44 = 0x06
NOTE_TYPES = frozenset({ED25519_LOG, ECDSA_LOG})
"""Types that sign the text of a note as it is."""
LOG_TYPES = frozenset({ED25519_LOG, ECDSA_LOG, ML_DSA_44})
WITNESS_TYPES = frozenset({ED25519_WITNESS, ML_DSA_44})

# White space as Unicode has it, written out as that of `re` and of `str` differ; a plus sign; and
# what is below U+0020.
_NAME = re.compile("[^\0-\x20+\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+")


@dataclass(frozen=True)
class _KeyType:
    is_public_key: Callable[[bytes], bool]
    verify: Callable[[bytes, bytes, bytes], bool]
    """Of public key, message and signature."""


def _is_ml_dsa_44_key(public_key: bytes) -> bool:
    return len(public_key) == ML_DSA_44_PUBLIC_KEY_BYTES


def _is_ecdsa_key(public_key: bytes) -> bool:
    return coordinate_bytes(public_key) is not None


_TYPES = {
    ED25519_LOG: _KeyType(is_strict_point, verify_ed25519),
    ECDSA_LOG: _KeyType(_is_ecdsa_key, verify_ecdsa),
    ED25519_WITNESS: _KeyType(is_strict_point, verify_ed25519),
    ML_DSA_44: _KeyType(_is_ml_dsa_44_key, verify_ml_dsa_44),
}


@dataclass(frozen=True)
class VerifierKey:
    """A public key of a log or a witness, as `parse_verifier_key` returns it."""

    name: str
    """For most logs the origin of their checkpoints."""
    id: bytes
    """The four bytes of the key ID."""
    type: int
    """0x01 Ed25519 of a log, 0x02 ECDSA, 0x04 Ed25519 of a witness, 0x06 ML-DSA-44."""
    public_key: bytes
    text: str
    """`<name>+<key ID in hex>+<base64 of type and public key>`"""

    def verify(self, message: bytes, signature: bytes) -> bool:
        """Whether this key has signed exactly these bytes; any bytes give a verdict."""
        return _TYPES[self.type].verify(self.public_key, message, signature)


def is_key_name(name: str) -> bool:
    """Whether a text of valid Unicode may name a key: 1 to 255 bytes of UTF-8, no white space, no plus."""
    if len(name) > MAX_KEY_NAME_BYTES or _NAME.fullmatch(name) is None:
        return False
    return name.isascii() or len(name.encode()) <= MAX_KEY_NAME_BYTES


def key_id(name: str, key_type: int, public_key: bytes) -> bytes:
    """The key ID: what tells keys of one name apart."""
    if key_type == ECDSA_LOG:
        return sha256(public_key).digest()[:KEY_ID_BYTES]
    return sha256(name.encode() + bytes([0x0A, key_type]) + public_key).digest()[:KEY_ID_BYTES]


def _bad_key(message: str) -> ProtocolError:
    return ProtocolError("bad-key", message)


def split_key(text: str) -> tuple[str, str, bytes]:
    """Name, text of the key ID and bytes of `<name>+<id>+<base64>`; base64 may itself hold a plus."""
    if not isinstance(text, str):
        raise TypeError(f"expected a string as key, got {type(text).__name__}")
    # Within it a text with more bytes than characters has a name that is too long as well.
    if len(text) > MAX_KEY_TEXT_BYTES:
        raise _bad_key(f"key text above {MAX_KEY_TEXT_BYTES} bytes")
    parts = text.split("+", 2)
    if len(parts) != 3:
        raise _bad_key("expected <name>+<key ID>+<base64>")
    data = decode_base64(parts[2])
    if data is None:
        raise _bad_key("not canonical base64")
    return parts[0], parts[1], data


def parse_verifier_key(text: str) -> VerifierKey:
    """Parses `<name>+<key ID>+<base64>` of type 0x01, 0x02, 0x04 or 0x06.

    Raises `ProtocolError` (`bad-key`) for anything else: another type, a name that is none, an ID that
    is not that of the key, an Ed25519 key that no signature verifies under.
    """
    name, id_text, data = split_key(text)
    try:
        is_name = is_key_name(name)
    except UnicodeEncodeError:
        is_name = False
    if not is_name:
        raise _bad_key("expected a key name of 1 to 255 bytes without white space and plus")
    key_type, public_key = data[0] if data else None, data[1:]
    if key_type not in _TYPES:
        raise _bad_key("expected a key of type 1, 2, 4 or 6")
    if not _TYPES[key_type].is_public_key(public_key):
        raise _bad_key(f"not an acceptable public key of type {key_type}")
    identity = key_id(name, key_type, public_key)
    if id_text != identity.hex():
        raise _bad_key("key ID is not that of the name and the public key")
    return VerifierKey(name, identity, key_type, public_key, text)
