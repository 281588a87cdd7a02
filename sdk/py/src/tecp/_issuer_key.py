"""Keys that sign receipts: made, loaded, saved, and never shown (docs/spec/receipt.md, section 6)."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from typing import NoReturn

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from tecp._arguments import check_bytes
from tecp._base64 import decode_base64, encode_base64url
from tecp._errors import ProtocolError
from tecp._note.keys import ED25519_LOG, is_key_name, key_id, split_key

SEED_BYTES = 32
_MAX_FILE_BYTES = 16 * 1024
_PEM_BEGIN = "-----BEGIN PRIVATE KEY-----"
_PEM_END = "-----END PRIVATE KEY-----"
# All of the PKCS#8 of RFC 8410 before the seed.
_PKCS8_PREFIX = bytes.fromhex("302e020100300506032b657004220420")
_PKCS8_BYTES = len(_PKCS8_PREFIX) + SEED_BYTES
_NOTE_KEY_PREFIX = "PRIVATE+KEY+"


def _bad_key(message: str) -> ProtocolError:
    return ProtocolError("bad-key", message)


class IssuerKey:
    """An Ed25519 key that signs receipts. Neither `repr` nor an error shows its secret."""

    __slots__ = ("_private", "_public_bytes", "_public_key")

    def __init__(self, private_key: Ed25519PrivateKey) -> None:
        """Takes a key of `cryptography`; the class methods are the usual way."""
        if not isinstance(private_key, Ed25519PrivateKey):
            raise TypeError(f"expected an Ed25519PrivateKey, got {type(private_key).__name__}")
        self._private = private_key
        self._public_bytes = private_key.public_key().public_bytes_raw()
        self._public_key = encode_base64url(self._public_bytes)

    @classmethod
    def generate(cls) -> IssuerKey:
        """A new key, of the system's randomness."""
        return cls(Ed25519PrivateKey.generate())

    @classmethod
    def from_seed(cls, seed: bytes) -> IssuerKey:
        """The key of 32 secret bytes. Raises `ValueError` for another length."""
        return cls(Ed25519PrivateKey.from_private_bytes(check_bytes(seed, "seed", SEED_BYTES)))

    @classmethod
    def from_pem(cls, pem: str) -> IssuerKey:
        """The key of a PKCS#8 PEM without a password. Raises `ProtocolError` (`bad-key`)."""
        if not isinstance(pem, str):
            raise TypeError(f"expected a string as PEM, got {type(pem).__name__}")
        lines = pem.strip(" \t\r\n").replace("\r\n", "\n").split("\n")
        if lines[0] != _PEM_BEGIN or lines[-1] != _PEM_END:
            raise _bad_key("expected the PEM of a private key without a password")
        data = decode_base64("".join(lines[1:-1]))
        # What was read is not repeated: it may be a secret of some other kind.
        if data is None or len(data) != _PKCS8_BYTES or not data.startswith(_PKCS8_PREFIX):
            raise _bad_key("expected PKCS#8 of an Ed25519 key")
        return cls.from_seed(data[len(_PKCS8_PREFIX) :])

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> IssuerKey:
        """The key in a file: PKCS#8 PEM, 32 raw bytes, or what `tecp keygen` writes, of a log's type.

        Raises `OSError` where the file cannot be read, `PermissionError` where others than its owner may
        read it, and `ProtocolError` (`bad-key`) where it holds no such key.
        """
        with open(path, "rb") as file:
            if os.name == "posix" and stat.S_IMODE(os.fstat(file.fileno()).st_mode) & 0o077:
                reason = "others may read this key: chmod 600"
                raise PermissionError(errno.EACCES, reason, os.fspath(path))
            data = file.read(_MAX_FILE_BYTES + 1)
        if len(data) == SEED_BYTES:
            return cls.from_seed(data)
        text = None
        if len(data) <= _MAX_FILE_BYTES:
            # The error of `decode` would hold the secret.
            with contextlib.suppress(UnicodeDecodeError):
                text = data.decode()
        if text is None:
            raise _bad_key("the file holds no key")
        return cls._from_note_key(text) if text.startswith(_NOTE_KEY_PREFIX) else cls.from_pem(text)

    @classmethod
    def _from_note_key(cls, text: str) -> IssuerKey:
        """`PRIVATE+KEY+<name>+<key ID>+<base64 of 0x01 and the seed>` (docs/spec/log.md, section 3)."""
        name, id_text, data = split_key(text.removesuffix("\n")[len(_NOTE_KEY_PREFIX) :])
        if not is_key_name(name) or len(data) != 1 + SEED_BYTES or data[0] != ED25519_LOG:
            raise _bad_key("expected a signing key of type 1")
        key = cls.from_seed(data[1:])
        if id_text != key_id(name, ED25519_LOG, key._public_bytes).hex():
            raise _bad_key("key ID is not that of the name and the key")
        return key

    def seed(self) -> bytes:
        """The 32 secret bytes."""
        return self._private.private_bytes_raw()

    def to_pem(self) -> str:
        """PKCS#8 PEM, without a password."""
        pem = self._private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        return pem.decode("ascii")

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes PKCS#8 PEM to a new file that only its owner may read.

        Raises `FileExistsError` rather than to write over a file, and `OSError` where it cannot be written.
        """
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(self.to_pem().encode())
                file.flush()
                os.fsync(file.fileno())
        except BaseException:
            os.unlink(path)
            raise

    @property
    def public_key(self) -> str:
        """The public key, as receipts and `trusted_keys` spell it: base64url without padding."""
        return self._public_key

    def sign(self, message: bytes) -> bytes:
        """The 64-byte Ed25519 signature of a message."""
        return self._private.sign(message)

    def __repr__(self) -> str:
        return f"IssuerKey(public_key={self.public_key!r})"

    def __reduce__(self) -> NoReturn:
        raise TypeError("an issuer key is not pickled: save it to a file")
