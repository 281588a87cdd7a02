"""The result of a verification (docs/spec/receipt.md, section 7.6)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tecp._receipt.profiles import Profile


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong, or worth a warning."""

    code: str
    """One of docs/spec/receipt.md, section 8."""
    message: str
    """For people; may change."""
    field: str | None = None
    """The path of the member, such as `chain.prev`, where there is one to name."""

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON."""
        finding = {"code": self.code, "message": self.message}
        return finding if self.field is None else {**finding, "field": self.field}


@dataclass(slots=True)
class Verdict:
    """What a verification came to. Facts are there where they are known, also when not valid."""

    profile: Profile
    errors: list[Finding] = field(default_factory=list)
    """In the order of the specification: signature, log, time, policies."""
    warnings: list[Finding] = field(default_factory=list)
    issuer: str | None = None
    """b64u of the key that claims the receipt; with `leaf_hash`, there when the form is good."""
    leaf_hash: str | None = None
    """Lowercase hex."""
    origin: str | None = None
    """With `index`, `tree_size` and `witnesses`, there when the log's signature and the proof verify."""
    index: int | None = None
    tree_size: int | None = None
    witnesses: list[str] | None = None
    """Those that cosigned: their names in the policy, in its order."""
    logged_at: int | None = None
    """Unix milliseconds by which a quorum of witnesses had cosigned."""

    @property
    def valid(self) -> bool:
        """Whether there are no errors."""
        return not self.errors

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON, without the facts that are not known."""
        facts = {name: getattr(self, name) for name in _FACTS}
        return {
            "valid": self.valid,
            "errors": [error.to_dict() for error in self.errors],
            "warnings": [warning.to_dict() for warning in self.warnings],
            "profile": self.profile,
            **{name: value for name, value in facts.items() if value is not None},
        }


_FACTS = ("issuer", "leaf_hash", "origin", "index", "tree_size", "witnesses", "logged_at")
