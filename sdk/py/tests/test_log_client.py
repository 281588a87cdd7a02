"""The clients, sync and async, against a real server that answers well, badly, late or not at all."""

from __future__ import annotations

import asyncio
import json
from base64 import b64encode
from collections.abc import Callable, Iterable
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tecp import (
    AsyncLogClient,
    Finding,
    LogClient,
    LogError,
    ReceiptError,
    Refused,
    Submitted,
    encode_receipt,
    receipt_leaf_hash,
)
from tecp._log.answers import read_result
from tecp._log.exchange import MAX_ATTEMPTS, Pause, Request, Response, pause_seconds, send
from tecp._receipt.parse import read_receipt

from .samples import sample_receipt
from .web_server import Answer, Seen, WebServer, dripping, in_turn, serving

RECEIPT = sample_receipt()
LEAF = receipt_leaf_hash(RECEIPT)
# Long enough for a busy machine; the one answer that is waited for in vain costs as much.
TIMEOUT = 2.0

Call = Callable[..., Any]


def call_sync(url: str, method: str, *arguments: object, timeout: float = 30, **options: object) -> Any:
    with LogClient(url, timeout=timeout) as client:
        return getattr(client, method)(*arguments, **options)


def call_async(url: str, method: str, *arguments: object, timeout: float = 30, **options: object) -> Any:
    async def call() -> Any:
        async with AsyncLogClient(url, timeout=timeout) as client:
            return await getattr(client, method)(*arguments, **options)

    return asyncio.run(call())


@pytest.fixture(params=[call_sync, call_async], ids=["sync", "async"])
def call(request: pytest.FixtureRequest) -> Call:
    chosen: Call = request.param
    return chosen


def json_answer(value: object, status: int = 200, **headers: str) -> Answer:
    return Answer(json.dumps(value).encode(), status, headers)


def taken(**members: object) -> dict[str, object]:
    return {"leaf_index": 7, "leaf_hash": LEAF.hex(), "duplicate": False, **members}


AGAIN = {"retry-after": "0"}
BUSY = json_answer({"status": 503, "code": "overloaded", "detail": "later"}, 503, **AGAIN)


def error_of(call: Call, server: WebServer, *arguments: object, timeout: float = 30) -> LogError:
    with pytest.raises(LogError) as caught:
        call(server.url, *(arguments or ("submit", RECEIPT)), timeout=timeout)
    return caught.value


def test_a_receipt_is_submitted_as_its_entry(call: Call) -> None:
    with serving(in_turn(json_answer(taken()))) as server:
        proven = {**RECEIPT, "log_inclusion": {"proof": "an older one"}}
        assert call(server.url + "/prefix//", "submit", proven) == Submitted(7, LEAF, False)
    assert server.seen == [
        Seen("POST", "/prefix/v1/log/entries", "application/json", encode_receipt(RECEIPT))
    ]


def test_a_logged_receipt_has_its_proof(call: Call) -> None:
    with serving(in_turn(json_answer(taken(proof="the proof\n")))) as server:
        logged = call(server.url, "log", RECEIPT)
    assert logged == {**RECEIPT, "log_inclusion": {"proof": "the proof\n"}}
    assert server.seen[0].path == "/v1/log/entries?wait=proof"


def test_a_log_that_keeps_back_the_proof_is_told_from_one_that_gives_it(call: Call) -> None:
    with serving(in_turn(json_answer(taken()))) as server:
        assert error_of(call, server, "log", RECEIPT).kind == "bad-content"


def test_many_are_submitted_a_thousand_at_once_and_answered_one_by_one(call: Call) -> None:
    receipts = [sample_receipt(input=str(i).encode()) for i in range(1001)]
    problem = {"status": 400, "code": "E-TS-003", "detail": "too old", "field": "ts"}

    def script(seen: Seen) -> Answer:
        entries = seen.content.splitlines()
        return lines(
            problem if i == 1 else taken(status=200, leaf_hash=receipt_leaf_hash(entry).hex())
            for i, entry in enumerate(entries)
        )

    with serving(script) as server:
        results = call(server.url, "submit_many", iter(receipts))
    assert [len(seen.content.splitlines()) for seen in server.seen] == [1000, 1]
    assert server.seen[0].content_type == "application/x-ndjson"
    assert results[1] == Refused(400, "E-TS-003", "too old", "ts")
    assert results[1000] == Submitted(7, receipt_leaf_hash(receipts[1000]), False)
    assert len(results) == 1001


def lines(results: Iterable[object]) -> Answer:
    return Answer("".join(json.dumps(result) + "\n" for result in results).encode())


