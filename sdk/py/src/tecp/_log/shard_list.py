"""The exchange by which the operator's list of shards is fetched."""

from __future__ import annotations

import time

from tecp._log.exchange import Request, Steps, send
from tecp._note.keys import VerifierKey
from tecp._note.note import MAX_NOTE_BYTES
from tecp._shards import ShardList, open_shard_list


def shard_list_request(
    operator: VerifierKey, now_ms: int | None, before: ShardList | None
) -> Steps[ShardList]:
    """The list of the operator whom the key is of; at the time of this machine if no other is given."""
    note = yield from send(Request("GET", "/v1/log/shards", MAX_NOTE_BYTES))
    now = time.time_ns() // 10**6 if now_ms is None else now_ms
    return open_shard_list(note, operator, now_ms=now, before=before)
