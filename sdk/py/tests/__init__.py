"""Tests of tecp-py. A name of a test is the promise that it checks."""
