"""Asking a log over HTTP (docs/API.md): one description of each exchange, run at once or awaited."""