PENDING = {"status": 503, "code": "proof-pending", "detail": "later", "leaf_index": 7}


def test_many_are_logged_and_have_their_proofs_or_why_there_is_none(call: Call) -> None:
    receipts = [sample_receipt(input=str(i).encode()) for i in range(1001)]

    def script(seen: Seen) -> Answer:
        entries = seen.content.splitlines()
        leaves = [receipt_leaf_hash(entry).hex() for entry in entries]
        answers = [taken(status=200, leaf_hash=leaf, proof=f"proof of {leaf}\n") for leaf in leaves]
        return lines([PENDING, *answers[1:]])

    with serving(script) as server:
        results = call(server.url, "log_many", iter(receipts))
    assert [seen.path for seen in server.seen] == ["/v1/log/entries?wait=proof"] * 2
    assert [len(seen.content.splitlines()) for seen in server.seen] == [1000, 1]
    assert results[0] == results[1000] == Refused(503, "proof-pending", "later", None)
    assert results[1:1000] == [
        {**receipt, "log_inclusion": {"proof": f"proof of {receipt_leaf_hash(receipt).hex()}\n"}}
        for receipt in receipts[1:1000]
    ]


@pytest.mark.parametrize("members", [{}, {"proof": "p" * 1_048_300}, {"proof": "p", "leaf_hash": "00" * 32}])
def test_each_of_many_has_the_proof_that_one_would_have(call: Call, members: dict[str, object]) -> None:
    results = [taken(status=200, proof="p"), taken(status=200, **members)]
    with serving(in_turn(lines(results))) as server:
        assert error_of(call, server, "log_many", [RECEIPT, RECEIPT]).kind == "bad-content"


@pytest.mark.parametrize("method", ["submit_many", "log_many"])
def test_nothing_is_sent_for_no_receipts(call: Call, method: str) -> None:
    with serving(in_turn(Answer())) as server:
        assert call(server.url, method, []) == []
    assert server.seen == []


@pytest.mark.parametrize(
    ("method", "argument"),
    [("submit", b"{}"), ("log", b"{}"), ("submit_many", [RECEIPT, b"{}"]), ("log_many", [RECEIPT, b"{}"])],
)
def test_what_is_no_receipt_is_not_sent(call: Call, method: str, argument: object) -> None:
    with serving(in_turn(Answer())) as server, pytest.raises(ReceiptError):
        call(server.url, method, argument)
    assert server.seen == []


def test_a_warning_of_the_log_is_handed_on(call: Call) -> None:
    warnings = [{"code": "W-TS-002", "message": "late", "field": "ts", "x": 1}, {"code": "W-X"}]
    with serving(in_turn(json_answer(taken(warnings=warnings)))) as server:
        submitted = call(server.url, "submit", RECEIPT)
    assert submitted.warnings == (Finding("W-TS-002", "late", "ts"), Finding("W-X", ""))


@pytest.mark.parametrize(
    "unknown",
    [
        "0.5",
        "-0",
        "1e999",
        "9" * 5000,
        '"\\ud800"',
        "[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]",
        '{"a":1,"a":2}',
    ],
)
def test_members_that_are_not_known_are_passed_over_whatever_they_are(call: Call, unknown: str) -> None:
    content = f'{{"x":{unknown},{json.dumps(taken(proof="p"))[1:]}'.encode()
    with serving(in_turn(Answer(content))) as server:
        assert call(server.url, "submit", RECEIPT) == Submitted(7, LEAF, False, "p")
    with serving(in_turn(Answer(content.replace(b"{", b'{"status":200,', 1)))) as server:
        assert call(server.url, "submit_many", [RECEIPT]) == [Submitted(7, LEAF, False, "p")]


@given(data=st.data())
def test_any_answer_is_read_or_bad_content(data: st.DataObject) -> None:
    sample = json.dumps(taken(status=200, proof="p", warnings=[{"code": "x"}])).encode()
    start = data.draw(st.integers(0, len(sample)))
    end = data.draw(st.integers(start, min(len(sample), start + 8)))
    inserted = data.draw(
        st.binary(max_size=6) | st.sampled_from([b"{", b'":', b"null", b"[]", b"1e9", b"NaN"])
    )
    try:
        result = read_result(sample[:start] + inserted + sample[end:], read_receipt(RECEIPT))
    except LogError as error:
        assert error.kind == "bad-content"
    else:
        assert isinstance(result, (Submitted, Refused))


