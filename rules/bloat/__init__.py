"""Bytes that should not ship."""
