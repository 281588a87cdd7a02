"""The command `tecp-verify-py`, as a process."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from base64 import b64encode
from pathlib import Path
from typing import Any, NoReturn

import pytest
from cryptography.exceptions import UnsupportedAlgorithm

from tecp import IssuerKey, encode_receipt
from tecp._command.lines import MAX_LINE_BYTES, answer_line
from tecp._command.main import main

from .samples import KEY, NOW_MS, OTHER_KEY, sample_receipt

COMMAND = [sys.executable, "-m", "tecp._command.main"]
Captured = pytest.CaptureFixture[bytes]
RECEIPT = encode_receipt(sample_receipt())
BAD = b'{"error":"bad-request"}\n'


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


def test_the_clock_is_asked_where_no_time_is_given(receipt_file: str, capfdbinary: Captured) -> None:
    assert main([receipt_file, "--profile", "tecp-lite"]) == 1
    assert verdict_of(capfdbinary)["errors"] == [{"code": "E-TS-003", "field": "ts"}]


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
    tmp_path: Path, capfdbinary: Captured, content: bytes, code: str
) -> None:
    path = tmp_path / "work.tecp.json"
    path.write_bytes(content)
    assert main([str(path), "--now", str(NOW_MS)]) == 1
    assert verdict_of(capfdbinary)["errors"] == [{"code": code}]


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
        ["FILE", "--", "FILE"],
        ["FILE", "--", "--now", "1"],
        ["FILE", "--now"],
        ["FILE", "--now", "1", "--now", "1"],
        ["FILE", "--now="],
        ["FILE", "--policy="],
        ["FILE", "--prof", "tecp-lite"],
        ["FILE", "-profile", "tecp-lite"],
        ["FILE", "-h"],
        ["FILE", "--json"],
        ["FILE", "--lines"],
        ["--lines", "--now", "1"],
        ["--lines", "--policy="],
        ["--lines", "--lines"],
        ["--lines=x"],
        ["--help=x"],
        ["-"],
    ],
    ids=" ".join,
)
def test_what_cannot_be_judged_is_exit_code_2_and_one_line_of_reason(
    receipt_file: str, capfdbinary: Captured, arguments: list[str]
) -> None:
    code = main([receipt_file if each == "FILE" else each for each in arguments])
    captured = capfdbinary.readouterr()
    assert (code, captured.out) == (2, b"")
    assert captured.err.startswith(b"tecp-verify-py: ")
    assert captured.err.count(b"\n") == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ["--now", "1753000000000", "FILE"],
        ["FILE", "--now=1753000000000"],
        ["--now=1753000000000", "--", "FILE"],
        ["--profile=tecp-lite", "FILE", "--now", "1753000000000"],
    ],
    ids=" ".join,
)
def test_options_stand_anywhere_before_two_dashes(
    receipt_file: str, capfdbinary: Captured, arguments: list[str]
) -> None:
    assert main([receipt_file if each == "FILE" else each for each in arguments]) == 0
    assert verdict_of(capfdbinary)["valid"] is True


def test_a_key_may_begin_with_a_dash(tmp_path: Path, capfdbinary: Captured) -> None:
    key = IssuerKey.from_seed((33).to_bytes(32, "big"))
    assert key.public_key.startswith("-")
    path = tmp_path / "work.tecp.json"
    path.write_bytes(encode_receipt(sample_receipt(key=key)))
    assert main([str(path), "--now", str(NOW_MS), "--issuer", key.public_key]) == 0
    assert verdict_of(capfdbinary)["issuer"] == key.public_key


@pytest.mark.parametrize("arguments", [["--help"], ["FILE", "--now", "1", "--help"], ["--lines", "--help"]])
def test_the_usage_is_written_for_whoever_asks(capfdbinary: Captured, arguments: list[str]) -> None:
    assert main(arguments) == 0
    captured = capfdbinary.readouterr()
    assert captured.out.startswith(b"usage: tecp-verify-py FILE")
    assert captured.err == b""


def test_what_no_verdict_can_be_given_for_is_not_taken_for_a_bad_receipt(
    receipt_file: str, capfdbinary: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_arguments: object, **_options: object) -> NoReturn:
        raise UnsupportedAlgorithm("no ML-DSA here")

    monkeypatch.setattr("tecp._command.main.verify_receipt", fail)
    assert main([receipt_file]) == 2
    captured = capfdbinary.readouterr()
    assert captured.err == b"tecp-verify-py: UnsupportedAlgorithm: no ML-DSA here\n"


def in_shell(redirection: str, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    """The command under a shell that closes or redirects its files; it is asked for one answer."""
    script = f'"$0" "$@" {redirection}'
    command = ["/bin/sh", "-c", script, *COMMAND, *arguments]
    return subprocess.run(command, input=b"{}\n", capture_output=True, check=False)


posix_only = pytest.mark.skipif(os.name != "posix", reason="a shell of POSIX")


@posix_only
def test_a_closed_input_has_no_requests() -> None:
    result = in_shell("<&-", "--lines")
    assert (result.returncode, result.stdout, result.stderr) == (0, b"", b"")


@posix_only
@pytest.mark.parametrize("redirection", [">&-", ">/dev/full"])
@pytest.mark.parametrize("arguments", [["--lines"], ["--help"], ["FILE"]], ids=" ".join)
def test_an_answer_that_cannot_be_written_is_exit_code_2_and_one_line_of_reason(
    receipt_file: str, redirection: str, arguments: list[str]
) -> None:
    if redirection == ">/dev/full" and not Path("/dev/full").exists():
        pytest.skip("no /dev/full")
    result = in_shell(redirection, *(receipt_file if each == "FILE" else each for each in arguments))
    assert (result.returncode, result.stdout) == (2, b"")
    assert result.stderr.startswith(b"tecp-verify-py: cannot write the answer: ")
    assert result.stderr.count(b"\n") == 1


LONG_REQUEST = json.dumps(
    {"op": "canonical", "json": b64encode(b'"' + b"x" * 200_000 + b'"').decode()}
).encode()


@pytest.fixture(params=["", "1"], ids=["buffered", "unbuffered"])
def environment(request: pytest.FixtureRequest) -> dict[str, str]:
    """Python writes on its own terms by this variable, which many containers set."""
    return {**os.environ, "PYTHONUNBUFFERED": request.param}


@posix_only
def test_an_answer_that_is_written_in_part_is_exit_code_2(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    limited = ["/bin/sh", "-c", 'ulimit -f 4; "$@" >"$0"', str(tmp_path / "answer"), *COMMAND, "--lines"]
    result = subprocess.run(limited, input=LONG_REQUEST, capture_output=True, env=environment, check=False)
    assert result.returncode == 2
    assert result.stderr == b"tecp-verify-py: cannot write the answer: File too large\n"


@posix_only
def test_an_output_that_does_not_block_and_is_full_is_exit_code_2(environment: dict[str, str]) -> None:
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    result = subprocess.run(
        [*COMMAND, "--lines"],
        input=LONG_REQUEST,
        stdout=writing,
        stderr=subprocess.PIPE,
        env=environment,
        check=False,
    )
    os.close(reading)
    os.close(writing)
    assert result.returncode == 2
    assert result.stderr.startswith(b"tecp-verify-py: cannot write the answer: ")
    assert result.stderr.count(b"\n") == 1


@posix_only
def test_an_input_that_does_not_block_is_not_taken_for_an_empty_one() -> None:
    reading, writing = os.pipe()
    os.set_blocking(reading, False)
    result = subprocess.run([*COMMAND, "--lines"], stdin=reading, capture_output=True, check=False)
    os.close(reading)
    os.close(writing)
    assert (result.returncode, result.stdout) == (2, b"")
    assert result.stderr == b"tecp-verify-py: cannot read requests: standard input does not block\n"


@posix_only
def test_an_interrupt_ends_it_as_any_program_and_without_a_word() -> None:
    with subprocess.Popen(
        [*COMMAND, "--lines"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(b"{}\n")
        process.stdin.flush()
        assert process.stdout.readline() == BAD
        process.send_signal(signal.SIGINT)
        assert process.communicate() == (b"", b"")
    # What a shell calls 130.
    assert process.returncode == -signal.SIGINT


def test_it_ends_when_nobody_reads_its_answers() -> None:
    with subprocess.Popen(
        [*COMMAND, "--lines"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        process.stdin.write(b"{}\n")
        process.stdin.close()
        assert process.stderr.read().count(b"\n") == 1
    assert process.returncode == 2


def test_each_line_is_answered_before_the_next_is_waited_for(environment: dict[str, str]) -> None:
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
