"""The vectors of sdk/vectors, which all implementations pass."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tecp import canonicalize
from tecp._command.lines import answer_line

VECTORS = Path(__file__).parents[2] / "vectors"
FILES = sorted([*VECTORS.glob("*.vectors.json"), *VECTORS.glob("optional/*.vectors.json")])


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name.split(".")[0])
def test_every_vector_gets_its_answer(path: Path) -> None:
    cases: list[dict[str, Any]] = json.loads(path.read_bytes())["cases"]
    assert cases
    failures = [case["name"] for case in cases if _answer(case) != canonicalize(case["answer"])]
    assert failures == []


def _answer(case: dict[str, Any]) -> bytes:
    return answer_line(json.dumps(case["request"]).encode())


def test_there_are_vectors() -> None:
    assert len(FILES) >= 14
