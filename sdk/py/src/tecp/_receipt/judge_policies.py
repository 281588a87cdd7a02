"""The policies that a receipt claims, in a verdict (docs/spec/receipt.md, section 7.5)."""

from __future__ import annotations

from tecp._json.value import JsonObject
from tecp._receipt.members import CheckedMembers
from tecp._receipt.profiles import ProfileRules
from tecp._receipt.registry import KNOWN_POLICIES, STRICT_POLICIES
from tecp._receipt.verdict import Finding, Verdict


def judge_policies(checked: CheckedMembers, rules: ProfileRules, verdict: Verdict) -> None:
    """Adds what is to say of policies and key erasure."""
    for policy_id in checked.policy_ids:
        if policy_id in KNOWN_POLICIES:
            continue
        message = f"{policy_id} is not in the policy registry"
        if rules.is_strict:
            verdict.errors.append(Finding("E-POLICY-001", message, "policy_ids"))
        else:
            verdict.warnings.append(Finding("W-POLICY-001", message, "policy_ids"))
    if checked.erasure_scheme == "sw-sim":
        message = "sw-sim proves no erasure"
        verdict.warnings.append(Finding("W-POLICY-002", message, "key_erasure.scheme"))
    if rules.is_strict:
        _judge_strictly(checked, verdict)


def _judge_strictly(checked: CheckedMembers, verdict: Verdict) -> None:
    if STRICT_POLICIES.isdisjoint(checked.policy_ids):
        message = "none of the policies that the profile asks for"
        verdict.errors.append(Finding("E-POLICY-002", message, "policy_ids"))
    if checked.erasure_scheme is None:
        verdict.errors.append(Finding("E-POLICY-003", "key erasure is required", "key_erasure"))
    for policy_id in checked.policy_ids:
        if not _has_evidence(checked.ext, policy_id):
            message = "evidence of enforcement is required"
            field = f"ext.policy_enforced.{policy_id}"
            verdict.errors.append(Finding("E-POLICY-003", message, field))


def _has_evidence(ext: JsonObject, policy_id: str) -> bool:
    """Whether `ext.policy_enforced` has something to say; a 0 or an empty text is something."""
    enforced = ext.get("policy_enforced")
    if not isinstance(enforced, dict):
        return False
    evidence = enforced.get(policy_id)
    return evidence is not None and evidence is not False
