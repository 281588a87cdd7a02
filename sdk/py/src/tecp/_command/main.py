"""The command `tecp-verify-py` (docs/spec/verifier.md, sections 1 and 2).

Exit code 0: valid. 1: not valid. 2: nothing was judged, or the answer could not be written; the reason is on
standard error. Python's own exit code for an error is 1, so none leaves `main`.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
from collections.abc import Sequence
from typing import Any, BinaryIO

from tecp._command.arguments import USAGE, Verification, read_arguments
from tecp._command.lines import answer_lines
from tecp._command.verify import verdict_answer
from tecp._errors import ProtocolError
from tecp._json.write import canonical_text
from tecp._policy.model import MAX_POLICY_BYTES, Policy
from tecp._policy.parse import parse_policy
from tecp._receipt.types import MAX_RECEIPT_BYTES
from tecp._receipt.verify import verify_receipt
from tecp._text import read_decimal

_VALID, _NOT_VALID, _NOT_JUDGED = 0, 1, 2
_MAX_VERDICT_BYTES = 16 * MAX_RECEIPT_BYTES


def _read_start(path: str, max_bytes: int) -> bytes:
    """At most this many bytes of a file, from its beginning."""
    with open(path, "rb") as file:
        return file.read(max_bytes)


def _read_policy(path: str) -> Policy:
    try:
        return parse_policy(_read_start(path, MAX_POLICY_BYTES + 1))
    except ProtocolError as error:
        raise ValueError(f"not a trust policy: {path!r}: {error.message}") from None


def _write_line(line: bytes) -> None:
    """Writes to standard output, at once and all of it. Raises `ValueError` with one line of reason."""
    if sys.stdout is None:
        raise ValueError("cannot write the answer: standard output is closed")
    # Past Python's own file, which under PYTHONUNBUFFERED takes a part for the whole, and else keeps what it
    # could not write for when it ends.
    rest = memoryview(line + b"\n")
    try:
        while rest:
            rest = rest[os.write(sys.stdout.fileno(), rest) :]
    except OSError as error:
        raise ValueError(f"cannot write the answer: {error.strerror or error}") from None


def _requests() -> BinaryIO:
    """Standard input. Raises `ValueError` for one that does not block: no data yet would be its end."""
    if os.name == "posix" and not os.get_blocking(sys.stdin.fileno()):
        raise ValueError("cannot read requests: standard input does not block")
    return sys.stdin.buffer


def _verify(asked: Verification) -> int:
    now_ms = time.time_ns() // 10**6 if asked.now is None else read_decimal(asked.now, "--now")
    policy = None if asked.policy is None else _read_policy(asked.policy)
    # Of what is longer, the beginning is too long as well.
    receipt = _read_start(asked.file, MAX_RECEIPT_BYTES + 2).removesuffix(b"\n")
    profile: Any = "tecp-v0.1" if asked.profile is None else asked.profile
    verdict = verify_receipt(
        receipt, now_ms=now_ms, profile=profile, policy=policy, trusted_keys=asked.issuers
    )
    _write_line(canonical_text(verdict_answer(verdict), _MAX_VERDICT_BYTES)[1])
    return _VALID if verdict.valid else _NOT_VALID


def _run(arguments: Sequence[str]) -> int:
    asked = read_arguments(arguments)
    if isinstance(asked, Verification):
        return _verify(asked)
    if asked == "help":
        _write_line(USAGE.rstrip().encode())
    elif sys.stdin is not None:
        answer_lines(_requests(), _write_line)
    return _VALID


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command; returns its exit code, unless a signal ends it."""
    try:
        return _run(sys.argv[1:] if arguments is None else arguments)
    except KeyboardInterrupt:
        # As if Python had never caught it: without a word, and whoever waits sees what it was.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        signal.raise_signal(signal.SIGINT)
        raise
    except (OSError, ValueError) as error:
        return _fail(str(error))
    except ProtocolError as error:
        return _fail(error.message)
    except Exception as error:
        return _fail(f"{type(error).__name__}: {error}")


def _fail(reason: str) -> int:
    # Where it is closed, `print` would write to standard output.
    if sys.stderr is not None:
        with contextlib.suppress(OSError):
            print(f"tecp-verify-py: {reason}", file=sys.stderr)
    return _NOT_JUDGED


if __name__ == "__main__":
    sys.exit(main())
