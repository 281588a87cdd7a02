"""Canonical JSON: written, read, and refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tecp import ProtocolError, canonicalize, parse_json
from tecp._json.parse import parse_canonical
from tecp._json.value import MAX_JSON_BYTES

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53 - 1), 2**53 - 1) | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=20,
)


def code_of(data: bytes) -> str | None:
    try:
        parse_json(data)
    except ProtocolError as error:
        return error.code
    return None


@given(VALUES)
def test_what_is_written_is_read_and_written_again(value: Any) -> None:
    data = canonicalize(value)
    assert parse_json(data) == value
    assert parse_canonical(data) == value
    assert json.loads(data) == value


@given(VALUES)
def test_any_form_of_a_value_has_one_canonical_form(value: Any) -> None:
    loose = json.dumps(value, indent=1).encode()
    assert canonicalize(parse_json(loose)) == canonicalize(value)


@given(st.binary(max_size=200) | st.text('[]{}",:\\u0dDeE19.- \n', max_size=60).map(str.encode))
def test_bytes_are_a_value_or_a_protocol_error(data: bytes) -> None:
    for parse in (parse_json, parse_canonical):
        try:
            value = parse(data)
        except ProtocolError as error:
            assert error.code == "malformed"
        else:
            assert parse_canonical(canonicalize(value)) == value


def test_members_are_sorted_by_utf16_code_units() -> None:
    # U+10000 is D800 DC00 in UTF-16, and so before U+E000.
    assert canonicalize({"\ue000": 1, "\U00010000": {"\uffff": 0, "\U0010ffff": 1}}) == (
        '{"\U00010000":{"\U0010ffff":1,"\uffff":0},"\ue000":1}'.encode()
    )
    parse_canonical('{"\U00010000":1,"\ue000":2}'.encode())
    with pytest.raises(ProtocolError):
        parse_canonical('{"\ue000":2,"\U00010000":1}'.encode())


class Odd(str):
    __slots__ = ()


@pytest.mark.parametrize(
    "value",
    [
        1.0,
        float("nan"),
        2**53,
        -(2**53),
        "\ud800",
        {"\udfff": 1},
        {1: 2},
        {None: 2},
        (1, 2),
        b"bytes",
        {"a": {1, 2}},
        [object()],
    ],
    ids=repr,
)
def test_what_canonical_json_cannot_express_is_refused(value: Any) -> None:
    with pytest.raises(ProtocolError) as caught:
        canonicalize(value)
    assert caught.value.code == "malformed"


def test_subclasses_are_written_as_what_they_are() -> None:
    assert canonicalize({Odd("b"): Odd("x"), "a": True}) == b'{"a":true,"b":"x"}'


def test_a_value_that_holds_itself_is_refused() -> None:
    value: list[Any] = []
    value.append(value)
    with pytest.raises(ProtocolError):
        canonicalize(value)


@pytest.mark.parametrize(
    "repeat",
    [lambda value: [value] * 10, lambda value: dict.fromkeys("abcdefghij", value)],
    ids=["list", "dict"],
)
def test_a_value_that_repeats_without_end_is_given_up(repeat: Callable[[Any], Any]) -> None:
    value: Any = "x" * 10
    for _ in range(12):
        value = repeat(value)
    with pytest.raises(ProtocolError):
        canonicalize(value)


@pytest.mark.parametrize("opening", ["[", '{"a":', '["[",'])
def test_depth_has_a_limit_and_a_mebibyte_of_it_costs_nothing(opening: str) -> None:
    closing = "}" if opening.startswith("{") else "]"
    for depth, expected in ((16, None), (17, "malformed")):
        assert code_of((opening * depth + "0" + closing * depth).encode()) == expected
    assert code_of((opening * (MAX_JSON_BYTES // len(opening))).encode()) == "malformed"


@pytest.mark.parametrize(
    "text",
    ['"' + "\\" * 100_001, '"' + '\\"' * 400_000, "1" * 500_000, "[" * 17 + '"\\"' * 200_000],
    ids=["backslashes", "quotes", "digits", "brackets"],
)
def test_long_texts_that_never_end_are_refused_in_one_pass(text: str) -> None:
    assert code_of(text.encode()) == "malformed"


def test_brackets_in_strings_are_no_depth() -> None:
    value = {"a": "[" * 100, 'b"\\': "]}" * 100}
    assert parse_json(canonicalize(value)) == value


def test_the_size_has_a_limit() -> None:
    assert code_of(b'"' + b"x" * (MAX_JSON_BYTES - 2) + b'"') is None
    assert code_of(b'"' + b"x" * (MAX_JSON_BYTES - 1) + b'"') == "malformed"
    assert len(canonicalize("x" * (MAX_JSON_BYTES - 2))) == MAX_JSON_BYTES
    with pytest.raises(ProtocolError):
        canonicalize("x" * (MAX_JSON_BYTES - 1))
