"""Trust policies (C2SP tlog-policy; docs/spec/log.md, section 8)."""
