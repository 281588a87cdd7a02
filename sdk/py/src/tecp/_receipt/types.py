"""The shape of a TECP-0.1 receipt (docs/spec/receipt.md, sections 4 and 5).

b64u is base64url without padding, canonical.
"""

from __future__ import annotations

from typing import Any, Literal, TypedDict

RECEIPT_VERSION = "TECP-0.1"
MAX_RECEIPT_BYTES = 1024 * 1024
"""Canonical bytes of the whole object."""
MAX_RECEIPT_ENTRY_BYTES = 8192
"""Canonical bytes without `log_inclusion`."""

KeyErasureScheme = Literal["counter+seal@tee", "hw-hsm", "sw-secure", "sw-sim"]


class KeyErasure(TypedDict):
    """How the keys that protected the data were destroyed."""

    scheme: KeyErasureScheme
    evidence: str


class Environment(TypedDict, total=False):
    """Where the code ran."""

    region: str
    provider: str


class _ChainStart(TypedDict):
    seq: int


class ChainLink(_ChainStart, total=False):
    """The issuer's own sequence, so that a missing receipt shows."""

    prev: str
    """b64u leaf hash of the receipt before; absent at `seq` 0."""


class LogInclusion(TypedDict):
    """The proof that the log handed back."""

    proof: str
    """The text of a tlog-proof."""


class _RequiredMembers(TypedDict):
    version: Literal["TECP-0.1"]
    code_ref: str
    ts: int
    nonce: str
    input_hash: str
    output_hash: str
    policy_ids: list[str]
    pubkey: str
    sig: str


class Receipt(_RequiredMembers, total=False):
    """A receipt, as `create_receipt` returns it and as it stands in a file.

    `ts` is in Unix milliseconds; `nonce` is b64u of 16 to 64 bytes, `input_hash` and `output_hash` of a
    SHA-256, `pubkey` of the issuer's key, `sig` of 64 bytes; `policy_ids` strictly ascend.
    """

    key_erasure: KeyErasure
    environment: Environment
    chain: ChainLink
    ext: dict[str, Any]
    log_inclusion: LogInclusion


KNOWN_MEMBERS = Receipt.__required_keys__ | Receipt.__optional_keys__
