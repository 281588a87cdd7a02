"""Making receipts (docs/spec/receipt.md, section 6; docs/spec/verifier.md, section 4).

Deterministic when time and nonce are given. What is made here always verifies by its form; members that
could not are not signed.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import Any, BinaryIO, cast

from tecp._arguments import check_bytes
from tecp._base64 import encode_base64url
from tecp._issuer_key import IssuerKey
from tecp._json.value import JsonObject
from tecp._merkle import leaf_hash
from tecp._receipt.parse import ParsedReceipt, parse_unsigned, read_receipt, receipt_from_object
from tecp._receipt.types import (
    RECEIPT_VERSION,
    ChainLink,
    Environment,
    KeyErasure,
    Receipt,
)

_NONCE_BYTES = 16
_HASH_BYTES = 32
_CHUNK_BYTES = 1024 * 1024
# What `sig` adds to the signed bytes to make the entry.
_SIG_MEMBER_BYTES = len(',"sig":""') + 86


def hash_stream(stream: BinaryIO | Iterable[bytes]) -> bytes:
    """The SHA-256 of a large input: a file that is open in binary mode, or chunks of bytes."""
    hasher = sha256()
    read = getattr(stream, "read", None)
    chunks = iter(lambda: read(_CHUNK_BYTES), b"") if read is not None else iter(stream)
    for chunk in chunks:
        hasher.update(chunk)
    return hasher.digest()


def data_hash(data: bytes) -> str:
    """What stands in a receipt for its input or output."""
    return encode_base64url(sha256(data).digest())


def _hash_of_either(data: bytes | None, given: bytes | None, name: str) -> str:
    if (data is None) == (given is None):
        raise TypeError(f"expected either {name} or {name}_hash")
    if data is not None:
        return data_hash(check_bytes(data, name))
    return encode_base64url(check_bytes(given, f"{name}_hash", _HASH_BYTES))


def create_receipt(
    *,
    key: IssuerKey,
    code_ref: str,
    input: bytes | None = None,  # noqa: A002 - the name that all implementations have
    output: bytes | None = None,
    input_hash: bytes | None = None,
    output_hash: bytes | None = None,
    policy_ids: Iterable[str] = (),
    ts: int | None = None,
    nonce: bytes | None = None,
    key_erasure: KeyErasure | None = None,
    environment: Environment | None = None,
    chain: ChainLink | None = None,
    ext: Mapping[str, Any] | None = None,
) -> Receipt:
    """Makes and signs a receipt.

    Args:
        key: Whose receipt it is.
        code_ref: Which code ran: 1 to 256 printable ASCII characters, such as `git:<hex>`.
        input: What the code was given; only its SHA-256 goes into the receipt.
        output: What the code returned, likewise.
        input_hash: The 32 bytes of that SHA-256, in place of `input`, as `hash_stream` returns them.
        output_hash: Likewise.
        policy_ids: Which policies are claimed, in any order, none of them twice.
        ts: When the code ran, Unix milliseconds; now by default.
        nonce: 16 to 64 bytes that nothing else has; 16 random ones by default.
        key_erasure: How the keys that protected the data were destroyed.
        environment: Where the code ran.
        chain: The place among the receipts of this key.
        ext: Anything else that canonical JSON can express.

    Raises:
        ReceiptError: The first thing that a verifier would refuse by its form.
        TypeError, ValueError: For what no caller can mean, such as an input hash of 31 bytes.
    """
    members: dict[str, Any] = {
        "code_ref": code_ref,
        "ts": time.time_ns() // 1_000_000 if ts is None else ts,
        "nonce": encode_base64url(
            secrets.token_bytes(_NONCE_BYTES) if nonce is None else check_bytes(nonce, "nonce")
        ),
        "input_hash": _hash_of_either(input, input_hash, "input"),
        "output_hash": _hash_of_either(output, output_hash, "output"),
        "policy_ids": sorted_policies(policy_ids),
    }
    if key_erasure is not None:
        members["key_erasure"] = key_erasure
    if environment is not None:
        members["environment"] = environment
    if chain is not None:
        members["chain"] = chain
    if ext is not None:
        members["ext"] = ext
    return sign_members(members, key)


def sorted_policies(policy_ids: Iterable[str]) -> list[str]:
    """Policies in the order of a receipt. Raises `TypeError` for one text, as its letters are none."""
    if isinstance(policy_ids, str):
        raise TypeError("expected several strings as policy_ids, got one")
    return sorted(policy_ids)


def sign_members(members: JsonObject, key: IssuerKey) -> Receipt:
    """Adds version, key and signature to members that are otherwise complete, and are taken over.

    Raises `ReceiptError`, and `TypeError` for what is no key.
    """
    if not isinstance(key, IssuerKey):
        raise TypeError(f"expected an IssuerKey as key, got {type(key).__name__}")
    members["version"] = RECEIPT_VERSION
    members["pubkey"] = key.public_key
    receipt, signed = parse_unsigned(members, _SIG_MEMBER_BYTES)
    receipt["sig"] = encode_base64url(key.sign(signed))
    return cast(Receipt, receipt)


def encode_receipt(receipt: Receipt | bytes) -> bytes:
    """The canonical bytes of a receipt: what a file, with a newline, or a request carries.

    Raises `ReceiptError` for what is no receipt by its form.
    """
    return read_receipt(receipt).data


def receipt_leaf_hash(receipt: Receipt | bytes) -> bytes:
    """The 32-byte leaf hash by which logs know the receipt; a proof that is attached has no part in it.

    Raises `ReceiptError` for what is no receipt by its form.
    """
    return leaf_hash(read_receipt(receipt).entry)


def attach_proof(receipt: Receipt | bytes, proof: str) -> Receipt:
    """The receipt with the tlog-proof that a log handed back, in place of one that it may have.

    Neither is verified here. Raises `ReceiptError` for what is no receipt by its form, or too large with
    the proof.
    """
    if not isinstance(proof, str):
        raise TypeError(f"expected a string as proof, got {type(proof).__name__}")
    return with_proof(read_receipt(receipt), proof)


def with_proof(receipt: ParsedReceipt, proof: str) -> Receipt:
    """`attach_proof` for a receipt that has been read."""
    whole = receipt_from_object({**receipt.members, "log_inclusion": {"proof": proof}})
    return cast(Receipt, whole.members)
