"""The examples, run; with a log of the test's own."""

from __future__ import annotations

import asyncio
import json
import runpy
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from examples.chat_completion import json_bytes, receipted_completions
from examples.fastapi_app import create_app
from tecp import Receipt, encode_receipt, receipt_leaf_hash, verify_receipt

from .samples import KEY, sample_receipt
from .web_server import Answer, Seen, serving

EXAMPLES = Path(__file__).parents[1] / "examples"
PROOF = "a proof\n"


def log_script(seen: Seen) -> Answer:
    """A log that takes everything, and has the same proof for it."""
    leaf = receipt_leaf_hash(seen.content).hex()
    answer = {"leaf_index": 0, "leaf_hash": leaf, "duplicate": False, "proof": PROOF}
    return Answer(json.dumps(answer).encode())


def test_the_quick_start_writes_a_receipt_with_its_proof(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "work.tecp.json"
    with serving(log_script) as server:
        monkeypatch.setattr("sys.argv", ["quickstart.py", server.url, str(out)])
        runpy.run_path(str(EXAMPLES / "quickstart.py"), run_name="__main__")
    data = out.read_bytes()
    receipt = json.loads(data)
    assert data == encode_receipt(receipt) + b"\n"
    assert receipt["log_inclusion"] == {"proof": PROOF}
    assert verify_receipt(receipt, now_ms=receipt["ts"]).valid


@asynccontextmanager
async def client_of(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a service in this process; an answer comes when its background tasks are done."""
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://service") as web,
    ):
        yield web


def test_a_service_hands_out_a_receipt_with_every_answer() -> None:
    async def receipt_of_a_call(log_url: str) -> Any:
        async with client_of(create_app(KEY, log_url)) as web:
            answer = await web.post("/summary", content=b"First. Second.")
            assert answer.content == b"First"
            assert (await web.get("/receipts/00")).status_code == 404
            return (await web.get(f"/receipts/{answer.headers['Tecp-Leaf-Hash']}")).json()

    with serving(log_script) as log:
        receipt = asyncio.run(receipt_of_a_call(log.url))
    assert receipt["log_inclusion"] == {"proof": PROOF}
    expected = sample_receipt(input=b"First. Second.", output=b"First")
    assert receipt["input_hash"] == expected["input_hash"]
    assert receipt["output_hash"] == expected["output_hash"]
    assert verify_receipt(receipt, now_ms=receipt["ts"], trusted_keys=[KEY.public_key]).valid


class Completion:
    """What `openai` returns has this method."""

    def model_dump(self, mode: str) -> dict[str, Any]:
        assert mode == "json"
        return {"choices": [{"message": {"content": "Hello"}}]}


class ChatClient:
    """The part of the interface of `openai.OpenAI` that the example asks for."""

    def __init__(self) -> None:
        self.chat = self
        self.completions = self

    def create(self, **call: Any) -> Completion:
        assert call["model"] == "m"
        return Completion()


class AsyncChatClient(ChatClient):
    """The same of `openai.AsyncOpenAI`."""

    async def create(self, **call: Any) -> Completion:  # type: ignore[override]
        return super().create(**call)


@pytest.mark.parametrize("is_async", [False, True])
def test_a_chat_completion_has_a_receipt_of_the_call_and_the_answer(is_async: bool) -> None:
    receipts: list[Receipt] = []
    create = receipted_completions(AsyncChatClient() if is_async else ChatClient(), KEY, receipts.append)
    call = {"model": "m", "temperature": 0.2, "messages": [{"role": "user", "content": "Hi"}]}
    answer = asyncio.run(create(**call)) if is_async else create(**call)
    expected = sample_receipt(input=json_bytes(call), output=json_bytes(answer.model_dump(mode="json")))
    assert [each["input_hash"] for each in receipts] == [expected["input_hash"]]
    assert receipts[0]["output_hash"] == expected["output_hash"]
