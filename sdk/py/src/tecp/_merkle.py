"""The tree of a log: its hashes and proofs (RFC 6962, section 2.1; docs/spec/log.md, section 2).

`size` counts leaves, `index` is zero-based, hashes are 32 bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

from tecp._arguments import check_bytes, check_integer

HASH_BYTES = 32
EMPTY_ROOT = sha256(b"").digest()


def leaf_hash(entry: bytes) -> bytes:
    """SHA-256(0x00 || entry): the one identifier of an entry. In JSON it is lowercase hex."""
    return sha256(b"\0" + check_bytes(entry, "entry")).digest()


def _node_hash(left: bytes, right: bytes) -> bytes:
    return sha256(b"\1" + left + right).digest()


def _split_point(size: int) -> int:
    """The largest power of two below a size above 1."""
    return 1 << ((size - 1).bit_length() - 1)


def _check_hashes(proof: Sequence[bytes]) -> list[bytes]:
    return [check_bytes(each, "hash of the proof", HASH_BYTES) for each in proof]


def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Whether `proof` shows that the leaf hash is at `index` in the tree of `size` leaves under `root`.

    The proof goes from the leaf's sibling up. Raises `TypeError` or `ValueError` for an index or a size
    that is not in 0 to 2^53-1, and for hashes that do not have 32 bytes.
    """
    computed = check_bytes(leaf, "leaf", HASH_BYTES)
    root = check_bytes(root, "root", HASH_BYTES)
    check_integer(index, "index")
    check_integer(size, "size")
    hashes = _check_hashes(proof)
    if index >= size:
        return False
    is_left = _sibling_is_left(index, size)
    if len(is_left) != len(hashes):
        return False
    for left, sibling in zip(reversed(is_left), hashes, strict=True):
        computed = _node_hash(sibling, computed) if left else _node_hash(computed, sibling)
    return computed == root


def _sibling_is_left(index: int, size: int) -> list[bool]:
    """Whether the sibling is on the left, for each node on the way from the root to a leaf."""
    sides = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _split_point(end - start)
        sides.append(index >= middle)
        start, end = (middle, end) if index >= middle else (start, middle)
    return sides


def verify_consistency(
    old_size: int, old_root: bytes, new_size: int, new_root: bytes, proof: Sequence[bytes]
) -> bool:
    """Whether `proof` shows that the tree (old_size, old_root) is the beginning of the new one.

    Equal sizes and the empty old tree take an empty proof, and their roots are compared all the same.
    Raises `TypeError` or `ValueError` for sizes that are not in 0 to 2^53-1, and for hashes that do not
    have 32 bytes.
    """
    check_integer(old_size, "old_size")
    check_integer(new_size, "new_size")
    old_root = check_bytes(old_root, "old_root", HASH_BYTES)
    new_root = check_bytes(new_root, "new_root", HASH_BYTES)
    hashes = _check_hashes(proof)
    if old_size > new_size or (new_size == 0 and new_root != EMPTY_ROOT):
        return False
    if old_size == new_size:
        return not hashes and old_root == new_root
    if old_size == 0:
        return not hashes and old_root == EMPTY_ROOT
    return _leads_to_both(old_size, old_root, new_size, new_root, hashes)


def _leads_to_both(
    old_size: int, old_root: bytes, new_size: int, new_root: bytes, hashes: list[bytes]
) -> bool:
    """The computation for 0 < old_size < new_size."""
    # For each node on the way from the new root to the last complete subtree of the old tree:
    # whether the sibling is on the left, and so part of both trees.
    is_left = []
    start, end = 0, new_size
    while end != old_size:
        middle = start + _split_point(end - start)
        is_left.append(old_size > middle)
        start, end = (middle, end) if old_size > middle else (start, middle)
    # From 0 the old tree is itself a node of the new one, and the proof leaves its root out.
    if start == 0:
        seed, siblings = old_root, hashes
    elif hashes:
        seed, siblings = hashes[0], hashes[1:]
    else:
        return False
    if len(is_left) != len(siblings):
        return False
    old = new = seed
    for left, sibling in zip(reversed(is_left), siblings, strict=True):
        if left:
            old = _node_hash(sibling, old)
            new = _node_hash(sibling, new)
        else:
            new = _node_hash(new, sibling)
    return old == old_root and new == new_root
