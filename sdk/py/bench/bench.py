"""What an operation costs, next to the bare Ed25519 operation of `cryptography`.

    python bench/bench.py CASE.json

The case is `{"seed": b64, "receipt": b64, "proven": b64, "policy": b64, "now": ms}`. One line of JSON comes
out: medians of processor time over interleaved rounds, in microseconds.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from base64 import b64decode
from collections.abc import Callable
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tecp import IssuerKey, create_receipt, parse_policy, verify_receipt
from tecp._receipt.parse import parse_receipt

_SECONDS = 3.0
_BATCH = 100
_MIN_ROUNDS = 9


def _measure(operations: dict[str, Callable[[], object]]) -> dict[str, float]:
    """Microseconds of each: rounds alternate, so that what slows the machine slows all of them."""
    times: dict[str, list[float]] = {name: [] for name in operations}
    end = time.process_time() + _SECONDS
    while time.process_time() < end or len(times["sign_us"]) < _MIN_ROUNDS:
        for name, operation in operations.items():
            start = time.process_time_ns()
            for _ in range(_BATCH):
                operation()
            times[name].append((time.process_time_ns() - start) / 1000 / _BATCH)
    return {name: round(statistics.median(each), 2) for name, each in times.items()}


def main(path: str) -> None:
    """Prints the line for one case."""
    case = json.loads(Path(path).read_bytes())
    seed, receipt, proven = (b64decode(case[name]) for name in ("seed", "receipt", "proven"))
    policy, now_ms = parse_policy(b64decode(case["policy"])), case["now"]

    parsed = parse_receipt(receipt)
    message, signature = parsed.signed, parsed.checked.signature
    key = IssuerKey.from_seed(seed)
    private_key = Ed25519PrivateKey.from_private_bytes(seed)
    public_key = private_key.public_key()

    def create() -> object:
        return create_receipt(
            key=key,
            code_ref="git:0123456789abcdef0123456789abcdef01234567",
            input=b"input",
            output=b"output",
            policy_ids=["no_retention"],
            ts=now_ms,
            nonce=b"\x09" * 16,
        )

    operations: dict[str, Callable[[], object]] = {
        "sign_us": lambda: private_key.sign(message),
        "verify_us": lambda: public_key.verify(signature, message),
        "create_us": create,
        "verify_receipt_us": lambda: verify_receipt(receipt, now_ms=now_ms),
        "verify_proof_us": lambda: verify_receipt(proven, now_ms=now_ms, policy=policy),
    }
    for data in (receipt, proven):
        verdict = verify_receipt(data, now_ms=now_ms, policy=policy)
        if not verdict.valid:
            raise SystemExit(f"a receipt of the case is not valid: {verdict.to_dict()}")
    print(json.dumps({"sdk": "py", "library": "cryptography", **_measure(operations)}))


if __name__ == "__main__":
    main(sys.argv[1])
