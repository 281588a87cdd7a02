"""Signed notes (C2SP signed-note; docs/spec/log.md, section 3): a text, an empty line, signature lines.

Parsing checks the form only and trusts nothing. Signatures by unknown keys are ignored; a line with
the name and key ID of a known key that does not verify makes the whole note bad.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from tecp._base64 import decode_base64, decode_base64_with_spare_bits
from tecp._errors import ProtocolError, malformed
from tecp._note.keys import KEY_ID_BYTES, NOTE_TYPES, VerifierKey, is_key_name
from tecp._text import read_text

MAX_NOTE_BYTES = 960 * 1024
MAX_NOTE_SIGNATURES = 512

_DASH = "\u2014 "
_FORBIDDEN = re.compile("[\0-\x09\x0b-\x1f]")


@dataclass(frozen=True)
class NoteSignature:
    """One signature line; nothing of it is verified."""

    name: str
    id: bytes
    """The four bytes of the key ID."""
    data: bytes
    """What follows the key ID; at least one byte."""
    is_canonical: bool
    """Whether the spare bits of its base64 are zero. A line by a known key is bad if they are not."""


@dataclass(frozen=True)
class Note:
    """A note whose form has been checked."""

    text: str
    """The signed text, its last newline included."""
    signatures: tuple[NoteSignature, ...]
    """In the order of the lines; at least one."""

    def claimed_by(self, key: VerifierKey) -> bool:
        """Whether a line has the name and the key ID of the key."""
        return any(line.name == key.name and line.id == key.id for line in self.signatures)

    def lines_by(self, key: VerifierKey) -> list[bytes]:
        """What the lines with the name and key ID of the key hold, in their order, each once.

        Raises `ProtocolError` (`bad-signature`) for base64 that is not canonical.
        """
        lines = [line for line in self.signatures if line.name == key.name and line.id == key.id]
        if not all(line.is_canonical for line in lines):
            raise bad_signature(key)
        return list(dict.fromkeys(line.data for line in lines))


@dataclass(frozen=True)
class OpenedNote:
    """A note that at least one known key has signed."""

    text: str
    """The signed text, its last newline included."""
    verified: tuple[VerifierKey, ...]
    """The keys that have signed, in the order in which they were given."""


def bad_signature(key: VerifierKey) -> ProtocolError:
    """The error of a line by a known key that does not verify."""
    return ProtocolError("bad-signature", f"a signature by key {key.id.hex()} does not verify")


def _parse_line(line: str) -> NoteSignature:
    name, space, encoded = line[len(_DASH) :].partition(" ")
    if not line.startswith(_DASH) or not space:
        raise malformed("expected a signature line: dash, name, base64")
    if not is_key_name(name):
        raise malformed("not a key name in a signature line")
    data = decode_base64(encoded)
    is_canonical = data is not None
    if data is None:
        data = decode_base64_with_spare_bits(encoded)
    if data is None or len(data) <= KEY_ID_BYTES:
        raise malformed("not base64 of a key ID and a signature")
    return NoteSignature(name, data[:KEY_ID_BYTES], data[KEY_ID_BYTES:], is_canonical)


def parse_note(note: bytes | str) -> Note:
    """Parses a whole note of at most 983,040 bytes and 512 signature lines; verifies nothing.

    Raises `ProtocolError` (`malformed`).
    """
    whole = read_text(note, MAX_NOTE_BYTES, "note")
    if _FORBIDDEN.search(whole) is not None:
        raise malformed("control character in a note")
    separator = whole.rfind("\n\n")
    if separator < 0 or not whole.endswith("\n"):
        raise malformed("no empty line before the signatures, or no newline at the end")
    lines = whole[separator + 2 : -1].split("\n", MAX_NOTE_SIGNATURES)
    if len(lines) > MAX_NOTE_SIGNATURES:
        raise malformed(f"more than {MAX_NOTE_SIGNATURES} signatures")
    return Note(whole[: separator + 1], tuple(map(_parse_line, lines)))


def open_note(note: bytes | str, keys: Sequence[VerifierKey]) -> OpenedNote:
    """Verifies a note by keys of type 0x01 and 0x02.

    Raises `ProtocolError`: `bad-key` for a key of another type, `malformed`, `bad-signature` when a
    line with the name and key ID of one of the keys does not verify, `untrusted` when there is none.
    """
    for key in keys:
        if key.type not in NOTE_TYPES:
            raise ProtocolError("bad-key", "expected keys of type 1 or 2")
    parsed = parse_note(note)
    message = parsed.text.encode()
    verified = []
    for key in keys:
        lines = parsed.lines_by(key)
        if not all(key.verify(message, line) for line in lines):
            raise bad_signature(key)
        if lines:
            verified.append(key)
    if not verified:
        raise ProtocolError("untrusted", "no signature by one of the keys")
    return OpenedNote(parsed.text, tuple(verified))
