"""The three profiles of verification (docs/spec/receipt.md, section 7.1): what each demands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Profile = Literal["tecp-lite", "tecp-v0.1", "tecp-strict"]

_SECOND_MS = 1000
_MINUTE_MS = 60 * _SECOND_MS
_HOUR_MS = 60 * _MINUTE_MS


@dataclass(frozen=True)
class ProfileRules:
    """What a profile demands; both times are inclusive."""

    future_skew_ms: int
    max_age_ms: int
    is_strict: bool
    """A proof with a logged time, known and sufficient policies, key erasure, and evidence for each."""


PROFILES: dict[str, ProfileRules] = {
    "tecp-lite": ProfileRules(15 * _MINUTE_MS, 7 * 24 * _HOUR_MS, is_strict=False),
    "tecp-v0.1": ProfileRules(5 * _MINUTE_MS, 24 * _HOUR_MS, is_strict=False),
    "tecp-strict": ProfileRules(60 * _SECOND_MS, _HOUR_MS, is_strict=True),
}
