"""What is in the package, and that it is what the documents say."""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path
from typing import Any, cast

import pytest

import tecp
from tecp import _proof
from tecp._note import checkpoint, keys, note
from tecp._policy import model

from .test_examples import PROOF, log_script
from .web_server import serving

ROOT = Path(__file__).parents[3]


def test_the_registry_is_the_normative_one() -> None:
    normative = ROOT / "shared/protocol/receipt/policy-registry.json"
    copy = files("tecp._receipt").joinpath("policy-registry.json")
    assert copy.read_bytes() == normative.read_bytes()


def test_limits_are_those_of_the_specification() -> None:
    table = (ROOT / "docs/spec/log.md").read_text().partition("## 10. Limits")[2]
    rows = re.findall(r"^\|[^|]*\| ([0-9,]+) \| `[^`]*` `(MAX_[A-Z_]+)` \|$", table, re.MULTILINE)
    limits = {name: int(value.replace(",", "")) for value, name in rows}
    ours = {
        name: value
        for module in (keys, note, checkpoint, model, _proof)
        for name, value in vars(module).items()
        if name.startswith("MAX_")
    }
    assert len(ours) >= 14
    assert ours == {name: limits[name] for name in ours}


def test_everything_that_is_exported_is_there_and_documented() -> None:
    assert sorted(tecp.__all__) == sorted(set(tecp.__all__))
    for name in tecp.__all__:
        assert name in ("JsonValue", "Profile") or getattr(tecp, name).__doc__
        assert name in dir(tecp)


def snippets() -> list[str]:
    readme = (Path(__file__).parents[1] / "README.md").read_text()
    return re.findall(r"```python\n(.*?)```", readme, re.DOTALL)


def test_the_snippets_of_the_readme_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("policy.txt").write_text("quorum none\n")
    names: dict[str, object] = {}
    with serving(log_script) as server:
        for snippet in snippets():
            exec(snippet.replace("https://log.example", server.url), names)
    assert len(snippets()) >= 5
    assert [receipt["log_inclusion"] for receipt in cast(Any, names["logged"])] == [{"proof": PROOF}]
