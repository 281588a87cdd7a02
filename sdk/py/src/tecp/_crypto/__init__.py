"""Verdicts on signatures that are the same whatever the library beneath: `cryptography` here."""
