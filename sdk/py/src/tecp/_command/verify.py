"""`verify` and `create` of `--lines` (docs/spec/verifier.md, sections 2 to 4)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tecp._arguments import check_integer
from tecp._base64 import encode_base64, encode_base64url
from tecp._command.request import (
    Answer,
    BadRequestError,
    RefusalError,
    Request,
    bytes_of,
    integer_of,
    list_of,
    object_of,
    policy_of,
    text_of,
)
from tecp._errors import ReceiptError
from tecp._issuer_key import SEED_BYTES, IssuerKey
from tecp._receipt.create import data_hash, encode_receipt, sign_members
from tecp._receipt.options import check_profile, check_trusted_keys
from tecp._receipt.verdict import Finding, Verdict
from tecp._receipt.verify import verify_receipt

_OPTIONAL_MEMBERS = ("key_erasure", "environment", "chain", "ext")


def answer_verify(request: Request) -> Answer:
    """The verdict on one receipt."""
    receipt = bytes_of(request.get("receipt"))
    if "now" not in request:
        raise BadRequestError
    profile = request.get("profile", "tecp-v0.1")
    _check_option("profile", check_profile, profile)
    _check_option("now", lambda now: check_integer(now, "now"), request["now"])
    policy = policy_of(request["policy"]) if "policy" in request else None
    trusted_keys = request.get("trusted_keys")
    if "trusted_keys" in request:
        _check_option("trusted_keys", _check_key_list, trusted_keys)
    verdict = verify_receipt(
        receipt,
        now_ms=request["now"],
        profile=profile,
        policy=policy,
        trusted_keys=trusted_keys,
    )
    return verdict_answer(verdict)


def _check_option(name: str, check: Callable[[Any], object], value: object) -> None:
    try:
        check(value)
    except (TypeError, ValueError):
        raise RefusalError("bad-option", name) from None


def _check_key_list(keys: Any) -> None:
    if keys is None:
        raise TypeError
    check_trusted_keys(keys)


def verdict_answer(verdict: Verdict) -> Answer:
    """A verdict without its messages, which are for people."""
    errors = list(map(_finding_answer, verdict.errors))
    warnings = list(map(_finding_answer, verdict.warnings))
    return {**verdict.to_dict(), "errors": errors, "warnings": warnings}


def _finding_answer(finding: Finding) -> Answer:
    answer = {"code": finding.code}
    return answer if finding.field is None else {**answer, "field": finding.field}


def answer_create(request: Request) -> Answer:
    """A receipt, or the first thing that is wrong with its members."""
    key = IssuerKey.from_seed(bytes_of(request.get("seed"), SEED_BYTES))
    params = object_of(request.get("params"))
    members: dict[str, Any] = {
        "code_ref": text_of(params.get("code_ref")),
        "input_hash": data_hash(bytes_of(params.get("input"))),
        "output_hash": data_hash(bytes_of(params.get("output"))),
        "policy_ids": sorted(list_of(params.get("policy_ids"), text_of)),
        "ts": integer_of(params.get("ts")),
        "nonce": encode_base64url(bytes_of(params.get("nonce"))),
    }
    # As they are, also where they are null.
    members.update((name, params[name]) for name in _OPTIONAL_MEMBERS if name in params)
    try:
        return {"receipt": encode_base64(encode_receipt(sign_members(members, key)))}
    except ReceiptError as error:
        raise RefusalError(error.code, error.field) from None
