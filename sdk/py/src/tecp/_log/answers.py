"""What logs answer (docs/API.md): nothing is trusted, and members that are not known are passed over."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from tecp._arguments import MAX_SAFE_INTEGER
from tecp._errors import LogError
from tecp._merkle import leaf_hash
from tecp._receipt.parse import ParsedReceipt
from tecp._receipt.verdict import Finding

_SURROGATE = re.compile("[\ud800-\udfff]")
_MAX_DIGITS = len(str(MAX_SAFE_INTEGER))


@dataclass(frozen=True)
class Submitted:
    """What a log says of an entry that it has taken. Nothing of it is verified."""

    index: int
    """Zero-based, and the entry's for ever."""
    leaf_hash: bytes
    """32 bytes; compared with that of the receipt."""
    duplicate: bool
    """Whether the entry was in the log before."""
    proof: str | None = None
    """A tlog-proof, where the log gave one."""
    warnings: tuple[Finding, ...] = ()
    """What a submitter should know of a receipt that was taken, such as W-TS-002; texts as of `Refused`."""


@dataclass(frozen=True)
class Refused:
    """Why a log did not take one of many receipts, or has no proof of it yet (`proof-pending`).

    The texts are as the log sent them, control characters included.
    """

    status: int
    """What a single submission would have been answered; after 429 and 503 it may be sent again."""
    code: str
    """One of docs/spec/receipt.md, section 8, or of docs/API.md; empty where the log gave none."""
    detail: str
    """For people."""
    field: str | None
    """The path of the member that is wrong, where there is one to name."""


def _read_integer(literal: str) -> int | float:
    """As a float where it is no index or status: an `int` of many digits takes long, or is refused."""
    return int(literal) if len(literal) <= _MAX_DIGITS else float(literal)


def _refuse_constant(_literal: str) -> NoReturn:
    raise ValueError("NaN or Infinity, which are no JSON")


_decoder = json.JSONDecoder(parse_int=_read_integer, parse_constant=_refuse_constant)


def read_object(content: bytes) -> Mapping[str, Any]:
    """The JSON object that an answer is; an empty one for anything else."""
    try:
        value = _decoder.decode(content.decode())
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def read_text(answer: Mapping[str, Any], name: str) -> str | None:
    """A member that is a text; None for anything else. Raises `LogError` for one with a lone surrogate."""
    value = answer.get(name)
    if not isinstance(value, str):
        return None
    if _SURROGATE.search(value):
        raise LogError("bad-content", "a text with a lone surrogate")
    return value


def read_submitted(answer: Mapping[str, Any], receipt: ParsedReceipt) -> Submitted:
    """What an answer says of this receipt and no other. Raises `LogError` (`bad-content`)."""
    index, duplicate = answer.get("leaf_index"), answer.get("duplicate")
    proof = read_text(answer, "proof")
    warnings = answer.get("warnings", [])
    expected = leaf_hash(receipt.entry)
    if (
        type(index) is not int
        or not 0 <= index <= MAX_SAFE_INTEGER
        or answer.get("leaf_hash") != expected.hex()
        or not isinstance(duplicate, bool)
        or (proof is None and "proof" in answer)
        or not isinstance(warnings, list)
    ):
        raise LogError("bad-content", "not the answer to this submission")
    return Submitted(index, expected, duplicate, proof, tuple(map(_read_warning, warnings)))


def _read_warning(warning: object) -> Finding:
    members = warning if isinstance(warning, dict) else {}
    code, message, field = (read_text(members, name) for name in ("code", "message", "field"))
    if code is None:
        raise LogError("bad-content", "not the warning of a log")
    return Finding(code, message or "", field)


def read_result(line: bytes, receipt: ParsedReceipt) -> Submitted | Refused:
    """What became of one receipt of a batch. Raises `LogError` (`bad-content`)."""
    answer = read_object(line)
    status = answer.get("status")
    if status == 200:
        return read_submitted(answer, receipt)
    code, detail, field = (read_text(answer, name) for name in ("code", "detail", "field"))
    if type(status) is not int or not 100 <= status <= 999:
        raise LogError("bad-content", "not the result of a submission")
    return Refused(status, code or "", detail or "", field)
