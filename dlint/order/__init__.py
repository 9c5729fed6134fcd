"""The order of instructions with the least expected bytes per push."""
