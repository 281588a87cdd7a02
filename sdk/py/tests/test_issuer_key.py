"""Issuer keys: in memory, in files, and never shown."""

from __future__ import annotations

import copy
import os
import pickle
import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePrivateKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from hypothesis import given
from hypothesis import strategies as st

from tecp import IssuerKey, ProtocolError

SEED = bytes(range(32))
KEY = IssuerKey.from_seed(SEED)
# What `tecp keygen --type log` writes for the seed.
NOTE_KEY = "PRIVATE+KEY+log.example+b252d0cf+AQABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f"

WITNESS_KEY = "PRIVATE+KEY+log.example+484ff58b+BAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f"


def key_file(path: Path, content: bytes, mode: int = 0o600) -> Path:
    path.write_bytes(content)
    path.chmod(mode)
    return path


def test_a_seed_gives_itself_back() -> None:
    assert KEY.seed() == SEED
    assert KEY.public_key == "A6EHv_POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg"
    assert IssuerKey.generate().seed() != IssuerKey.generate().seed()


def test_pem_is_that_of_cryptography() -> None:
    loaded = load_pem_private_key(KEY.to_pem().encode(), password=None)
    assert isinstance(loaded, Ed25519PrivateKey)
    assert loaded.private_bytes_raw() == SEED
    assert IssuerKey.from_pem(KEY.to_pem()).seed() == SEED
    assert IssuerKey.from_pem(KEY.to_pem().replace("\n", "\r\n")).seed() == SEED


def test_nothing_that_is_printed_holds_the_secret() -> None:
    assert str(KEY) == repr(KEY) == f"IssuerKey(public_key={KEY.public_key!r})"
    assert not hasattr(KEY, "__dict__")
    for dump in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError):
            dump(KEY)


@pytest.mark.parametrize("seed", [b"", b"x" * 31, b"x" * 33])
def test_a_seed_of_another_length_is_a_mistake(seed: bytes) -> None:
    with pytest.raises(ValueError, match="32 bytes as seed"):
        IssuerKey.from_seed(seed)


def pem_of(key: Ed25519PrivateKey | EllipticCurvePrivateKey, password: bytes | None = None) -> str:
    encryption = NoEncryption() if password is None else BestAvailableEncryption(password)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption).decode()


@pytest.mark.parametrize(
    "pem",
    [
        "",
        "-----BEGIN PRIVATE KEY-----",
        KEY.to_pem().replace("PRIVATE KEY", "EC PRIVATE KEY"),
        KEY.to_pem().replace("MC4C", "MC4D"),
        "x" + KEY.to_pem(),
        KEY.to_pem() * 2,
        KEY.to_pem() + "x",
        "\ufeff" + KEY.to_pem(),
        KEY.to_pem() + "\f",
        KEY.to_pem().replace("MC4C", "A: b\n\nMC4C"),
        KEY.to_pem().replace("MC4C", "MC 4C"),
        KEY.to_pem().replace("\n", "\r"),
        KEY.to_pem().replace("\n", ""),
        pem_of(generate_private_key(SECP256R1())),
        pem_of(Ed25519PrivateKey.generate(), password=b"x"),
        NOTE_KEY,
    ],
)
def test_another_pem_is_a_bad_key_and_not_quoted(pem: str) -> None:
    with pytest.raises(ProtocolError) as caught:
        IssuerKey.from_pem(pem)
    assert caught.value.code == "bad-key"
    assert caught.value.__cause__ is None
    assert all(line not in str(caught.value) for line in pem.split("\n") if len(line) > 30)


@pytest.mark.parametrize(
    "pem",
    [
        KEY.to_pem().rstrip(),
        KEY.to_pem().replace("\n", "\r\n"),
        f" \n\t{KEY.to_pem()}\r\n \n",
        KEY.to_pem().replace("MC4C", "M\nC4\r\nC"),
    ],
)
def test_pem_may_have_other_lines_and_white_space_around_it(pem: str) -> None:
    assert IssuerKey.from_pem(pem).seed() == SEED


@given(st.text(max_size=100) | st.text(max_size=80).map(lambda t: KEY.to_pem()[:40] + t))
def test_any_text_is_a_key_or_a_protocol_error(text: str) -> None:
    with pytest.raises(ProtocolError):
        IssuerKey.from_pem(text)


@pytest.mark.parametrize(
    "content", [KEY.to_pem().encode(), SEED, NOTE_KEY.encode(), NOTE_KEY.encode() + b"\n"]
)
def test_every_form_of_file_is_loaded(tmp_path: Path, content: bytes) -> None:
    assert IssuerKey.load(key_file(tmp_path / "key", content)).seed() == SEED


@pytest.mark.parametrize(
    "content",
    [
        b"",
        SEED + b"\n",
        SEED[:31],
        b"\xff" * 40,
        NOTE_KEY.encode() + b"\n\n",
        WITNESS_KEY.encode(),
        NOTE_KEY.replace("b252d0cf", "b252d0d0").encode(),
        NOTE_KEY.replace("log.example", "log example").encode(),
        b"PRIVATE+KEY+",
        b"x" * 100_000,
    ],
)
def test_a_file_without_a_key_is_a_bad_key(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(ProtocolError) as caught:
        IssuerKey.load(key_file(tmp_path / "key", content))
    assert caught.value.code == "bad-key"


@pytest.mark.skipif(os.name != "posix", reason="modes of POSIX")
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o610, 0o601])
def test_a_file_that_others_may_open_is_not_read(tmp_path: Path, mode: int) -> None:
    with pytest.raises(PermissionError):
        IssuerKey.load(key_file(tmp_path / "key", SEED, mode))


@pytest.mark.skipif(os.name != "posix", reason="modes of POSIX")
def test_a_key_is_saved_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "issuer.pem"
    before = os.umask(0)
    try:
        KEY.save(path)
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert IssuerKey.load(path).seed() == SEED


def test_no_file_is_written_over(tmp_path: Path) -> None:
    path = key_file(tmp_path / "key", b"something else")
    with pytest.raises(FileExistsError):
        KEY.save(path)
    assert path.read_bytes() == b"something else"
