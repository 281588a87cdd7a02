"""Lists of shards from a server; what a list may say is in the vectors."""

from __future__ import annotations

import json
from base64 import b64decode
from pathlib import Path
from typing import Any

import pytest

from tecp import ProtocolError, ShardList, VerifierKey, parse_shard_list, parse_verifier_key
from tecp._shards import MAX_SHARD_LIST_BYTES

from .test_log_client import call_async, call_sync
from .web_server import Answer, in_turn, serving

VECTORS = Path(__file__).parents[2] / "vectors/optional/shards.vectors.json"
REQUESTS: dict[str, Any] = {
    case["name"]: case["request"] for case in json.loads(VECTORS.read_bytes())["cases"]
}
FIRST = b64decode(REQUESTS["a list of two"]["note"])
SECOND = b64decode(REQUESTS["a rotation"]["note"])
NOW_MS: int = REQUESTS["a list of two"]["now"]


def operator() -> VerifierKey:
    return parse_verifier_key(REQUESTS["a list of two"]["key"])


@pytest.mark.parametrize("call", [call_sync, call_async])
def test_a_list_is_fetched_and_no_older_one_after_it(call: Any) -> None:
    answers = in_turn(Answer(status=503), Answer(FIRST), Answer(SECOND), Answer(FIRST))
    with serving(answers) as server:
        first: ShardList = call(server.url, "shard_list", operator(), now_ms=NOW_MS)
        assert first.shard_to_write is not None
        assert first.shard_to_write.url == "https://log.example/2026"
        kept = parse_shard_list(first.text)
        second = call(server.url, "shard_list", operator(), now_ms=NOW_MS, before=kept)
        assert second.shard_to_write.key.name == "log.example/2027"
        with pytest.raises(ProtocolError) as older:
            call(server.url, "shard_list", operator(), now_ms=NOW_MS, before=second)
        assert older.value.code == "stale"
        # By the clock of this machine it has long expired.
        with pytest.raises(ProtocolError) as expired:
            call(server.url, "shard_list", operator())
        assert expired.value.code == "stale"
        assert {seen.path for seen in server.seen} == {"/v1/log/shards"}


def test_a_list_has_a_limit_of_bytes() -> None:
    text = FIRST.decode().split("\n\n")[0] + "\n"
    url = "https://log.example/2025"
    longest = text.replace(url, url + "x" * (MAX_SHARD_LIST_BYTES - len(text)), 1)
    assert len(parse_shard_list(longest).text) == MAX_SHARD_LIST_BYTES
    with pytest.raises(ProtocolError) as longer:
        parse_shard_list(longest.replace(url, url + "x", 1))
    assert longer.value.code == "malformed"
