"""`@receipted`: a receipt of every call of a function, sync or async."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any, ParamSpec, TypeVar, cast

from tecp._issuer_key import IssuerKey
from tecp._receipt.create import create_receipt, sorted_policies
from tecp._receipt.types import Environment, KeyErasure, Receipt

P = ParamSpec("P")
R = TypeVar("R")


def receipted(
    *,
    key: IssuerKey,
    code_ref: str,
    on_receipt: Callable[[Receipt], object],
    on_error: Callable[[Exception, Receipt], object] | None = None,
    input: Callable[..., bytes] | None = None,  # noqa: A002 - as in create_receipt
    output: Callable[[Any], bytes] | None = None,
    policy_ids: Iterable[str] = (),
    key_erasure: KeyErasure | None = None,
    environment: Environment | None = None,
    ext: Mapping[str, Any] | None = None,
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Makes a receipt of each call that returns, and hands it on before the caller has the result.

    Args:
        key: Whose receipts they are.
        code_ref: Which code runs, such as `git:<hex>`.
        on_receipt: What becomes of each receipt, such as `LogClient(url).log`. For an async function, and
            for no other, it may be async as well, and is awaited. What it raises is raised by the call,
            without `on_error`.
        on_error: Gets what `on_receipt` raised, such as that the log is away, and the receipt, to be logged
            later; the caller has the result all the same.
        input: The bytes that stand for the arguments, called with these; it is called before the function
            is. Without it the function has one argument, of bytes or of text, which is taken as UTF-8.
        output: The bytes that stand for the result; without it the result is bytes or text.
        policy_ids: Which policies are claimed.
        key_erasure: As in `create_receipt`, like the following.
        environment: Where the code runs.
        ext: Anything else.

    Returns:
        A decorator. The function keeps its signature; a call that raises has no receipt. Generators are
        refused with a `TypeError`, and so are arguments or results for whose bytes there is no rule.
    """
    claims = {
        "key": key,
        "code_ref": code_ref,
        "policy_ids": sorted_policies(policy_ids),
        "key_erasure": key_erasure,
        "environment": environment,
        "ext": ext,
    }
    input_bytes = _only_argument if input is None else input
    output_bytes = _plain_bytes if output is None else output

    def make(given: bytes, result: object) -> Receipt:
        return create_receipt(input=given, output=output_bytes(result), **cast(Any, claims))

    def failed(error: Exception, receipt: Receipt) -> None:
        if on_error is None:
            raise error
        on_error(error, receipt)

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
            raise TypeError("a generator has no result to make a receipt of")
        if inspect.iscoroutinefunction(function):

            @functools.wraps(function)
            async def call_async(*args: P.args, **kwargs: P.kwargs) -> object:
                given = input_bytes(*args, **kwargs)
                result = await cast(Awaitable[object], function(*args, **kwargs))
                receipt = make(given, result)
                try:
                    outcome = on_receipt(receipt)
                    if inspect.isawaitable(outcome):
                        await outcome
                except Exception as error:
                    failed(error, receipt)
                return result

            return cast(Callable[P, R], call_async)
        if inspect.iscoroutinefunction(on_receipt):
            raise TypeError("an async on_receipt is awaited by an async function only")

        @functools.wraps(function)
        def call(*args: P.args, **kwargs: P.kwargs) -> R:
            given = input_bytes(*args, **kwargs)
            result = function(*args, **kwargs)
            receipt = make(given, result)
            try:
                on_receipt(receipt)
            except Exception as error:
                failed(error, receipt)
            return result

        return call

    return decorate


def _only_argument(*args: object, **kwargs: object) -> bytes:
    values = (*args, *kwargs.values())
    if len(values) != 1:
        raise TypeError("expected one argument, or input= to say what the bytes of several are")
    return _plain_bytes(values[0])


def _plain_bytes(value: object) -> bytes:
    if isinstance(value, str):
        return value.encode()
    if isinstance(value, (bytes, bytearray, memoryview)):
        return bytes(value)
    raise TypeError(f"expected bytes or text, or a function to make bytes of {type(value).__name__}")
