"""The verdict on a receipt (docs/spec/receipt.md, section 7).

Offline and pure: time, trust policy and trusted keys are arguments. A receipt of bad form gives one
error; otherwise every judgement is made, and errors come in a fixed order.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from tecp._arguments import check_integer
from tecp._crypto.verify import verify_strict_ed25519
from tecp._errors import ProtocolError, ReceiptError
from tecp._merkle import leaf_hash
from tecp._policy.model import Policy
from tecp._proof import verify_proof
from tecp._receipt.judge_policies import judge_policies
from tecp._receipt.options import check_policy, check_profile, check_trusted_keys
from tecp._receipt.parse import ParsedReceipt, read_receipt, unknown_members
from tecp._receipt.profiles import Profile, ProfileRules
from tecp._receipt.verdict import Finding, Verdict

_PROOF_FIELD = "log_inclusion.proof"


def verify_receipt(
    receipt: bytes | Mapping[str, Any],
    *,
    now_ms: int,
    profile: Profile = "tecp-v0.1",
    policy: Policy | None = None,
    trusted_keys: Collection[str] | None = None,
) -> Verdict:
    """Judges a receipt by docs/spec/receipt.md, section 7.

    Args:
        receipt: Its canonical bytes exactly (a file's without the newline at its end), or a value in
            memory, as `json.loads` returns it, which is canonicalised.
        now_ms: The time of the verification, Unix milliseconds.
        profile: How much is demanded.
        policy: Which logs and witnesses are trusted. Without one no proof is verified.
        trusted_keys: The keys of the only issuers that are accepted, as `IssuerKey.public_key` spells
            them; every key when None.

    Raises:
        TypeError, ValueError: For options that nobody can mean; for no receipt, whatever it is.
    """
    rules = check_profile(profile)
    check_integer(now_ms, "now_ms")
    check_policy(policy)
    check_trusted_keys(trusted_keys)
    verdict = Verdict(profile)
    try:
        parsed = read_receipt(receipt)
    except ReceiptError as error:
        verdict.errors.append(Finding(error.code, error.message, error.field))
        return verdict
    leaf = leaf_hash(parsed.entry)
    verdict.issuer = parsed.checked.issuer
    verdict.leaf_hash = leaf.hex()
    for name in unknown_members(parsed):
        verdict.warnings.append(Finding("W-SCHEMA-001", "not defined by this version", name))
    _judge_signature(parsed, trusted_keys, verdict)
    _judge_log(parsed.checked.proof, leaf, policy, rules, verdict)
    _judge_time(parsed.checked.ts, now_ms, rules, verdict)
    judge_policies(parsed.checked, rules, verdict)
    return verdict


def _judge_signature(parsed: ParsedReceipt, trusted_keys: Collection[str] | None, verdict: Verdict) -> None:
    checked = parsed.checked
    if not verify_strict_ed25519(checked.public_key, parsed.signed, checked.signature):
        verdict.errors.append(Finding("E-SIG-002", "the signature does not verify", "sig"))
    if trusted_keys is not None and checked.issuer not in trusted_keys:
        verdict.errors.append(Finding("E-SIG-003", "not a trusted issuer", "pubkey"))


def _judge_log(
    proof: str | None,
    leaf: bytes,
    policy: Policy | None,
    rules: ProfileRules,
    verdict: Verdict,
) -> None:
    if proof is None:
        if rules.is_strict:
            verdict.errors.append(Finding("E-LOG-001", "a proof is required", "log_inclusion"))
    elif policy is not None:
        _judge_proof(proof, leaf, policy, rules, verdict)
    elif rules.is_strict:
        verdict.errors.append(Finding("E-LOG-004", "no trust policy is given", _PROOF_FIELD))
    else:
        verdict.warnings.append(Finding("W-LOG-001", "no trust policy is given", _PROOF_FIELD))


def _judge_proof(text: str, leaf: bytes, policy: Policy, rules: ProfileRules, verdict: Verdict) -> None:
    try:
        proof = verify_proof(text, leaf, policy)
    except ProtocolError as error:
        code = "E-LOG-004" if error.code == "untrusted" else "E-LOG-002"
        verdict.errors.append(Finding(code, str(error), _PROOF_FIELD))
        return
    verdict.origin = proof.origin
    verdict.index = proof.index
    verdict.tree_size = proof.tree_size
    verdict.witnesses = list(proof.witnesses)
    verdict.logged_at = proof.logged_at
    # A policy of `quorum none` is met without a witness, and gives no time for strict to rely on.
    if not proof.quorum_met or (rules.is_strict and proof.logged_at is None):
        message = "the quorum of witnesses is not met"
        verdict.errors.append(Finding("E-LOG-003", message, _PROOF_FIELD))


def _judge_time(ts: int, now_ms: int, rules: ProfileRules, verdict: Verdict) -> None:
    logged_at = verdict.logged_at
    reference = now_ms if logged_at is None else logged_at
    if ts > reference + rules.future_skew_ms:
        verdict.errors.append(Finding("E-TS-002", "too far in the future", "ts"))
    elif ts < reference - rules.max_age_ms:
        verdict.errors.append(Finding("E-TS-003", "too old", "ts"))
    if logged_at is not None and logged_at > now_ms + rules.future_skew_ms:
        message = "witnesses cosigned at a time still to come"
        verdict.warnings.append(Finding("W-TS-001", message, _PROOF_FIELD))
