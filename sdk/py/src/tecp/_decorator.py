"""`@receipted`: a receipt of every call of a function, sync or async."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any, ParamSpec, TypeVar, cast

from tecp._arguments import check_bytes
from tecp._issuer_key import IssuerKey
from tecp._receipt.create import create_receipt, sorted_policies
from tecp._receipt.types import Environment, KeyErasure, Receipt

P = ParamSpec("P")
R = TypeVar("R")

_NEVER_AWAITED = "an async on_receipt is awaited by an async function only"


def receipted(
    *,
    key: IssuerKey,
    code_ref: str,
    on_receipt: Callable[[Receipt], object],
    on_error: Callable[[Exception, Receipt | None], object] | None = None,
    input: Callable[..., bytes] | None = None,  # noqa: A002 - as in create_receipt
    output: Callable[[Any], bytes] | None = None,
    policy_ids: Iterable[str] = (),
    key_erasure: KeyErasure | None = None,
    environment: Environment | None = None,
    ext: Mapping[str, Any] | None = None,
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Makes a receipt of each call that returns, and hands it on before the caller has the result.

    The caller waits for `on_receipt`: with `LogClient(url).log` for the witnesses, and for five times the
    client's timeout where the log is silent. What must not wait puts receipts into a queue, such as by
    `queue.Queue(1000).put_nowait`, from which a thread or a task logs them; so does what may be cancelled,
    as a call that is cancelled while it waits for `on_receipt` leaves no receipt.

    Args:
        key: Whose receipts they are.
        code_ref: Which code runs, such as `git:<hex>`.
        on_receipt: What becomes of each receipt. For an async function, and for no other, it may be async,
            such as `AsyncLogClient(url).log`, and is awaited; one that is not, such as `LogClient(url).log`,
            stops the event loop for as long as it takes.
        on_error: Gets what went wrong after the function had returned, and the caller has the result all the
            same; without it the call raises that in place of the result. Either `on_receipt` raised, such as
            that the log is away, and the receipt may be logged later; or there is None, as there are no bytes
            of the result. It is not awaited.
        input: The bytes that stand for the arguments, called with these; it is called before the function
            is. Without it the function has one argument, of bytes or of text, which is taken as UTF-8.
        output: The bytes that stand for the result; without it the result is bytes or text.
        policy_ids: Which policies are claimed.
        key_erasure: As in `create_receipt`, like the following.
        environment: Where the code runs.
        ext: Anything else.

    Returns:
        A decorator. The function keeps its signature; a call that raises has no receipt. What returns an
        awaitable, such as a lambda around an async function, has its receipt when that is awaited.

    Raises:
        ReceiptError: For what no receipt can have, such as a number with a fraction in `ext`.
        TypeError, ValueError: For what is no key or would never be awaited; by the decorator for a generator;
            by a call, before the function is called, for arguments that have no bytes.
    """
    if _is(inspect.iscoroutinefunction, on_error):
        raise TypeError("an async on_error would never be awaited")
    claims = {
        "key": key,
        "code_ref": code_ref,
        "policy_ids": sorted_policies(policy_ids),
        "key_erasure": key_erasure,
        "environment": environment,
        "ext": ext,
    }
    read_input = _only_argument if input is None else input
    output_bytes = _plain_bytes if output is None else output

    def make(given: bytes, returned: bytes) -> Receipt:
        return create_receipt(input=given, output=returned, **cast(Any, claims))

    def input_bytes(*args: object, **kwargs: object) -> bytes:
        # A copy: the function may change what it is given.
        return check_bytes(read_input(*args, **kwargs), "what input= returns")

    # What is wrong with the claims is known before any function has run.
    make(b"", b"")

    def failed(error: Exception, receipt: Receipt | None) -> None:
        if on_error is None:
            raise error
        on_error(error, receipt)

    async def finish(given: bytes, pending: Awaitable[object]) -> object:
        result = await pending
        receipt = None
        try:
            receipt = make(given, output_bytes(result))
            outcome = on_receipt(receipt)
            if inspect.isawaitable(outcome):
                await outcome
        except Exception as error:
            failed(error, receipt)
        return result

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        if _is(inspect.isgeneratorfunction, function) or _is(inspect.isasyncgenfunction, function):
            raise TypeError("a generator has no result to make a receipt of")
        if _is(inspect.iscoroutinefunction, function):

            @functools.wraps(function)
            async def call_async(*args: P.args, **kwargs: P.kwargs) -> object:
                given = input_bytes(*args, **kwargs)
                return await finish(given, cast(Awaitable[object], function(*args, **kwargs)))

            return cast(Callable[P, R], call_async)
        if _is(inspect.iscoroutinefunction, on_receipt):
            raise TypeError(_NEVER_AWAITED)

        @functools.wraps(function)
        def call(*args: P.args, **kwargs: P.kwargs) -> R:
            given = input_bytes(*args, **kwargs)
            result = function(*args, **kwargs)
            if inspect.isawaitable(result):
                return cast(R, finish(given, result))
            receipt = None
            try:
                receipt = make(given, output_bytes(result))
                outcome = on_receipt(receipt)
                if inspect.iscoroutine(outcome):
                    outcome.close()
                    raise TypeError(_NEVER_AWAITED)
            except Exception as error:
                failed(error, receipt)
            return result

        return call

    return decorate


def _is(kind: Callable[[object], bool], function: object) -> bool:
    """Whether a function is of a kind of `inspect`, or an object whose calls are."""
    return kind(function) or kind(getattr(type(function), "__call__", None))  # noqa: B004


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
