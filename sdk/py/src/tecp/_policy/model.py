"""What a trust policy says: which logs are trusted, and which witnesses make a quorum.

Names are members at most once, so the quorum is a tree of groups over witnesses, and each witness counts
once however many signatures it makes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tecp._note.keys import VerifierKey

MAX_POLICY_BYTES = 1024 * 1024
MAX_POLICY_LOGS = 256
MAX_POLICY_WITNESSES = 256
MAX_POLICY_GROUPS = 256
MAX_POLICY_DEPTH = 32
NO_QUORUM = "none"
"""The predefined quorum that asks for no cosignature; it names nothing else."""


@dataclass(frozen=True)
class PolicyLog:
    """A log that is trusted."""

    key: VerifierKey
    url: str | None
    """Without the slashes at its end."""


@dataclass(frozen=True)
class PolicyWitness:
    """A witness that may be counted."""

    name: str
    """Within the policy only; unrelated to the key's name."""
    key: VerifierKey
    url: str | None
    """Without the slashes at its end."""


@dataclass(frozen=True)
class PolicyGroup:
    """Some of whose members are needed."""

    name: str
    threshold: int
    """1 to the number of members."""
    members: tuple[str, ...]
    """Names of witnesses and of groups that come before."""


@dataclass(frozen=True)
class Policy:
    """A trust policy, as `parse_policy` returns it; each part in the order of the file."""

    logs: tuple[PolicyLog, ...]
    witnesses: tuple[PolicyWitness, ...]
    groups: tuple[PolicyGroup, ...]
    quorum: str
    """Name of a witness or a group, or `none`."""

    def quorum_time(self, times: Mapping[str, int]) -> int | None:
        """The smallest time such that the witnesses with a time up to it satisfy the quorum.

        `times` is by the names of witnesses. None while they do not, and for `quorum none`.
        """
        known: dict[str, int | None] = dict(times)
        for group in self.groups:
            members = sorted(t for name in group.members if (t := known.get(name)) is not None)
            is_met = len(members) >= group.threshold
            known[group.name] = members[group.threshold - 1] if is_met else None
        return known.get(self.quorum)
