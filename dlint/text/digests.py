"""Digests of short texts, by what Python has itself.

`hashlib` loads OpenSSL for the same: 3 % of the check of one small file (12 of 349 million
instructions, Python 3.11). It is many times as fast with what files hold.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from hashlib import blake2b as blake2b, sha256 as sha256  # noqa: PLC0414  for others to take
else:
    from _blake2 import blake2b
    from functools import cache

    def sha256(data: bytes) -> object:
        """Return the SHA-256 of what findings are known by; few checks have any."""
        return _sha256()(data)

    @cache  # what is not there is looked for in all folders each time
    def _sha256() -> Callable[[bytes], object]:
        try:
            from _sha2 import sha256
        except ImportError:  # Python 3.11
            from _sha256 import sha256
        return sha256


def digest(data: bytes) -> bytes:
    """Return 32 bytes that are equal for equal `data` alone. No one but dlint sees them."""
    return blake2b(data, digest_size=32).digest()
