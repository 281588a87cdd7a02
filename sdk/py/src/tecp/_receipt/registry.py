"""The policy registry (docs/spec/policy-registry.md): what each policy id means.

`policy-registry.json` is a copy of the normative file; a test compares them.
"""

from __future__ import annotations

import json
from importlib.resources import files

_POLICIES = json.loads(files(__package__).joinpath("policy-registry.json").read_bytes())["policies"]

KNOWN_POLICIES: frozenset[str] = frozenset(_POLICIES)
STRICT_POLICIES: frozenset[str] = frozenset(
    policy_id for policy_id, policy in _POLICIES.items() if policy.get("meets_strict") is True
)
"""Those of which tecp-strict asks for at least one."""
