"""The options of a verification (docs/spec/receipt.md, section 7.2).

One that nobody can mean gives no verdict: a `TypeError` when it is of the wrong kind, a `ValueError`
otherwise.
"""

from __future__ import annotations

from collections.abc import Collection

from tecp._policy.model import Policy
from tecp._receipt.members import issuer_key_bytes
from tecp._receipt.profiles import PROFILES, ProfileRules


def check_profile(profile: object) -> ProfileRules:
    """The rules of a profile."""
    if not isinstance(profile, str):
        raise TypeError(f"expected a string as profile, got {type(profile).__name__}")
    if profile not in PROFILES:
        raise ValueError(f"expected a profile of {', '.join(PROFILES)}")
    return PROFILES[profile]


def check_policy(policy: object) -> None:
    """A policy that has been parsed, or none."""
    if policy is not None and not isinstance(policy, Policy):
        raise TypeError(f"expected what parse_policy returns, got {type(policy).__name__}")


def check_trusted_keys(keys: Collection[str] | None) -> None:
    """Keys as receipts name them, or None for every key.

    One in another spelling would be trusted by the caller and matched by nothing.
    """
    if keys is None:
        return
    if not isinstance(keys, (list, tuple, set, frozenset)):
        raise TypeError(f"expected a list as trusted_keys, got {type(keys).__name__}")
    for key in keys:
        if not isinstance(key, str):
            raise TypeError(f"expected strings as trusted_keys, got {type(key).__name__}")
        if issuer_key_bytes(key) is None:
            raise ValueError("expected base64url of Ed25519 public keys as trusted_keys")
