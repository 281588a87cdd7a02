"""`tecp-verify-py`: the library, asked from outside (docs/spec/verifier.md)."""
