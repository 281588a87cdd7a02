"""Coverage-guided fuzzing of the parsers, by atheris, for as long as you like.

    pip install atheris
    python fuzz/fuzz.py note|checkpoint|policy|proof|key|json|receipt|line|answer [options of libFuzzer]

Whatever the bytes are, a parser returns or raises its one error: anything else ends the run with the bytes
that did it. The property tests hold the same promise in every run of the tests. What was found is kept in
`fuzz/corpus`, and begins with a good sample.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import atheris

sys.path.insert(0, str(Path(__file__).parents[1]))

with atheris.instrument_imports(include=["tecp"]):
    from tecp import LogError, ProtocolError, encode_receipt, verify_receipt
    from tecp._command.lines import answer_line
    from tecp._json.parse import parse_json
    from tecp._log.answers import read_result
    from tecp._receipt.parse import read_receipt
    from tests.samples import sample_receipt
    from tests.test_formats import PARSERS, PROOF
    from tests.test_log_client import taken

RECEIPT = encode_receipt(sample_receipt())
LOGGED = read_receipt(RECEIPT)
ANSWER = taken(status=200, proof="p", warnings=[{"code": "W-TS-002", "message": "late", "field": "ts"}])

TARGETS: dict[str, tuple[bytes, Callable[[bytes], object]]] = {
    **PARSERS,
    "json": (RECEIPT, parse_json),
    "receipt": (RECEIPT, lambda data: verify_receipt(data, now_ms=0)),
    "line": (json.dumps(PROOF).encode(), answer_line),
    "answer": (json.dumps(ANSWER).encode(), lambda data: read_result(data, LOGGED)),
}


def main() -> None:
    """Runs the target that the first argument names."""
    name = sys.argv.pop(1)
    sample, target = TARGETS[name]
    corpus = Path(__file__).parent / "corpus" / name
    corpus.mkdir(parents=True, exist_ok=True)
    (corpus / "sample").write_bytes(sample)

    def test_one(data: bytes) -> None:
        try:
            target(data)
        except (ProtocolError, LogError):
            return

    atheris.Setup([*sys.argv, str(corpus)], test_one)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
