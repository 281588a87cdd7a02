"""The form of each member of a receipt, in their order (docs/spec/receipt.md, section 4).

The first failure is the one that is reported. Values come out of the JSON parser, so their types are
exact.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from tecp._arguments import MAX_SAFE_INTEGER
from tecp._base64 import decode_base64url
from tecp._crypto.ed25519_encoding import is_strict_point, is_strict_signature
from tecp._errors import ReceiptError
from tecp._json.value import JsonObject, JsonValue
from tecp._receipt.types import RECEIPT_VERSION

_MIN_NONCE_BYTES = 16
_MAX_NONCE_BYTES = 64
_MAX_POLICIES = 64
_KEY_ERASURE_SCHEMES = ("counter+seal@tee", "hw-hsm", "sw-secure", "sw-sim")

_is_code_ref = re.compile("[ -~]{1,256}").fullmatch
_is_policy_id = re.compile("[a-z0-9][a-z0-9_]{0,63}").fullmatch
# b64u of 32 bytes: two spare bits, which are zero.
_is_hash = re.compile("[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]").fullmatch


class CheckedMembers(NamedTuple):
    """What later steps need, with its types; key and signature have passed the byte checks."""

    ts: int
    policy_ids: list[str]
    issuer: str
    public_key: bytes
    signature: bytes
    erasure_scheme: str | None
    ext: JsonObject
    """Empty where there is none."""
    proof: str | None


def _wrong(field: str, expected: str) -> ReceiptError:
    return ReceiptError("E-SCHEMA-002", f"expected {expected}", field)


def _missing(field: str) -> ReceiptError:
    return ReceiptError("E-SCHEMA-001", "the member is missing", field)


def _check_string(value: JsonValue, field: str) -> str:
    if type(value) is not str:
        raise _wrong(field, "a string")
    return value


def _check_hash(value: JsonValue, field: str) -> None:
    if _is_hash(_check_string(value, field)) is None:
        raise _wrong(field, "unpadded base64url of 32 bytes")


def _check_nonce(value: JsonValue) -> None:
    data = decode_base64url(_check_string(value, "nonce"))
    if data is None or not _MIN_NONCE_BYTES <= len(data) <= _MAX_NONCE_BYTES:
        expected = f"unpadded base64url of {_MIN_NONCE_BYTES} to {_MAX_NONCE_BYTES} bytes"
        raise _wrong("nonce", expected)


def _check_version(value: JsonValue) -> None:
    if _check_string(value, "version") != RECEIPT_VERSION:
        raise ReceiptError("E-SCHEMA-004", f"expected {RECEIPT_VERSION}", "version")


def _check_code_ref(value: JsonValue) -> None:
    if _is_code_ref(_check_string(value, "code_ref")) is None:
        raise _wrong("code_ref", "1 to 256 printable ASCII characters")


def _check_ts(value: JsonValue) -> int:
    if type(value) is not int:
        raise _wrong("ts", "an integer")
    if not 1 <= value <= MAX_SAFE_INTEGER:
        raise ReceiptError("E-TS-001", "expected 1 to 2^53-1", "ts")
    return value


def _check_policy_ids(value: JsonValue) -> list[str]:
    if type(value) is not list or len(value) > _MAX_POLICIES:
        raise _wrong("policy_ids", f"an array of at most {_MAX_POLICIES} ids")
    ids: list[str] = []
    previous = ""
    for policy_id in value:
        if type(policy_id) is not str or _is_policy_id(policy_id) is None or policy_id <= previous:
            raise _wrong("policy_ids", "ids [a-z0-9][a-z0-9_]{0,63}, strictly ascending")
        ids.append(policy_id)
        previous = policy_id
    return ids


def _check_signature(value: JsonValue) -> bytes:
    data = decode_base64url(_check_string(value, "sig"))
    if data is None or not is_strict_signature(data):
        raise ReceiptError("E-SIG-001", "not an acceptable Ed25519 encoding", "sig")
    return data


@lru_cache(1024)
def issuer_key_bytes(text: str) -> bytes | None:
    """The 32 bytes of an issuer's key as receipts spell it, or None for what is no such key."""
    data = decode_base64url(text)
    return data if data is not None and is_strict_point(data) else None


