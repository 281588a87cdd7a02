"""Verification as a library; verdicts are compared by the vectors."""

from __future__ import annotations

import json
import pickle
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tecp import (
    LogError,
    ProtocolError,
    ReceiptError,
    encode_receipt,
    parse_policy,
    verify_ed25519,
    verify_receipt,
)

from .samples import KEY, NOW_MS, OTHER_KEY, sample_receipt

DATA = encode_receipt(sample_receipt())


def test_bytes_and_their_value_get_the_same_verdict() -> None:
    of_bytes = verify_receipt(DATA, now_ms=NOW_MS)
    assert of_bytes.valid
    bytes_like: Any = bytearray(DATA)
    assert verify_receipt(bytes_like, now_ms=NOW_MS) == of_bytes
    assert verify_receipt(json.loads(DATA), now_ms=NOW_MS) == of_bytes
    assert verify_receipt(sample_receipt(), now_ms=NOW_MS) == of_bytes


def test_a_verdict_is_plain_json() -> None:
    receipt = {**sample_receipt(), "extra": 1}
    verdict = verify_receipt(receipt, now_ms=NOW_MS, trusted_keys=[OTHER_KEY.public_key])
    plain = verdict.to_dict()
    assert json.loads(json.dumps(plain)) == plain
    assert plain["valid"] is False
    assert [error["code"] for error in plain["errors"]] == ["E-SIG-002", "E-SIG-003"]
    assert plain["warnings"][0] == {**plain["warnings"][0], "code": "W-SCHEMA-001", "field": "extra"}
    assert "logged_at" not in plain


@pytest.mark.parametrize("value", [None, "text", 5, [1], DATA.decode(), (1, 2)], ids=type)
def test_a_value_that_is_no_object_is_none_of_a_receipt(value: Any) -> None:
    (error,) = verify_receipt(value, now_ms=NOW_MS).errors
    assert (error.code, error.field) == ("E-SCHEMA-002", None)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"ext": {"x": 0.5}}, "E-SCHEMA-003"),
        ({"ext": {1: 2}}, "E-SCHEMA-003"),
        ({"ext": {"x": 0.5, "y": "z" * 2**21}}, "E-SCHEMA-003"),
        ({"ext": {"y": "z" * 2**21}}, "E-SIZE-001"),
        ({"ext": {"y": "z" * 2**25}}, "E-SIZE-001"),
        ({"ext": {"y": "z" * 2**14}}, "E-SIZE-001"),
        ({"ts": True}, "E-SCHEMA-002"),
    ],
    ids=["fraction", "name", "fraction and size", "size", "far too large", "entry", "bool"],
)
def test_a_value_is_canonicalised_and_never_repaired(change: dict[str, Any], code: str) -> None:
    (error,) = verify_receipt({**sample_receipt(), **change}, now_ms=NOW_MS).errors
    assert error.code == code


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"profile": "strict"}, ValueError),
        ({"profile": None}, TypeError),
        ({"now_ms": -1}, ValueError),
        ({"now_ms": 2**53}, ValueError),
        ({"now_ms": 1.0}, TypeError),
        ({"now_ms": True}, TypeError),
        ({"policy": "quorum none\n"}, TypeError),
        ({"trusted_keys": KEY.public_key}, TypeError),
        ({"trusted_keys": [b"x"]}, TypeError),
        ({"trusted_keys": ["x"]}, ValueError),
    ],
    ids=str,
)
def test_options_that_nobody_can_mean_give_no_verdict(
    options: dict[str, Any], error: type[Exception]
) -> None:
    with pytest.raises(error):
        verify_receipt(b"", **{"now_ms": NOW_MS, **options})


def test_a_verification_has_no_time_of_its_own() -> None:
    with pytest.raises(TypeError):
        verify_receipt(DATA)  # type: ignore[call-arg]


@given(st.data())
def test_any_change_of_a_receipt_is_seen(data: st.DataObject) -> None:
    position = data.draw(st.integers(0, len(DATA) - 1))
    byte = data.draw(st.integers(0, 255).filter(lambda byte: byte != DATA[position]))
    changed = DATA[:position] + bytes([byte]) + DATA[position + 1 :]
    assert not verify_receipt(changed, now_ms=NOW_MS).valid


@given(st.binary(max_size=100), st.binary(max_size=40), st.binary(max_size=70))
def test_any_bytes_get_a_verdict_of_ed25519(message: bytes, key: bytes, signature: bytes) -> None:
    assert verify_ed25519(key, message, signature) is False


def test_errors_survive_being_pickled() -> None:
    for error in (
        ReceiptError("E-TS-001", "expected", "ts"),
        ProtocolError("malformed", "expected"),
        LogError("status", "status 400", 400, "E-TS-001", "expected", "ts"),
    ):
        again = pickle.loads(pickle.dumps(error))
        assert (type(again), str(again), vars(again)) == (type(error), str(error), vars(error))


def test_a_policy_is_what_parse_policy_returns() -> None:
    policy = parse_policy(b"quorum none\n")
    assert verify_receipt(DATA, now_ms=NOW_MS, policy=policy).valid
