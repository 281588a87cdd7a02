"""The errors that this package raises for what comes from outside.

Whatever the bytes are, a function returns a checked value or raises the one error it names. Codes are
stable and are what programs compare; messages are for people and never hold a secret. What no
program can mean, such as a seed of 31 bytes, is a `TypeError` or a `ValueError` instead.
"""

from __future__ import annotations

from typing import Literal
from unicodedata import category

ProtocolErrorCode = Literal["malformed", "bad-key", "bad-signature", "untrusted", "bad-proof", "stale"]


class TecpError(Exception):
    """Base of all errors of this package."""


class ProtocolError(TecpError):
    """What is wrong with JSON, a key, a note, a checkpoint, a policy, a proof or a list of shards.

    `code` is one of docs/spec/verifier.md, sections 5 and 6.
    """

    def __init__(self, code: ProtocolErrorCode, message: str) -> None:
        super().__init__(code, message)
        self.code: ProtocolErrorCode = code
        self.message = message

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"


class ReceiptError(TecpError):
    """The first thing wrong with the form of a receipt.

    `code` is one of docs/spec/receipt.md, section 8; `field` is the path of the member, such as
    `chain.prev`, where there is one to name.
    """

    def __init__(self, code: str, message: str, field: str | None = None) -> None:
        super().__init__(code, message, field)
        self.code = code
        self.message = message
        self.field = field

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"


LogErrorKind = Literal["unreachable", "timeout", "status", "too-large", "bad-content"]

# Controls, formats, such as what turns a line around, surrogates, and the separators of lines and paragraphs.
_UNPRINTABLE = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


def printable(text: str) -> str:
    """One line that a terminal may show, whatever a log put into it."""
    return "".join("\ufffd" if category(character) in _UNPRINTABLE else character for character in text)


class LogError(TecpError):
    """A log did not do what was asked of it.

    `kind` is `unreachable` (no connection, or it broke), `timeout`, `status` (a status that says no),
    `too-large` or `bad-content` (an answer that is not what it must be). For `status` there are the
    HTTP `status`, and the `code`, the `detail` and the `field` of the problem document, as far as the log
    sent one: as it sent them, whatever characters they have. `message` is one line that a terminal may show.
    """

    def __init__(  # noqa: PLR0917 - an exception is pickled with its arguments by position
        self,
        kind: LogErrorKind,
        message: str,
        status: int | None = None,
        code: str | None = None,
        detail: str | None = None,
        field: str | None = None,
    ) -> None:
        super().__init__(kind, message, status, code, detail, field)
        self.kind: LogErrorKind = kind
        self.message = printable(message)
        self.status = status
        self.code = code
        self.detail = detail
        self.field = field

    def __str__(self) -> str:
        return f"{self.kind}: {self.message}"


def malformed(message: str) -> ProtocolError:
    """The error of a text that is not of its form."""
    return ProtocolError("malformed", message)
