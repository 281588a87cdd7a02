"""A FastAPI service that hands out a receipt with every answer.

    ISSUER_KEY=issuer.pem LOG_URL=https://log.example uvicorn examples.fastapi_app:app

`POST /summary` takes text. Its answer has the header `Tecp-Leaf-Hash`, and `GET /receipts/<leaf hash>` is the
receipt, with the log's proof once there is one.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import BackgroundTasks, FastAPI, HTTPException, Request, Response

from tecp import AsyncLogClient, IssuerKey, Receipt, create_receipt, encode_receipt, receipt_leaf_hash


def create_app(key: IssuerKey, log_url: str) -> FastAPI:
    """The service; the receipts of all calls are kept in memory, which is enough for an example."""
    receipts: dict[str, Receipt] = {}

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with AsyncLogClient(log_url) as log:
            app.state.log = log
            yield

    app = FastAPI(lifespan=lifespan)

    async def add_proof(name: str) -> None:
        receipts[name] = await app.state.log.log(receipts[name])

    @app.post("/summary")
    async def summary(request: Request, tasks: BackgroundTasks) -> Response:
        given = await request.body()
        result = given.split(b".")[0]
        receipt = create_receipt(
            key=key,
            code_ref="git:0123456789abcdef0123456789abcdef01234567",
            input=given,
            output=result,
            policy_ids=["no_retention"],
        )
        name = receipt_leaf_hash(receipt).hex()
        receipts[name] = receipt
        # Whoever asks does not wait for the log.
        tasks.add_task(add_proof, name)
        return Response(result, media_type="text/plain", headers={"Tecp-Leaf-Hash": name})

    @app.get("/receipts/{name}")
    async def receipt_of(name: str) -> Response:
        if name not in receipts:
            raise HTTPException(404)
        return Response(encode_receipt(receipts[name]), media_type="application/json")

    return app


def __getattr__(name: str) -> FastAPI:
    """`app`, for uvicorn: made when it is asked for."""
    if name != "app":
        raise AttributeError(name)
    return create_app(IssuerKey.load(os.environ["ISSUER_KEY"]), os.environ["LOG_URL"])
