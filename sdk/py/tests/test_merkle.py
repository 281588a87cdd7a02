"""Inclusion and consistency at all sizes of small trees."""

from __future__ import annotations

import pytest

from tecp import leaf_hash, verify_consistency, verify_inclusion

from .samples import Tree

SIZES = 40
TREE = Tree(SIZES)
OTHER = b"\x55" * 32


def test_a_leaf_is_in_every_tree_that_holds_it_and_nowhere_else() -> None:
    for size in range(1, SIZES + 1):
        root = TREE.root(0, size)
        for index in range(size):
            leaf, proof = TREE.leaves[index], TREE.inclusion(index, 0, size)
            assert verify_inclusion(leaf, index, size, proof, root)
            assert not verify_inclusion(OTHER, index, size, proof, root)
            assert not verify_inclusion(leaf, index, size, proof, OTHER)
            assert not verify_inclusion(leaf, index, size, [*proof, OTHER], root)
            assert not verify_inclusion(leaf, size, size, proof, root)
            for damaged in _damaged(proof):
                assert not verify_inclusion(leaf, index, size, damaged, root)


def test_a_tree_begins_every_larger_one_and_no_other() -> None:
    for new in range(SIZES + 1):
        new_root = TREE.root(0, new)
        for old in range(new + 1):
            old_root = TREE.root(0, old)
            proof = TREE.consistency(old, 0, new) if old else []
            assert verify_consistency(old, old_root, new, new_root, proof)
            assert not verify_consistency(old, OTHER, new, new_root, proof)
            assert not verify_consistency(old, old_root, new, new_root, [*proof, OTHER])
            if old > 0:
                assert not verify_consistency(old, old_root, new, OTHER, proof)
            for damaged in _damaged(proof):
                assert not verify_consistency(old, old_root, new, new_root, damaged)
        assert not verify_consistency(new + 1, OTHER, new, new_root, [])


def _damaged(proof: list[bytes]) -> list[list[bytes]]:
    changed = [[*proof[:i], OTHER, *proof[i + 1 :]] for i in range(len(proof))]
    return [*changed, proof[:-1]] if proof else []


def test_the_largest_sizes_are_exact() -> None:
    size = 2**53 - 1
    assert not verify_inclusion(OTHER, size - 1, size, [OTHER] * 53, OTHER)
    assert not verify_consistency(2**52, OTHER, size, OTHER, [OTHER] * 53)


@pytest.mark.parametrize(("index", "error"), [(-1, ValueError), (2**53, ValueError), (True, TypeError)])
def test_an_index_that_is_none_is_a_mistake(index: int, error: type[Exception]) -> None:
    with pytest.raises(error):
        verify_inclusion(OTHER, index, 2, [OTHER], OTHER)


def test_hashes_have_32_bytes() -> None:
    for arguments in ((b"", 0, 1, [], OTHER), (OTHER, 0, 1, [b"x"], OTHER), (OTHER, 0, 1, [], b"")):
        with pytest.raises(ValueError, match="32 bytes"):
            verify_inclusion(*arguments)


def test_the_leaf_hash_is_that_of_rfc_6962() -> None:
    assert leaf_hash(b"").hex() == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
