"""Submitting receipts and asking for proofs: the exchanges, and what logs answer (docs/API.md).

Submission is idempotent: an entry has one index for ever, so that sending it again is always safe.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from tecp._arguments import MAX_SAFE_INTEGER, check_bytes, check_integer
from tecp._errors import LogError, ProtocolError, ReceiptError
from tecp._json.parse import parse_json
from tecp._log.exchange import Request, Steps, send
from tecp._merkle import HASH_BYTES, leaf_hash
from tecp._receipt.create import attach_proof
from tecp._receipt.parse import ParsedReceipt, read_receipt
from tecp._receipt.types import MAX_RECEIPT_BYTES, Receipt

# As many lines as a log takes at once by default.
_BATCH_RECEIPTS = 1000
_MAX_SUBMITTED_BYTES = 2 * MAX_RECEIPT_BYTES
# Of a thousand proofs by 35 witnesses with two keys each.
_MAX_BATCH_BYTES = 128 * 1024 * 1024


@dataclass(frozen=True)
class Submitted:
    """What a log says of an entry that it has taken. Nothing of it is verified."""

    leaf_index: int
    leaf_hash: bytes
    """32 bytes; compared with that of the receipt."""
    duplicate: bool
    """Whether the entry was in the log before."""
    proof: str | None
    """A tlog-proof, if it was asked for."""


@dataclass(frozen=True)
class Refused:
    """Why a log did not take one of many receipts."""

    status: int
    """What a single submission would have been answered; 429 and 503 may be sent again."""
    code: str
    """One of docs/spec/receipt.md, section 8, or of docs/API.md."""
    detail: str
    field: str | None
    """The path of the member that is wrong, where there is one to name."""


def submission(receipt: Receipt | bytes, wait_for_proof: bool) -> Steps[Submitted]:
    """Submits one receipt."""
    parsed = read_receipt(receipt)
    headers = {"Content-Type": "application/json"}
    request = Request("POST", _path(wait_for_proof), _MAX_SUBMITTED_BYTES, parsed.entry, headers)
    content = yield from send(request)
    return _submitted(_object_of(content), parsed, wait_for_proof)


def batch_submission(
    receipts: Iterable[Receipt | bytes], wait_for_proof: bool
) -> Steps[list[Submitted | Refused]]:
    """Submits many, a thousand in a request."""
    parsed = [read_receipt(receipt) for receipt in receipts]
    results: list[Submitted | Refused] = []
    for start in range(0, len(parsed), _BATCH_RECEIPTS):
        batch = parsed[start : start + _BATCH_RECEIPTS]
        body = b"".join(receipt.entry + b"\n" for receipt in batch)
        headers = {"Content-Type": "application/x-ndjson"}
        request = Request("POST", _path(wait_for_proof), _MAX_BATCH_BYTES, body, headers)
        content = yield from send(request)
        lines = content.removesuffix(b"\n").split(b"\n")
        if len(lines) != len(batch):
            raise _bad_content("expected one result for each receipt")
        pairs = zip(lines, batch, strict=True)
        results += [_result(_object_of(line), receipt, wait_for_proof) for line, receipt in pairs]
    return results


def logging(receipt: Receipt | bytes) -> Steps[Receipt]:
    """Submits one receipt and attaches the proof that comes back."""
    submitted = yield from submission(receipt, wait_for_proof=True)
    if submitted.proof is None:
        raise _bad_content("no proof in the answer")
    try:
        return attach_proof(receipt, submitted.proof)
    except ReceiptError:
        raise _bad_content("a proof that no receipt can hold") from None


def proof_request(entry: bytes | int) -> Steps[str]:
    """The proof of an entry, by its leaf hash or its index."""
    if isinstance(entry, int):
        query = f"index={check_integer(entry, 'index')}"
    else:
        query = f"leaf={check_bytes(entry, 'leaf hash', HASH_BYTES).hex()}"
    content = yield from send(Request("GET", f"/v1/log/proof?{query}", _MAX_SUBMITTED_BYTES))
    return _text_of(content)


def _path(wait_for_proof: bool) -> str:
    return "/v1/log/entries?wait=proof" if wait_for_proof else "/v1/log/entries"


def _bad_content(message: str) -> LogError:
    return LogError("bad-content", message)


def _text_of(content: bytes) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError:
        raise _bad_content("the answer is not UTF-8") from None


def _object_of(content: bytes) -> Mapping[str, Any]:
    try:
        value = parse_json(content)
    except ProtocolError as error:
        raise _bad_content(f"the answer is not JSON: {error.args[1]}") from None
    if not isinstance(value, dict):
        raise _bad_content("the answer is not an object")
    return value


def _result(answer: Mapping[str, Any], receipt: ParsedReceipt, wait_for_proof: bool) -> Submitted | Refused:
    status = answer.get("status")
    if status == 200:
        return _submitted(answer, receipt, wait_for_proof)
    code, detail, field = answer.get("code"), answer.get("detail", ""), answer.get("field")
    if type(status) is not int or status < 100 or not isinstance(code, str) or not isinstance(detail, str):
        raise _bad_content("not the result of a submission")
    if not isinstance(field, (str, type(None))):
        raise _bad_content("not the result of a submission")
    return Refused(status, code, detail, field)


def _submitted(answer: Mapping[str, Any], receipt: ParsedReceipt, wait_for_proof: bool) -> Submitted:
    index, leaf, duplicate = (answer.get(name) for name in ("leaf_index", "leaf_hash", "duplicate"))
    proof = answer.get("proof") if wait_for_proof else None
    expected = leaf_hash(receipt.entry)
    if (
        type(index) is not int
        or not 0 <= index <= MAX_SAFE_INTEGER
        or leaf != expected.hex()
        or not isinstance(duplicate, bool)
        or not isinstance(proof, (str, type(None)))
    ):
        raise _bad_content("not the answer to this submission")
    return Submitted(index, expected, duplicate, proof)