def test_an_error_is_one_line_whatever_a_log_says(call: Call) -> None:
    detail = "b\r\n\x00\x7f\x9bc\u202e\u2028\u2029\U000e0001\u00e9"
    problem = {"code": "a\x1b[31m", "detail": detail, "field": "ts"}
    with serving(in_turn(json_answer(problem, 400))) as server:
        error = error_of(call, server)
    assert str(error) == f"status: status 400 (a\ufffd[31m: b{5 * chr(0xFFFD)}c{4 * chr(0xFFFD)}\u00e9)"
    assert (error.code, error.detail, error.field) == ("a\x1b[31m", detail, "ts")
    assert LogError("status", "\ud800").message == "\ufffd"


def test_a_text_that_is_not_unicode_is_no_text(call: Call) -> None:
    for members in ({"proof": "p\ud800"}, {"proof": "p", "warnings": [{"code": "x", "message": "\udfff"}]}):
        with serving(in_turn(json_answer(taken(**members)))) as server:
            assert error_of(call, server, "log", RECEIPT).kind == "bad-content"
    with serving(in_turn(lines([{"status": 400, "code": "\ud800"}]))) as server:
        assert error_of(call, server, "submit_many", [RECEIPT]).kind == "bad-content"
    with serving(in_turn(json_answer({"code": "x", "detail": "\ud800"}, 400))) as server:
        error = error_of(call, server)
    assert (error.status, error.code, error.detail) == (400, None, None)


def test_a_proof_may_be_all_escapes(call: Call) -> None:
    content = json.dumps(taken(proof="?")).replace("?", "\\u0070" * 1_000_000).encode()
    with serving(in_turn(Answer(content))) as server:
        assert call(server.url, "log", RECEIPT)["log_inclusion"] == {"proof": "p" * 1_000_000}


def test_a_log_is_not_told_by_cookies_who_asks(call: Call) -> None:
    cookie = Answer(b"", 503, {"set-cookie": "who=me; Path=/"})
    with serving(in_turn(cookie, json_answer(taken()))) as server:
        assert call(server.url, "submit", RECEIPT).index == 7
    assert [seen.cookie for seen in server.seen] == [None, None]


@pytest.mark.parametrize(("entry", "query"), [(LEAF, f"leaf={LEAF.hex()}"), (7, "index=7")])
def test_a_proof_is_asked_for_by_leaf_hash_or_index(call: Call, entry: object, query: str) -> None:
    with serving(in_turn(Answer(b"the proof\n"))) as server:
        assert call(server.url, "proof", entry) == "the proof\n"
    assert server.seen[0].path == f"/v1/log/proof?{query}"


@pytest.mark.parametrize(
    "failure",
    [
        BUSY,
        Answer(b"", 429, AGAIN),
        Answer(is_dropped=True),
        Answer(b"x" * (2 * 1024 * 1024 + 1), 503, AGAIN),
        Answer(b"\x1f\x8b", 503, {**AGAIN, "content-encoding": "gzip"}),
        Answer(b"{", 503, AGAIN, length=10),
    ],
    ids=["busy", "empty", "dropped", "long", "compressed", "cut"],
)
def test_what_is_refused_for_load_or_breaks_is_sent_again(call: Call, failure: Answer) -> None:
    with serving(in_turn(failure, json_answer(taken()))) as server:
        assert call(server.url, "submit", RECEIPT).index == 7
    assert len(server.seen) == 2
    assert server.seen[0] == server.seen[1]


