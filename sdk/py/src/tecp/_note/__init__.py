"""Signed notes, their keys, checkpoints and cosignatures (docs/spec/log.md, sections 3, 4 and 6)."""
