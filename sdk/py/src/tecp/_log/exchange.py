"""Requests to a log, and when they are sent again, without any I/O.

An exchange is a generator: it yields a `Request` and is sent the `Response`, or has a `LogError` thrown
into it; it yields a `Pause` and goes on when that is over. The clients run the same exchanges.
"""

from __future__ import annotations

import random
import re
from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Generic, TypeAlias, TypeVar

from tecp._errors import LogError
from tecp._log.answers import read_object, read_text

MAX_ATTEMPTS = 5
MAX_PAUSE_SECONDS = 10.0
_FIRST_PAUSE_SECONDS = 0.25
_TRY_AGAIN = (429, 503)
MAX_PROBLEM_BYTES = 8192
"""Nothing that a log says of an error is longer."""
_SECONDS = re.compile("[0-9]+")


@dataclass(frozen=True)
class Request:
    """What is to be sent."""

    method: str
    path: str
    """Below the log's URL."""
    max_bytes: int
    """Most bytes of an answer."""
    content: bytes | None = None
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Response:
    """What came back, whatever its status."""

    status: int
    content: bytes
    """The whole body; nothing where that of another status than 200 is none that counts."""
    retry_after: str | None = None


@dataclass(frozen=True)
class Pause:
    """A time to wait."""

    seconds: float


T = TypeVar("T")
Step: TypeAlias = "Request | Pause"
Outcome: TypeAlias = "Response | LogError | None"
"""What became of a step; None of a pause."""
Steps: TypeAlias = Generator[Step, "Response | None", T]


@dataclass(frozen=True)
class Done(Generic[T]):
    """The end of an exchange."""

    result: T


def advance(steps: Steps[T], outcome: Outcome) -> Step | Done[T]:
    """The next step of an exchange, given what became of the one before: None at its beginning."""
    try:
        return steps.throw(outcome) if isinstance(outcome, LogError) else steps.send(outcome)
    except StopIteration as end:
        return Done(end.value)


def send(request: Request) -> Steps[bytes]:
    """The body of the answer 200. Raises `LogError`.

    Sent again after 429, 503, broken connections and answers that are late.
    """
    for attempt in range(1, MAX_ATTEMPTS + 1):
        asked = None
        try:
            response = yield request
            assert response is not None  # noqa: S101 - what a Request is always sent
            if response.status == 200:
                return response.content
            error = _status_error(response)
            may_try_again = response.status in _TRY_AGAIN
            asked = response.retry_after
        except LogError as failure:
            error = failure
            may_try_again = failure.kind in ("unreachable", "timeout")
        if attempt == MAX_ATTEMPTS or not may_try_again:
            raise error
        yield Pause(pause_seconds(attempt, asked))
    raise AssertionError("the last attempt returns or raises")


def pause_seconds(attempt: int, retry_after: str | None) -> float:
    """How long to wait after the attempt of this number, counted from 1."""
    asked = float(retry_after) if retry_after is not None and _SECONDS.fullmatch(retry_after) else 0.0
    doubled = _FIRST_PAUSE_SECONDS * 2.0 ** (attempt - 1)
    # Clients that were refused together do not come back together, nor in a burst if the log asks for one.
    return min(max(asked, doubled * random.uniform(0.5, 1.5)), MAX_PAUSE_SECONDS)  # noqa: S311


def _problem(content: bytes) -> list[str | None]:
    """Code, detail and field of a problem document, as far as there are any; none of what is not Unicode."""
    problem = read_object(content)
    try:
        return [read_text(problem, name) for name in ("code", "detail", "field")]
    except LogError:
        return [None] * 3


def _status_error(response: Response) -> LogError:
    """The error of an answer that says no, with what its problem document says."""
    code, detail, member = _problem(response.content)
    said = ": ".join(part for part in (code, detail) if part is not None)
    message = f"status {response.status}" + (f" ({said})" if said else "")
    return LogError("status", message, response.status, code, detail, member)
