"""A receipt from its key to its file.

    python examples/quickstart.py LOG_URL OUT_FILE

It makes a key, creates a receipt, logs it, which attaches the proof, and writes the file.
"""

from __future__ import annotations

import sys
from pathlib import Path

from tecp import IssuerKey, LogClient, create_receipt, encode_receipt


def main(log_url: str, out_file: str) -> None:
    """Writes a `.tecp.json` file: the canonical bytes and a newline."""
    key = IssuerKey.generate()
    receipt = create_receipt(
        key=key,
        code_ref="git:0123456789abcdef0123456789abcdef01234567",
        input=b"what the code was given",
        output=b"what it returned",
        policy_ids=["no_retention"],
    )
    with LogClient(log_url) as log:
        logged = log.log(receipt)
    Path(out_file).write_bytes(encode_receipt(logged) + b"\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
