"""A real log: `TECP_TEST_LOG_URL`, with the trust policy in the file `TECP_TEST_POLICY`."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tecp import (
    AsyncLogClient,
    IssuerKey,
    LogClient,
    LogError,
    Policy,
    Receipt,
    Refused,
    Submitted,
    create_receipt,
    parse_policy,
    receipt_leaf_hash,
    verify_receipt,
)

URL = os.environ.get("TECP_TEST_LOG_URL", "")
POLICY = os.environ.get("TECP_TEST_POLICY", "")
EXAMPLES = Path(__file__).parents[1] / "examples"

pytestmark = pytest.mark.skipif(not URL or not POLICY, reason="TECP_TEST_LOG_URL is not set")


@pytest.fixture
def policy() -> Policy:
    return parse_policy(Path(POLICY).read_bytes())


def new_receipt(age_ms: int = 0) -> Receipt:
    ts = time.time_ns() // 10**6 - age_ms
    key = IssuerKey.generate()
    return create_receipt(key=key, code_ref="git:0", input=b"", output=b"", ts=ts)


def test_a_logged_receipt_verifies_with_the_time_of_its_witnesses(policy: Policy) -> None:
    with LogClient(URL) as log:
        receipt = log.log(new_receipt())
        leaf = receipt_leaf_hash(receipt)
        again = log.submit(receipt)
        proof = log.proof(leaf)
    verdict = verify_receipt(receipt, now_ms=time.time_ns() // 10**6, policy=policy)
    assert verdict.errors == []
    assert verdict.witnesses
    assert verdict.logged_at is not None
    assert again == Submitted(verdict.index or 0, leaf, duplicate=True)
    assert proof.startswith("c2sp.org/tlog-proof@v1\n")


def test_a_receipt_is_logged_from_asyncio(policy: Policy) -> None:
    async def logged() -> Receipt:
        async with AsyncLogClient(URL) as log:
            receipt = await log.log(new_receipt())
            index = (await log.submit(receipt)).index
            assert await log.proof(index) == await log.proof(receipt_leaf_hash(receipt))
            return receipt

    verdict = verify_receipt(asyncio.run(logged()), now_ms=time.time_ns() // 10**6, policy=policy)
    assert verdict.errors == []


_DAY_MS = 24 * 3600 * 1000


def test_one_of_many_that_is_too_old_spoils_only_itself(policy: Policy) -> None:
    late, too_old = new_receipt(age_ms=2 * _DAY_MS), new_receipt(age_ms=8 * _DAY_MS)
    with LogClient(URL) as log:
        taken, refused, taken_late = log.submit_many([new_receipt(), too_old, late])
        logged, *others = log.log_many([new_receipt(), too_old])
        with pytest.raises(LogError) as caught:
            log.submit(too_old)
    assert isinstance(taken, Submitted)
    assert isinstance(taken_late, Submitted)
    assert (taken.warnings, [(each.code, each.field) for each in taken_late.warnings]) == (
        (),
        [("W-TS-002", "ts")],
    )
    assert isinstance(refused, Refused)
    assert (refused.code, refused.field) == ("E-TS-003", "ts")
    assert others == [refused]
    assert (caught.value.status, caught.value.code, caught.value.field) == (refused.status, "E-TS-003", "ts")
    assert not isinstance(logged, Refused)
    verdict = verify_receipt(logged, now_ms=time.time_ns() // 10**6, policy=policy)
    assert (verdict.errors, verdict.witnesses) == ([], verdict.witnesses or None)


def test_the_quick_start_makes_a_file_that_the_command_finds_valid(tmp_path: Path) -> None:
    out = str(tmp_path / "work.tecp.json")
    python = sys.executable
    subprocess.run([python, str(EXAMPLES / "quickstart.py"), URL, out], check=True)
    command = [python, "-m", "tecp._command.main", out, "--policy", POLICY]
    result = subprocess.run(command, capture_output=True, check=False)
    assert (result.returncode, result.stderr) == (0, b"")
    assert b'"logged_at":' in result.stdout
