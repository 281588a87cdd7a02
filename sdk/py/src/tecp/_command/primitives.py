"""The primitives of `--lines` (docs/spec/verifier.md, sections 2 and 5)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tecp._base64 import encode_base64
from tecp._command.request import (
    Answer,
    BadRequestError,
    Request,
    bytes_of,
    count_of,
    hash_of,
    list_of,
    policy_of,
    text_of,
)
from tecp._json.parse import parse_json
from tecp._json.write import canonicalize
from tecp._merkle import leaf_hash, verify_consistency, verify_inclusion
from tecp._note.keys import VerifierKey, parse_verifier_key
from tecp._note.note import open_note
from tecp._note.open_checkpoint import LogIdentity, open_checkpoint
from tecp._policy.parse import parse_policy
from tecp._proof import verify_proof


def answer_canonical(request: Request) -> Answer:
    """The canonical form of a JSON text."""
    canonical = canonicalize(parse_json(bytes_of(request.get("json"))))
    return {"canonical": encode_base64(canonical)}


def answer_leaf_hash(request: Request) -> Answer:
    """The leaf hash of an entry."""
    return {"leaf_hash": leaf_hash(bytes_of(request.get("entry"))).hex()}


def answer_signature(verify: Callable[[bytes, bytes, bytes], bool]) -> Callable[[Request], Answer]:
    """The verdict of one algorithm."""

    def answer(request: Request) -> Answer:
        key, message, sig = (bytes_of(request.get(name)) for name in ("key", "message", "sig"))
        return {"valid": verify(key, message, sig)}

    return answer


def answer_inclusion(request: Request) -> Answer:
    """Whether a leaf is in a tree."""
    valid = verify_inclusion(
        hash_of(request.get("leaf")),
        count_of(request.get("index")),
        count_of(request.get("size")),
        list_of(request.get("proof"), hash_of),
        hash_of(request.get("root")),
    )
    return {"valid": valid}


def answer_consistency(request: Request) -> Answer:
    """Whether a tree is the beginning of another."""
    valid = verify_consistency(
        count_of(request.get("old_size")),
        hash_of(request.get("old_root")),
        count_of(request.get("new_size")),
        hash_of(request.get("new_root")),
        list_of(request.get("proof"), hash_of),
    )
    return {"valid": valid}


def _keys_of(texts: list[str]) -> tuple[VerifierKey, ...]:
    return tuple(map(parse_verifier_key, texts))


def answer_note(request: Request) -> Answer:
    """A note that is verified by keys."""
    note = bytes_of(request.get("note"))
    opened = open_note(note, _keys_of(list_of(request.get("keys"), text_of)))
    return {
        "text": encode_base64(opened.text.encode()),
        "verified": [key.text for key in opened.verified],
    }


def answer_checkpoint(request: Request) -> Answer:
    """The checkpoint of a log."""
    note = bytes_of(request.get("note"))
    origin = text_of(request.get("origin"))
    key_texts = list_of(request.get("keys"), text_of)
    witness_texts = list_of(request.get("witness_keys", []), text_of)
    log = LogIdentity(origin, _keys_of(key_texts))
    opened = open_checkpoint(note, log, _keys_of(witness_texts))
    checkpoint = opened.checkpoint
    return {
        "origin": checkpoint.origin,
        "size": checkpoint.size,
        "root": encode_base64(checkpoint.root),
        "extensions": list(checkpoint.extensions),
        "verified": [key.text for key in opened.verified],
        "cosignatures": [{"key": c.key.text, "time": c.time} for c in opened.cosignatures],
    }


def answer_policy(request: Request) -> Answer:
    """What a trust policy says."""
    policy = parse_policy(bytes_of(request.get("policy")))
    return {
        "logs": [_with_url({"key": log.key.text}, log.url) for log in policy.logs],
        "witnesses": [
            _with_url({"name": witness.name, "key": witness.key.text}, witness.url)
            for witness in policy.witnesses
        ],
        "groups": [
            {"name": group.name, "threshold": group.threshold, "members": list(group.members)}
            for group in policy.groups
        ],
        "quorum": policy.quorum,
    }


def _with_url(answer: dict[str, Any], url: str | None) -> Answer:
    return answer if url is None else {**answer, "url": url}


def answer_proof(request: Request) -> Answer:
    """What an offline proof shows."""
    text = bytes_of(request.get("proof"))
    leaf = hash_of(request.get("leaf"))
    if "policy" not in request:
        raise BadRequestError
    proof = verify_proof(text, leaf, policy_of(request["policy"]))
    answer = {
        "origin": proof.origin,
        "index": proof.index,
        "tree_size": proof.tree_size,
        "witnesses": list(proof.witnesses),
        "quorum_met": proof.quorum_met,
    }
    return answer if proof.logged_at is None else {**answer, "logged_at": proof.logged_at}
