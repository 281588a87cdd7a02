"""TECP for Python: receipts of computations, transparency logs of them, and offline proofs.

    key = IssuerKey.generate()
    receipt = create_receipt(key=key, code_ref="git:0123abcd", input=b"in", output=b"out")
    receipt = LogClient("https://log.example").log(receipt)
    verdict = verify_receipt(receipt, now_ms=time.time_ns() // 10**6, policy=parse_policy(text))

All follows docs/spec/receipt.md and docs/spec/log.md; verdicts are those of every other implementation.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from tecp._crypto.verify import verify_ecdsa, verify_ed25519, verify_ml_dsa_44
from tecp._decorator import receipted
from tecp._errors import LogError, ProtocolError, ReceiptError, TecpError
from tecp._issuer_key import IssuerKey
from tecp._json.parse import parse_json
from tecp._json.value import JsonValue
from tecp._json.write import canonicalize
from tecp._log.answers import Refused, Submitted
from tecp._merkle import leaf_hash, verify_consistency, verify_inclusion
from tecp._note.checkpoint import Checkpoint
from tecp._note.cosignature import Cosignature
from tecp._note.keys import VerifierKey, parse_verifier_key
from tecp._note.note import OpenedNote, open_note
from tecp._note.open_checkpoint import LogIdentity, OpenedCheckpoint, open_checkpoint
from tecp._policy.model import Policy, PolicyGroup, PolicyLog, PolicyWitness
from tecp._policy.parse import parse_policy
from tecp._proof import VerifiedProof, verify_proof
from tecp._receipt.create import (
    attach_proof,
    create_receipt,
    encode_receipt,
    hash_stream,
    receipt_leaf_hash,
)
from tecp._receipt.profiles import Profile
from tecp._receipt.types import ChainLink, Environment, KeyErasure, Receipt
from tecp._receipt.verdict import Finding, Verdict
from tecp._receipt.verify import verify_receipt
from tecp._shards import FinalTree, Shard, ShardList, open_shard_list, parse_shard_list

if TYPE_CHECKING:
    from tecp._log.async_client import AsyncLogClient
    from tecp._log.client import LogClient

__all__ = [
    "AsyncLogClient",
    "ChainLink",
    "Checkpoint",
    "Cosignature",
    "Environment",
    "FinalTree",
    "Finding",
    "IssuerKey",
    "JsonValue",
    "KeyErasure",
    "LogClient",
    "LogError",
    "LogIdentity",
    "OpenedCheckpoint",
    "OpenedNote",
    "Policy",
    "PolicyGroup",
    "PolicyLog",
    "PolicyWitness",
    "Profile",
    "ProtocolError",
    "Receipt",
    "ReceiptError",
    "Refused",
    "Shard",
    "ShardList",
    "Submitted",
    "TecpError",
    "Verdict",
    "VerifiedProof",
    "VerifierKey",
    "attach_proof",
    "canonicalize",
    "create_receipt",
    "encode_receipt",
    "hash_stream",
    "leaf_hash",
    "open_checkpoint",
    "open_note",
    "open_shard_list",
    "parse_json",
    "parse_policy",
    "parse_shard_list",
    "parse_verifier_key",
    "receipt_leaf_hash",
    "receipted",
    "verify_consistency",
    "verify_ecdsa",
    "verify_ed25519",
    "verify_inclusion",
    "verify_ml_dsa_44",
    "verify_proof",
    "verify_receipt",
]

# With them comes an HTTP client, which takes longer to load than all of the rest: whoever only verifies
# does without.
_ON_DEMAND = {"AsyncLogClient": "tecp._log.async_client", "LogClient": "tecp._log.client"}


def __getattr__(name: str) -> Any:
    if name not in _ON_DEMAND:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_ON_DEMAND[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
