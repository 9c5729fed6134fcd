"""Files that Git LFS holds: what stands for them where they were not fetched.

Source: git-lfs, docs/spec.md.
"""

from __future__ import annotations

LARGEST_POINTER = 1024  # bytes; a pointer has less
_VERSION, _SIZE = b"version https://git-lfs.github.com/spec/v1\n", b"size "
_DIGITS = 18  # of a size in bytes: no file system holds a file of more


def pointed_bytes(pointer: bytes) -> int | None:
    """Return the size in bytes of the file that a pointer stands for; None where it is none."""
    if not pointer.startswith(_VERSION):
        return None
    lines = pointer.splitlines()
    sizes = (line.removeprefix(_SIZE) for line in lines if line.startswith(_SIZE))
    return next((int(size) for size in sizes if size.isdigit() and len(size) <= _DIGITS), None)
