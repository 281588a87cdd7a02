"""One HTTP exchange by httpx, of which nothing is trusted.

Redirects are refused, bodies are counted while they arrive, and every failure is a `LogError`.
"""

from __future__ import annotations

import math
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any, NamedTuple

import httpx

from tecp._errors import LogError
from tecp._log.exchange import MAX_PROBLEM_BYTES, Request, Response
from tecp._policy.parse import is_http_url

DEFAULT_TIMEOUT_SECONDS = 30.0
"""Longer than a log waits for a proof."""
_MAX_TIMEOUT_SECONDS = 24 * 60 * 60
_QUERY_OR_FRAGMENT = re.compile("[?#]")


class Endpoint(NamedTuple):
    """Where a log is, and who asks it."""

    url: str
    """Without user and password, which httpx would write to the log of the program; no slash at its end."""
    auth: httpx.BasicAuth | None


def endpoint_of(url: str) -> Endpoint:
    """The endpoint at a URL. Raises `TypeError` or `ValueError`, which quotes nothing, for no such URL."""
    if not isinstance(url, str):
        raise TypeError(f"expected a string as url, got {type(url).__name__}")
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL:
        parsed = httpx.URL()
    if not is_http_url(url) or _QUERY_OR_FRAGMENT.search(url) is not None or not parsed.host:
        raise ValueError("expected an http or https URL without query and fragment")
    prefix = url.rstrip("/")
    if not parsed.userinfo:
        return Endpoint(prefix, None)
    scheme, separator, rest = prefix.partition("://")
    authority, slash, path = rest.partition("/")
    host = authority.rpartition("@")[2]
    return Endpoint(
        f"{scheme}{separator}{host}{slash}{path}", httpx.BasicAuth(parsed.username, parsed.password)
    )


def check_timeout(seconds: float) -> float:
    """A time that somebody can mean."""
    if isinstance(seconds, bool) or not isinstance(seconds, (int, float)):
        raise TypeError(f"expected seconds as timeout, got {type(seconds).__name__}")
    if not 0 < seconds <= _MAX_TIMEOUT_SECONDS:
        raise ValueError(f"expected seconds above 0 and at most {_MAX_TIMEOUT_SECONDS} as timeout")
    return float(seconds)


class Deadline:
    """The timeout of a socket, by which a log that sends byte after byte is late as well.

    httpx gives it to `settimeout` before each wait, and that asks for whole seconds: those that are left.
    Raises `TimeoutError` when there are none.
    """

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def __index__(self) -> int:
        left = self._end - time.monotonic()
        if left <= 0:
            raise TimeoutError("no answer in time")
        return math.ceil(left)


def blocking_timeouts(timeout: float) -> dict[str, Any]:
    """The extensions of a request that blocks, so that all of it is over in time."""
    deadline = Deadline(timeout)
    timeouts = {"pool": timeout, "connect": deadline, "read": deadline, "write": deadline}
    return {"timeout": timeouts}


def stream_arguments(endpoint: Endpoint, request: Request, timeout: float) -> dict[str, Any]:
    """What `stream` of a client of httpx is called with."""
    return {
        # A client of the caller's may have its own.
        **({} if endpoint.auth is None else {"auth": endpoint.auth}),
        "method": request.method,
        "url": endpoint.url + request.path,
        "content": request.content,
        # What arrives is what is counted: nothing is decompressed.
        "headers": {**request.headers, "Accept-Encoding": "identity"},
        "timeout": timeout,
        "follow_redirects": False,
    }


class Arrival:
    """What has arrived of an answer, of which nothing may come; lives for one exchange."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._head: Response | None = None
        self._chunks: list[bytes] = []
        self._count = 0

    def begin(self, answer: httpx.Response) -> None:
        """Takes status and headers. Raises `LogError` for a compressed body."""
        self._head = Response(answer.status_code, b"", answer.headers.get("Retry-After"))
        if answer.status_code != 200:
            self._max_bytes = MAX_PROBLEM_BYTES
        if answer.headers.get("Content-Encoding", "").lower() not in ("", "identity"):
            raise LogError("bad-content", "a compressed answer, which was not asked for")

    def add(self, chunk: bytes) -> None:
        """Takes some of the body. Raises `LogError` above the limit."""
        self._count += len(chunk)
        if self._count > self._max_bytes:
            raise LogError("too-large", f"an answer of more than {self._max_bytes} bytes")
        self._chunks.append(chunk)

    def whole(self) -> Response:
        """The answer, when all of it has come."""
        assert self._head is not None  # noqa: S101 - what has an end has begun
        return replace(self._head, content=b"".join(self._chunks))

    def broken(self, error: LogError) -> Response | LogError:
        """What an exchange comes to that fails: of an answer that says no, its status counts all the same."""
        return error if self._head is None or self._head.status == 200 else self._head


def no_cookies() -> CookieJar:
    """A jar that stays empty: a log learns by nothing whether it has been asked before."""
    return CookieJar(DefaultCookiePolicy(allowed_domains=()))


def forget_location(answer: httpx.Response) -> None:
    """Has httpx not look where a redirect leads, which it would take for a broken connection if nowhere."""
    answer.headers.pop("Location", None)


@contextmanager
def failures_as_log_errors() -> Iterator[None]:
    """Turns what httpx raises into `LogError`."""
    try:
        yield
    except httpx.TimeoutException:
        raise LogError("timeout", "no answer in time") from None
    except (httpx.HTTPError, httpx.StreamError) as error:
        raise LogError("unreachable", f"{type(error).__name__}: {error}") from error
