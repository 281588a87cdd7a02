"""Offline proofs (C2SP tlog-proof; docs/spec/log.md, section 9).

One text holds an index, an inclusion proof and a cosigned checkpoint.
"""

from __future__ import annotations

from dataclasses import dataclass

from tecp._arguments import check_bytes
from tecp._base64 import decode_base64
from tecp._errors import ProtocolError, malformed
from tecp._merkle import HASH_BYTES, verify_inclusion
from tecp._note.checkpoint import Checkpoint, parse_checkpoint
from tecp._note.note import Note, parse_note
from tecp._policy.model import Policy
from tecp._policy.open import judge_note
from tecp._text import read_decimal, read_text

MAX_PROOF_BYTES = 1_081_344
MAX_PROOF_HASHES = 63
MAX_PROOF_EXTRA_BYTES = 64 * 1024

_HEADER = "c2sp.org/tlog-proof@v1"
_EXTRA = "extra "
_INDEX = "index "


@dataclass(frozen=True)
class Proof:
    """A proof whose form has been checked; nothing of it is verified."""

    index: int
    hashes: tuple[bytes, ...]
    note: Note
    checkpoint: Checkpoint


@dataclass(frozen=True)
class VerifiedProof:
    """What a proof shows. It proves nothing to who asks for a quorum unless `quorum_met`."""

    origin: str
    index: int
    tree_size: int
    witnesses: tuple[str, ...]
    """Those that cosigned: their names in the policy, in its order."""
    quorum_met: bool
    logged_at: int | None
    """Unix milliseconds by which the quorum had cosigned; None without one, and for `quorum none`."""


def parse_proof(text: bytes | str) -> Proof:
    """Parses a proof and its checkpoint. Raises `ProtocolError` (`malformed`)."""
    whole = read_text(text, MAX_PROOF_BYTES, "proof")
    head, separator, note_text = whole.partition("\n\n")
    header, *lines = head.split("\n", MAX_PROOF_HASHES + 3)
    if not separator or header != _HEADER:
        raise malformed(f"expected {_HEADER}, lines, an empty line and a checkpoint")
    if lines and lines[0].startswith(_EXTRA):
        _check_extra(lines.pop(0)[len(_EXTRA) :])
    if not lines or not lines[0].startswith(_INDEX):
        raise malformed("expected an index line")
    index = read_decimal(lines.pop(0)[len(_INDEX) :], "index")
    if len(lines) > MAX_PROOF_HASHES:
        raise malformed(f"more than {MAX_PROOF_HASHES} hashes")
    hashes = tuple(map(_read_hash, lines))
    note = parse_note(note_text)
    return Proof(index, hashes, note, parse_checkpoint(note.text))


def _check_extra(encoded: str) -> None:
    """It is authenticated by nothing, and so not kept."""
    extra = decode_base64(encoded)
    if extra is None or not 1 <= len(extra) <= MAX_PROOF_EXTRA_BYTES:
        raise malformed(f"extra is not base64 of 1 to {MAX_PROOF_EXTRA_BYTES} bytes")


def _read_hash(line: str) -> bytes:
    data = decode_base64(line)
    if data is None or len(data) != HASH_BYTES:
        raise malformed("a hash is not base64 of 32 bytes")
    return data


def verify_proof(proof: bytes | str, leaf: bytes, policy: Policy) -> VerifiedProof:
    """Verifies that an entry is in a log that the policy trusts; `leaf` is its leaf hash.

    Raises `ProtocolError`: `malformed`, `untrusted`, `bad-signature` or `bad-proof`. An unmet quorum is not
    raised: look at `quorum_met`.
    """
    leaf = check_bytes(leaf, "leaf", HASH_BYTES)
    if not isinstance(policy, Policy):
        raise TypeError("expected a policy, as parse_policy returns it")
    parsed = parse_proof(proof)
    checkpoint = parsed.checkpoint
    witnesses = judge_note(parsed.note, checkpoint, policy)
    if not verify_inclusion(leaf, parsed.index, checkpoint.size, parsed.hashes, checkpoint.root):
        raise ProtocolError("bad-proof", "the inclusion proof does not lead to the root")
    seconds = witnesses.quorum_time
    return VerifiedProof(
        checkpoint.origin,
        parsed.index,
        checkpoint.size,
        witnesses.names,
        witnesses.quorum_met,
        None if seconds is None else seconds * 1000,
    )
