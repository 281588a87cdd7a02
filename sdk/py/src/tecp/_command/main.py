"""The command `tecp-verify-py` (docs/spec/verifier.md, sections 1 and 2).

Exit code 0: valid. 1: not valid. 2: nothing was judged; the reason is on standard error.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
import time
from collections.abc import Sequence
from typing import Any

from tecp._command.lines import LineTooLongError, answer_lines
from tecp._command.verify import verdict_answer
from tecp._errors import ProtocolError
from tecp._json.write import canonical_text
from tecp._policy.model import MAX_POLICY_BYTES, Policy
from tecp._policy.parse import parse_policy
from tecp._receipt.options import check_profile, check_trusted_keys
from tecp._receipt.types import MAX_RECEIPT_BYTES
from tecp._receipt.verify import verify_receipt
from tecp._text import read_decimal

_VALID, _NOT_VALID, _NOT_JUDGED = 0, 1, 2
_MAX_VERDICT_BYTES = 16 * MAX_RECEIPT_BYTES


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="tecp-verify-py",
        description="Verify a TECP receipt, offline.",
        allow_abbrev=False,
    )
    parser.add_argument("file", metavar="FILE", nargs="?", help="the receipt (.tecp.json)")
    parser.add_argument("--policy", metavar="FILE", help="the trust policy")
    parser.add_argument("--profile", help="tecp-lite, tecp-v0.1 (default) or tecp-strict")
    parser.add_argument("--now", metavar="MS", help="the time, Unix milliseconds; the clock's")
    parser.add_argument("--issuer", metavar="KEY", action="append", help="a trusted key; may be repeated")
    parser.add_argument(
        "--lines", action="store_true", help="answer requests from standard input, one a line"
    )
    return parser


def _read_start(path: str, max_bytes: int) -> bytes:
    """At most this many bytes of a file, from its beginning."""
    with open(path, "rb") as file:
        return file.read(max_bytes)


def _read_policy(path: str) -> Policy:
    try:
        return parse_policy(_read_start(path, MAX_POLICY_BYTES + 1))
    except ProtocolError as error:
        raise ValueError(f"{path}: not a trust policy: {error.args[1]}") from None


def _judge(options: argparse.Namespace) -> int:
    profile: Any = "tecp-v0.1" if options.profile is None else options.profile
    check_profile(profile)
    check_trusted_keys(options.issuer)
    now_ms = time.time_ns() // 10**6
    if options.now is not None:
        now_ms = read_decimal(options.now, "--now")
    policy = None if options.policy is None else _read_policy(options.policy)
    # Of what is longer, the beginning is too long as well.
    receipt = _read_start(options.file, MAX_RECEIPT_BYTES + 2).removesuffix(b"\n")
    verdict = verify_receipt(
        receipt,
        now_ms=now_ms,
        profile=profile,
        policy=policy,
        trusted_keys=options.issuer,
    )
    line = canonical_text(verdict_answer(verdict), _MAX_VERDICT_BYTES)[1]
    sys.stdout.buffer.write(line + b"\n")
    sys.stdout.buffer.flush()
    return _VALID if verdict.valid else _NOT_VALID


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command; returns its exit code."""
    parser = _parser()
    options = parser.parse_args(arguments)
    others = (options.file, options.policy, options.profile, options.now, options.issuer)
    if options.lines == (options.file is not None) or (options.lines and any(others)):
        parser.error("expected either FILE with its options or --lines alone")
    try:
        if not options.lines:
            return _judge(options)
        answer_lines(sys.stdin.buffer, sys.stdout.buffer)
    except LineTooLongError:
        return _fail("a line of more than 16 MiB")
    except BrokenPipeError:
        # Nobody reads any more. What Python writes at its end must find an open file.
        with contextlib.suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _fail("nobody reads the answers")
    except (OSError, ValueError, ProtocolError) as error:
        return _fail(str(error))
    return _VALID


def _fail(reason: str) -> int:
    print(f"tecp-verify-py: {reason}", file=sys.stderr)
    return _NOT_JUDGED


if __name__ == "__main__":
    sys.exit(main())
