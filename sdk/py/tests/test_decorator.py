"""`@receipted`."""

from __future__ import annotations

import asyncio
import functools
import inspect
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest

from tecp import Receipt, ReceiptError, receipted, verify_receipt

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


class Later:
    """What is called like an async function, and is an object."""

    def __init__(self) -> None:
        self.given: list[Any] = []

    async def __call__(self, *given: Any) -> Any:
        self.given.extend(given)
        return given[0]


async def take_later(_receipt: Receipt) -> None:
    raise AssertionError


def hidden(function: Callable[..., Any]) -> Callable[..., Any]:
    """The same, but only its calls show whether it is async."""

    def call(*given: Any) -> Any:
        return function(*given)

    return call


@pytest.mark.parametrize("take", [take_later, Later()], ids=["function", "object"])
def test_what_nobody_would_await_is_refused_before_any_call(take: Any) -> None:
    decorate = receipted(key=KEY, code_ref=CODE_REF, on_receipt=take)
    with pytest.raises(TypeError, match="async"):
        decorate(lambda given: given)
    with pytest.raises(TypeError, match="async"):
        receipted(key=KEY, code_ref=CODE_REF, on_receipt=print, on_error=take)


def test_a_receipt_that_nobody_awaits_is_not_lost_in_silence() -> None:
    kept: list[tuple[str, Receipt | None]] = []
    options: dict[str, Any] = {"key": KEY, "code_ref": CODE_REF}
    options["on_receipt"] = hidden(take_later)

    def shout(text: str) -> str:
        return text.upper()

    with pytest.raises(TypeError, match="async"):
        receipted(**options)(shout)("a")
    options["on_error"] = lambda error, receipt: kept.append((str(error), receipt))
    assert receipted(**options)(shout)("a") == "A"
    ((reason, receipt),) = kept
    assert "async" in reason
    assert receipt is not None
    assert hashes_of(receipt) == expected(b"a", b"A")


@pytest.mark.parametrize(
    "function",
    [Later(), hidden(Later()), functools.partial(Later())],
    ids=["object", "hidden", "partial"],
)
@pytest.mark.parametrize("is_async", [False, True])
def test_what_returns_an_awaitable_has_its_receipt_when_that_is_awaited(
    function: Any, is_async: bool
) -> None:
    take = Later()
    on_receipt = hidden(take) if is_async else take.given.append

    async def call() -> object:
        return await receipted(key=KEY, code_ref=CODE_REF, on_receipt=on_receipt)(function)("a")

    assert asyncio.run(call()) == "a"
    assert [hashes_of(receipt) for receipt in take.given] == [expected(b"a", b"a")]


@pytest.mark.parametrize(
    "claims",
    [
        {"key": "nokey"},
        {"code_ref": "\n"},
        {"policy_ids": ["a", "a"]},
        {"ext": {"a": float("nan")}},
        {"environment": {"x": "y"}},
        {"key_erasure": {}},
    ],
    ids=repr,
)
def test_claims_that_no_receipt_can_have_are_refused_before_any_call(claims: dict[str, Any]) -> None:
    with pytest.raises((ReceiptError, TypeError)):
        receipted(**{"key": KEY, "code_ref": CODE_REF, "on_receipt": print, **claims})


def fail(_result: object) -> bytes:
    raise ZeroDivisionError


@pytest.mark.parametrize(
    ("result", "output"),
    [(None, None), (5, None), ("\ud800", None), (b"", fail), (b"", lambda _result: "text")],
    ids=["None", "int", "surrogate", "raises", "text"],
)
@pytest.mark.parametrize("is_async", [False, True])
def test_a_result_that_has_no_bytes_is_not_lost(result: Any, output: Any, is_async: bool) -> None:
    receipts: list[Receipt] = []
    kept: list[tuple[Exception, Receipt | None]] = []

    async def later(_given: bytes) -> Any:
        return result

    def call(on_error: Any) -> Any:
        decorate = receipted(
            key=KEY, code_ref=CODE_REF, on_receipt=receipts.append, on_error=on_error, output=output
        )
        if is_async:
            return asyncio.run(decorate(later)(b"a"))
        return decorate(lambda _given: result)(b"a")

    assert call(lambda *told: kept.append(told)) == result
    ((error, receipt),) = kept
    assert receipt is None
    with pytest.raises(type(error)):
        call(None)
    assert receipts == []


def test_a_receipt_is_of_what_the_function_was_given() -> None:
    receipts: list[Receipt] = []
    buffer = bytearray(b"a")

    @receipted(key=KEY, code_ref=CODE_REF, on_receipt=receipts.append, input=lambda data: data)
    def change(data: bytearray) -> bytes:
        data[0] = 0
        return b"b"

    assert change(buffer) == b"b"
    assert hashes_of(receipts[0]) == expected(b"a", b"b")


def test_an_input_that_is_no_bytes_is_refused_before_the_call() -> None:
    calls: list[str] = []
    wrong: Any = str

    @receipted(key=KEY, code_ref=CODE_REF, on_receipt=print, input=wrong)
    def remember(text: str) -> str:
        calls.append(text)
        return text

    with pytest.raises(TypeError):
        remember("a")
    assert calls == []


def test_one_text_is_no_list_of_policies() -> None:
    with pytest.raises(TypeError, match="policy_ids"):
        receipted(key=KEY, code_ref=CODE_REF, on_receipt=print, policy_ids="no_retention")


@pytest.mark.parametrize("is_async", [False, True])
def test_a_receipt_that_is_not_taken_does_not_cost_the_result(is_async: bool) -> None:
    failure = OSError("the log is away")
    kept: list[tuple[Exception, Receipt | None]] = []

    def refuse(_receipt: Receipt) -> None:
        raise failure

    async def refuse_later(_receipt: Receipt) -> None:
        raise failure

    def keep(error: Exception, receipt: Receipt | None) -> None:
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
    ((error, receipt),) = kept
    assert receipt is not None
    assert (error, hashes_of(receipt)) == (failure, expected(b"a", b"a!"))
    with pytest.raises(OSError, match="away"):
        call(None)
