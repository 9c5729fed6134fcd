"""The build context: what the builder may read."""
