"""Keys, receipts and a tree that the tests have in common."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

from tecp import IssuerKey, Receipt, create_receipt

NOW_MS = 1753000000000
KEY = IssuerKey.from_seed(b"\x01" * 32)
OTHER_KEY = IssuerKey.from_seed(b"\x07" * 32)


def sample_receipt(**params: Any) -> Receipt:
    """A receipt that is valid at `NOW_MS`."""
    given: dict[str, Any] = {
        "key": KEY,
        "code_ref": "git:0123456789abcdef0123456789abcdef01234567",
        "input": b"abc",
        "output": b"",
        "policy_ids": ["no_retention"],
        "ts": NOW_MS,
        "nonce": b"\x09" * 16,
    }
    return create_receipt(**{**given, **params})


class Tree:
    """A tree of RFC 6962, section 2.1, by its definition: slow, and plainly right."""

    def __init__(self, size: int) -> None:
        self.leaves = [sha256(b"\0" + str(i).encode()).digest() for i in range(size)]
        self._known: dict[tuple[int, int], bytes] = {}

    def root(self, start: int, end: int) -> bytes:
        """MTH of the leaves from `start` to below `end`."""
        if (start, end) not in self._known:
            self._known[start, end] = self._root(start, end)
        return self._known[start, end]

    def _root(self, start: int, end: int) -> bytes:
        if start == end:
            return sha256(b"").digest()
        if end - start == 1:
            return self.leaves[start]
        middle = start + _split(end - start)
        return sha256(b"\1" + self.root(start, middle) + self.root(middle, end)).digest()

    def inclusion(self, index: int, start: int, end: int) -> list[bytes]:
        """PATH of section 2.1.1."""
        if end - start == 1:
            return []
        middle = start + _split(end - start)
        if index < middle:
            return [*self.inclusion(index, start, middle), self.root(middle, end)]
        return [*self.inclusion(index, middle, end), self.root(start, middle)]

    def consistency(self, old: int, start: int, end: int, known: bool = True) -> list[bytes]:
        """SUBPROOF of section 2.1.2, of the first `old` leaves from `start`."""
        if old == end - start:
            return [] if known else [self.root(start, end)]
        split = _split(end - start)
        middle = start + split
        if old <= split:
            return [*self.consistency(old, start, middle, known), self.root(middle, end)]
        return [*self.consistency(old - split, middle, end, False), self.root(start, middle)]


def _split(size: int) -> int:
    """The largest power of two below a size."""
    split = 1
    while split * 2 < size:
        split *= 2
    return split
