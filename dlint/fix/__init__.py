"""Applying fixes: edits that land whole, proved by the model before they do."""
