"""Canonical JSON: RFC 8785 within the limits of docs/spec/receipt.md, section 3."""
