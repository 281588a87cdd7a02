"""Checkpoints (C2SP tlog-checkpoint; docs/spec/log.md, section 4): how a log commits to a tree."""

from __future__ import annotations

from dataclasses import dataclass

from tecp._base64 import decode_base64
from tecp._errors import malformed
from tecp._merkle import HASH_BYTES
from tecp._text import read_decimal, read_text

MAX_CHECKPOINT_TEXT_BYTES = 16 * 1024
MAX_CHECKPOINT_EXTENSIONS = 64


@dataclass(frozen=True)
class Checkpoint:
    """What a log says of its tree."""

    origin: str
    """The log's identity."""
    size: int
    """Count of leaves."""
    root: bytes
    """32 bytes."""
    extensions: tuple[str, ...]
    """Opaque lines; not covered by signatures with ML-DSA-44, so nothing may rely on one."""


def parse_checkpoint(text: str) -> Checkpoint:
    """Parses the text of a note. Raises `ProtocolError` (`malformed`)."""
    read_text(text, MAX_CHECKPOINT_TEXT_BYTES, "checkpoint")
    lines = text.split("\n")
    if len(lines) < 4 or lines.pop() != "" or "" in lines:
        raise malformed("expected lines of origin, size and root, none of them empty")
    origin, size, root_text, *extensions = lines
    if len(extensions) > MAX_CHECKPOINT_EXTENSIONS:
        raise malformed(f"more than {MAX_CHECKPOINT_EXTENSIONS} extension lines")
    root = decode_base64(root_text)
    if root is None or len(root) != HASH_BYTES:
        raise malformed("root is not base64 of 32 bytes")
    return Checkpoint(origin, read_decimal(size, "size"), root, tuple(extensions))
