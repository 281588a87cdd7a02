"""The command `tecp-verify-py`, as a process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from base64 import b64encode
from pathlib import Path
from typing import Any

import pytest

from tecp import encode_receipt
from tecp._command.lines import MAX_LINE_BYTES, answer_line
from tecp._command.main import main

from .samples import KEY, NOW_MS, OTHER_KEY, sample_receipt

COMMAND = [sys.executable, "-m", "tecp._command.main"]
Captured = pytest.CaptureFixture[bytes]
RECEIPT = encode_receipt(sample_receipt())


def run(*arguments: str, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([*COMMAND, *arguments], input=given, capture_output=True, check=False)


def verdict_of(captured: Captured) -> dict[str, Any]:
    verdict: dict[str, Any] = json.loads(captured.readouterr().out)
    return verdict


@pytest.fixture
def receipt_file(tmp_path: Path) -> str:
    path = tmp_path / "work.tecp.json"
    path.write_bytes(RECEIPT + b"\n")
    return str(path)


def test_a_valid_receipt_is_one_line_and_exit_code_0(receipt_file: str) -> None:
    result = run(
        receipt_file, "--now", str(NOW_MS), "--issuer", OTHER_KEY.public_key, "--issuer", KEY.public_key
    )
    assert (result.returncode, result.stderr) == (0, b"")
    assert result.stdout.endswith(b"}\n")
    assert result.stdout.count(b"\n") == 1
    verdict = json.loads(result.stdout)
    assert verdict["valid"] is True
    assert "message" not in result.stdout.decode()


def test_the_clock_is_asked_where_no_time_is_given(receipt_file: str, capsysbinary: Captured) -> None:
    assert main([receipt_file, "--profile", "tecp-lite"]) == 1
    assert verdict_of(capsysbinary)["errors"] == [{"code": "E-TS-003", "field": "ts"}]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (RECEIPT + b"\n\n", "E-SCHEMA-003"),
        (RECEIPT + b"\r\n", "E-SCHEMA-003"),
        (b"", "E-SCHEMA-003"),
        (b"x" * 2**20 + b"\n", "E-SCHEMA-003"),
        (b"x" * 2**20 + b"\n\n", "E-SIZE-001"),
        (b"x" * (2**20 + 1), "E-SIZE-001"),
        (b"x" * (2**20 + 2), "E-SIZE-001"),
        (b"x" * (2**20 + 3), "E-SIZE-001"),
    ],
    ids=len,
)
def test_one_newline_is_no_part_of_a_file(
    tmp_path: Path, capsysbinary: Captured, content: bytes, code: str
) -> None:
    path = tmp_path / "work.tecp.json"
    path.write_bytes(content)
    assert main([str(path), "--now", str(NOW_MS)]) == 1
    assert verdict_of(capsysbinary)["errors"] == [{"code": code}]


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["/nonexistent"],
        ["FILE", "--now", "1_000"],
        ["FILE", "--now", "-1"],
        ["FILE", "--now", "9007199254740992"],
        ["FILE", "--profile", "strict"],
        ["FILE", "--issuer", "x"],
        ["FILE", "--policy", "FILE"],
        ["FILE", "--policy", "/nonexistent"],
        ["FILE", "FILE"],
        ["FILE", "--lines"],
        ["--lines", "--now", "1"],
        ["FILE", "--prof", "tecp-lite"],
    ],
    ids=" ".join,
)
def test_what_cannot_be_judged_is_exit_code_2_and_nothing_on_standard_output(
    receipt_file: str, capsysbinary: Captured, arguments: list[str]
) -> None:
    try:
        code: object = main([receipt_file if each == "FILE" else each for each in arguments])
    except SystemExit as end:
        code = end.code
    captured = capsysbinary.readouterr()
    assert (code, captured.out) == (2, b"")
    assert captured.err != b""


def test_each_line_is_answered_before_the_next_is_waited_for() -> None:
    # With it Python itself would write out everything at once.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    with subprocess.Popen(
        [*COMMAND, "--lines"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for entry, answer in (("", b"6e340b9c"), ("YQ==", b"022a6979")):
            process.stdin.write(json.dumps({"op": "leaf-hash", "entry": entry}).encode() + b"\n")
            process.stdin.flush()
            assert process.stdout.readline().startswith(b'{"leaf_hash":"' + answer)
        process.stdin.close()
        assert process.stdout.read() == b""
    assert process.returncode == 0


BAD = b'{"error":"bad-request"}\n'


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"x",
        b"5",
        b"\xff",
        b"[" * 1_000_000,
        b'{"op":5}',
        b'{"op":null}',
        b'{"op":"x"}',
        b"{}",
        b"1" * 5000,
        b'{"op":"leaf-hash","entry":"","x":NaN}',
    ],
    ids=len,
)
def test_a_line_that_is_no_request_is_a_bad_request(line: bytes) -> None:
    assert answer_line(line) + b"\n" == BAD


def test_the_last_line_needs_no_newline() -> None:
    assert run("--lines", given=b"x\n\nx").stdout == BAD * 3


def test_a_line_has_at_most_16_mebibytes() -> None:
    longest = b" " * MAX_LINE_BYTES
    assert run("--lines", given=longest + b"\n" + longest).stdout == BAD * 2
    result = run("--lines", given=b"x\n" + longest + b" ")
    assert (result.returncode, result.stdout) == (2, BAD)


def request(**members: Any) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(answer_line(json.dumps(members).encode()))
    return answer


def test_a_text_in_an_answer_may_be_any() -> None:
    receipt = {**sample_receipt(), "\U00010000\ue000\n\u2028": 1}
    data = json.dumps(receipt, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    verdict = request(receipt=b64encode(data).decode(), now=NOW_MS)
    assert verdict["warnings"] == [{"code": "W-SCHEMA-001", "field": "\U00010000\ue000\n\u2028"}]
