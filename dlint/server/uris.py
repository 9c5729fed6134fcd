"""Addresses of files (`file:///srv/my%20app/Dockerfile`) and their paths; names that are not UTF-8
come back as they are.
"""

from __future__ import annotations

import os
from urllib.parse import quote, unquote_to_bytes

from dlint.text.safe import split_url

_UNQUOTED = "/!$&'()*+,;=:@~"  # beside letters, digits and `-._`: RFC 3986, section 3.3


def path_of(uri: str) -> str | None:
    """Return the path that a `file:` address names; None for any other address, and for a path that
    no system has.
    """
    parts = split_url(uri)
    data = unquote_to_bytes(parts.path)
    if parts.scheme.lower() != "file" or b"\0" in data or not data.startswith(b"/"):
        return None
    path = os.fsdecode(data)
    if os.name == "nt":
        path = path.lstrip("/") if path[2:3] == ":" else path
        return f"//{parts.netloc}{path}" if parts.netloc else path
    return os.path.normpath(path)


def uri_of(path: str) -> str:
    """Return the address of a path, which is absolute or begins in the working folder."""
    place = os.path.abspath(path).replace(os.sep, "/")  # noqa: PTH100  links keep their names
    return f"file://{'' if place.startswith('/') else '/'}{quote(os.fsencode(place), _UNQUOTED)}"
