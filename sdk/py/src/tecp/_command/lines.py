"""`--lines` (docs/spec/verifier.md, section 2): one answer a line for one request a line, in their order.

Whatever a line holds, it gets an answer; each is written out before the next line is waited for.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import BinaryIO, NoReturn

from tecp._command.primitives import (
    answer_canonical,
    answer_checkpoint,
    answer_consistency,
    answer_inclusion,
    answer_leaf_hash,
    answer_note,
    answer_policy,
    answer_proof,
    answer_signature,
)
from tecp._command.request import Answer, BadRequestError, RefusalError, Request, object_of, text_of
from tecp._command.shards import answer_shards
from tecp._command.verify import answer_create, answer_verify
from tecp._crypto.verify import verify_ecdsa, verify_ed25519, verify_ml_dsa_44
from tecp._errors import ProtocolError
from tecp._json.write import canonical_text

MAX_LINE_BYTES = 16 * 1024 * 1024
# No answer is longer than what it is about by more than the base64 and the escapes of that.
_MAX_ANSWER_BYTES = 8 * MAX_LINE_BYTES

_OPERATIONS: dict[str, Callable[[Request], Answer]] = {
    "verify": answer_verify,
    "create": answer_create,
    "canonical": answer_canonical,
    "leaf-hash": answer_leaf_hash,
    "ed25519": answer_signature(verify_ed25519),
    "ml-dsa-44": answer_signature(verify_ml_dsa_44),
    "ecdsa": answer_signature(verify_ecdsa),
    "inclusion": answer_inclusion,
    "consistency": answer_consistency,
    "note": answer_note,
    "checkpoint": answer_checkpoint,
    "policy": answer_policy,
    "proof": answer_proof,
    "shards": answer_shards,
}


def _refuse_constant(_literal: str) -> NoReturn:
    """NaN and Infinity, which are no JSON."""
    raise BadRequestError


def _parse_request(line: bytes) -> Request:
    try:
        return object_of(json.loads(line.decode(), parse_constant=_refuse_constant))
    except (ValueError, RecursionError):
        raise BadRequestError from None


def answer_request(request: Request) -> Answer:
    """The answer to a request, whatever it holds."""
    try:
        operation = _OPERATIONS.get(text_of(request.get("op", "verify")))
        if operation is None:
            raise BadRequestError
        return operation(request)
    except RefusalError as refusal:
        return refusal.answer
    except ProtocolError as error:
        return {"error": error.code}


def answer_line(line: bytes) -> bytes:
    """The answer to a line, in canonical JSON without a newline."""
    try:
        answer = answer_request(_parse_request(line))
    except BadRequestError as refusal:
        answer = refusal.answer
    return canonical_text(answer, _MAX_ANSWER_BYTES)[1]


def answer_lines(requests: BinaryIO, answer: Callable[[bytes], None]) -> None:
    """Has `answer` write one line for each of `requests`. Raises `ValueError` for one of more than 16 MiB."""
    while line := requests.readline(MAX_LINE_BYTES + 1):
        content = line.removesuffix(b"\n")
        if len(content) > MAX_LINE_BYTES:
            raise ValueError("a line of more than 16 MiB")
        answer(answer_line(content))
