"""The parser of trust policies (C2SP tlog-policy; docs/spec/log.md, section 8)."""

from __future__ import annotations

import re

from tecp._errors import ProtocolError, malformed
from tecp._note.keys import LOG_TYPES, WITNESS_TYPES, VerifierKey, parse_verifier_key
from tecp._policy.model import (
    MAX_POLICY_BYTES,
    MAX_POLICY_DEPTH,
    MAX_POLICY_GROUPS,
    MAX_POLICY_LOGS,
    MAX_POLICY_WITNESSES,
    NO_QUORUM,
    Policy,
    PolicyGroup,
    PolicyLog,
    PolicyWitness,
)
from tecp._text import read_text

_FORBIDDEN = re.compile("[\0-\x08\x0b-\x1f\x7f]")
_ITEM = re.compile("[^ \t]+")
_THRESHOLD = re.compile("[1-9][0-9]{0,5}")
_URL = re.compile("https?://[^/?#].*", re.DOTALL)


def is_http_url(text: str) -> bool:
    """Whether a text is a URL by docs/spec/log.md, section 8."""
    return _URL.fullmatch(text) is not None


def parse_policy(text: bytes | str) -> Policy:
    """Parses a policy file of at most 1,048,576 bytes.

    Raises `ProtocolError` (`malformed`); the message names the line.
    """
    whole = read_text(text, MAX_POLICY_BYTES, "policy")
    if not whole.endswith("\n"):
        raise malformed("the last line has no newline")
    reader = _Reader()
    for number, line in enumerate(whole[:-1].split("\n"), 1):
        reader.read(number, line)
    return reader.finish()


class _Reader:
    """Owns what has been read so far; lives for one call of `parse_policy`."""

    def __init__(self) -> None:
        self._logs: list[PolicyLog] = []
        self._witnesses: list[PolicyWitness] = []
        self._groups: list[PolicyGroup] = []
        self._quorum: str | None = None
        # Depth of each defined name: 0 for a witness, else one more than its deepest member.
        self._depths: dict[str, int] = {}
        # Names that are a member of some group already.
        self._members: set[str] = set()
        # Underlying public keys, and key names with key IDs: neither may come twice.
        self._keys: set[bytes | tuple[str, bytes]] = set()

    def read(self, number: int, line: str) -> None:
        """Takes one line without its newline; an error names its number."""
        try:
            self._read(line)
        except ProtocolError as error:
            raise malformed(f"line {number}: {error.message}") from None

    def _read(self, line: str) -> None:
        if _FORBIDDEN.search(line) is not None:
            raise malformed("control character, perhaps a carriage return")
        items: list[str] = _ITEM.findall(line)
        if not items or items[0].startswith("#"):
            return
        keyword, *rest = items
        readers = {
            "log": self._read_log,
            "witness": self._read_witness,
            "group": self._read_group,
            "quorum": self._read_quorum,
        }
        if keyword not in readers:
            raise malformed("expected log, witness, group or quorum")
        readers[keyword](rest)

    def finish(self) -> Policy:
        """The whole policy."""
        if self._quorum is None:
            raise malformed("no quorum line")
        logs, witnesses, groups = self._logs, self._witnesses, self._groups
        return Policy(tuple(logs), tuple(witnesses), tuple(groups), self._quorum)

    def _read_log(self, items: list[str]) -> None:
        if not 1 <= len(items) <= 2:
            raise malformed("expected log <key> [<url>]")
        if len(self._logs) == MAX_POLICY_LOGS:
            raise malformed("too many logs")
        key = self._read_key(items[0], LOG_TYPES)
        self._logs.append(PolicyLog(key, _read_url(items[1:])))

    def _read_witness(self, items: list[str]) -> None:
        if not 2 <= len(items) <= 3:
            raise malformed("expected witness <name> <key> [<url>]")
        if len(self._witnesses) == MAX_POLICY_WITNESSES:
            raise malformed("too many witnesses")
        key = self._read_key(items[1], WITNESS_TYPES)
        self._define(items[0], 0)
        self._witnesses.append(PolicyWitness(items[0], key, _read_url(items[2:])))

    def _read_group(self, items: list[str]) -> None:
        if len(items) < 3:
            raise malformed("expected group <name> <all|any|k> <name>...")
        if len(self._groups) == MAX_POLICY_GROUPS:
            raise malformed("too many groups")
        name, rule, *members = items
        threshold = _read_threshold(rule, len(members))
        depth = 1 + max(map(self._claim, members))
        if depth > MAX_POLICY_DEPTH:
            raise malformed(f"groups nest deeper than {MAX_POLICY_DEPTH}")
        self._define(name, depth)
        self._groups.append(PolicyGroup(name, threshold, tuple(members)))

    def _read_quorum(self, items: list[str]) -> None:
        if len(items) != 1:
            raise malformed("expected quorum <name|none>")
        if self._quorum is not None:
            raise malformed("a second quorum line")
        if items[0] != NO_QUORUM and items[0] not in self._depths:
            raise malformed("the quorum is not defined")
        self._quorum = items[0]

    def _claim(self, name: str) -> int:
        """Depth of a member, which from now on no other group may list."""
        if name not in self._depths:
            raise malformed("a member is not defined")
        if name in self._members:
            raise malformed("a member of a group already")
        self._members.add(name)
        return self._depths[name]

    def _define(self, name: str, depth: int) -> None:
        if name == NO_QUORUM or name in self._depths:
            raise malformed("the name is defined already")
        self._depths[name] = depth

    def _read_key(self, text: str, types: frozenset[int]) -> VerifierKey:
        key = parse_verifier_key(text)
        if key.type not in types:
            raise malformed("a key of another role")
        for identity in (key.public_key, (key.name, key.id)):
            if identity in self._keys:
                raise malformed("a second verifier key of the same key")
            self._keys.add(identity)
        return key


def _read_threshold(rule: str, count: int) -> int:
    if rule == "all":
        return count
    if rule == "any":
        return 1
    threshold = int(rule) if _THRESHOLD.fullmatch(rule) else 0
    if not 1 <= threshold <= count:
        raise malformed(f"expected all, any or 1 to {count}")
    return threshold


def _read_url(items: list[str]) -> str | None:
    if not items:
        return None
    if not is_http_url(items[0]):
        raise malformed("expected an http or https URL")
    return items[0].rstrip("/")
