"""The values of JSON, and the limits that they have here (docs/spec/receipt.md, section 3)."""

from __future__ import annotations

from typing import TypeAlias

# What the module `json` makes of a text without fractions.
JsonValue: TypeAlias = "bool | int | str | list[JsonValue] | dict[str, JsonValue] | None"
JsonObject: TypeAlias = dict[str, JsonValue]

MAX_JSON_DEPTH = 16
"""Objects and arrays inside one another, the outermost counted as 1."""

MAX_JSON_BYTES = 1024 * 1024
"""Of a text, in UTF-8."""