def test_a_log_that_stays_busy_is_asked_five_times(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tecp._log.exchange._FIRST_PAUSE_SECONDS", 0.001)
    with serving(in_turn(BUSY)) as server:
        error = error_of(call, server)
    assert (error.kind, error.status, error.code, error.detail) == ("status", 503, "overloaded", "later")
    assert len(server.seen) == MAX_ATTEMPTS


@pytest.mark.parametrize(
    ("beginning", "more"),
    [
        (b"HTTP/1.1 200 OK\r\nX: ", b"a"),
        (b"", b"HTTP/1.1 103 Early Hints\r\n\r\n"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;", b"a"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n", b"a"),
    ],
    ids=["header", "hints", "chunk", "body"],
)
def test_a_log_that_never_ends_its_answer_is_late(
    call: Call, beginning: bytes, more: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tecp._log.exchange.MAX_ATTEMPTS", 1)
    with dripping(beginning, more) as url, pytest.raises(LogError) as caught:
        call(url, "proof", 0, timeout=0.5)
    assert caught.value.kind == "timeout"


def test_a_silent_log_is_asked_again_when_its_time_is_over(call: Call) -> None:
    with serving(in_turn(Answer(is_silent=True), json_answer(taken()))) as server:
        assert call(server.url, "submit", RECEIPT, timeout=TIMEOUT).index == 7


@pytest.mark.parametrize("location", ["/elsewhere", "http://[::1"])
@pytest.mark.parametrize("status", [201, 301, 400, 404, 413, 500])
def test_another_status_is_an_error_at_once(call: Call, status: int, location: str) -> None:
    answer = json_answer({"code": "E-X", "detail": "why"}, status, location=location, **AGAIN)
    with serving(in_turn(answer)) as server:
        error = error_of(call, server)
    assert (error.kind, error.status, error.code) == ("status", status, "E-X")
    assert len(server.seen) == 1


@pytest.mark.parametrize("content", [b"", b"\xff", b"[1]", b'{"code":5}', b"x" * 10_000], ids=len)
def test_a_problem_that_is_none_is_still_a_status(call: Call, content: bytes) -> None:
    with serving(in_turn(Answer(content, 400))) as server:
        error = error_of(call, server)
    assert (error.status, error.code, error.detail) == (400, None, None)


@pytest.mark.parametrize(
    "answer",
    [
        Answer(b'{"code":"x"}', 400, length=100),
        Answer(b'{"code":"x"}', 400, {"content-encoding": "gzip"}),
        Answer(b'{"code":"x"' + b" " * 8192 + b"}", 400),
    ],
    ids=["cut", "compressed", "long"],
)
def test_a_status_counts_whatever_becomes_of_its_body(call: Call, answer: Answer) -> None:
    with serving(in_turn(answer)) as server:
        error = error_of(call, server)
    assert (error.kind, error.status, error.code) == ("status", 400, None)
    assert len(server.seen) == 1


def test_a_status_counts_before_its_body_ends(call: Call) -> None:
    beginning = b'HTTP/1.1 400 Bad Request\r\nContent-Length: 1000000\r\n\r\n{"code":"x"'
    with dripping(beginning, b" ") as url, pytest.raises(LogError) as caught:
        call(url, "proof", 0, timeout=0.5)
    assert (caught.value.kind, caught.value.status, caught.value.code) == ("status", 400, None)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff",
        b"5",
        json.dumps(taken(leaf_index=1.5, proof="p")).encode(),
        json.dumps(taken(leaf_index=10**4000, proof="p")).encode(),
        json.dumps(taken(leaf_index=-1, proof="p")).encode(),
        json.dumps(taken(leaf_index=True, proof="p")).encode(),
        json.dumps(taken(leaf_hash="00" * 32, proof="p")).encode(),
        json.dumps(taken(duplicate=0, proof="p")).encode(),
        json.dumps(taken(proof=5)).encode(),
        json.dumps(taken(proof=None)).encode(),
        json.dumps(taken(proof="")).encode(),
        json.dumps(taken(proof="p" * 1_048_300)).encode(),
        json.dumps(taken(proof="p", warnings={})).encode(),
        json.dumps(taken(proof="p", warnings=[5])).encode(),
        json.dumps(taken(proof="p", warnings=[{"message": "x"}])).encode(),
        json.dumps(taken(proof="p", x=float("nan"))).encode(),
        b"[" * 100_000,
        b'{"x":' * 100_000,
    ],
)
def test_an_answer_that_is_none_is_bad_content(call: Call, content: bytes) -> None:
    with serving(in_turn(Answer(content))) as server:
        assert error_of(call, server, "log", RECEIPT).kind == "bad-content"
        assert len(server.seen) == 1


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{}",
        b"{}\n5",
        b'{"status":400}\n{}',
        b'{"status":-4,"code":"x"}\n{}',
        b'{"status":99,"code":"x"}\n{}',
        b'{"status":1000,"code":"x"}\n{}',
        b'{"status":"400","code":"x"}\n{}',
        b"\n" * 1_000_000,
    ],
    ids=len,
)
@pytest.mark.parametrize("method", ["submit_many", "log_many"])
def test_results_that_are_none_are_bad_content(call: Call, method: str, content: bytes) -> None:
    with serving(in_turn(Answer(content))) as server:
        error = error_of(call, server, method, [RECEIPT, RECEIPT])
    assert error.kind == "bad-content"


def test_a_result_is_understood_as_far_as_it_can_be(call: Call) -> None:
    result = {"status": 400, "code": "x", "detail": 5, "field": []}
    with serving(in_turn(lines([result, {"status": 999}, {"status": 100, "code": 5}]))) as server:
        results = call(server.url, "submit_many", [RECEIPT] * 3)
    assert results == [Refused(400, "x", "", None), Refused(999, "", "", None), Refused(100, "", "", None)]


