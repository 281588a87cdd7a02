"""`shards` of `--lines` (docs/spec/verifier.md, section 6)."""

from __future__ import annotations

from typing import Any

from tecp._base64 import encode_base64
from tecp._command.request import Answer, RefusalError, Request, bytes_of, count_of, text_of
from tecp._errors import ProtocolError
from tecp._note.keys import parse_verifier_key
from tecp._shards import Shard, ShardList, open_shard_list, parse_shard_list


def answer_shards(request: Request) -> Answer:
    """A list of shards, if it is to be believed."""
    note = bytes_of(request.get("note"))
    key = text_of(request.get("key"))
    now_ms = count_of(request.get("now"))
    before = _seen(request["before"]) if "before" in request else None
    opened = open_shard_list(note, parse_verifier_key(key), now_ms=now_ms, before=before)
    answer: dict[str, Any] = {
        "version": opened.version,
        "issued": opened.issued,
        "expires": opened.expires,
        "shards": [_shard(shard) for shard in opened.shards],
    }
    write = opened.shard_to_write
    return answer if write is None else {**answer, "write": write.key.text}


def _seen(value: object) -> ShardList:
    try:
        return parse_shard_list(bytes_of(value))
    except (ProtocolError, RefusalError):
        raise RefusalError("bad-option", "before") from None


def _shard(shard: Shard) -> Answer:
    answer: Answer = {"key": shard.key.text, "url": shard.url, "began": shard.began}
    if shard.final is None:
        return answer
    return {**answer, "final": {"size": shard.final.size, "root": encode_base64(shard.final.root)}}
