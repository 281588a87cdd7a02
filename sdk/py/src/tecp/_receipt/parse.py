"""Reading receipts (docs/spec/receipt.md, sections 3 to 5 and 7.3): everything but the signature."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any, NamedTuple

from tecp._errors import ProtocolError, ReceiptError
from tecp._json.parse import parse_canonical, read_written
from tecp._json.value import JsonObject, JsonValue
from tecp._json.write import TooLargeError, canonical_text, write_in_order, write_sorted
from tecp._receipt.members import CheckedMembers, check_members, check_unsigned_members
from tecp._receipt.types import KNOWN_MEMBERS, MAX_RECEIPT_BYTES, MAX_RECEIPT_ENTRY_BYTES

# How much of a value from memory is written before it is given up as too large: far above the limit,
# so that what cannot be canonicalised is said of it first.
_MAX_WRITTEN_BYTES = 16 * MAX_RECEIPT_BYTES

_OBJECTS = frozenset({"key_erasure", "environment", "chain", "ext"})


class ParsedReceipt(NamedTuple):
    """A receipt of good form."""

    members: JsonObject
    checked: CheckedMembers
    data: bytes
    """Canonical bytes of the whole."""
    entry: bytes
    """What is logged: without `log_inclusion`."""
    signed: bytes
    """What the signature covers: without `sig` and `log_inclusion`."""


def _too_large(data: bytes, limit: int) -> ReceiptError:
    return ReceiptError("E-SIZE-001", f"{len(data)} bytes, at most {limit} are allowed")


def _without(members: JsonObject, names: tuple[str, ...]) -> bytes:
    """The canonical bytes of a part of what the parser returned, which is in its order."""
    part = {name: value for name, value in members.items() if name not in names}
    return write_in_order(part).encode()


def _signed_part(members: JsonObject, entry: bytes) -> bytes:
    """The entry without `sig`: cut out of its bytes, which costs a tenth of writing them again.

    It never comes first, as `code_ref` is before it. The same bytes may be in another object.
    """
    member = f',"sig":"{members["sig"]}"'.encode()
    if entry.count(member) == 1:
        return entry.replace(member, b"")
    return _without(members, ("sig", "log_inclusion"))


def _as_object(value: JsonValue) -> JsonObject:
    if not isinstance(value, dict):
        raise ReceiptError("E-SCHEMA-002", "expected a JSON object")
    return value


def _check_form(value: JsonValue, data: bytes) -> ParsedReceipt:
    """Checks what is the parsed form of these canonical bytes."""
    members = _as_object(value)
    entry = _without(members, ("log_inclusion",)) if "log_inclusion" in members else data
    if len(entry) > MAX_RECEIPT_ENTRY_BYTES:
        raise _too_large(entry, MAX_RECEIPT_ENTRY_BYTES)
    checked = check_members(members)
    signed = _signed_part(members, entry)
    return ParsedReceipt(members, checked, data, entry, signed)


def parse_receipt(data: bytes) -> ParsedReceipt:
    """A receipt as bytes, which must be its canonical form exactly. Raises `ReceiptError`."""
    if len(data) > MAX_RECEIPT_BYTES:
        raise _too_large(data, MAX_RECEIPT_BYTES)
    try:
        value = parse_canonical(data)
    except ProtocolError as error:
        raise ReceiptError("E-SCHEMA-003", str(error)) from None
    return _check_form(value, data)


def _written(members: JsonObject) -> tuple[str, bytes]:
    """Canonical text and bytes of an object from memory."""
    try:
        text, data = canonical_text(members, _MAX_WRITTEN_BYTES)
    except TooLargeError as error:
        raise ReceiptError("E-SIZE-001", str(error)) from None
    except ProtocolError as error:
        raise ReceiptError("E-SCHEMA-003", str(error)) from None
    if len(data) > MAX_RECEIPT_BYTES:
        raise _too_large(data, MAX_RECEIPT_BYTES)
    return text, data


def receipt_from_object(value: object) -> ParsedReceipt:
    """A receipt as a value in memory, which is canonicalised and never repaired. Raises `ReceiptError`.

    What comes back shares nothing with the value.
    """
    if not isinstance(value, dict):
        raise ReceiptError("E-SCHEMA-002", "expected a JSON object; the text of a receipt is bytes")
    text, data = _written(value)
    return _check_form(read_written(text), data)


def parse_unsigned(members: JsonObject, sig_bytes: int) -> tuple[JsonObject, bytes]:
    """Members of a receipt before it is signed, checked as if they had a `sig`, and the signed bytes.

    `sig_bytes` is by how much that member will make them longer. Raises `ReceiptError`. What comes back
    shares nothing with what the members hold.
    """
    if _OBJECTS.isdisjoint(members):
        # What passes these checks and holds no object is canonical, and never too large. What does not
        # may break a rule that comes before.
        with suppress(ReceiptError):
            check_unsigned_members(members)
            return members, write_sorted(members).encode()
    text, signed = _written(members)
    if len(signed) + sig_bytes > MAX_RECEIPT_ENTRY_BYTES:
        raise _too_large(signed, MAX_RECEIPT_ENTRY_BYTES - sig_bytes)
    copy = _as_object(read_written(text))
    check_unsigned_members(copy)
    return copy, signed


def read_receipt(receipt: bytes | Mapping[str, Any]) -> ParsedReceipt:
    """A receipt in either form. Raises `ReceiptError`."""
    if isinstance(receipt, (bytes, bytearray, memoryview)):
        return parse_receipt(bytes(receipt))
    return receipt_from_object(receipt)


def unknown_members(parsed: ParsedReceipt) -> list[str]:
    """Members that this version does not define, by the UTF-16 code units of their names."""
    return [name for name in parsed.members if name not in KNOWN_MEMBERS]
