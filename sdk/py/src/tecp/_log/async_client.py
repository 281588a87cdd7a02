"""The client of a log, for asyncio."""

from __future__ import annotations

import asyncio
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


class AsyncLogClient:
    """The same as `LogClient`, to be awaited in asyncio."""

    def __init__(
        self,
        url: str,
        *,
        timeout: float = DEFAULT_TIMEOUT_SECONDS,
        client: httpx.AsyncClient | None = None,
    ) -> None:
        self._endpoint = endpoint_of(url)
        self.url = self._endpoint.url
        self._timeout = check_timeout(timeout)
        self._is_owner = client is None
        self._client = _new_client() if client is None else client

    async def log(self, receipt: Receipt | bytes) -> Receipt:
        """Submits a receipt, waits until witnesses have cosigned it, and attaches the proof."""
        return await self._run(logging(receipt))

    async def log_many(self, receipts: Iterable[Receipt | bytes]) -> list[Receipt | Refused]:
        """Logs receipts, a thousand in a request, and waits until witnesses have cosigned them.

        Returns for each, in their order, the receipt with its proof attached, or why there is none.
        """
        return await self._run(batch_logging(receipts))

    async def submit(self, receipt: Receipt | bytes) -> Submitted:
        """Submits one receipt; when this returns, it is in the log for good."""
        return await self._run(submission(receipt))

    async def submit_many(self, receipts: Iterable[Receipt | bytes]) -> list[Submitted | Refused]:
        """Submits receipts, a thousand in a request. Returns what became of each, in their order."""
        return await self._run(batch_submission(receipts))

    async def proof(self, entry: bytes | int) -> str:
        """The tlog-proof of an entry, by its 32-byte leaf hash or its index."""
        return await self._run(proof_request(entry))

    async def shard_list(
        self, operator: VerifierKey, *, now_ms: int | None = None, before: ShardList | None = None
    ) -> ShardList:
        """The operator's list of his logs, opened as by `open_shard_list`, now if no time is given.

        Any of his logs serves it. Raises `ProtocolError`, too: for a list that is not to be believed.
        """
        return await self._run(shard_list_request(operator, now_ms, before))

    async def aclose(self) -> None:
        """Closes the connections."""
        if self._is_owner:
            await self._client.aclose()

    async def __aenter__(self) -> AsyncLogClient:
        """The client itself."""
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Closes the connections."""
        await self.aclose()

    async def _run(self, steps: Steps[T]) -> T:
        outcome: Outcome = None
        while not isinstance(step := advance(steps, outcome), Done):
            outcome = await self._perform(step)
        return step.result

    async def _perform(self, step: Step) -> Outcome:
        if isinstance(step, Pause):
            await asyncio.sleep(step.seconds)
            return None
        arrival = Arrival(step.max_bytes)
        try:
            return await asyncio.wait_for(self._exchange(step, arrival), self._timeout)
        except LogError as error:
            return arrival.broken(error)
        except asyncio.TimeoutError:
            return arrival.broken(LogError("timeout", "no answer in time"))

    async def _exchange(self, request: Request, arrival: Arrival) -> Response:
        arguments = stream_arguments(self._endpoint, request, self._timeout)
        with failures_as_log_errors():
            async with self._client.stream(**arguments) as answer:
                arrival.begin(answer)
                async for chunk in answer.aiter_raw():
                    arrival.add(chunk)
                return arrival.whole()


async def _forget_location(answer: httpx.Response) -> None:
    forget_location(answer)


def _new_client() -> httpx.AsyncClient:
    return httpx.AsyncClient(cookies=no_cookies(), event_hooks={"response": [_forget_location]})
