"""From text to instructions, each word with its place."""