def _check_object(
    value: JsonValue, field: str, required: tuple[str, ...], optional: tuple[str, ...]
) -> JsonObject:
    """An object that has the required members, and no others but the optional ones."""
    if type(value) is not dict:
        raise _wrong(field, "an object")
    for name in required:
        if name not in value:
            raise _missing(f"{field}.{name}")
    # A parsed value has its members in the order of UTF-16 code units.
    for name in value:
        if name not in required and name not in optional:
            raise _wrong(f"{field}.{name}", "no such member")
    return value


def _check_key_erasure(value: JsonValue) -> str:
    members = _check_object(value, "key_erasure", ("scheme", "evidence"), ())
    scheme = members["scheme"]
    if type(scheme) is not str or scheme not in _KEY_ERASURE_SCHEMES:
        raise _wrong("key_erasure.scheme", f"one of {', '.join(_KEY_ERASURE_SCHEMES)}")
    _check_string(members["evidence"], "key_erasure.evidence")
    return scheme


def _check_environment(value: JsonValue) -> None:
    members = _check_object(value, "environment", (), ("region", "provider"))
    for name in ("region", "provider"):
        if name in members:
            _check_string(members[name], f"environment.{name}")


def _check_chain(value: JsonValue) -> None:
    members = _check_object(value, "chain", ("seq",), ("prev",))
    seq = members["seq"]
    if type(seq) is not int or not 0 <= seq <= MAX_SAFE_INTEGER:
        raise _wrong("chain.seq", "an integer from 0 to 2^53-1")
    if seq == 0:
        if "prev" in members:
            raise _wrong("chain.prev", "no such member at seq 0")
    elif "prev" not in members:
        raise _missing("chain.prev")
    else:
        _check_hash(members["prev"], "chain.prev")


def _check_ext(value: JsonValue) -> JsonObject:
    if type(value) is not dict:
        raise _wrong("ext", "an object")
    return value


def _check_log_inclusion(value: JsonValue) -> str:
    members = _check_object(value, "log_inclusion", ("proof",), ())
    return _check_string(members["proof"], "log_inclusion.proof")


def _check_before_sig(receipt: JsonObject) -> tuple[int, list[str], str, bytes]:
    """Time, policies, and the issuer's key as text and as bytes."""
    try:
        _check_version(receipt["version"])
        _check_code_ref(receipt["code_ref"])
        ts = _check_ts(receipt["ts"])
        _check_nonce(receipt["nonce"])
        _check_hash(receipt["input_hash"], "input_hash")
        _check_hash(receipt["output_hash"], "output_hash")
        policy_ids = _check_policy_ids(receipt["policy_ids"])
        issuer = _check_string(receipt["pubkey"], "pubkey")
    except KeyError as error:
        raise _missing(error.args[0]) from None
    public_key = issuer_key_bytes(issuer)
    if public_key is None:
        raise ReceiptError("E-SIG-001", "not an acceptable Ed25519 encoding", "pubkey")
    return ts, policy_ids, issuer, public_key


def _check_after_sig(receipt: JsonObject) -> tuple[str | None, JsonObject, str | None]:
    """Scheme of the key erasure, `ext`, and the proof."""
    scheme = _check_key_erasure(receipt["key_erasure"]) if "key_erasure" in receipt else None
    if "environment" in receipt:
        _check_environment(receipt["environment"])
    if "chain" in receipt:
        _check_chain(receipt["chain"])
    ext = _check_ext(receipt["ext"]) if "ext" in receipt else {}
    proof = _check_log_inclusion(receipt["log_inclusion"]) if "log_inclusion" in receipt else None
    return scheme, ext, proof


def check_members(receipt: JsonObject) -> CheckedMembers:
    """Checks every member of what is canonical JSON, with its members in their order.

    Raises `ReceiptError` for the first that breaks its rule.
    """
    ts, policy_ids, issuer, public_key = _check_before_sig(receipt)
    if "sig" not in receipt:
        raise _missing("sig")
    signature = _check_signature(receipt["sig"])
    scheme, ext, proof = _check_after_sig(receipt)
    return CheckedMembers(ts, policy_ids, issuer, public_key, signature, scheme, ext, proof)


def check_unsigned_members(receipt: JsonObject) -> None:
    """The same for what is still to be signed, as if it had a `sig` of good form."""
    _check_before_sig(receipt)
    _check_after_sig(receipt)
