"""Receipts: their form, making them, and the verdict on them (docs/spec/receipt.md)."""
