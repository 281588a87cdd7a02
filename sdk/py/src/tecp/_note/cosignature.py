"""What the lines of a checkpoint's note sign (C2SP tlog-cosignature; docs/spec/log.md, sections 3 and 6).

A witness's line is a 64-bit time in POSIX seconds and a signature. A log's is a signature over the text;
by ML-DSA-44 it is a cosignature of its own tree, with a time or without.
"""

from __future__ import annotations

from dataclasses import dataclass

from tecp._arguments import MAX_SAFE_INTEGER
from tecp._note.checkpoint import Checkpoint
from tecp._note.keys import ED25519_WITNESS, ML_DSA_44, VerifierKey
from tecp._note.note import Note, bad_signature

MAX_COSIGNATURE_SECONDS = MAX_SAFE_INTEGER // 1000
"""The last second that is an exact number of milliseconds below 2^53."""

_TIME_BYTES = 8
_MAX_SHORT_STRING = 255


@dataclass(frozen=True)
class Cosignature:
    """A witness's verified statement that this was the largest consistent tree it had seen."""

    key: VerifierKey
    time: int
    """POSIX seconds."""


def _short_string(text: str) -> bytes | None:
    data = text.encode()
    return bytes([len(data)]) + data if 0 < len(data) <= _MAX_SHORT_STRING else None


def _tree_message(name: str, checkpoint: Checkpoint, time: int) -> bytes | None:
    """What ML-DSA-44 signs: the tree, as the subtree from 0 to its size. None where a name does not fit."""
    cosigner = _short_string(name)
    origin = _short_string(checkpoint.origin)
    if cosigner is None or origin is None:
        return None
    size = checkpoint.size.to_bytes(8, "big")
    head = b"subtree/v1\n\0" + cosigner + time.to_bytes(_TIME_BYTES, "big") + origin
    return head + bytes(8) + size + checkpoint.root


def _split_time(line: bytes) -> tuple[int, bytes]:
    return int.from_bytes(line[:_TIME_BYTES], "big"), line[_TIME_BYTES:]


def _verifies_as_log(line: bytes, key: VerifierKey, text: str, checkpoint: Checkpoint) -> bool:
    if key.type != ML_DSA_44:
        return key.verify(text.encode(), line)
    time, signature = _split_time(line)
    if time > MAX_SAFE_INTEGER:
        return False
    message = _tree_message(key.name, checkpoint, time)
    return message is not None and key.verify(message, signature)


def _verifies_as_witness(line: bytes, key: VerifierKey, text: str, checkpoint: Checkpoint) -> bool:
    time, signature = _split_time(line)
    if not 1 <= time <= MAX_COSIGNATURE_SECONDS:
        return False
    if key.type == ED25519_WITNESS:
        return key.verify(f"cosignature/v1\ntime {time}\n{text}".encode(), signature)
    message = _tree_message(key.name, checkpoint, time)
    return message is not None and key.verify(message, signature)


def log_has_signed(note: Note, key: VerifierKey, checkpoint: Checkpoint) -> bool:
    """Whether a log's key has signed the note, whose text is the checkpoint.

    Raises `ProtocolError` (`bad-signature`) when a line with its name and key ID does not verify.
    """
    lines = note.lines_by(key)
    if not all(_verifies_as_log(line, key, note.text, checkpoint) for line in lines):
        raise bad_signature(key)
    return bool(lines)


def cosignatures_by(note: Note, key: VerifierKey, checkpoint: Checkpoint) -> list[Cosignature]:
    """The cosignatures by a witness's key, by their times. Raises as `log_has_signed` does."""
    lines = note.lines_by(key)
    if not all(_verifies_as_witness(line, key, note.text, checkpoint) for line in lines):
        raise bad_signature(key)
    return [Cosignature(key, time) for time in sorted(_split_time(line)[0] for line in lines)]
