"""Receipts of calls of a chat model, by `@receipted`.

The client is any with the interface of the package `openai`, sync or async. What stands for input and output
is the JSON of the call and of its answer, which the caller keeps beside the receipt: only who has both can
check the hashes.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from tecp import IssuerKey, Receipt, receipted


def json_bytes(value: object) -> bytes:
    """One text for one value: members in order, no white space."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def receipted_completions(
    client: Any, key: IssuerKey, on_receipt: Callable[[Receipt], object]
) -> Callable[..., Any]:
    """`client.chat.completions.create`, with a receipt of every call."""

    @receipted(
        key=key,
        code_ref="openai:chat.completions",
        on_receipt=on_receipt,
        input=lambda **call: json_bytes(call),
        output=lambda answer: json_bytes(answer.model_dump(mode="json")),
        policy_ids=["no_model_training"],
    )
    def create(**call: Any) -> Any:
        return client.chat.completions.create(**call)

    return create
