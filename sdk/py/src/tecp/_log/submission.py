"""Submitting receipts and asking for proofs: the exchanges with a log (docs/API.md).

Submission is idempotent: an entry has one index for ever, so that sending it again is always safe.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from tecp._arguments import check_bytes, check_integer
from tecp._errors import LogError, ReceiptError
from tecp._log.answers import Refused, Submitted, read_object, read_result, read_submitted
from tecp._log.exchange import Request, Steps, send
from tecp._merkle import HASH_BYTES
from tecp._receipt.create import with_proof
from tecp._receipt.parse import ParsedReceipt, read_receipt
from tecp._receipt.types import MAX_RECEIPT_BYTES, Receipt

T = TypeVar("T")

# As many lines as a log takes at once by default.
_BATCH_RECEIPTS = 1000
# A proof that a receipt can hold, each of its characters perhaps written as an escape of six.
_MAX_SUBMITTED_BYTES = 8 * MAX_RECEIPT_BYTES
_MAX_PROOF_BYTES = 2 * MAX_RECEIPT_BYTES
# Of a thousand proofs by 35 witnesses with two keys each.
_MAX_BATCH_BYTES = 128 * 1024 * 1024


def submission(receipt: Receipt | bytes) -> Steps[Submitted]:
    """Submits one receipt."""
    return _submit(read_receipt(receipt), wait_for_proof=False)


def logging(receipt: Receipt | bytes) -> Steps[Receipt]:
    """Submits one receipt and attaches the proof that comes back."""
    parsed = read_receipt(receipt)
    submitted = yield from _submit(parsed, wait_for_proof=True)
    return _proven(parsed, submitted)


def batch_submission(receipts: Iterable[Receipt | bytes]) -> Steps[list[Submitted | Refused]]:
    """Submits many, a thousand in a request."""
    return _submit_many(receipts, lambda _receipt, submitted: submitted, wait_for_proof=False)


def batch_logging(receipts: Iterable[Receipt | bytes]) -> Steps[list[Receipt | Refused]]:
    """Submits many, a thousand in a request, and attaches the proofs that come back."""
    return _submit_many(receipts, _proven, wait_for_proof=True)


def proof_request(entry: bytes | int) -> Steps[str]:
    """The proof of an entry, by its leaf hash or its index."""
    if isinstance(entry, int):
        query = f"index={check_integer(entry, 'index')}"
    else:
        query = f"leaf={check_bytes(entry, 'leaf hash', HASH_BYTES).hex()}"
    content = yield from send(Request("GET", f"/v1/log/proof?{query}", _MAX_PROOF_BYTES))
    try:
        proof = content.decode()
    except UnicodeDecodeError:
        raise LogError("bad-content", "the answer is not UTF-8") from None
    if not proof:
        raise LogError("bad-content", "no proof in the answer")
    return proof


def _post(content: bytes, media_type: str, max_bytes: int, wait_for_proof: bool) -> Request:
    path = "/v1/log/entries?wait=proof" if wait_for_proof else "/v1/log/entries"
    return Request("POST", path, max_bytes, content, {"Content-Type": media_type})


def _submit(receipt: ParsedReceipt, wait_for_proof: bool) -> Steps[Submitted]:
    request = _post(receipt.entry, "application/json", _MAX_SUBMITTED_BYTES, wait_for_proof)
    content = yield from send(request)
    return read_submitted(read_object(content), receipt)


def _submit_many(
    receipts: Iterable[Receipt | bytes],
    finish: Callable[[ParsedReceipt, Submitted], T],
    wait_for_proof: bool,
) -> Steps[list[T | Refused]]:
    """What `finish` makes of each that was taken, and why the others were not, in their order."""
    # All of them before anything is sent: one that is no receipt is a mistake.
    parsed = list(map(read_receipt, receipts))
    results: list[T | Refused] = []
    for start in range(0, len(parsed), _BATCH_RECEIPTS):
        batch = parsed[start : start + _BATCH_RECEIPTS]
        body = b"".join(receipt.entry + b"\n" for receipt in batch)
        content = yield from send(_post(body, "application/x-ndjson", _MAX_BATCH_BYTES, wait_for_proof))
        # No more lines are made than are looked at.
        lines = content.removesuffix(b"\n").split(b"\n", len(batch))
        if len(lines) != len(batch):
            raise LogError("bad-content", "expected one result for each receipt")
        for line, receipt in zip(lines, batch, strict=True):
            result = read_result(line, receipt)
            results.append(result if isinstance(result, Refused) else finish(receipt, result))
    return results


def _proven(receipt: ParsedReceipt, submitted: Submitted) -> Receipt:
    """The receipt with the proof that the log handed back. Raises `LogError` (`bad-content`)."""
    if not submitted.proof:
        raise LogError("bad-content", "no proof in the answer")
    try:
        return with_proof(receipt, submitted.proof)
    except ReceiptError:
        raise LogError("bad-content", "a proof that no receipt can hold") from None
