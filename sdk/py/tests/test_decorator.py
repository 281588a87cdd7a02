"""`@receipted`."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from tecp import Receipt, receipted, verify_receipt

from .samples import KEY, sample_receipt

CODE_REF = "git:0123456789abcdef"


def hashes_of(receipt: Receipt) -> tuple[str, str]:
    return receipt["input_hash"], receipt["output_hash"]


def expected(given: bytes, result: bytes) -> tuple[str, str]:
    return hashes_of(sample_receipt(input=given, output=result))


def test_each_call_has_a_receipt_of_its_argument_and_result() -> None:
    receipts: list[Receipt] = []

    @receipted(key=KEY, code_ref=CODE_REF, on_receipt=receipts.append, policy_ids=["no_retention"])
    def shout(text: str) -> bytes:
        """Louder."""
        return text.upper().encode()

    assert shout("é") == b"\xc3\x89"
    assert shout(text="b") == b"B"
    assert [hashes_of(each) for each in receipts] == [
        expected("é".encode(), b"\xc3\x89"),
        expected(b"b", b"B"),
    ]
    assert (receipts[0]["code_ref"], receipts[0]["policy_ids"]) == (CODE_REF, ["no_retention"])
    assert verify_receipt(receipts[0], now_ms=receipts[0]["ts"]).valid
    assert (shout.__name__, shout.__doc__) == ("shout", "Louder.")
    assert list(inspect.signature(shout).parameters) == ["text"]


@pytest.mark.parametrize("is_async", [False, True])
def test_an_async_function_is_awaited_and_so_is_what_takes_its_receipts(is_async: bool) -> None:
    receipts: list[Receipt] = []

    async def take(receipt: Receipt) -> None:
        await asyncio.sleep(0)
        receipts.append(receipt)

    @receipted(key=KEY, code_ref=CODE_REF, on_receipt=take if is_async else receipts.append)
    async def twice(data: bytes) -> bytes:
        await asyncio.sleep(0)
        return data * 2

    assert inspect.iscoroutinefunction(twice)
    assert asyncio.run(twice(b"x")) == b"xx"
    assert [hashes_of(each) for each in receipts] == [expected(b"x", b"xx")]


def test_functions_say_what_the_bytes_are() -> None:
    receipts: list[Receipt] = []

    @receipted(
        key=KEY,
        code_ref=CODE_REF,
        on_receipt=receipts.append,
        input=lambda a, b: bytes([a, b]),
        output=lambda total: bytes([total]),
    )
    def add(a: int, b: int) -> int:
        return a + b

    assert add(1, b=2) == 3
    assert hashes_of(receipts[0]) == expected(b"\1\2", b"\3")


def test_a_call_that_raises_has_no_receipt() -> None:
    receipts: list[Receipt] = []

    @receipted(key=KEY, code_ref=CODE_REF, on_receipt=receipts.append)
    def fail(_data: bytes) -> bytes:
        raise KeyError("x")

    with pytest.raises(KeyError):
        fail(b"x")
    assert receipts == []


@pytest.mark.parametrize("arguments", [(), ("a", "b"), (5,), (None,)])
def test_arguments_without_a_rule_are_refused_before_the_call(arguments: tuple[Any, ...]) -> None:
    calls: list[object] = []

    @receipted(key=KEY, code_ref=CODE_REF, on_receipt=lambda _receipt: None)
    def remember(*given: object) -> str:
        calls.append(given)
        return ""

    with pytest.raises(TypeError):
        remember(*arguments)
    assert calls == []


def test_generators_are_refused() -> None:
    def parts() -> Iterator[bytes]:
        yield b""

    async def async_parts() -> AsyncIterator[bytes]:
        yield b""

    for function in (parts, async_parts):
        with pytest.raises(TypeError):
            receipted(key=KEY, code_ref=CODE_REF, on_receipt=print)(function)


def test_receipts_that_nobody_would_await_are_refused() -> None:
    async def take(_receipt: Receipt) -> None:
        raise AssertionError

    decorate = receipted(key=KEY, code_ref=CODE_REF, on_receipt=take)
    with pytest.raises(TypeError, match="async"):
        decorate(lambda given: given)


def test_one_text_is_no_list_of_policies() -> None:
    with pytest.raises(TypeError, match="policy_ids"):
        receipted(key=KEY, code_ref=CODE_REF, on_receipt=print, policy_ids="no_retention")


@pytest.mark.parametrize("is_async", [False, True])
def test_a_receipt_that_is_not_taken_does_not_cost_the_result(is_async: bool) -> None:
    failure = OSError("the log is away")
    kept: list[tuple[Exception, Receipt]] = []

    def refuse(_receipt: Receipt) -> None:
        raise failure

    async def refuse_later(_receipt: Receipt) -> None:
        raise failure

    def keep(error: Exception, receipt: Receipt) -> None:
        kept.append((error, receipt))

    def call(on_error: Any) -> object:
        on_receipt = refuse_later if is_async else refuse
        decorate = receipted(key=KEY, code_ref=CODE_REF, on_receipt=on_receipt, on_error=on_error)

        async def later(given: bytes) -> bytes:
            return given + b"!"

        def now(given: bytes) -> bytes:
            return given + b"!"

        return asyncio.run(decorate(later)(b"a")) if is_async else decorate(now)(b"a")

    assert call(keep) == b"a!"
    assert [(error, hashes_of(receipt)) for error, receipt in kept] == [(failure, expected(b"a", b"a!"))]
    with pytest.raises(OSError, match="away"):
        call(None)
