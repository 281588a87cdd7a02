"""Requests of `--lines`, read member by member (docs/spec/verifier.md, section 2)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from tecp._arguments import check_integer
from tecp._base64 import decode_base64
from tecp._errors import ProtocolError
from tecp._merkle import HASH_BYTES
from tecp._policy.model import Policy
from tecp._policy.parse import parse_policy

Request = dict[str, Any]
Answer = dict[str, Any]
T = TypeVar("T")


class RefusalError(Exception):
    """Ends an operation: `answer` is all that is to be said."""

    def __init__(self, error: str, field: str | None = None) -> None:
        super().__init__(error)
        self.answer: Answer = {"error": error}
        if field is not None:
            self.answer["field"] = field


class BadRequestError(RefusalError):
    """A member that is missing or is not what it must be."""

    def __init__(self) -> None:
        super().__init__("bad-request")


def text_of(value: object) -> str:
    """A text."""
    if not isinstance(value, str):
        raise BadRequestError
    return value


def bytes_of(value: object, length: int | None = None) -> bytes:
    """Bytes in base64."""
    data = decode_base64(text_of(value))
    if data is None or (length is not None and len(data) != length):
        raise BadRequestError
    return data


def list_of(value: object, read: Callable[[Any], T]) -> list[T]:
    """An array whose items are all read alike."""
    if not isinstance(value, list):
        raise BadRequestError
    return [read(item) for item in value]


def hash_of(value: object) -> bytes:
    """32 bytes in base64."""
    return bytes_of(value, HASH_BYTES)


def object_of(value: object) -> Request:
    """An object."""
    if not isinstance(value, dict):
        raise BadRequestError
    return value


def integer_of(value: object) -> int:
    """An integer of any size."""
    if type(value) is not int:
        raise BadRequestError
    return value


def count_of(value: object) -> int:
    """An integer from 0 to 2^53-1."""
    try:
        return check_integer(value, "count")
    except (TypeError, ValueError):
        raise BadRequestError from None


def policy_of(value: object) -> Policy:
    """The trust policy of a verification; all that is wrong with it is a bad option."""
    try:
        return parse_policy(bytes_of(value))
    except (BadRequestError, ProtocolError):
        raise RefusalError("bad-option", "policy") from None
