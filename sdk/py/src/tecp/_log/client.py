"""The client of a log, for threads."""

from __future__ import annotations

import time
from collections.abc import Iterable
from types import TracebackType
from typing import TypeVar

import httpx

from tecp._errors import LogError
from tecp._log.answers import Refused, Submitted
from tecp._log.exchange import Done, Outcome, Pause, Request, Response, Step, Steps, advance
from tecp._log.http import (
    DEFAULT_TIMEOUT_SECONDS,
    Arrival,
    blocking_timeouts,
    check_timeout,
    endpoint_of,
    failures_as_log_errors,
    forget_location,
    no_cookies,
    stream_arguments,
)
from tecp._log.shard_list import shard_list_request
from tecp._log.submission import (
    batch_logging,
    batch_submission,
    logging,
    proof_request,
    submission,
)
from tecp._note.keys import VerifierKey
from tecp._receipt.types import Receipt
from tecp._shards import ShardList

T = TypeVar("T")


class LogClient:
    """Submits receipts to one log and asks it for proofs.

    What is refused with 429 or 503, breaks on the way or is late is sent again, at most five times in all.
    The pause before is twice as long each time, or as long as Retry-After asks where that is longer, and
    never above ten seconds. What a log answers is not verified: that is for `verify_receipt`, by a policy
    from elsewhere.

    Every method raises `LogError`, and `ReceiptError` for what is no receipt by its form. After a `LogError`
    receipts may be in the log all the same: to submit them again is safe. It may be used by several threads,
    and as a context manager.

    Args:
        url: The log's prefix, http or https. Its user and password are sent, and not shown in `url`.
        timeout: Seconds of each attempt, its answer included; what is late is given up within a second more.
            A log that is silent costs five times as much, and the pauses.
        client: One with its own proxies or certificates; whoever gives it closes it.

    Raises:
        TypeError, ValueError: For a URL or a timeout that is none.
    """

    def __init__(
        self,
        url: str,
        *,
        timeout: float = DEFAULT_TIMEOUT_SECONDS,
        client: httpx.Client | None = None,
    ) -> None:
        self._endpoint = endpoint_of(url)
        self.url = self._endpoint.url
        self._timeout = check_timeout(timeout)
        self._is_owner = client is None
        self._client = _new_client() if client is None else client

    def log(self, receipt: Receipt | bytes) -> Receipt:
        """Submits a receipt, waits until witnesses have cosigned it, and attaches the proof."""
        return self._run(logging(receipt))

    def log_many(self, receipts: Iterable[Receipt | bytes]) -> list[Receipt | Refused]:
        """Logs receipts, a thousand in a request, and waits until witnesses have cosigned them.

        Returns for each, in their order, the receipt with its proof attached, or why there is none.
        """
        return self._run(batch_logging(receipts))

    def submit(self, receipt: Receipt | bytes) -> Submitted:
        """Submits one receipt; when this returns, it is in the log for good."""
        return self._run(submission(receipt))

    def submit_many(self, receipts: Iterable[Receipt | bytes]) -> list[Submitted | Refused]:
        """Submits receipts, a thousand in a request. Returns what became of each, in their order."""
        return self._run(batch_submission(receipts))

    def proof(self, entry: bytes | int) -> str:
        """The tlog-proof of an entry, by its 32-byte leaf hash or its index."""
        return self._run(proof_request(entry))

    def shard_list(
        self, operator: VerifierKey, *, now_ms: int | None = None, before: ShardList | None = None
    ) -> ShardList:
        """The operator's list of his logs, opened as by `open_shard_list`, now if no time is given.

        Any of his logs serves it. Raises `ProtocolError`, too: for a list that is not to be believed.
        """
        return self._run(shard_list_request(operator, now_ms, before))

    def close(self) -> None:
        """Closes the connections."""
        if self._is_owner:
            self._client.close()

    def __enter__(self) -> LogClient:
        """The client itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Closes the connections."""
        self.close()

    def _run(self, steps: Steps[T]) -> T:
        outcome: Outcome = None
        while not isinstance(step := advance(steps, outcome), Done):
            outcome = self._perform(step)
        return step.result

    def _perform(self, step: Step) -> Outcome:
        if isinstance(step, Pause):
            time.sleep(step.seconds)
            return None
        arrival = Arrival(step.max_bytes)
        try:
            return self._exchange(step, arrival)
        except LogError as error:
            return arrival.broken(error)

    def _exchange(self, request: Request, arrival: Arrival) -> Response:
        arguments = stream_arguments(self._endpoint, request, self._timeout)
        arguments["extensions"] = blocking_timeouts(self._timeout)
        with failures_as_log_errors(), self._client.stream(**arguments) as answer:
            arrival.begin(answer)
            for chunk in answer.iter_raw():
                arrival.add(chunk)
            return arrival.whole()


def _new_client() -> httpx.Client:
    return httpx.Client(cookies=no_cookies(), event_hooks={"response": [forget_location]})
