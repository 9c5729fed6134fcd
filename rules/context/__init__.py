"""The build context and its ignore file."""