def test_no_proof_for_a_submission_is_none_at_all(call: Call) -> None:
    with serving(in_turn(json_answer(taken(proof=None)))) as server:
        assert error_of(call, server, "submit", RECEIPT).kind == "bad-content"
    with serving(in_turn(Answer(b""))) as server:
        assert error_of(call, server, "proof", 0).kind == "bad-content"


def test_an_answer_is_counted_while_it_arrives(call: Call) -> None:
    with serving(in_turn(Answer(b"x" * (2 * 1024 * 1024 + 1)))) as server:
        assert error_of(call, server, "proof", 0).kind == "too-large"


def test_an_answer_that_breaks_off_is_asked_for_again(call: Call) -> None:
    broken = Answer(b"the pro", length=10)
    with serving(in_turn(broken, Answer(b"the proof\n"))) as server:
        assert call(server.url, "proof", 0) == "the proof\n"


def test_a_compressed_answer_is_not_unpacked(call: Call) -> None:
    with serving(in_turn(Answer(b"x", headers={"content-encoding": "gzip"}))) as server:
        assert error_of(call, server, "proof", 0).kind == "bad-content"


@pytest.mark.parametrize("coding", ["", "identity", "Identity"])
def test_an_answer_that_is_as_it_is_needs_no_unpacking(call: Call, coding: str) -> None:
    with serving(in_turn(Answer(b"x", headers={"content-encoding": coding}))) as server:
        assert call(server.url, "proof", 0) == "x"


def test_a_log_that_is_not_there_is_unreachable(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tecp._log.exchange._FIRST_PAUSE_SECONDS", 0.001)
    with serving(in_turn(Answer())) as server:
        url = server.url
    with pytest.raises(LogError) as caught:
        call(url, "proof", 0)
    assert caught.value.kind == "unreachable"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "log.example",
        "ftp://x",
        "HTTP://x",
        "http://",
        "http:///x",
        "http://[::1",
        "http://x/?y",
        "http://x#y",
    ],
)
def test_a_url_that_is_none_is_a_mistake(url: str) -> None:
    for client in (LogClient, AsyncLogClient):
        with pytest.raises(ValueError, match="URL"):
            client(url)


def test_a_password_is_sent_and_not_shown(call: Call, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    with serving(in_turn(Answer(b"x"))) as server:
        url = server.url.replace("http://", "http://me:pa%40ss@") + "/a@b/"
        assert call(url, "proof", 0) == "x"
    (seen,) = server.seen
    assert seen.authorization == "Basic " + b64encode(b"me:pa@ss").decode()
    assert seen.path == "/a@b/v1/log/proof?index=0"
    for client in (LogClient(url), AsyncLogClient(url)):
        assert client.url == server.url + "/a@b"
    assert "HTTP Request" in caplog.text
    assert "pa%40ss" not in caplog.text
    assert "pa@ss" not in caplog.text


@pytest.mark.parametrize("timeout", [0, -1, 1e30, 10**400, float("nan"), float("inf"), True, "1"])
def test_a_timeout_that_is_none_is_a_mistake(timeout: Any) -> None:
    with pytest.raises((TypeError, ValueError)):
        LogClient("http://x", timeout=timeout)


def test_a_client_of_the_callers_is_used_and_left_open() -> None:
    with serving(in_turn(Answer(b"x"))) as server, httpx.Client(follow_redirects=True) as own:
        with LogClient(server.url, client=own) as client:
            assert client.proof(0) == "x"
        assert not own.is_closed


@pytest.mark.parametrize(
    ("retry_after", "seconds"),
    [("3", 3), ("11", 10), ("9" * 400, 10)],
)
def test_a_pause_is_as_long_as_the_log_asks_up_to_ten_seconds(retry_after: str, seconds: float) -> None:
    assert pause_seconds(1, retry_after) == seconds


@pytest.mark.parametrize(
    "retry_after", [None, "", "0", "-1", "1.5", "nan", "\u0663", "Wed, 21 Oct 2015 07:28:00 GMT"]
)
def test_a_pause_is_twice_as_long_each_time_whatever_else_the_log_says(retry_after: str | None) -> None:
    for attempt, least in ((1, 0.125), (2, 0.25), (3, 0.5), (4, 1.0)):
        assert least <= pause_seconds(attempt, retry_after) <= 3 * least


def test_there_is_a_pause_between_two_attempts_and_none_after_the_last() -> None:
    steps = send(Request("GET", "/", 10))
    kinds = [type(next(steps))]
    with pytest.raises(LogError):
        while True:
            step = steps.send(Response(503, b"", "9") if kinds[-1] is Request else None)
            assert not isinstance(step, Pause) or step.seconds == 9
            kinds.append(type(step))
    assert kinds == [Request, Pause] * 4 + [Request]
