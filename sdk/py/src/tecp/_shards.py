"""Lists of shards (docs/spec/shards.md): which logs an operator has, as a note that he signs.

A list names the log to write to and those to read, and nobody whom to trust for a tree.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import pairwise

from tecp._arguments import check_integer
from tecp._base64 import decode_base64
from tecp._errors import ProtocolError, malformed
from tecp._merkle import HASH_BYTES
from tecp._note.keys import ED25519_LOG, LOG_TYPES, VerifierKey, parse_verifier_key
from tecp._note.note import open_note
from tecp._text import read_decimal, read_text

MAX_SHARDS = 256
MAX_SHARD_LIST_BYTES = 512 * 1024

_HEADER = "tecp-shards@v1"
# Characters only, so that no verdict hangs on a parser of URLs.
_URL = re.compile(r"https?://(?![/])[!-~]+(?<![/])")
_NOT_IN_URL = re.compile(r"[?#@\\]")


@dataclass(frozen=True)
class FinalTree:
    """What a log that is frozen ends with."""

    size: int
    root: bytes


@dataclass(frozen=True)
class Shard:
    """One log of an operator. Its origin is the name of its key."""

    key: VerifierKey
    url: str
    """Without a slash at its end. It is what the operator wrote, and need not be one that can be asked."""
    began: int
    """Since when it is written to, in POSIX seconds."""
    final: FinalTree | None
    """None while the log takes entries."""


@dataclass(frozen=True)
class ShardList:
    """What an operator says of his logs."""

    version: int
    issued: int
    """POSIX seconds."""
    expires: int
    """POSIX seconds, from which on it is not to be used."""
    shards: tuple[Shard, ...]
    """In the order in which they began; at least one."""
    text: str = field(repr=False)
    """What `parse_shard_list` takes. Keep it: only who has seen a newer list refuses an older one."""

    @property
    def shard_to_write(self) -> Shard | None:
        """The last shard that takes entries; None if all are frozen."""
        return next((shard for shard in reversed(self.shards) if shard.final is None), None)


def open_shard_list(
    note: bytes | str, operator: VerifierKey, *, now_ms: int, before: ShardList | None = None
) -> ShardList:
    """Verifies a list by the operator's key, of type 0x01, at a time in Unix milliseconds.

    Raises `ProtocolError`: `bad-key`, `malformed`, `bad-signature`, `untrusted`, or `stale` for a list that
    has expired or does not follow `before`, the one that was seen last.
    """
    check_integer(now_ms, "now_ms")
    if operator.type != ED25519_LOG:
        raise ProtocolError("bad-key", "expected a key of type 1")
    shards = parse_shard_list(open_note(note, [operator]).text)
    if any(shard.key.name == operator.name for shard in shards.shards):
        raise ProtocolError("bad-key", "expected a key of the operator, not of a shard")
    if now_ms >= 1000 * shards.expires:
        raise ProtocolError("stale", "the list of shards has expired")
    if before is not None and not _follows(before, shards):
        raise ProtocolError("stale", "the list of shards does not follow the one that was seen before")
    return shards


def _follows(before: ShardList, after: ShardList) -> bool:
    if after.version < before.version:
        return False
    if after.version == before.version and after.text != before.text:
        return False
    now = {shard.key.text: shard for shard in after.shards}
    for shard in before.shards:
        same = now.get(shard.key.text)
        if same is None or same.began != shard.began:
            return False
        if shard.final is not None and same.final != shard.final:
            return False
    return True


def parse_shard_list(text: bytes | str) -> ShardList:
    """Parses the text of a list of at most 524,288 bytes, such as one that was kept; it trusts nothing.

    Raises `ProtocolError` (`malformed`).
    """
    whole = read_text(text, MAX_SHARD_LIST_BYTES, "list of shards")
    lines = _Lines(whole)
    version, issued, expires = map(lines.number, ("version", "issued", "expires"))
    shards = [_read_shard(lines)]
    while not lines.are_all_read:
        shards.append(_read_shard(lines))
    if version < 1:
        raise malformed("expected a version of at least 1")
    if expires <= issued:
        raise malformed("it expires before it is issued")
    if len(shards) > MAX_SHARDS:
        raise malformed(f"more than {MAX_SHARDS} shards")
    if any(after.began < before.began for before, after in pairwise(shards)):
        raise malformed("the shards are not in the order in which they began")
    for identities in ({shard.key.name for shard in shards}, {shard.url for shard in shards}):
        if len(identities) < len(shards):
            raise malformed("two shards have one origin, or one URL")
    return ShardList(version, issued, expires, tuple(shards), whole)


class _Lines:
    """The lines of a list that have not been read yet."""

    def __init__(self, text: str) -> None:
        lines = text.split("\n")
        if lines.pop() != "" or not lines or lines[0] != _HEADER:
            raise malformed(f"expected {_HEADER}, and a newline at the end")
        self._lines = lines
        self._next = 1

    @property
    def are_all_read(self) -> bool:
        return self._next == len(self._lines)

    def value(self, keyword: str) -> str:
        """What stands after a keyword in the next line."""
        line = "" if self.are_all_read else self._lines[self._next]
        if not line.startswith(f"{keyword} "):
            raise malformed(f'expected "{keyword} ..."')
        self._next += 1
        return line[len(keyword) + 1 :]

    def number(self, keyword: str) -> int:
        """The same of an integer."""
        return read_decimal(self.value(keyword), keyword)


def _read_shard(lines: _Lines) -> Shard:
    key = _read_key(lines.value("shard"))
    url = lines.value("url")
    if _URL.fullmatch(url) is None or _NOT_IN_URL.search(url) is not None:
        raise malformed("expected an http or https URL to which paths can be appended")
    return Shard(key, url, lines.number("began"), _read_state(lines.value("state")))


def _read_key(text: str) -> VerifierKey:
    try:
        key = parse_verifier_key(text)
    except ProtocolError as error:
        raise malformed(error.message) from None
    if key.type not in LOG_TYPES:
        raise malformed("expected the key of a log")
    return key


def _read_state(state: str) -> FinalTree | None:
    if state == "open":
        return None
    items = state.split(" ")
    root = decode_base64(items[-1])
    if len(items) != 3 or items[0] != "frozen" or root is None or len(root) != HASH_BYTES:
        raise malformed('expected "open", or "frozen <size> <root>"')
    return FinalTree(read_decimal(items[1], "size"), root)
