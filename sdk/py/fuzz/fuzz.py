"""Coverage-guided fuzzing of the parsers, by atheris, for as long as you like.

    pip install atheris
    python fuzz/fuzz.py note|checkpoint|policy|proof|key|json|receipt|line [options of libFuzzer]

Whatever the bytes are, a parser returns or raises its one error: anything else ends the run with the bytes
that did it. The property tests hold the same promise in every run of the tests.
"""

from __future__ import annotations

import sys
from pathlib import Path

import atheris

sys.path.insert(0, str(Path(__file__).parents[1]))

with atheris.instrument_imports(include=["tecp"]):
    from tecp import ProtocolError, verify_receipt
    from tecp._command.lines import answer_line
    from tecp._json.parse import parse_json
    from tests.test_formats import PARSERS

TARGETS = {
    **{name: parse for name, (_sample, parse) in PARSERS.items()},
    "json": parse_json,
    "receipt": lambda data: verify_receipt(data, now_ms=0),
    "line": answer_line,
}


def main() -> None:
    """Runs the target that the first argument names."""
    target = TARGETS[sys.argv.pop(1)]

    def test_one(data: bytes) -> None:
        try:
            target(data)
        except ProtocolError:
            return

    atheris.Setup(sys.argv, test_one)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
