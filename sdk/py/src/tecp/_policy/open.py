"""Judging a checkpoint by a trust policy: signed by a listed log, and by which witnesses, since when.

Distinct witnesses count, never signatures, and of several times of one the earliest (docs/spec/log.md,
section 8).
"""

from __future__ import annotations

from dataclasses import dataclass

from tecp._errors import ProtocolError
from tecp._note.checkpoint import Checkpoint
from tecp._note.cosignature import cosignatures_by, log_has_signed
from tecp._note.note import Note
from tecp._policy.model import NO_QUORUM, Policy


@dataclass(frozen=True)
class Witnesses:
    """Who has cosigned a checkpoint, by a policy."""

    names: tuple[str, ...]
    """In the policy, and in its order."""
    quorum_met: bool
    quorum_time: int | None
    """POSIX seconds; None while the quorum is not met, and for `quorum none`."""


def judge_note(note: Note, checkpoint: Checkpoint, policy: Policy) -> Witnesses:
    """Verifies a note, whose text is the checkpoint, by a policy.

    Raises `ProtocolError`: `untrusted` when no log of the policy with the name of the origin has a
    line, `bad-signature` when a line by any key of the policy does not verify.
    """
    origin = checkpoint.origin
    if not any(log.key.name == origin and note.claimed_by(log.key) for log in policy.logs):
        raise ProtocolError("untrusted", "no signature by a trusted log of the origin")
    for log in policy.logs:
        log_has_signed(note, log.key, checkpoint)
    times: dict[str, int] = {}
    for witness in policy.witnesses:
        cosignatures = cosignatures_by(note, witness.key, checkpoint)
        if cosignatures:
            times[witness.name] = cosignatures[0].time
    quorum_time = policy.quorum_time(times)
    quorum_met = policy.quorum == NO_QUORUM or quorum_time is not None
    return Witnesses(tuple(times), quorum_met, quorum_time)
