"""The command line of `tecp-verify-py` (docs/spec/verifier.md, section 1).

Read here, as `argparse` takes a key that begins with a dash for an option, and the last of two for both.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

USAGE = """\
usage: tecp-verify-py FILE [--policy FILE] [--profile NAME] [--now MS] [--issuer KEY]...
       tecp-verify-py --lines
       tecp-verify-py --help

Verifies a TECP receipt, offline. One line on standard output is the verdict. Exit code 0: valid, 1: not
valid, 2: nothing was judged, for the reason on standard error.

  FILE            the receipt (.tecp.json)
  --policy FILE   the trust policy
  --profile NAME  tecp-lite, tecp-v0.1 (default) or tecp-strict
  --now MS        the time of the verification, Unix milliseconds; the clock's by default
  --issuer KEY    a trusted key; may be repeated
  --lines         answer requests from standard input, one a line
"""

_WITH_VALUE = frozenset({"--policy", "--profile", "--now", "--issuer"})
_WITHOUT_VALUE = frozenset({"--lines", "--help"})


@dataclass(frozen=True)
class Verification:
    """One receipt to verify; what is not given is None."""

    file: str
    policy: str | None
    profile: str | None
    now: str | None
    issuers: list[str] | None


def read_arguments(arguments: Sequence[str]) -> Verification | Literal["lines", "help"]:
    """What is asked for. Raises `ValueError`, with one line of reason, for what nobody can mean."""
    files, options = _split(arguments)
    if "--help" in options:
        return "help"
    for name, values in options.items():
        if len(values) > 1 and name != "--issuer":
            raise ValueError(f"{name} is given twice")
    if "--lines" in options:
        if files or len(options) > 1:
            raise ValueError("--lines takes nothing beside it")
        return "lines"
    if len(files) != 1:
        raise ValueError("expected one FILE; --help says more")
    once = {name: values[0] for name, values in options.items()}
    policy, profile, now = (once.get(name) for name in ("--policy", "--profile", "--now"))
    return Verification(files[0], policy, profile, now, options.get("--issuer"))


def _split(arguments: Sequence[str]) -> tuple[list[str], dict[str, list[str]]]:
    """What is no option, and the values of each option by its name."""
    files: list[str] = []
    options: dict[str, list[str]] = {}
    rest = iter(arguments)
    for argument in rest:
        if argument == "--":
            files.extend(rest)
        elif argument.startswith("-") and argument != "-":
            name, value = _read_option(argument, rest)
            options.setdefault(name, []).append(value)
        else:
            files.append(argument)
    return files, options


def _read_option(argument: str, rest: Iterator[str]) -> tuple[str, str]:
    """Name and value of an option; the value may be the argument after it."""
    name, equals, value = argument.partition("=")
    if name in _WITH_VALUE:
        if equals:
            return name, value
        following = next(rest, None)
        if following is None:
            raise ValueError(f"{name} needs a value")
        return name, following
    if argument not in _WITHOUT_VALUE:
        raise ValueError(f"no such option: {argument!r}; --help says more")
    return argument, ""
