"""Text and files: sources, spans and edits, units, patterns, diffs, what is printed, the files of a
repository.
"""
