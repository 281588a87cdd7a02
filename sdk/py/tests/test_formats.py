"""Keys, notes, checkpoints, policies and proofs: whatever the bytes are, nothing but `ProtocolError`."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tecp import (
    LogIdentity,
    ProtocolError,
    VerifierKey,
    open_checkpoint,
    open_note,
    parse_policy,
    parse_verifier_key,
    verify_proof,
)
from tecp._base64 import decode_base64, decode_base64_with_spare_bits, decode_base64url
from tecp._text import read_decimal

VECTORS = Path(__file__).parents[2] / "vectors"


def first_request(file: str) -> dict[str, Any]:
    """The request of the first case, which is a good one."""
    request: dict[str, Any] = json.loads((VECTORS / f"{file}.vectors.json").read_bytes())["cases"][0][
        "request"
    ]
    return request


NOTE = first_request("note")
PROOF = first_request("proof")
POLICY = parse_policy(base64.b64decode(PROOF["policy"]))
LOG_KEY = POLICY.logs[0].key
LOG = LogIdentity(LOG_KEY.name, (LOG_KEY,))
LEAF = base64.b64decode(PROOF["leaf"])

PARSERS: dict[str, tuple[bytes, Callable[[bytes], object]]] = {
    "note": (
        base64.b64decode(NOTE["note"]),
        lambda data: open_note(data, [parse_verifier_key(key) for key in NOTE["keys"]]),
    ),
    "checkpoint": (
        base64.b64decode(PROOF["proof"]).partition(b"\n\n")[2],
        lambda data: open_checkpoint(data, LOG, [witness.key for witness in POLICY.witnesses]),
    ),
    "policy": (base64.b64decode(PROOF["policy"]), parse_policy),
    "proof": (base64.b64decode(PROOF["proof"]), lambda data: verify_proof(data, LEAF, POLICY)),
    "key": (LOG_KEY.text.encode(), lambda data: parse_verifier_key(data.decode("latin-1"))),
}


@pytest.mark.parametrize("name", PARSERS)
def test_the_sample_is_good(name: str) -> None:
    sample, parse = PARSERS[name]
    parse(sample)


@pytest.mark.parametrize("name", PARSERS)
@given(data=st.data())
def test_anything_else_is_parsed_or_a_protocol_error(name: str, data: st.DataObject) -> None:
    sample, parse = PARSERS[name]
    start = data.draw(st.integers(0, len(sample)))
    end = data.draw(st.integers(start, min(len(sample), start + 8)))
    inserted = data.draw(st.binary(max_size=6) | st.sampled_from([b"\n\n", b"\xe2\x80\x94 ", b" ", b"+"]))
    changed = sample[:start] + inserted + sample[end:]
    try:
        parse(changed)
    except ProtocolError as error:
        assert error.code in ("malformed", "bad-key", "bad-signature", "untrusted", "bad-proof")


@pytest.mark.parametrize("name", [name for name in PARSERS if name != "key"])
def test_text_and_its_bytes_are_the_same(name: str) -> None:
    sample, parse = PARSERS[name]
    assert parse(sample.decode()) == parse(sample)  # type: ignore[arg-type]
    with pytest.raises(ProtocolError):
        parse(sample.decode() + "\ud800\n")  # type: ignore[arg-type]


@given(st.text("AB/+-_= \n\u0661", max_size=12))
def test_base64_has_one_form(text: str) -> None:
    data = decode_base64(text)
    if data is not None:
        assert base64.b64encode(data).decode() == text
        assert decode_base64_with_spare_bits(text) == data
    data = decode_base64url(text)
    if data is not None:
        assert base64.urlsafe_b64encode(data).decode().rstrip("=") == text


@pytest.mark.parametrize("text", ["", "-1", "+1", "01", "1_0", " 1", "1\n", "\u0661", "9007199254740992"])
def test_a_decimal_has_one_form(text: str) -> None:
    with pytest.raises(ProtocolError):
        read_decimal(text, "number")


@pytest.mark.parametrize("key_type", [1, 4])
def test_keys_are_of_the_role_that_is_asked_for(key_type: int) -> None:
    key = LOG_KEY if key_type == 1 else POLICY.witnesses[0].key
    note, witnesses = PARSERS["checkpoint"][0], [POLICY.witnesses[0].key]

    def code(act: Callable[[VerifierKey], object]) -> str:
        try:
            act(key)
        except ProtocolError as error:
            return error.code
        return "good"

    assert code(lambda key: open_checkpoint(note, LogIdentity(LOG.origin, (key,)))) == (
        "good" if key_type == 1 else "bad-key"
    )
    assert code(lambda key: open_checkpoint(note, LOG, [*witnesses, key])) == (
        "bad-key" if key_type == 1 else "good"
    )
    assert code(lambda key: open_note(note, [key])) == ("good" if key_type == 1 else "bad-key")


@pytest.mark.parametrize("name", [name for name in PARSERS if name != "key"])
@pytest.mark.parametrize("value", [None, 5, [1, 2]])
def test_what_is_neither_text_nor_bytes_is_a_mistake(name: str, value: Any) -> None:
    with pytest.raises(TypeError):
        PARSERS[name][1](value)


def test_limits_are_those_of_the_specification() -> None:
    too_long = b"x" * (1024 * 1024 + 1)
    for name in ("note", "policy", "proof"):
        with pytest.raises(ProtocolError) as caught:
            PARSERS[name][1](too_long * 2)
        assert "bytes" in str(caught.value)
