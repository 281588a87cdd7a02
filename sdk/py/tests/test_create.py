"""Making receipts."""

from __future__ import annotations

import io
import time
from hashlib import sha256
from typing import Any

import pytest

from tecp import (
    ReceiptError,
    attach_proof,
    canonicalize,
    create_receipt,
    encode_receipt,
    hash_stream,
    receipt_leaf_hash,
    verify_receipt,
)
from tecp._receipt.parse import parse_receipt

from .samples import KEY, NOW_MS, sample_receipt


def error_of(**params: Any) -> tuple[str, str | None]:
    with pytest.raises(ReceiptError) as caught:
        sample_receipt(**params)
    return caught.value.code, caught.value.field


def test_equal_members_give_equal_receipts() -> None:
    assert sample_receipt() == sample_receipt()
    assert encode_receipt(sample_receipt()) == canonicalize(sample_receipt())


def test_time_and_nonce_are_filled_in() -> None:
    given = {"key": KEY, "code_ref": "git:0", "input": b"", "output": b""}
    before = time.time_ns() // 10**6
    one, other = create_receipt(**given), create_receipt(**given)  # type: ignore[arg-type]
    after = time.time_ns() // 10**6
    assert before <= one["ts"] <= after
    assert one["nonce"] != other["nonce"]
    assert verify_receipt(one, now_ms=after).valid


def test_policies_are_sorted() -> None:
    receipt = sample_receipt(policy_ids=iter(["no_retention", "eu_region"]))
    assert receipt["policy_ids"] == ["eu_region", "no_retention"]


def test_a_hash_stands_for_its_data() -> None:
    hashes = {"input": None, "input_hash": sha256(b"abc").digest()}
    assert sample_receipt(**hashes) == sample_receipt()


@pytest.mark.parametrize("size", [0, 1, 3 * 1024 * 1024 + 7])
def test_a_stream_is_hashed_in_parts(size: int) -> None:
    data = b"x" * size
    assert hash_stream(io.BytesIO(data)) == sha256(data).digest()
    assert hash_stream(data[i : i + 999_999] for i in range(0, size, 999_999)) == sha256(data).digest()


@pytest.mark.parametrize(
    ("params", "error"),
    [
        ({"code_ref": ""}, ("E-SCHEMA-002", "code_ref")),
        ({"code_ref": 5}, ("E-SCHEMA-002", "code_ref")),
        ({"code_ref": "\ud800"}, ("E-SCHEMA-003", None)),
        ({"ts": 0}, ("E-TS-001", "ts")),
        ({"ts": True}, ("E-SCHEMA-002", "ts")),
        ({"ts": 1.5}, ("E-SCHEMA-003", None)),
        ({"ts": 2**53}, ("E-SCHEMA-003", None)),
        ({"ts": 0, "nonce": b""}, ("E-TS-001", "ts")),
        ({"nonce": b"x" * 15}, ("E-SCHEMA-002", "nonce")),
        ({"nonce": b"x" * 65}, ("E-SCHEMA-002", "nonce")),
        ({"policy_ids": ["a", "a"]}, ("E-SCHEMA-002", "policy_ids")),
        ({"chain": {"seq": 1}}, ("E-SCHEMA-001", "chain.prev")),
        ({"environment": {"region": "x", "planet": "y"}}, ("E-SCHEMA-002", "environment.planet")),
        ({"ext": {"x": 0.5}}, ("E-SCHEMA-003", None)),
        ({"ext": {"x": "y" * 8192}}, ("E-SIZE-001", None)),
    ],
    ids=str,
)
def test_what_a_verifier_would_refuse_is_not_signed(
    params: dict[str, Any], error: tuple[str, str | None]
) -> None:
    assert error_of(**params) == error


def test_an_entry_has_at_most_8192_bytes() -> None:
    room = 8192 - len(encode_receipt(sample_receipt(ext={"x": ""})))
    assert len(encode_receipt(sample_receipt(ext={"x": "y" * room}))) == 8192
    assert error_of(ext={"x": "y" * (room + 1)}) == ("E-SIZE-001", None)


@pytest.mark.parametrize(
    "params",
    [
        {"input_hash": b"x" * 32},
        {"input": None},
        {"input": None, "input_hash": b"x" * 31},
        {"output": "text"},
        {"nonce": "text"},
        {"policy_ids": [1, "a"]},
        {"policy_ids": "abc"},
        {"key": "a key"},
    ],
    ids=str,
)
def test_what_no_caller_can_mean_is_a_mistake(params: dict[str, Any]) -> None:
    with pytest.raises((TypeError, ValueError)):
        sample_receipt(**params)


def test_a_receipt_shares_nothing_with_what_it_was_made_of() -> None:
    ext: dict[str, Any] = {"request": {"id": 1}}
    receipt = sample_receipt(ext=ext)
    ext["request"]["id"] = 2
    assert verify_receipt(receipt, now_ms=NOW_MS).valid


def test_only_the_signature_of_the_receipt_itself_is_not_signed() -> None:
    receipt = sample_receipt()
    twice = {**receipt, "ext": {"a": "b", "sig": receipt["sig"]}}
    unsigned = {name: value for name, value in twice.items() if name != "sig"}
    assert parse_receipt(canonicalize(twice)).signed == canonicalize(unsigned)


def test_a_proof_changes_neither_signature_nor_leaf_hash() -> None:
    receipt = sample_receipt()
    proven = attach_proof(attach_proof(receipt, "another"), "a proof\n")
    assert proven["log_inclusion"] == {"proof": "a proof\n"}
    assert receipt_leaf_hash(proven) == receipt_leaf_hash(receipt)
    assert receipt_leaf_hash(encode_receipt(proven)) == receipt_leaf_hash(receipt)
    assert {**proven, "log_inclusion": None} == {**receipt, "log_inclusion": None}
    with pytest.raises(ReceiptError):
        attach_proof(receipt, "x" * 2**20)
    with pytest.raises(TypeError):
        attach_proof(receipt, b"bytes")  # type: ignore[arg-type]


def test_what_is_no_receipt_is_not_encoded() -> None:
    with pytest.raises(ReceiptError) as caught:
        encode_receipt({"version": "TECP-0.1"})  # type: ignore[arg-type]
    assert (caught.value.code, caught.value.field) == ("E-SCHEMA-001", "code_ref")
