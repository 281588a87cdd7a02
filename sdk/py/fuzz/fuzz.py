"""Coverage-guided fuzzing of the parsers, by atheris, for as long as you like.

    pip install atheris
    python fuzz/fuzz.py note|checkpoint|policy|proof|key|json|receipt|line|answer [options of libFuzzer]

Whatever the bytes are, a parser returns or raises its one error: anything else ends the run with the bytes
that did it. The property tests hold the same promise in every run of the tests.
"""

from __future__ import annotations

import sys
from pathlib import Path

import atheris

sys.path.insert(0, str(Path(__file__).parents[1]))

with atheris.instrument_imports(include=["tecp"]):
    from tecp import LogError, ProtocolError, verify_receipt
    from tecp._command.lines import answer_line
    from tecp._json.parse import parse_json
    from tecp._log.answers import read_result
    from tecp._receipt.parse import read_receipt
    from tests.samples import sample_receipt
    from tests.test_formats import PARSERS

RECEIPT = read_receipt(sample_receipt())

TARGETS = {
    **{name: parse for name, (_sample, parse) in PARSERS.items()},
    "json": parse_json,
    "receipt": lambda data: verify_receipt(data, now_ms=0),
    "line": answer_line,
    "answer": lambda data: read_result(data, RECEIPT),
}


def main() -> None:
    """Runs the target that the first argument names."""
    target = TARGETS[sys.argv.pop(1)]

    def test_one(data: bytes) -> None:
        try:
            target(data)
        except (ProtocolError, LogError):
            return

    atheris.Setup(sys.argv, test_one)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
