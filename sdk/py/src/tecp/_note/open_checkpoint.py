"""Opening the checkpoint of a log: whose it is, and who has cosigned it (docs/spec/log.md, section 4)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tecp._errors import ProtocolError
from tecp._note.checkpoint import Checkpoint, parse_checkpoint
from tecp._note.cosignature import Cosignature, cosignatures_by, log_has_signed
from tecp._note.keys import LOG_TYPES, WITNESS_TYPES, VerifierKey
from tecp._note.note import parse_note


@dataclass(frozen=True)
class LogIdentity:
    """Who a log is: the origin of its checkpoints, and the keys whose signature makes one its own."""

    origin: str
    keys: tuple[VerifierKey, ...]


@dataclass(frozen=True)
class OpenedCheckpoint:
    """A checkpoint that its log has signed."""

    checkpoint: Checkpoint
    verified: tuple[VerifierKey, ...]
    """The log's keys that have signed, in their order; at least one."""
    cosignatures: tuple[Cosignature, ...]
    """In the order of the witnesses' keys, and for one key in the order of their times."""


def open_checkpoint(
    note: bytes | str, log: LogIdentity, witness_keys: Sequence[VerifierKey] = ()
) -> OpenedCheckpoint:
    """Verifies the checkpoint of a log, and the cosignatures of witnesses on it.

    Raises `ProtocolError`: `bad-key` for a key that a log, or a witness, does not sign with; `malformed`;
    `untrusted` for another origin or no line by one of the log's keys; `bad-signature` for a line with the
    name and key ID of any of the keys that does not verify.
    """
    if not all(key.type in LOG_TYPES for key in log.keys):
        raise ProtocolError("bad-key", "expected log keys of type 1, 2 or 6")
    if not all(key.type in WITNESS_TYPES for key in witness_keys):
        raise ProtocolError("bad-key", "expected witness keys of type 4 or 6")
    parsed = parse_note(note)
    checkpoint = parse_checkpoint(parsed.text)
    if checkpoint.origin != log.origin or not any(map(parsed.claimed_by, log.keys)):
        raise ProtocolError("untrusted", "not signed as a checkpoint of the log")
    verified = tuple(key for key in log.keys if log_has_signed(parsed, key, checkpoint))
    cosignatures = tuple(
        cosignature for key in witness_keys for cosignature in cosignatures_by(parsed, key, checkpoint)
    )
    return OpenedCheckpoint(checkpoint, verified, cosignatures)
