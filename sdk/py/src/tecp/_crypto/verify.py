"""Verdicts on signatures by Ed25519, ML-DSA-44 and ECDSA: any bytes give one.

Rules are those of docs/spec/receipt.md, section 6.2, and docs/spec/log.md, section 3. Reading a key costs
a third of a verification, so the keys of the issuers, logs and witnesses at hand are kept.
"""

from __future__ import annotations

from functools import lru_cache

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key

from tecp._arguments import check_bytes
from tecp._crypto.ecdsa_encoding import coordinate_bytes, is_strict_ecdsa_signature
from tecp._crypto.ed25519_encoding import is_strict_point, is_strict_signature

ML_DSA_44_PUBLIC_KEY_BYTES = 1312
ML_DSA_44_SIGNATURE_BYTES = 2420
_CACHED_KEYS = 1024

_ed25519_key = lru_cache(_CACHED_KEYS)(Ed25519PublicKey.from_public_bytes)
_ml_dsa_44_key = lru_cache(_CACHED_KEYS)(MLDSA44PublicKey.from_public_bytes)
_ECDSA_SHA256 = ec.ECDSA(SHA256())


def verify_strict_ed25519(public_key: bytes, message: bytes, signature: bytes) -> bool:
    """The equation alone, for a key and a signature that have passed the byte checks."""
    try:
        _ed25519_key(public_key).verify(signature, message)
    except InvalidSignature:
        return False
    return True


def verify_ed25519(public_key: bytes, message: bytes, signature: bytes) -> bool:
    """Whether an Ed25519 signature is valid by docs/spec/receipt.md, section 6.2.

    `public_key` has 32 bytes and `signature` 64; False for any other length. Stricter than most
    libraries: keys and R of small order or in another encoding are refused, and so is S >= L.
    """
    public_key = check_bytes(public_key, "public_key")
    message = check_bytes(message, "message")
    signature = check_bytes(signature, "signature")
    if not is_strict_point(public_key) or not is_strict_signature(signature):
        return False
    return verify_strict_ed25519(public_key, message, signature)


def verify_ml_dsa_44(public_key: bytes, message: bytes, signature: bytes) -> bool:
    """Whether an ML-DSA-44 signature is valid by FIPS 204, pure, with an empty context.

    `public_key` has 1,312 bytes and `signature` 2,420; False for any other length. Raises
    `cryptography.exceptions.UnsupportedAlgorithm` where `cryptography` was built without ML-DSA.
    """
    public_key = check_bytes(public_key, "public_key")
    message = check_bytes(message, "message")
    signature = check_bytes(signature, "signature")
    if len(public_key) != ML_DSA_44_PUBLIC_KEY_BYTES:
        return False
    if len(signature) != ML_DSA_44_SIGNATURE_BYTES:
        return False
    try:
        _ml_dsa_44_key(public_key).verify(signature, message)
    except InvalidSignature:
        return False
    return True


def verify_ecdsa(public_key: bytes, message: bytes, signature: bytes) -> bool:
    """Whether an ECDSA signature over the SHA-256 of the message is valid (docs/spec/log.md, section 3).

    `public_key` is the DER of a SubjectPublicKeyInfo on P-256, P-384 or P-521 with an uncompressed
    point, `signature` strict DER. False for another DER; both values of S are taken.
    """
    public_key = check_bytes(public_key, "public_key")
    message = check_bytes(message, "message")
    signature = check_bytes(signature, "signature")
    width = coordinate_bytes(public_key)
    if width is None or not is_strict_ecdsa_signature(signature, width):
        return False
    try:
        key = load_der_public_key(public_key)
        if not isinstance(key, ec.EllipticCurvePublicKey):
            return False
        key.verify(signature, message, _ECDSA_SHA256)
    except (InvalidSignature, ValueError):
        # A point that is not on the curve is a ValueError.
        return False
    return True
